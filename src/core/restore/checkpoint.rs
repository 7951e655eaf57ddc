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

/// Finishes what a program that died left: drafts are deleted, and a checkpoint that was written and not
/// named is named if the restore it belongs to was committed.
pub fn finish_interrupted(
    database: &Database,
    profile: &Profile,
    store: &Store,
    now: DateTime<Utc>,
) -> Result<()> {
    store.clear_drafts();
    for draft in store.abandoned_checkpoints() {
        if leads_to(draft.path(), database, profile).unwrap_or(false) {
            publish(draft, store, now)?;
        }
    }
    Ok(())
}

/// Whether a cold load from a checkpoint comes to live: live is what it holds, or has since gone on
/// from its log. Otherwise the restore was not committed.
fn leads_to(path: &Path, database: &Database, profile: &Profile) -> Result<bool> {
    let contents = Contents::open(path, &mut unattended)?;
    let (from, to) = (Side::Snapshot(&contents), Side::Live(database));
    let difference = Difference::compute(from, to, profile, Some(database), &[], &mut unattended)?;
    let log = difference.tables.first().zip(difference.log.as_ref());
    let went_on = log.is_some_and(|(rows, log)| {
        rows.added > 0 && rows.added == log.newer_to.count && rows.changed + rows.removed == 0
    });
    Ok(difference.is_empty() || went_on)
}
