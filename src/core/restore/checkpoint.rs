//! The checkpoint: written before the restore is committed, and named once it is. Should
//! the program die in between, the next one finds the file unnamed and finishes the work.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::core::{
    db::Database,
    diff::{Difference, Side, TableDiff},
    error::{Error, Result},
    note::{Awaiting, Note},
    process::Openers,
    profile::Profile,
    progress::{OnProgress, Stage, unattended},
    snapshot::{Contents, Kind, Stamp},
    store::{SnapshotDraft, Store},
};

/// The checkpoint of a restore that is about to change live.
pub(super) enum Checkpoint<'s> {
    /// There is to be none.
    Unwanted,
    /// Live becomes just what the snapshot holds, and this is a copy of that.
    Copied(SnapshotDraft),
    /// It is to be written here of what live has become; `guard` is the restore's.
    Unwritten {
        store: &'s Store,
        guard: Option<Stamp>,
    },
}

/// Copies the snapshot, safe on the disk, where live is to become just what the snapshot holds. One whose
/// bytes are not those of which a checksum was noted is refused.
pub(super) fn copy(
    contents: &Contents,
    store: &Store,
    live: &Path,
    on: OnProgress<'_>,
) -> Result<SnapshotDraft> {
    let draft = store.draft(Kind::Periodic)?;
    draft.follow(live)?;
    let sum = contents.copy_to(draft.file(), draft.path(), Stage::Checkpoint, on)?;
    let path = contents.path();
    if let Some(damage) = sum.mismatch(Note::read(path).checksum) {
        let path = path.to_owned();
        return Err(Error::Damaged { path, damage });
    }
    draft.sync()?;
    Ok(draft.with_checksum(Some(sum)))
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
        if was_committed(&draft, database, profile).unwrap_or(false) {
            let note = note_of_file(draft.path(), profile, database.path());
            draft.publish_own(Stamp::at(now), &note)?;
        }
    }
    Ok(())
}

/// The note on a checkpoint of which no plan says where its tables stand.
pub(super) fn note_of_file(checkpoint: &Path, profile: &Profile, database: &Path) -> Note {
    Note {
        awaiting: Awaiting::in_file(checkpoint, profile, Openers::of(database)),
        ..Note::default()
    }
}

/// Whether the restore of a checkpoint was committed: live is what the checkpoint holds; or, since the
/// application may have gone on, is nearer to it than to the guard, which is live from before.
fn was_committed(draft: &SnapshotDraft, live: &Database, profile: &Profile) -> Result<bool> {
    let after = distance(draft.path(), live, profile)?;
    let nearer =
        |guard: PathBuf| distance(&guard, live, profile).is_ok_and(|before| after < before);
    Ok(after == 0 || draft.guard().is_some_and(nearer))
}

/// In how many rows live differs from a snapshot.
fn distance(path: &Path, live: &Database, profile: &Profile) -> Result<u64> {
    let contents = Contents::open(path, &mut unattended)?;
    let (from, to) = (Side::Snapshot(&contents), Side::Live(live));
    let difference = Difference::compute(from, to, profile, Some(live), &[], &mut unattended)?;
    let rows = |diff: &TableDiff| diff.added + diff.changed + diff.removed;
    Ok(difference.tables.iter().map(rows).sum())
}
