//! What makes a restore safe, on the disk before live is locked: the safety snapshot, whose note says that
//! the restore is prepared, and the draft of the checkpoint.

use std::path::{Path, PathBuf};

use super::{
    RestoreOptions, RestorePlan, Safety, Scope, checkpoint, parallel::with_aside, proof::Checks,
};
use crate::core::{
    actions::take::Dump,
    base::{
        clock::Clock,
        error::Result,
        progress::{OnProgress, Stage},
    },
    compare::diff::TableDiff,
    file::{
        note::{Note, RestoreNote, RestoreState},
        snapshot::{Kind, Snapshot, Stamp},
    },
    store::{SnapshotDraft, Store, cold_load},
};

/// What was written for a restore before it changes anything.
pub(super) struct Prepared {
    /// Where its safety snapshot is or would be, beside which the note is; nothing if it changes nothing.
    link: Option<PathBuf>,
    safety: Option<Snapshot>,
    checkpoint: Option<SnapshotDraft>,
    checks: Checks,
}

/// What has no final name yet.
struct Drafts {
    safety_snapshot: Option<(SnapshotDraft, Note)>,
    checkpoint: Option<SnapshotDraft>,
    checks: Checks,
}

impl RestorePlan {
    /// Writes what makes the restore safe.
    pub(super) fn prepare(
        &self,
        store: &Store,
        safety: Safety,
        clock: &Clock,
        on: OnProgress<'_>,
    ) -> Result<Prepared> {
        let changes_nothing = self.changes_nothing()?;
        let Drafts {
            safety_snapshot,
            checkpoint,
            checks,
        } = if changes_nothing {
            self.unless_written(store, safety, on)?
        } else {
            self.drafts(store, safety, on)?
        };
        if let Some(checkpoint) = &checkpoint {
            checkpoint.sync_with_name()?;
        }
        let mut prepared = Prepared {
            link: None,
            safety: None,
            checkpoint,
            checks,
        };
        if changes_nothing {
            return Ok(prepared);
        }
        let (safety_snapshot, note) = safety_snapshot.unzip();
        let note = Note {
            restore: Some(self.note(
                store,
                safety_snapshot.is_none(),
                prepared.checkpoint.as_ref(),
            )?),
            ..note.unwrap_or_default()
        };
        let now = Stamp::at(clock.now());
        if let Some(safety_snapshot) = safety_snapshot {
            let safety = safety_snapshot.publish_own(now, &note)?;
            prepared.link = Some(safety.path.clone());
            prepared.safety = Some(safety);
        } else {
            let path = store.path(store.next_own(Kind::Rewind, now)?);
            store.make_folder(Kind::Rewind)?;
            note.write_like(&path, self.database.path())?;
            prepared.link = Some(path);
        }
        Ok(prepared)
    }

    /// Whether neither a row nor where the next cold load begins changes.
    pub(super) fn changes_nothing(&self) -> Result<bool> {
        let cold_load = self.cold_load.clone().unwrap_or_default();
        let begins = cold_load.begins(&self.database, &self.profile)?;
        Ok(self.is_empty() && begins == self.begins())
    }

    /// Writes the safety snapshot with its note and the checkpoint, if each is wanted, but for their names,
    /// and proves on a copy of live what takes long to prove.
    fn drafts(&self, store: &Store, safety: Safety, on: OnProgress<'_>) -> Result<Drafts> {
        let safety_snapshot = |on: OnProgress<'_>| {
            safety
                .safety_snapshot
                .then(|| self.safety_snapshot(store, on))
                .transpose()
        };
        let (safety_snapshot, copied) = if safety.checkpoint && self.exact {
            let (contents, live) = (&self.contents, self.database.path());
            let copy = |on: OnProgress<'_>| checkpoint::copy(contents, store, live, on);
            let (copied, safety_snapshot) = with_aside(copy, safety_snapshot, on)?;
            (safety_snapshot, Some(copied))
        } else {
            (safety_snapshot(on)?, None)
        };
        let is_written = copied.is_some() || !safety.checkpoint;
        if is_written && !self.takes_long_to_prove() {
            return Ok(Drafts {
                safety_snapshot,
                checkpoint: copied,
                checks: Checks::Here,
            });
        }
        let copy = self.on_copy(store, on)?;
        let checkpoint = if is_written {
            copied
        } else {
            Some(copy.checkpoint(self, store, on)?)
        };
        Ok(Drafts {
            safety_snapshot,
            checkpoint,
            checks: copy.checks(),
        })
    }

    /// The checkpoint of a restore that changes nothing, if it is wanted and the newest periodic snapshot is
    /// another.
    fn unless_written(&self, store: &Store, safety: Safety, on: OnProgress<'_>) -> Result<Drafts> {
        let is_written = !safety.checkpoint || checkpoint::is_newest(self, store, on)?;
        let checkpoint = if is_written {
            None
        } else {
            Some(checkpoint::of_live(self, store, on)?)
        };
        Ok(Drafts {
            safety_snapshot: None,
            checkpoint,
            checks: Checks::Here,
        })
    }

    /// Writes live as it was when the plan was made.
    fn safety_snapshot(&self, store: &Store, on: OnProgress<'_>) -> Result<(SnapshotDraft, Note)> {
        let (database, profile) = (&self.database, &self.profile);
        let cold_load = self.cold_load.clone().unwrap_or_default();
        let draft = store.draft(Kind::Rewind)?;
        let (draft, note) = database.reading(|| {
            self.refuse_stale()?;
            let dump = Dump {
                database,
                profile,
                last_event_id: cold_load.begins(database, profile)?,
                stage: Stage::SafetySnapshot,
            };
            let note = cold_load.note(database.last_event_id(profile)?);
            Ok((dump.write(draft, on)?, note))
        })?;
        draft.sync()?;
        Ok((draft, note))
    }

    fn note(
        &self,
        store: &Store,
        without_safety: bool,
        checkpoint: Option<&SnapshotDraft>,
    ) -> Result<RestoreNote> {
        let RestoreOptions { scope, tables, .. } = &self.options;
        let is_log = |diff: &TableDiff| self.profile.is_log(&diff.table.name);
        let is_whole = tables.is_empty();
        let log = *scope == Scope::Full && (is_whole || self.tables.iter().any(is_log));
        let changed = self.tables.iter().filter(|diff| !diff.is_empty());
        let changed = changed.filter(|_| !(log || is_whole));
        let (operation, undoes) = self.purpose;
        Ok(RestoreNote {
            sequence: store.next_sequence()?,
            state: RestoreState::Prepared,
            operation,
            of: self.snapshot.name(),
            undoes,
            log,
            off_log: self.leaves_off_log(),
            tables: changed.map(|diff| diff.table.name.clone()).collect(),
            checkpoint: checkpoint.map(SnapshotDraft::file_name),
            without_safety,
        })
    }
}

impl Prepared {
    /// Where what takes long is proved.
    pub(super) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Says that the restore is done, and gives the checkpoint its name; the one before it goes.
    pub(super) fn finish(
        self,
        plan: &RestorePlan,
        store: &Store,
        clock: &Clock,
    ) -> Result<(Option<Snapshot>, Option<Snapshot>)> {
        let has_moved = self.link.is_some() || self.checkpoint.is_some();
        let done = self.link.map(|link| mark_done(&link)).transpose();
        // That the next start begins from the restored state matters more than the note.
        let earlier = store.list(&[Kind::Periodic]);
        let publish = |draft: SnapshotDraft| {
            let note = plan.checkpoint_note()();
            draft.publish_own(Stamp::at(clock.now()), &note)
        };
        let checkpoint = self.checkpoint.map(publish).transpose()?;
        let note = done?;
        // What awaited replay before is not what live is any more, unless nothing was changed or written.
        if has_moved {
            cold_load::settle(&earlier?);
        }
        if let Some(checkpoint) = &checkpoint {
            checkpoint::clear_before(checkpoint, store);
        }
        let safety = self.safety.zip(note);
        Ok((
            safety.map(|(safety, note)| safety.with_note(note)),
            checkpoint,
        ))
    }

    /// Keeps the draft from now on unless it is finished or discarded: after any failure the next command finds
    /// out whether live was changed.
    pub(super) fn outlive(&mut self) {
        if let Some(checkpoint) = &mut self.checkpoint {
            checkpoint.outlive();
        }
    }

    /// Deletes it: nothing was changed.
    pub(super) fn discard(self) {
        // Why nothing was restored is what the user wants to know.
        if let Some(link) = &self.link
            && let Err(left) = Store::delete(link)
        {
            log::warn!("the safety snapshot of a restore that failed stays: {left}");
        }
        if let Some(checkpoint) = self.checkpoint {
            checkpoint.delete();
        }
    }
}

/// Says in the note beside a safety snapshot that its restore is in force.
pub(super) fn mark_done(link: &Path) -> Result<Note> {
    Note::change(link, |note| {
        if let Some(restore) = &mut note.restore {
            restore.state = RestoreState::Done;
        }
    })
}

impl Scope {
    /// The scope in which the log takes part or not.
    pub(super) fn with_log(log: bool) -> Self {
        if log { Self::Full } else { Self::Tables }
    }
}
