//! Restoring a snapshot into a copy of live, which itself is left alone.

use std::{cell::Cell, path::Path};

use super::{RestoreOptions, RestorePlan, Restored};
use crate::core::{
    db::{Access, Database},
    draft::{Draft, Named},
    error::{Error, Result},
    profile::Profile,
    progress::OnProgress,
    snapshot::Snapshot,
};

/// Makes `path`, which must not be there, a copy of live with the snapshot restored. It appears whole
/// or not at all.
pub fn restore_into(
    path: &Path,
    live: &Database,
    profile: &Profile,
    snapshot: Snapshot,
    options: impl Into<RestoreOptions>,
    on: OnProgress<'_>,
) -> Result<Restored> {
    let exists = || Error::Exists {
        path: path.to_owned(),
    };
    if path.exists() {
        return Err(exists());
    }
    let draft = Draft::new(path.parent().unwrap_or(Path::new(".")), Draft::PLAIN)?;
    live.copy_to(draft.path(), on)?;
    let copy = Database::open(draft.path(), Access::Read, profile.busy_timeout)?;
    let plan = RestorePlan::compute(copy, profile, snapshot, options, on)?;
    let (tables, last_event_id) = (plan.changes(), plan.last_event_id);
    plan.change(None, &Cell::new(false), on)?;
    Database::open(draft.path(), Access::Write, profile.busy_timeout)?.settle()?;
    match draft.name(path)? {
        Named::Done => Ok(Restored {
            last_event_id,
            guard: None,
            checkpoint: None,
            tables,
        }),
        Named::Taken(_) => Err(exists()),
    }
}
