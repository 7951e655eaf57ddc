//! The checkpoint: a draft until the restore is committed, then named, so that the application's
//! next start loads the restored state.

use std::path::Path;

use super::RestorePlan;
use crate::core::{
    actions::{due::Due, take::Dump},
    base::{
        error::{Error, Result},
        process::Openers,
        profile::Profile,
        progress::{OnProgress, Stage},
    },
    compare::{
        diff::{Difference, Side},
        exclusive_rows::ExclusiveRows,
    },
    file::{
        note::{Awaiting, Note},
        snapshot::{Contents, Id, Kind, Origin, Snapshot},
    },
    store::{SnapshotDraft, Store},
};

/// Copies the snapshot, where live becomes exactly equal to it. Refuses bytes that differ from the
/// recorded checksum.
pub(super) fn copy(
    contents: &Contents,
    store: &Store,
    live: &Path,
    on: OnProgress<'_>,
) -> Result<SnapshotDraft> {
    let draft = store.checkpoint_draft()?;
    draft.follow(live)?;
    let sum = contents.copy_to(draft.file(), draft.path(), Stage::Checkpoint, on)?;
    let path = contents.path();
    if let Some(damage) = sum.mismatch(Note::read(path).checksum) {
        let path = path.to_owned();
        return Err(Error::Damaged { path, damage });
    }
    Ok(draft.with_checksum(Some(sum)))
}

/// Writes live as it is, where a restore changes nothing in it.
pub(super) fn of_live(
    plan: &RestorePlan,
    store: &Store,
    on: OnProgress<'_>,
) -> Result<SnapshotDraft> {
    let draft = store.checkpoint_draft()?;
    let dump = Dump {
        database: &plan.database,
        profile: &plan.profile,
        last_event_id: plan.begins(),
        stage: Stage::Checkpoint,
    };
    plan.database.reading(|| {
        plan.refuse_stale()?;
        dump.write(draft, on)
    })
}

/// Returns whether the newest periodic snapshot equals live and has the `last_event_id` that the
/// checkpoint would have.
pub(super) fn is_newest(plan: &RestorePlan, store: &Store, on: OnProgress<'_>) -> Result<bool> {
    let periodic = store.list(&[Kind::Periodic])?;
    let Some(newest) = Due::newest(&periodic) else {
        return Ok(false);
    };
    let (live, profile) = (&plan.database, &plan.profile);
    let Ok(contents) = Contents::open(&newest.path, on) else {
        return Ok(false);
    };
    if contents.last_event_id() != plan.begins() {
        return Ok(false);
    }
    let (from, to) = (Side::Snapshot(&contents), Side::Live(live));
    let difference = Difference::compute(from, to, profile, Some(live), &[], on)?;
    Ok(difference.is_empty())
}

/// Creates the note on a checkpoint from the file itself, without a plan.
pub(super) fn note_of_file(checkpoint: &Path, profile: &Profile, database: &Path) -> Result<Note> {
    Ok(Note {
        awaiting: Awaiting::in_file(checkpoint, profile, Openers::of(database))?,
        ..Note::default()
    })
}

/// Deletes the checkpoints before this one, from which nothing starts any more, unless they are
/// pinned or labelled; returns the rows that only they held. If that cannot be determined, fails
/// and leaves all of them to the next prune.
pub(super) fn clear_before(
    newest: &Snapshot,
    plan: &RestorePlan,
    store: &Store,
    on: OnProgress<'_>,
) -> Result<ExclusiveRows> {
    let order = newest.id.map(Id::order);
    let is_before = |known: &Snapshot| {
        let is_checkpoint = known.id.is_some_and(|id| id.origin == Origin::Checkpoint);
        let is_wanted = known.pinned || known.note.label.is_some();
        is_checkpoint && !is_wanted && known.id.map(Id::order) < order
    };
    let (going, staying): (Vec<Snapshot>, _) =
        store.list(&Kind::ALL)?.into_iter().partition(is_before);
    // Most are copies of a snapshot that was restored.
    let is_copied = |one: &&Snapshot| {
        let is_copy = |other: &Snapshot| other.note.checksum == one.note.checksum;
        one.note.checksum.is_some() && staying.iter().filter(|one| one.is_intact()).any(is_copy)
    };
    let unique: Vec<_> = going
        .iter()
        .filter(|one| !is_copied(one))
        .cloned()
        .collect();
    let lost = ExclusiveRows::find(&unique, &staying, &plan.database, &plan.profile, on)?;
    for before in going {
        Store::delete(&before.path)?;
    }
    Ok(lost)
}
