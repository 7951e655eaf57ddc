//! Applying a plan: the guard, then one transaction of changes and proof, and the checkpoint.

use chrono::{DateTime, Utc};

use super::{
    RestorePlan,
    aside::with_aside,
    checkpoint::{self, Checkpoint},
    proof,
    target::Target,
};
use crate::core::{
    cold_load,
    db::{Access, Database},
    diff::TableDiff,
    error::{Error, Result},
    note::Note,
    progress::{OnProgress, Stage},
    snapshot::{Kind, Snapshot, Stamp},
    store::{SnapshotDraft, Store},
    take::Dump,
};

/// What a restore leaves behind to be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safety {
    /// Whether live is kept as a guard before anything changes.
    pub guard: bool,
    /// Whether the next cold load is given the restored state to start from.
    pub checkpoint: bool,
}

impl Default for Safety {
    fn default() -> Self {
        Self {
            guard: true,
            checkpoint: true,
        }
    }
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The last event of the log now.
    pub last_event_id: i64,
    /// The event at which the tables stand: the next start replays what follows it.
    pub begins: i64,
    /// Live as it was before; nothing where nothing had to change.
    pub guard: Option<Snapshot>,
    /// Where the next cold load starts from.
    pub checkpoint: Option<Snapshot>,
    /// What was changed in each table.
    pub tables: Vec<TableChanges>,
}

/// How many rows of one table were changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableChanges {
    /// The table.
    pub name: String,
    /// Rows that came.
    pub added: u64,
    /// Rows whose values changed.
    pub changed: u64,
    /// Rows that went.
    pub removed: u64,
}

impl TableChanges {
    fn log(&self) {
        let Self {
            name,
            added,
            changed,
            removed,
        } = self;
        log::info!("restored {name}: {added} rows added, {changed} changed, {removed} removed");
    }

    /// Whether no row was changed.
    pub fn is_empty(&self) -> bool {
        self.added + self.changed + self.removed == 0
    }
}

impl From<&TableDiff> for TableChanges {
    fn from(diff: &TableDiff) -> Self {
        let TableDiff {
            added,
            changed,
            removed,
            ..
        } = *diff;
        Self {
            name: diff.table.name.clone(),
            added,
            changed,
            removed,
        }
    }
}

impl RestorePlan {
    /// Does what the plan says, or leaves live as it was and says why.
    pub fn apply(
        self,
        store: &Store,
        safety: Safety,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Restored> {
        let plan = match self.cold_load {
            Some(_) => self,
            None => self.checked(store, on)?,
        };
        plan.apply_checked(store, safety, now, on)
    }

    fn apply_checked(
        self,
        store: &Store,
        safety: Safety,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Restored> {
        if !safety.checkpoint && !self.is_empty() && self.leaves_replay() {
            return Err(Error::NeedsCheckpoint);
        }
        let earlier = store.list(&[Kind::Periodic])?;
        let (tables, last_event_id, begins) = (self.changes(), self.last_event_id, self.begins());
        let (guard, copy) = self.prepare(store, safety, on)?;
        let (guard, note) = guard.unzip();
        let note = Note {
            guards: Some(self.snapshot.name()),
            ..note.unwrap_or_default()
        };
        let checkpoint_note = self.checkpoint_note();
        let publish = |guard: SnapshotDraft| guard.publish_own(Stamp::at(now), &note);
        let guard = guard.map(publish).transpose()?;
        let stamp = guard.as_ref().and_then(|guard| Some(guard.id?.stamp));
        let checkpoint = match copy {
            Some(copy) => copy.into_checkpoint(stamp).map(Checkpoint::Copied),
            None if safety.checkpoint => Ok(Checkpoint::Unwritten {
                store,
                guard: stamp,
            }),
            None => Ok(Checkpoint::Unwanted),
        };
        match checkpoint.and_then(|checkpoint| self.change(checkpoint, on)) {
            Ok(draft) => {
                tables.iter().for_each(TableChanges::log);
                let publish =
                    |draft: SnapshotDraft| draft.publish_own(Stamp::at(now), &checkpoint_note());
                let checkpoint = draft.map(publish).transpose();
                let checkpoint = checkpoint.map_err(|error| Error::Checkpoint {
                    source: Box::new(error),
                })?;
                // What awaited replay before is not what live is any more.
                cold_load::settle(&earlier);
                Ok(Restored {
                    last_event_id,
                    begins,
                    guard,
                    checkpoint,
                    tables,
                })
            }
            Err(error) => {
                // Live is what the guard holds, so nobody needs it, unless that is uncertain.
                let certain = !matches!(error, Error::Uncertain { .. });
                if let Some(guard) = guard.filter(|_| certain)
                    && let Err(left) = Store::delete(&guard.path)
                {
                    // Why nothing was restored is what the user wants to know.
                    log::warn!("the guard of a restore that failed stays: {left}");
                }
                Err(error)
            }
        }
    }

    /// Writes what can be written before live is locked: the guard, and the checkpoint where that is a copy
    /// of the snapshot.
    fn prepare(
        &self,
        store: &Store,
        safety: Safety,
        on: OnProgress<'_>,
    ) -> Result<(Option<(SnapshotDraft, Note)>, Option<SnapshotDraft>)> {
        let wanted = safety.guard && !self.is_empty();
        let guard = |on: OnProgress<'_>| wanted.then(|| self.guard(store, on)).transpose();
        if !(safety.checkpoint && self.exact) {
            return guard(on).map(|guard| (guard, None));
        }
        let (contents, live) = (&self.contents, self.database.path());
        let copy = |on: OnProgress<'_>| checkpoint::copy(contents, store, live, on);
        with_aside(copy, guard, on).map(|(copy, guard)| (guard, Some(copy)))
    }

    /// Writes live as it was when the plan was made.
    fn guard(&self, store: &Store, on: OnProgress<'_>) -> Result<(SnapshotDraft, Note)> {
        let (database, profile) = (&self.database, &self.profile);
        let cold_load = self.cold_load.clone().unwrap_or_default();
        let draft = store.draft(Kind::Rewind)?;
        let (draft, note) = database.reading(|| {
            self.refuse_stale()?;
            let dump = Dump {
                database,
                profile,
                last_event_id: cold_load.begins(database, profile)?,
                stage: Stage::Guard,
            };
            let note = cold_load.note(database.last_event_id(profile)?);
            Ok((dump.write(draft, on)?, note))
        })?;
        draft.sync()?;
        Ok((draft, note))
    }

    fn refuse_stale(&self) -> Result<()> {
        if self.database.version()? != self.version {
            return Err(Error::Stale {
                what: self.database.path().display().to_string(),
            });
        }
        let stale = |_| Error::Stale {
            what: self.contents.path().display().to_string(),
        };
        self.contents.unchanged().map_err(stale)
    }

    /// Changes live and gives the checkpoint that is to be published, if there is a store for it.
    pub(super) fn change(
        self,
        checkpoint: Checkpoint<'_>,
        on: OnProgress<'_>,
    ) -> Result<Option<SnapshotDraft>> {
        let path = self.database.path();
        let live = Database::open(path, Access::Write, self.profile.busy_timeout)?;
        live.wait_for_writers(on)?;
        let (unwritten, mut checkpoint) = match checkpoint {
            Checkpoint::Unwanted => (None, None),
            Checkpoint::Copied(copy) => (None, Some(copy)),
            Checkpoint::Unwritten { store, guard } => (Some((store, guard)), None),
        };
        let mut committing = false;
        let mut attempt = |before: &dyn Fn() -> Result<()>| {
            live.writing(|| {
                self.refuse_stale()?;
                before()?;
                self.change_within(&live, on)?;
                if let Some((store, guard)) = unwritten {
                    checkpoint = Some(self.write_checkpoint(&live, store, guard, on)?);
                }
                committing = true;
                Ok(())
            })
        };
        let changed = match attempt(&|| Ok(())) {
            // The triggers of a full-text index that was wrong before stumble over it.
            Err(Error::FullText { .. }) => attempt(&|| proof::make_all_full_text_sound(&live)),
            result => result,
        };
        match changed {
            Ok(()) => Ok(checkpoint),
            // For want of a lock or of room nothing was committed; else it may have reached the disk all
            // the same, which the next program sees, and then the checkpoint is wanted.
            Err(error)
                if committing
                    && !matches!(error, Error::Locked { .. } | Error::DiskFull { .. }) =>
            {
                if let Some(checkpoint) = checkpoint {
                    checkpoint.leave();
                }
                Err(Error::Uncertain {
                    source: Box::new(error),
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Changes live within a transaction.
    fn change_within(&self, live: &Database, on: OnProgress<'_>) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let schema = live.schema(&self.profile)?;
        let target = Target {
            database: live,
            profile: &self.profile,
            schema: &schema,
            contents: &self.contents,
        };
        proof::change_and_prove(target, self, on)?;
        // What live was compared with is what the plan was made from.
        self.contents.unchanged()
    }

    /// Writes what live is within the transaction, safe on the disk but not named yet.
    fn write_checkpoint(
        &self,
        live: &Database,
        store: &Store,
        guard: Option<Stamp>,
        on: OnProgress<'_>,
    ) -> Result<SnapshotDraft> {
        let dump = Dump {
            database: live,
            profile: &self.profile,
            last_event_id: self.begins(),
            stage: Stage::Checkpoint,
        };
        let draft = dump.write(store.checkpoint_draft(guard)?, on)?;
        draft.sync()?;
        Ok(draft)
    }
}
