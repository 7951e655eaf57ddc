//! `unrewind archive add`.

use serde_json::json;

use super::{super::side::find, Exit, list, open, output, print_done, unless_left_out};
use crate::{
    core::{Error, Kind, Workspace, not_archived},
    text,
};

/// Add snapshots to the archive
///
/// Compares each snapshot with its checksum first, and refuses a damaged one. Adds its label and pin, too. A
/// snapshot that the archive already has is not added again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind archive add latest
  unrewind archive add --all")]
pub(super) struct Args {
    /// The snapshots: names or their beginnings, kind/name, times, latest, latest:rewind, latest:periodic
    #[arg(
        value_name = "SNAPSHOT",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    snapshots: Vec<String>,
    /// Add every snapshot that the archive lacks
    #[arg(long)]
    all: bool,
    /// Print an array of objects, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let mut archive = open(workspace)?;
    let archived = list(&archive, workspace)?;
    let chosen = if args.all {
        not_archived(&workspace.list(&Kind::ALL)?, &archived)
    } else {
        let found = args.snapshots.iter().map(|name| find(name, workspace));
        found.collect::<Result<_, _>>()?
    };
    let (mut done, mut lines, mut failed) = (Vec::new(), String::new(), false);
    for snapshot in &chosen {
        let name = snapshot.name();
        let added = output::with_progress(|on| {
            workspace.add_to_archive_with(&mut archive, &archived, snapshot, on)
        });
        match added {
            Ok(added) => {
                let stored = added.map(|added| added.stored);
                lines += &match stored {
                    Some(stored) => format!(
                        "added {name} ({}): the archive grew by {}\n",
                        text::size(snapshot.size),
                        text::size(stored)
                    ),
                    None => format!("{name} is already in the archive\n"),
                };
                done.push(json!({
                    "snapshot": name,
                    "size_bytes": snapshot.size,
                    "added": added.is_some(),
                    "stored_bytes": stored,
                }));
            }
            // One bad snapshot among all must not keep the others out; an archive that fails would fail each.
            Err(error)
                if args.all && !matches!(error, Error::Cancelled | Error::Archive { .. }) =>
            {
                output::say(&format!("! {name} was not added: {error}"));
                done.push(json!({ "snapshot": name, "added": false, "error": error.to_string() }));
                failed = true;
            }
            Err(error) => {
                print_done(args.json.then(|| json!(done)).as_ref(), &lines)?;
                return Err(error.into());
            }
        }
    }
    if !done.is_empty() {
        output::attended(workspace, |workspace| workspace.archived(&archive))?;
    }
    if chosen.is_empty() {
        lines += "the archive already holds all snapshots\n";
    }
    print_done(args.json.then(|| json!(done)).as_ref(), &lines)?;
    let exit = if failed { Exit::Attention } else { Exit::Done };
    Ok(unless_left_out(&archive, exit))
}
