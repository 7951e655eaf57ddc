//! The checkpoint: written within the restore's transaction, named once that is committed. Should
//! the program die in between, the next one finds the file unnamed and finishes the work.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::core::{
    db::Database,
    diff::{Difference, Side},
    error::Result,
    profile::Profile,
    progress::{OnProgress, Stage, unattended},
    snapshot::{Contents, Kind, Snapshot, Stamp},
    store::{SnapshotDraft, Store},
    take::Dump,
};

/// Writes the checkpoint of what the transaction sees, safe on the disk but not named yet.
pub(super) fn write(dump: &Dump<'_>, store: &Store, on: OnProgress<'_>) -> Result<SnapshotDraft> {
    let draft = dump.write(store.checkpoint_draft()?, on)?;
    draft.sync()?;
    Ok(draft)
}

/// Copies the snapshot as the checkpoint, where live was proven to be just what the snapshot holds.
pub(super) fn copy(
    contents: &Contents,
    store: &Store,
    on: OnProgress<'_>,
) -> Result<SnapshotDraft> {
    let mut draft = store.checkpoint_draft()?;
    contents.copy_to(draft.file(), Stage::Checkpoint, on)?;
    draft.sync()?;
    Ok(draft)
}

/// Names the checkpoint so that it is the newest periodic snapshot, also where a wrong clock has
/// named another in the future.
pub(super) fn publish(draft: SnapshotDraft, store: &Store, now: DateTime<Utc>) -> Result<Snapshot> {
    let now = Stamp::at(now);
    let stamps = store
        .list(&[Kind::Periodic])?
        .into_iter()
        .filter_map(|snapshot| Some(snapshot.id?.stamp));
    let newest = stamps.max().filter(|newest| *newest > now);
    draft.publish(newest.map_or(now, Stamp::next))
}

/// Finishes what a restore that died left: a checkpoint that was written and not named is named if
/// live is what it holds, and otherwise deleted, since then the restore was not committed.
pub fn finish_interrupted(
    database: &Database,
    profile: &Profile,
    store: &Store,
    now: DateTime<Utc>,
) -> Result<()> {
    for draft in store.abandoned_checkpoints() {
        if holds(draft.path(), database, profile).unwrap_or(false) {
            publish(draft, store, now)?;
        }
    }
    Ok(())
}

fn holds(path: &Path, database: &Database, profile: &Profile) -> Result<bool> {
    let contents = Contents::open(path, &mut unattended)?;
    let (from, to) = (Side::Live(database), Side::Snapshot(&contents));
    let difference = Difference::compute(from, to, profile, Some(database), &[], &mut unattended)?;
    Ok(difference.is_empty())
}
