//! `unrewind take`.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Exit, KindArg,
    list::SnapshotJson,
    output::{self, CoverageJson},
    prune::held_nowhere_else,
};
use crate::{
    core::Workspace,
    core::{Label, Result, Taken},
    text,
};

/// Take a snapshot
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind take
  unrewind take --label beforehand
  unrewind take --kind periodic --json")]
pub struct Args {
    /// The kind; after a periodic snapshot, the periodic ones are pruned by policy
    #[arg(long, default_value = "rewind")]
    kind: KindArg,
    /// A line of text to recognise it by
    #[arg(long, value_name = "TEXT")]
    label: Option<Label>,
    /// Prune nothing afterwards
    #[arg(long)]
    no_prune: bool,
    /// Take the snapshot of this copy of the database, which a program has made from a connection with uncommitted
    /// changes; prunes nothing
    #[arg(long, value_name = "FILE")]
    copy: Option<PathBuf>,
    /// Print the new snapshot and the paths that were pruned, for programs
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct TakenJson {
    #[serde(flatten)]
    snapshot: SnapshotJson,
    pruned: Vec<String>,
    held_nowhere_else: Map<String, Value>,
    note_problem: Option<String>,
    #[serde(flatten)]
    coverage: CoverageJson,
}

impl Args {
    fn take(&self, workspace: &Workspace) -> Result<Taken> {
        let kind = self.kind.into();
        if self.no_prune || self.copy.is_some() {
            workspace.take_only(kind, self.copy.as_deref())
        } else {
            workspace.take(kind)
        }
    }
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let mut taken = output::attended(workspace, |workspace| args.take(workspace))?;
    let live = match &args.copy {
        Some(copy) => workspace.to_builder().database(copy).build().database(),
        None => workspace.database(),
    };
    let coverage = live.map(|live| output::warn_of_coverage(&live, workspace));
    let coverage = coverage.unwrap_or_default();
    if let Some(label) = &args.label {
        let labelled = workspace.store.label(&taken.snapshot, Some(label.clone()));
        labelled.map_err(|error| {
            let name = taken.snapshot.name();
            let what = format!("took {name}, but could not label it: {error}");
            output::Hinted::new(what, Vec::new())
        })?;
        taken.snapshot.note.label = Some(label.clone());
    }
    let Taken {
        snapshot,
        pruned,
        lost,
        ahead,
    } = &taken;
    let warnings = [
        text::unwritten_note(snapshot),
        text::unloadable(snapshot),
        ahead.as_ref().map(text::taken_ahead),
    ];
    for warning in warnings.into_iter().flatten() {
        output::say(&format!("! {warning}"));
    }
    if args.json {
        let pruned = pruned
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        output::print_json_done(&TakenJson {
            snapshot: SnapshotJson::of(snapshot, workspace.now()),
            pruned,
            held_nowhere_else: held_nowhere_else(lost),
            note_problem: snapshot.note.unwritten.clone(),
            coverage,
        })?;
        return Ok(Exit::Done);
    }
    let (name, size, last) = (
        snapshot.name(),
        text::size(snapshot.size),
        text::last_event_point(snapshot.ends_at()),
    );
    let mut text = format!("took {name}: {size}{last}\n");
    for path in pruned {
        text += &format!("pruned {}\n", text::path(path));
    }
    if !lost.is_empty() {
        text += &format!("! {}\n", text::unique(lost, pruned.len()));
    }
    output::print_done(&text)?;
    Ok(Exit::Done)
}
