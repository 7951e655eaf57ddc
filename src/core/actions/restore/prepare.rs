//! What makes a restore safe, on disk before live is locked: the safety snapshot, whose note marks
//! the restore as prepared, and the draft of the checkpoint.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value as Json;

use super::{
    RestoreOptions, RestorePlan, Restored, Safety, Scope, checkpoint, parallel::in_parallel,
    proof::Checks,
};
use crate::core::{
    actions::take::Dump,
    base::{
        clock::Clock,
        error::Result,
        profile::Profile,
        progress::{CancellationToken, OnProgress, Stage},
        row::RowKey,
    },
    compare::{diff::TableDiff, exclusive_rows::ExclusiveRows},
    db::{Access, Database},
    file::{
        note::{Note, RestoreNote, RestoreState},
        snapshot::{Kind, Snapshot, Stamp},
    },
    store::{
        SnapshotDraft, Store,
        cold_load::{self, ColdLoad},
    },
};

/// The files written for a restore before it changes anything.
pub(super) struct Prepared {
    /// The path of its safety snapshot, beside which the note is, even if there is only the note;
    /// `None` if nothing changes.
    link: Option<PathBuf>,
    safety: Option<Snapshot>,
    checkpoint: Option<SnapshotDraft>,
    checks: Checks,
}

/// Files without their final names.
struct Drafts {
    safety_snapshot: Option<(SnapshotDraft, Note)>,
    checkpoint: Option<SnapshotDraft>,
    checks: Checks,
}

impl RestorePlan {
    /// Writes the files that make the restore safe.
    pub(super) fn prepare(
        &self,
        store: &Store,
        safety: Safety,
        clock: &Clock,
        on: OnProgress<'_>,
    ) -> Result<Prepared> {
        self.refuse_undecided()?;
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

    /// Returns whether neither a row nor the beginning of replay changes.
    pub(super) fn changes_nothing(&self) -> Result<bool> {
        let cold_load = self.cold_load.clone().unwrap_or_default();
        let begins = cold_load.begins(&self.database, &self.profile)?;
        Ok(self.is_empty() && begins == self.begins())
    }

    /// Writes the drafts of the safety snapshot and the checkpoint, as far as wanted, and meanwhile
    /// runs slow checks on a copy of live.
    fn drafts(&self, store: &Store, safety: Safety, on: OnProgress<'_>) -> Result<Drafts> {
        self.refuse_stale()?;
        let (contents, live) = (&self.contents, self.database.path());
        let is_copied = safety.checkpoint && self.copies();
        let is_proved_on_copy = self.takes_long_to_prove() || (safety.checkpoint && !is_copied);
        let dump = SafetyDump::of(self, store);
        let safety_snapshot = |on: OnProgress<'_>| {
            let wanted = safety.safety_snapshot.then(|| dump.write(on));
            wanted.transpose()
        };
        let copied = |on: OnProgress<'_>| {
            let copied = is_copied.then(|| checkpoint::copy(contents, store, live, on));
            copied.transpose()
        };
        let proved = |on: OnProgress<'_>| {
            if !is_proved_on_copy {
                return Ok((None, Checks::Here));
            }
            let copy = self.on_copy(store, on)?;
            let is_written = safety.checkpoint && !is_copied;
            let written = is_written.then(|| copy.checkpoint(self, store, on));
            Ok((written.transpose()?, copy.checks()))
        };
        let beside = |on: OnProgress<'_>| in_parallel(copied, proved, on);
        let (safety_snapshot, (copied, (written, checks))) =
            in_parallel(safety_snapshot, beside, on)?;
        // If nothing was committed meanwhile, the safety snapshot is of live as of the plan.
        self.refuse_stale()?;
        Ok(Drafts {
            safety_snapshot,
            checkpoint: copied.or(written),
            checks,
        })
    }

    /// Returns whether the checkpoint is a copy of the snapshot.
    fn copies(&self) -> bool {
        self.exact && !self.contents.has_byte_order_mark()
    }

    /// Writes the checkpoint of a restore that changes nothing, unless the newest periodic snapshot
    /// is equal.
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

    fn note(
        &self,
        store: &Store,
        without_safety: bool,
        checkpoint: Option<&SnapshotDraft>,
    ) -> Result<RestoreNote> {
        let RestoreOptions { scope, tables, .. } = &self.options;
        let is_log = |diff: &TableDiff| self.profile.is_log(&diff.table.name);
        let is_whole = tables.is_empty() && self.selection.is_none();
        let log = *scope == Scope::Full && (is_whole || self.tables.iter().any(is_log));
        let changed = self.tables.iter().filter(|diff| !diff.is_empty());
        let changed = changed.filter(|_| !(log || is_whole));
        let (operation, undoes) = self.purpose;
        Ok(RestoreNote {
            sequence: store.next_sequence()?,
            state: RestoreState::Prepared,
            operation,
            of: self.source(),
            undoes,
            log,
            off_log: self.leaves_off_log(),
            tables: changed.map(|diff| diff.table.name.clone()).collect(),
            rows: if log { BTreeMap::new() } else { self.keys()? },
            checkpoint: checkpoint.map(SnapshotDraft::file_name),
            without_safety,
        })
    }
}

impl RestorePlan {
    /// Returns the keys of the rows that a restore of rows changes.
    fn keys(&self) -> Result<BTreeMap<String, Vec<Json>>> {
        let mut keys = BTreeMap::new();
        for diff in self.tables.iter().filter(|diff| !diff.is_empty()) {
            if self.selection.is_some() {
                let of_table: &mut Vec<Json> = keys.entry(diff.table.name.clone()).or_default();
                diff.for_each(|change| {
                    let row = change.newest();
                    of_table.push(RowKey::of(row, &diff.table).to_json());
                    Ok(())
                })?;
            }
        }
        Ok(keys)
    }
}

/// Writes the safety snapshot of live as of the plan, on a connection of its own.
struct SafetyDump<'a> {
    live: &'a Path,
    profile: &'a Profile,
    stop: CancellationToken,
    cold_load: ColdLoad,
    store: &'a Store,
}

impl<'a> SafetyDump<'a> {
    fn of(plan: &'a RestorePlan, store: &'a Store) -> Self {
        Self {
            live: plan.database.path(),
            profile: &plan.profile,
            stop: plan.database.stop().clone(),
            cold_load: plan.cold_load.clone().unwrap_or_default(),
            store,
        }
    }

    fn write(&self, on: OnProgress<'_>) -> Result<(SnapshotDraft, Note)> {
        let (profile, cold_load) = (self.profile, &self.cold_load);
        let database = Database::open(self.live, Access::Read, profile.busy_timeout)?;
        let database = &database.stopped_by(&self.stop)?;
        let draft = self.store.draft(Kind::Rewind)?;
        let (draft, note) = database.reading(|| {
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
}

impl Prepared {
    /// Returns where the slow checks run.
    pub(super) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Marks the restore as done and names the checkpoint; then deletes the previous checkpoint.
    pub(super) fn finish(
        self,
        plan: &RestorePlan,
        store: &Store,
        clock: &Clock,
        on: OnProgress<'_>,
    ) -> Result<Restored> {
        let has_moved = self.link.is_some() || self.checkpoint.is_some();
        let done = self.link.map(|link| mark_done(&link)).transpose();
        // Naming the checkpoint matters more than the note: the next start must load the restored
        // state.
        let earlier = store.list(&[Kind::Periodic]);
        let publish = |draft: SnapshotDraft| {
            let note = plan.checkpoint_note()();
            draft.publish_own(Stamp::at(clock.now()), &note)
        };
        let checkpoint = self.checkpoint.map(publish).transpose()?;
        let note = done?;
        // Events that awaited replay before no longer do, unless nothing was changed or written.
        if has_moved {
            cold_load::end_replay(&earlier?);
        }
        let clear = |newest| checkpoint::clear_before(newest, plan, store, on);
        let lost = checkpoint
            .as_ref()
            .map_or(Ok(ExclusiveRows::default()), clear);
        // The next prune deletes it.
        let lost = lost.unwrap_or_else(|error| {
            log::warn!("the checkpoint before the newest stays: {error}");
            ExclusiveRows::default()
        });
        let safety = self.safety.zip(note);
        Ok(Restored {
            safety_snapshot: safety.map(|(safety, note)| safety.with_note(note)),
            checkpoint,
            lost,
            ..plan.restored()
        })
    }

    /// Keeps the draft from now on unless it is finished or discarded: after any failure the next
    /// command determines whether live was changed.
    pub(super) fn keep_on_drop(&mut self) {
        if let Some(checkpoint) = &mut self.checkpoint {
            checkpoint.keep_on_drop();
        }
    }

    /// Deletes the files: nothing was changed.
    pub(super) fn discard(self) {
        // The user needs to know why the restore failed, not this.
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

/// Marks the restore as in force, in the note beside its safety snapshot.
pub(super) fn mark_done(link: &Path) -> Result<Note> {
    Note::change(link, |note| {
        if let Some(restore) = &mut note.restore {
            restore.state = RestoreState::Done;
        }
    })
}

impl Scope {
    /// Returns the scope with or without the log.
    pub(super) fn with_log(log: bool) -> Self {
        if log { Self::Full } else { Self::Tables }
    }
}
