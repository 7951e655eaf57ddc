//! Restoring a snapshot into a copy of live, which itself is left alone.

use std::path::Path;

use super::{RestoreOptions, RestorePlan, Restored, checkpoint::Checkpoint};
use crate::core::{
    db::{Access, Database},
    draft::{Draft, Named, remove_companions},
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
    let folder = path.parent().unwrap_or(Path::new("."));
    let (draft, restored) = restored_draft(folder, live, profile, snapshot, options.into(), on)?;
    draft.follow(live.path())?;
    match draft.name(path)? {
        Named::Done => Ok(restored),
        Named::Taken(_) => Err(exists()),
    }
}

/// Restores a snapshot into a copy of live that is gone afterwards. Gives how many rows of it refer to
/// nothing: no more than in live, but for a guard.
pub(crate) fn restore_scratch(
    folder: &Path,
    live: &Database,
    profile: &Profile,
    snapshot: Snapshot,
    on: OnProgress<'_>,
) -> Result<u64> {
    let options = RestoreOptions::default();
    let (draft, restored) = restored_draft(folder, live, profile, snapshot, options, on)?;
    let tables: Vec<String> = restored
        .tables
        .into_iter()
        .map(|table| table.name)
        .collect();
    let copy = Database::open(draft.path(), Access::Read, profile.busy_timeout)?;
    let dangling = copy.foreign_key_violations(&tables)?.into_values().sum();
    drop(copy);
    remove_companions(draft.path());
    Ok(dangling)
}

/// A file without a name that is a copy of live with the snapshot restored.
fn restored_draft(
    folder: &Path,
    live: &Database,
    profile: &Profile,
    snapshot: Snapshot,
    options: RestoreOptions,
    on: OnProgress<'_>,
) -> Result<(Draft, Restored)> {
    // What is wrong with live is told of live, not of the copy.
    live.schema(profile)?;
    for abandoned in Draft::abandoned(folder, Draft::PLAIN) {
        remove_companions(abandoned.path());
    }
    let draft = Draft::new(folder, Draft::PLAIN)?;
    let restored = restore_copy(draft.path(), live, profile, snapshot, options, on);
    remove_companions(draft.path());
    let restored = restored.map_err(|error| match error {
        // The copy is as sound as live is.
        Error::NotADatabase { message, .. } => Error::NotADatabase {
            path: live.path().to_owned(),
            message,
        },
        // One that is not certain is not kept.
        Error::Uncertain { source } => *source,
        error => error,
    })?;
    Ok((draft, restored))
}

/// Makes a file a copy of live with the snapshot restored, and all of it in that one file.
fn restore_copy(
    path: &Path,
    live: &Database,
    profile: &Profile,
    snapshot: Snapshot,
    options: RestoreOptions,
    on: OnProgress<'_>,
) -> Result<Restored> {
    // One moment of live, so that a writer does not make the copy begin again and again.
    live.reading(|| live.copy_to(path, on))?;
    let copy = Database::open(path, Access::Read, profile.busy_timeout)?;
    let plan = RestorePlan::compute(copy, profile, snapshot, options, on)?;
    let (tables, last_event_id) = (plan.changes(), plan.last_event_id);
    plan.change(Checkpoint::Unwanted, on)?;
    Database::open(path, Access::Write, profile.busy_timeout)?.settle()?;
    Ok(Restored {
        last_event_id,
        guard: None,
        checkpoint: None,
        tables,
    })
}
