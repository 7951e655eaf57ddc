//! `unrewind unpin`.

use super::{Exit, output};
use crate::workspace::Workspace;

/// Leave pinned snapshots to the policies again
///
/// One that the service has deleted meanwhile is put back where it was.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind unpin latest
  unrewind unpin latest:periodic")]
pub struct Args {
    /// Each a name or the beginning of one, kind/name, a path, latest, latest:rewind, latest:periodic
    #[arg(required = true, value_name = "SNAPSHOT")]
    snapshots: Vec<String>,
}

pub(super) fn run(args: &Args, workplace: &Workspace) -> anyhow::Result<Exit> {
    for name in &args.snapshots {
        let snapshot = workplace.find(name)?;
        let said = if snapshot.pinned {
            workplace.store.unpin(&snapshot)?;
            "unpinned"
        } else {
            "not pinned:"
        };
        output::print(&format!("{said} {}\n", snapshot.name()))?;
    }
    Ok(Exit::Done)
}
