//! `unrewind archive forget`.

use anyhow::bail;
use serde_json::json;

use super::{super::list::rfc3339, Exit, open, output, print_done};
use crate::{
    core::{ArchivedSnapshot, Judged, Workspace},
    text::{self, Align},
};

/// Remove snapshots from the archive, by the policy of [archive] keep or by name
///
/// First shows what it would remove, and why the others stay. Pinned and labelled snapshots stay. A later
/// `forget`, at least a day after, frees the room, so that nothing is lost if another machine adds at the same
/// time.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind archive forget --dry-run
  unrewind archive forget --yes")]
pub(super) struct Args {
    /// The snapshots to remove, even if the policy keeps them [default: those that the policy does not keep]
    #[arg(value_name = "SNAPSHOT")]
    snapshots: Vec<String>,
    /// Show what would be removed, and stop
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short, conflicts_with = "dry_run")]
    yes: bool,
    /// Print an object, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let settings = workspace.archive_settings();
    if settings.append_only {
        bail!(
            "the archive is append-only: with append_only in [archive] of your configuration Unrewind deletes nothing in it"
        );
    }
    let mut archive = open(workspace)?;
    let judged = if args.snapshots.is_empty() {
        if settings.keep.keeps_all() {
            output::say(
                "the archive keeps everything: archive.keep of your configuration is not set",
            );
        }
        output::with_progress(|on| archive.judge(&settings.keep, workspace.now(), on))?
    } else {
        let find = |name: &String| output::with_progress(|on| archive.find(name, on));
        let found = args.snapshots.iter().map(find);
        let gone = |snapshot| Judged {
            snapshot,
            keep: false,
            reasons: Vec::new(),
        };
        found
            .map(|found| found.map(gone))
            .collect::<Result<_, _>>()?
    };
    let gone: Vec<ArchivedSnapshot> = judged
        .iter()
        .filter(|one| !one.keep)
        .map(|one| one.snapshot.clone())
        .collect();
    if !args.json {
        output::print(&table(&judged, workspace))?;
    }
    if !args.dry_run && !args.yes && !gone.is_empty() {
        let question = format!(
            "remove {} from the archive?",
            text::counted(gone.len() as u64, "snapshot")
        );
        if !output::ask(&question)? {
            output::say("nothing was removed");
            return Ok(Exit::Declined);
        }
    }
    if !args.dry_run {
        output::with_progress(|on| workspace.forget_archived(&mut archive, &gone, on))?;
    }
    let json = json!({
        "dry_run": args.dry_run,
        "removed": gone.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(),
        "kept": judged.iter().filter(|one| one.keep).map(|one| json!({
            "snapshot": one.snapshot.id.to_string(),
            "taken_at": rfc3339(one.snapshot.id.stamp.time()),
            "reasons": one.reasons,
        })).collect::<Vec<_>>(),
    });
    let count = text::counted(gone.len() as u64, "snapshot");
    let said = if args.dry_run {
        format!("{count} would be removed\n")
    } else {
        format!("removed {count}\n")
    };
    print_done(args.json.then_some(&json), &said)?;
    Ok(Exit::Done)
}

fn table(judged: &[Judged], workspace: &Workspace) -> String {
    let row = |one: &Judged| {
        let taken = one.snapshot.id.stamp.time();
        vec![
            if one.keep { "keep" } else { "remove" }.to_owned(),
            one.snapshot.id.to_string(),
            text::age(taken, workspace.now()),
            one.reasons.join(", "),
        ]
    };
    let rows: Vec<Vec<String>> = judged.iter().map(row).collect();
    text::columns(
        &rows,
        &[Align::Left, Align::Left, Align::Right, Align::Left],
    )
}
