//! Applies a plan: writes the safety snapshot and the checkpoint's draft, changes live in one
//! transaction, then names the checkpoint. No file is written while live is locked.

use std::cell::Cell;

use super::{
    RestorePlan,
    prepare::Prepared,
    proof::{self, Checks},
    recipe::RestoreRecipe,
    rehearsal::{RefusedRow, Unwritten},
    repair::{Repaired, repair},
    target::Target,
};
use crate::core::{
    actions::moment::{ComposedMoment, MomentOrigin},
    base::{
        clock::Clock,
        error::{Error, Result},
        progress::OnProgress,
    },
    compare::{diff::TableDiff, exclusive_rows::ExclusiveRows},
    db::{Access, Database},
    file::snapshot::Snapshot,
    store::Store,
};

/// What a restore writes to be safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safety {
    /// Whether it takes a safety snapshot before anything changes.
    pub safety_snapshot: bool,
    /// Whether it writes a checkpoint of the restored state for the application's next start.
    pub checkpoint: bool,
}

impl Default for Safety {
    fn default() -> Self {
        Self {
            safety_snapshot: true,
            checkpoint: true,
        }
    }
}

/// The result of a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// Where the moment came from, if one was restored.
    pub origin: Option<MomentOrigin>,
    /// The last event of the log.
    pub last_event_id: i64,
    /// The last event that the tables contain: the next start replays what follows it.
    pub begins: i64,
    /// How many active events the next start replays.
    pub replays: u64,
    /// Live as it was before; `None` if nothing had to change.
    pub safety_snapshot: Option<Snapshot>,
    /// The periodic snapshot of the restored state.
    pub checkpoint: Option<Snapshot>,
    /// Whether the application's next start loads the checkpoint, as its profile says.
    pub starts_from_checkpoint: bool,
    /// The rows that only the previous checkpoint held, which was deleted.
    pub lost: ExclusiveRows,
    /// How many events are active again.
    pub events_back: u64,
    /// The changes of each table.
    pub tables: Vec<TableChanges>,
    /// The tables that cannot be written here and so stayed unchanged.
    pub unwritten: Vec<Unwritten>,
    /// The rows that could not be inserted beside those of live and were left out.
    pub refused: Vec<RefusedRow>,
    /// Whether live was locked while the files were written, because the application kept writing.
    pub locked_first: bool,
}

/// How many rows of one table changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableChanges {
    /// The table.
    pub name: String,
    /// Rows that were inserted.
    pub added: u64,
    /// Rows whose values changed.
    pub changed: u64,
    /// Rows that were deleted.
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

    /// Returns whether no row changed.
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
    /// How often to plan before live is locked for the whole restore.
    pub(super) const ATTEMPTS: usize = 3;

    /// Applies the plan, or leaves live unchanged and returns the reason. If live or the snapshot
    /// changed since the plan, it is [`Error::Stale`].
    pub fn apply(
        self,
        store: &Store,
        safety: Safety,
        clock: impl Into<Clock>,
        on: OnProgress<'_>,
    ) -> Result<Restored> {
        let attempt = Attempt {
            store,
            safety,
            clock: &clock.into(),
        };
        let _lock = store.lock_restores(self.profile.busy_timeout, on)?;
        attempt.repair_interrupted(&self)?;
        attempt.run(self, on)
    }

    /// Applies the plan, and plans again if live changed since. After three attempts live is locked
    /// first, so that an application that keeps writing has to wait.
    ///
    /// Fails with [`Error::Stale`] if the snapshot changed since the plan. What fails before the commit leaves
    /// live unchanged.
    pub fn apply_with_retries(
        self,
        store: &Store,
        safety: Safety,
        clock: impl Into<Clock>,
        on: OnProgress<'_>,
    ) -> Result<Restored> {
        let attempt = Attempt {
            store,
            safety,
            clock: &clock.into(),
        };
        let _lock = store.lock_restores(self.profile.busy_timeout, on)?;
        attempt.repair_interrupted(&self)?;
        let recipe = self.recipe();
        let mut plan = Some(self);
        for _ in 0..Self::ATTEMPTS {
            let planned = plan.take().map_or_else(|| recipe.plan(on), Ok);
            match planned.and_then(|plan| attempt.run(plan, on)) {
                Err(Error::Stale { what }) if recipe.is_of(&what) => {}
                result => return result,
            }
        }
        log::warn!(
            "live changed during {} attempts to restore; it is locked first now",
            Self::ATTEMPTS
        );
        attempt.locked_first(&recipe, on)
    }

    /// Fails if live or the snapshot has changed since the plan.
    pub(super) fn refuse_stale(&self) -> Result<()> {
        if self.database.version()? != self.version {
            // SQLite reports a WAL that it cannot write as changed at each read.
            self.writable()?.refuse_read_only()?;
            return Err(Error::Stale {
                what: self.database.path().display().to_string(),
            });
        }
        let stale = |_| Error::Stale {
            what: self.contents.path().display().to_string(),
        };
        self.contents.unchanged().map_err(stale)
    }

    /// Changes a database that matches the plan, in one transaction; returns the full-text indexes
    /// that had to be rebuilt. `committing` is set when the commit begins.
    pub(super) fn transact(
        &self,
        live: &Database,
        checks: &Checks,
        committing: &Cell<bool>,
        on: OnProgress<'_>,
    ) -> Result<Vec<String>> {
        self.refuse_undecided()?;
        let mut attempt = |before: &dyn Fn() -> Result<()>| {
            committing.set(false);
            live.writing(|| {
                self.refuse_stale()?;
                before()?;
                let rebuilt = self.change_within(live, checks, on)?;
                committing.set(true);
                Ok(rebuilt)
            })
        };
        match attempt(&|| Ok(())) {
            // The triggers of a full-text index that was damaged before fail on it.
            Err(Error::FullText { .. }) => attempt(&|| proof::make_all_full_text_sound(live)),
            result => result,
        }
    }

    /// Changes live within a transaction.
    fn change_within(
        &self,
        live: &Database,
        checks: &Checks,
        on: OnProgress<'_>,
    ) -> Result<Vec<String>> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let schema = live.schema(&self.profile)?;
        let target = Target {
            database: live,
            profile: &self.profile,
            schema: &schema,
            contents: &self.contents,
            settled: None,
        };
        let rebuilt = match checks {
            Checks::Here => proof::change_and_prove(target, self, on)?,
            Checks::OnCopy { rebuilt } => {
                proof::change_as_proved(target, self, rebuilt, on)?;
                rebuilt.clone()
            }
        };
        // Live was compared with the file that the plan is from.
        self.contents.unchanged().map(|()| rebuilt)
    }
}

/// Where and how plans are applied.
struct Attempt<'a> {
    store: &'a Store,
    safety: Safety,
    clock: &'a Clock,
}

impl Attempt<'_> {
    /// Repairs an interrupted restore first: only live shows whether that was committed, and this
    /// restore changes it.
    fn repair_interrupted(&self, plan: &RestorePlan) -> Result<()> {
        let now = self.clock.now();
        let repaired = repair(&plan.database, &plan.profile, self.store, now)?;
        let left = repaired.into_iter().find_map(Repaired::problem);
        left.map_or(Ok(()), |why| Err(Error::Interrupted { why }))
    }

    /// Checks what the next start makes of live, unless the plan has done so.
    fn checked(&self, plan: RestorePlan, on: OnProgress<'_>) -> Result<RestorePlan> {
        let plan = match plan.cold_load {
            Some(_) => plan,
            None => plan.checked(self.store, self.clock.now(), on)?,
        };
        if !self.safety.checkpoint && !plan.changes_nothing()? && plan.leaves_replay() {
            return Err(Error::NeedsCheckpoint);
        }
        Ok(plan)
    }

    /// Prepares, then changes live.
    fn run(&self, plan: RestorePlan, on: OnProgress<'_>) -> Result<Restored> {
        let plan = &self.checked(plan, on)?;
        let mut prepared = plan.prepare(self.store, self.safety, self.clock, on)?;
        prepared.keep_on_drop();
        let committing = Cell::new(false);
        let changed = plan.writable().and_then(|live| {
            live.wait_for_writers(on)?;
            plan.transact(&live, prepared.checks(), &committing, on)
        });
        self.end(plan, prepared, changed.map(|_| ()), committing.get(), on)
    }

    /// Locks live, then plans, prepares and changes it.
    fn locked_first(&self, recipe: &RestoreRecipe, on: OnProgress<'_>) -> Result<Restored> {
        let live = recipe.writable()?;
        live.wait_for_writers(on)?;
        let (committing, mut made) = (Cell::new(false), None);
        let mut attempt = |sound_first: bool| {
            committing.set(false);
            live.writing(|| {
                if let Some((_, prepared)) = made.take() {
                    Prepared::discard(prepared);
                }
                if sound_first {
                    proof::make_all_full_text_sound(&live)?;
                }
                let plan = self.checked(recipe.plan(on)?, on)?;
                let prepared = plan.prepare(self.store, self.safety, self.clock, on)?;
                let (plan, prepared) = made.insert((plan, prepared));
                prepared.keep_on_drop();
                plan.change_within(&live, &Checks::Here, on)?;
                committing.set(true);
                Ok(())
            })
        };
        let changed = match attempt(false) {
            Err(Error::FullText { .. }) => attempt(true),
            result => result,
        };
        let Some((plan, prepared)) = made else {
            return Err(changed.err().unwrap_or(Error::Cancelled));
        };
        let restored = self.end(&plan, prepared, changed, committing.get(), on)?;
        Ok(Restored {
            locked_first: true,
            ..restored
        })
    }

    /// Finishes after the transaction.
    fn end(
        &self,
        plan: &RestorePlan,
        prepared: Prepared,
        changed: Result<()>,
        committing: bool,
        on: OnProgress<'_>,
    ) -> Result<Restored> {
        match changed {
            Ok(()) => {
                plan.changes().iter().for_each(TableChanges::log);
                let finished = prepared.finish(plan, self.store, self.clock, on);
                finished.map_err(|error| Error::Checkpoint {
                    source: Box::new(error),
                })
            }
            // Without a lock or space nothing was committed. After any other error the commit may
            // have reached the disk, and the next command finds out.
            Err(error)
                if committing
                    && !matches!(error, Error::Locked { .. } | Error::DiskFull { .. }) =>
            {
                Err(Error::Uncertain {
                    source: Box::new(error),
                })
            }
            Err(error) => {
                prepared.discard();
                Err(error)
            }
        }
    }
}

impl RestorePlan {
    /// Describes what was done in the database, after the plan was carried out.
    pub(super) fn restored(&self) -> Restored {
        Restored {
            origin: self.moment.as_ref().map(ComposedMoment::origin),
            last_event_id: self.last_event_id,
            begins: self.begins(),
            replays: self.replays,
            safety_snapshot: None,
            checkpoint: None,
            starts_from_checkpoint: self.is_replayed_on_start(),
            lost: ExclusiveRows::default(),
            events_back: self.events_back(),
            tables: self.changes(),
            unwritten: self.unwritten.clone(),
            refused: self.refused.clone(),
            locked_first: false,
        }
    }

    /// Opens live for writing.
    fn writable(&self) -> Result<Database> {
        let path = self.database.path();
        Database::open(path, Access::Write, self.profile.busy_timeout)
    }
}
