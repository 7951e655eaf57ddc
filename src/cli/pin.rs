//! `unrewind pin`.

use super::{Exit, output};
use crate::workspace::Workspace;

/// Keep snapshots from every pruning, the service's included
///
/// Beside a pinned snapshot lies a file with the same bytes that no pruning looks at, a hard link where
/// the file system has them. Where the application starts from does not change.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind pin latest
  unrewind pin latest:periodic latest:rewind")]
pub struct Args {
    /// Each a name or the beginning of one, kind/name, a path, latest, latest:rewind, latest:periodic
    #[arg(required = true, value_name = "SNAPSHOT")]
    snapshots: Vec<String>,
}

pub(super) fn run(args: &Args, workplace: &Workspace) -> anyhow::Result<Exit> {
    for name in &args.snapshots {
        let snapshot = workplace.find(name)?;
        output::with_progress(|on| workplace.store.pin(&snapshot, on))?;
        output::print(&format!("pinned {}\n", snapshot.name()))?;
    }
    Ok(Exit::Done)
}
