//! `unrewind pin`.

use super::{Exit, output, side::find};
use crate::core::Workspace;

/// Keep snapshots from being pruned, by Unrewind and by the application
///
/// A pin is a copy beside the snapshot that no pruning deletes. It takes no room if the file system can share
/// bytes between files, and does not change what the application starts from.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind pin latest
  unrewind pin latest:periodic latest:rewind")]
pub struct Args {
    /// The snapshots: names or their beginnings, kind/name, times, paths, latest, latest:rewind, latest:periodic
    #[arg(required = true, value_name = "SNAPSHOT")]
    snapshots: Vec<String>,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let live = workspace.database().ok();
    for name in &args.snapshots {
        let snapshot = find(name, workspace)?;
        let (store, profile) = (&workspace.store, &workspace.profile);
        output::with_progress(|on| store.pin(&snapshot, profile, live.as_ref(), on))?;
        output::print_done(&format!("pinned {}\n", snapshot.name()))?;
    }
    Ok(Exit::Done)
}
