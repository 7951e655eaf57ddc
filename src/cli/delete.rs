//! `unrewind delete`.

use super::{
    Exit,
    prune::{How, carry_out},
    side::{find, find_unasked},
};
use crate::{
    core::{Fate, Kind, PrunePlan, Reason, Workspace},
    text,
};

/// Delete snapshots
///
/// Shows what it will delete, and which rows exist nowhere else, and asks. A pinned snapshot is not deleted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind delete latest:periodic --dry-run
  unrewind delete latest:rewind latest:periodic")]
pub struct Args {
    /// The snapshots: names or their beginnings, kind/name, times, paths, latest, latest:rewind, latest:periodic
    #[arg(required = true, value_name = "SNAPSHOT")]
    snapshots: Vec<String>,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let mut chosen = Vec::new();
    for name in &args.snapshots {
        let snapshot = if args.how.asks_nothing() {
            find_unasked(name, workspace)?
        } else {
            find(name, workspace)?
        };
        if snapshot.id.is_none() {
            anyhow::bail!(
                "nothing was deleted: {} is not in the snapshot folders of {}, and only snapshots there can be deleted",
                snapshot.path.display(),
                workspace.data_dir().display()
            );
        }
        if snapshot.is_only_archived() {
            let name = snapshot.name();
            let hint = format!("`unrewind archive forget {name}` removes it there");
            anyhow::bail!(
                "nothing was deleted: {name} is only in the archive: {}",
                text::runnable(&hint)
            );
        }
        if !chosen.contains(&snapshot) {
            chosen.push(snapshot);
        }
    }
    let all = workspace.store.list(&Kind::ALL)?;
    let plan = PrunePlan::of_chosen(chosen, &all);
    if let Some(kept) = plan.verdicts.iter().find(|one| one.fate == Fate::Keep) {
        let name = kept.snapshot.name();
        let why = match kept.reason {
            Reason::Pinned => text::runnable(&format!("unpin it first: `unrewind unpin {name}`")),
            reason => text::reason(reason),
        };
        anyhow::bail!("nothing was deleted: {name} stays: {why}");
    }
    carry_out(plan, &all, args.how, workspace)
}
