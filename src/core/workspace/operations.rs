//! The operations as methods of the workspace, each with its progress and cancellation.

use std::{ops::ControlFlow, path::PathBuf};

use super::Workspace;
use crate::core::{
    actions::{
        history::{HistoryScope, RowHistory, oldest_first, row_history},
        moment::{Anchor, ComposedMoment, Moment, When},
        prune::PrunePlan,
        recover::{PassedOver, Rewind, RewindSearch, find_rewind, rewinds},
        restore::{RestoreOptions, RestorePlan, Restored, Safety},
        search::{Query, SearchEvent, SearchScope, search},
        show::Counts,
        status::Status,
        take::{Taken, take},
        verify::{Scratch, Verification, verify},
    },
    base::{
        error::{Error, Result},
        progress::{OnProgress, Progress},
        row::RowKey,
    },
    compare::{
        diff::{Difference, Side},
        exclusive_rows::ExclusiveRows,
    },
    db::Database,
    file::{
        note::{Depth, Operation},
        snapshot::{Kind, Snapshot},
    },
    store::{AllSnapshots, Archived, restore_history::UndoStep},
};

impl Workspace {
    /// Lists the snapshots of some kinds, newest first.
    ///
    /// # Errors
    ///
    /// If a snapshot folder cannot be read. A damaged snapshot is not an error: it is listed as damaged.
    pub fn list(&self, kinds: &[Kind]) -> Result<Vec<Snapshot>> {
        self.store.list(kinds)
    }

    /// Finds a snapshot by its name or the beginning of one, `kind/name`, a path, `latest`, `latest:rewind` or
    /// `latest:periodic`.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`](crate::core::Error::Selection) if none or several fit.
    pub fn find(&self, name: &str) -> Result<Snapshot> {
        self.store.find(name)
    }

    /// Counts the rows of each table of a snapshot, or of the live database for `None`.
    ///
    /// # Errors
    ///
    /// If the snapshot is damaged or the database cannot be read.
    pub fn show(&self, snapshot: Option<&Snapshot>) -> Result<Counts> {
        match snapshot {
            Some(snapshot) => {
                let _unpacked = self.store.unpack(snapshot, &mut self.on())?;
                Counts::of_snapshot(&snapshot.path, &self.cache, &mut self.on())
            }
            None => Counts::of_live(&self.database()?, &self.profile, &self.cache, self.now()),
        }
    }

    /// Takes a snapshot of the live database; after a periodic one, prunes the periodic ones by policy.
    ///
    /// # Errors
    ///
    /// If the database cannot be read, or the snapshot cannot be written; then there is no new file.
    pub fn take(&self, kind: Kind) -> Result<Taken> {
        let database = self.own_database()?;
        take(
            &database,
            &self.profile,
            &self.store,
            kind,
            self.now(),
            &mut self.on(),
        )
    }

    /// Compares two sides, from the first to the second, in these tables or in all if none are named. `None`
    /// is the live database.
    ///
    /// # Errors
    ///
    /// If a snapshot is damaged, or a side lacks a named table.
    pub fn diff(
        &self,
        from: Option<&Snapshot>,
        to: Option<&Snapshot>,
        tables: &[String],
    ) -> Result<Difference> {
        let keys = self.keys();
        let open = |snapshot: &Snapshot| self.store.open(snapshot, &keys, &mut self.on());
        let (from, to) = (from.map(open).transpose()?, to.map(open).transpose()?);
        // Without a live database rows of two snapshots are compared whole.
        let live = match (&from, &to) {
            (Some(_), Some(_)) => self.database().ok(),
            _ => Some(self.database()?),
        };
        let live_side = live.as_ref().map(Side::Live);
        let (Some(from), Some(to)) = (
            from.as_ref().map(Side::Snapshot).or(live_side),
            to.as_ref().map(Side::Snapshot).or(live_side),
        ) else {
            unreachable!("a side without a snapshot has opened the database")
        };
        Difference::compute(
            from,
            to,
            &self.profile,
            live.as_ref(),
            tables,
            &mut self.on(),
        )
    }

    /// Plans to restore a snapshot. The plan changes nothing before [`Self::apply`].
    ///
    /// # Errors
    ///
    /// If the snapshot is damaged or incompatible with the database, or a row could not be written.
    pub fn plan_restore(
        &self,
        snapshot: Snapshot,
        options: impl Into<RestoreOptions>,
    ) -> Result<RestorePlan> {
        let (database, on) = (self.own_database()?, &mut self.on());
        let (profile, store) = (&self.profile, &self.store);
        RestorePlan::of_snapshot(database, profile, store, snapshot, options, on)?.checked(
            store,
            self.now(),
            on,
        )
    }

    /// Finds the moment just after an event, or at a time; `from` names the history where several have such
    /// an event.
    ///
    /// # Errors
    ///
    /// [`Error::SeveralMoments`](crate::core::Error::SeveralMoments) if several histories have such an event and
    /// `from` is `None`; [`Error::Moment`](crate::core::Error::Moment) if none has.
    pub fn find_moment(&self, when: When, from: Option<Anchor>) -> Result<Moment> {
        let (live, on) = (self.database(), &mut self.on());
        let database = live.as_ref().ok();
        let found = Moment::find(when, from, database, &self.profile, &self.store, on);
        match (found, live) {
            // That live is lost is the more important error.
            (Err(Error::Moment { .. }), Err(lost)) => Err(lost),
            (found, _) => found,
        }
    }

    /// Composes the tables and the log just after a moment's event, to show or compare them.
    ///
    /// # Errors
    ///
    /// If neither a snapshot has its tables nor the user's replay command makes them.
    pub fn compose_moment(&self, moment: &Moment) -> Result<ComposedMoment> {
        let (database, on) = (self.database()?, &mut self.on());
        ComposedMoment::exactly(moment, &database, &self.profile, &self.store, on)
    }

    /// Plans to restore a moment: the event log as it was just after an event, and the tables from which the
    /// application's next start replays the rest. The plan changes nothing before [`Self::apply`].
    ///
    /// # Errors
    ///
    /// If no snapshot has the tables as of the moment and the application does not replay events, or as for
    /// [`Self::plan_restore`].
    pub fn plan_moment(
        &self,
        moment: &Moment,
        options: impl Into<RestoreOptions>,
    ) -> Result<RestorePlan> {
        let (database, on) = (self.own_database()?, &mut self.on());
        RestorePlan::of_moment(database, &self.profile, &self.store, moment, options, on)?.checked(
            &self.store,
            self.now(),
            on,
        )
    }

    /// Finds the newest rewind snapshot that holds events which the live database has rewound, hidden or
    /// lost. Damaged snapshots are passed over, and named.
    ///
    /// # Errors
    ///
    /// If the profile names no event log, or the database cannot be read.
    pub fn find_rewind(&self) -> Result<RewindSearch> {
        let AllSnapshots { snapshots, trouble } = self.store.list_all(&[Kind::Rewind])?;
        let mut search = find_rewind(
            &self.database()?,
            &self.profile,
            &rewinds(&snapshots),
            (&self.store, Archived::Everywhere),
            &mut self.on(),
        )?;
        let unlisted = trouble.as_ref().map(PassedOver::unlisted);
        search.passed_over.extend(unlisted);
        Ok(search)
    }

    /// Plans to undo the last rewind; `None` if there is nothing to recover.
    ///
    /// # Errors
    ///
    /// As [`Self::find_rewind`] and [`Self::plan_restore`].
    pub fn plan_recover(&self, options: impl Into<RestoreOptions>) -> Result<Option<RestorePlan>> {
        let search = self.find_rewind()?;
        let rewind = search.rewind.filter(|rewind| !rewind.is_settled);
        let plan = |rewind: Rewind| {
            let plan = self.plan_restore(rewind.snapshot, options)?;
            Ok(plan.recovering(search.passed_over))
        };
        rewind.map(plan).transpose()
    }

    /// Plans to undo the last restore that is in force.
    ///
    /// # Errors
    ///
    /// If there is none, or its safety snapshot is missing or damaged.
    pub fn plan_undo(&self) -> Result<RestorePlan> {
        self.plan_step(Operation::Undo, &mut self.on())
            .map(|(plan, _)| plan)
    }

    /// Plans to redo the restore that was undone last.
    ///
    /// # Errors
    ///
    /// As [`Self::plan_undo`].
    pub fn plan_redo(&self) -> Result<RestorePlan> {
        self.plan_step(Operation::Redo, &mut self.on())
            .map(|(plan, _)| plan)
    }

    /// Plans an undo or a redo, with the step that it makes.
    pub(crate) fn plan_step(
        &self,
        operation: Operation,
        on: OnProgress<'_>,
    ) -> Result<(RestorePlan, UndoStep)> {
        // Opening the database first finishes an interrupted restore, which may be the one to undo.
        let database = self.own_database()?;
        let history = self.store.history()?;
        let step = match operation {
            Operation::Redo => history.redo()?,
            _ => history.undo()?,
        };
        let plan = RestorePlan::of_step(database, &self.profile, &self.store, &step, on)?;
        Ok((plan.checked(&self.store, self.now(), on)?, step))
    }

    /// Carries out a plan: takes a safety snapshot, changes the database in one transaction, writes
    /// the checkpoint.
    ///
    /// # Errors
    ///
    /// [`Error::Stale`](crate::core::Error::Stale) if the database or the snapshot has changed
    /// since the plan. After an error the database is unchanged, unless the error states otherwise.
    pub fn apply(&self, plan: RestorePlan, safety: Safety) -> Result<Restored> {
        plan.apply(&self.store, safety, self.clock(), &mut self.on())
    }

    /// Plans what the policies of the profile delete.
    ///
    /// # Errors
    ///
    /// If a snapshot folder cannot be read.
    pub fn prune_plan(&self) -> Result<PrunePlan> {
        let snapshots = self.store.list(&Kind::ALL)?;
        Ok(PrunePlan::by_policy(&snapshots, &self.profile, self.now()))
    }

    /// Finds the rows that only the snapshots hold which a plan deletes.
    ///
    /// # Errors
    ///
    /// If a snapshot or the database cannot be read.
    pub fn prune_loss(&self, plan: &PrunePlan) -> Result<ExclusiveRows> {
        let (database, all) = (self.database()?, self.store.list(&Kind::ALL)?);
        plan.lost(&all, &database, &self.profile, &mut self.on())
    }

    /// Deletes the snapshots that a plan names, and returns their paths. If the archive's settings say so, those
    /// that a policy deletes are archived and read back first.
    ///
    /// # Errors
    ///
    /// [`Error::Delete`](crate::core::Error::Delete) names what was deleted and what was not.
    pub fn prune(&self, plan: PrunePlan) -> Result<Vec<PathBuf>> {
        self.prune_with(plan, &mut self.on())
    }

    /// Checks that a snapshot is whole; [`Depth::Deep`] also restores it into a copy of the live database.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be checked at all. What is wrong with it is in the report.
    pub fn verify(&self, snapshot: &Snapshot, depth: Depth) -> Result<Verification> {
        let live = match (depth, self.database()) {
            (Depth::Whole, live) => live.ok(),
            (Depth::Deep, live) => Some(live?),
        };
        let _unpacked = self.store.unpack(snapshot, &mut self.on())?;
        let deep = live.as_ref().filter(|_| depth == Depth::Deep);
        // A restore into a copy of a corrupt file proves nothing.
        deep.map(Database::refuse_corrupt).transpose()?;
        let store = &self.store;
        let scratch = deep.map(|live| Scratch { live, store });
        verify(
            snapshot,
            &self.profile,
            live.as_ref(),
            scratch,
            &mut self.on(),
        )
    }

    /// Searches the live database and every snapshot for a text, and passes each hit to `on_event` as it is found.
    ///
    /// # Errors
    ///
    /// If it is cancelled, or no side has a named table. A side that cannot be searched is a
    /// [`SearchEvent::Failed`].
    pub fn search(&self, query: &Query, mut on_event: impl FnMut(SearchEvent)) -> Result<()> {
        let snapshots = self.readable()?;
        let live = self.database().ok();
        let scope = SearchScope {
            profile: &self.profile,
            live: live.as_ref(),
            snapshots: &snapshots,
            cache: &self.cache,
            store: &self.store,
            most: usize::MAX,
        };
        search(query, scope, &mut on_event, &mut self.on())
    }

    /// Reads what every snapshot and the live database hold of a row.
    ///
    /// # Errors
    ///
    /// If it is cancelled, no side has the table, or its key has another number of columns. A side that cannot
    /// be read is in [`RowHistory::failed`]; a row that no side holds has no versions.
    pub fn history(&self, table: &str, key: &RowKey) -> Result<RowHistory> {
        let mut snapshots = self.readable()?;
        let live = self.database().ok();
        oldest_first(&mut snapshots);
        let scope = HistoryScope {
            profile: &self.profile,
            live: live.as_ref(),
            snapshots: &snapshots,
            cache: &self.cache,
            store: &self.store,
        };
        let mut history = RowHistory::of(snapshots.clone().into());
        row_history(
            table,
            key,
            scope,
            &mut |step| history.add(step),
            &mut self.on(),
        )?;
        Ok(history)
    }

    /// Reports whether anything needs attention: events that await replay, or a start that would be wrong.
    ///
    /// # Errors
    ///
    /// If the database or the snapshot folders cannot be read.
    pub fn status(&self) -> Result<Status> {
        Status::of(
            &self.database()?,
            &self.profile,
            &self.store,
            self.now(),
            &mut self.on(),
        )
    }

    /// Returns the callback to which an operation reports its progress.
    pub(crate) fn on(&self) -> impl FnMut(Progress) -> ControlFlow<()> + '_ {
        |progress| self.report(progress)
    }
}
