//! `unrewind unpin`.

use super::{Exit, output, side::find};
use crate::core::Workspace;

/// Unpin snapshots: let the policies prune them again
///
/// If the application has deleted one in the meantime, its pin is put back in its place.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind unpin latest
  unrewind unpin latest:periodic")]
pub struct Args {
    /// The snapshots: names or their beginnings, kind/name, times, paths, latest, latest:rewind, latest:periodic
    #[arg(required = true, value_name = "SNAPSHOT")]
    snapshots: Vec<String>,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    for name in &args.snapshots {
        let snapshot = find(name, workspace)?;
        let said = if snapshot.pinned {
            workspace.store.unpin(&snapshot)?;
            "unpinned"
        } else {
            "not pinned:"
        };
        output::print_done(&format!("{said} {}\n", snapshot.name()))?;
    }
    Ok(Exit::Done)
}
