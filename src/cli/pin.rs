//! `snapback pin` and `snapback unpin`.

use super::{Exit, output};
use crate::workplace::Workplace;

/// Keep snapshots from every pruning, the service's included
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Each a stamp or the beginning of one, kind/stamp, a path, latest, latest:rewind, latest:periodic
    #[arg(required = true, value_name = "SNAPSHOT")]
    snapshots: Vec<String>,
}

pub(super) fn pin(args: &Args, workplace: &Workplace) -> anyhow::Result<Exit> {
    for name in &args.snapshots {
        let snapshot = workplace.store.find(name)?;
        output::with_progress(|on| workplace.store.pin(&snapshot, on))?;
        output::print(&format!("pinned {}\n", snapshot.name()))?;
    }
    Ok(Exit::Done)
}

pub(super) fn unpin(args: &Args, workplace: &Workplace) -> anyhow::Result<Exit> {
    for name in &args.snapshots {
        let snapshot = workplace.store.find(name)?;
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
