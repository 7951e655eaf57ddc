//! Restores live to a snapshot: a plan that changes nothing, then one transaction that changes what
//! differs, proves the result and commits, or leaves everything as it was.

mod anew;
mod apply;
mod change;
mod changed_copy;
mod checkpoint;
mod choice;
mod into;
mod merge;
mod moment;
mod options;
mod parallel;
mod prepare;
mod proof;
mod reach;
mod recipe;
mod references;
mod rehearsal;
mod repair;
mod replay_start;
mod rows;
mod selection;
mod statements;
mod target;
mod trial_copy;
mod unloadable;
mod versions;

use std::path::Path;

use super::{merge::ComposedMerge, moment::ComposedMoment, recover::PassedOver};
use crate::core::{
    base::{error::Result, process::Openers, profile::Profile, progress::OnProgress},
    compare::{diff::TableDiff, event_diff::EventDiff, schema_diff::Shape},
    db::{Database, Version},
    file::{
        note::Operation,
        snapshot::{Contents, Snapshot},
    },
    store::{StampAhead, Store, Unpacked, cold_load::ColdLoad, restore_history::UndoStep},
};
use reach::Reach;
use selection::{SelectedRows, Selection};
use target::Target;

pub use anew::{AnewPlan, MadeAnew, make_anew};
pub use apply::{Restored, Safety, TableChanges};
pub use into::{Remade, restore_into, restore_without_live};
pub(crate) use into::{ScratchDatabase, restore_scratch};
pub use options::{
    Dangling, Dependents, Existing, Missing, Newer, Parents, RestoreOptions, RowOf, Scope,
    Unwritable,
};
pub use recipe::{RestoreRecipe, RestoreSource};
pub use references::OrphanRows;
pub use rehearsal::{RefusedRow, Unwritten};
pub use repair::{Repaired, finish_interrupted};
pub(crate) use statements::statements;
pub use statements::{OnStatement, RestoreStatement, StatementPart};
pub use versions::{SchemaVersion, VersionChange};

/// The plan of a restore. It changes nothing until applied, and is applied only if neither live nor
/// the snapshot has changed since.
#[derive(Debug)]
pub struct RestorePlan {
    /// The snapshot to restore; for a moment or a merge the scratch file that is composed for it.
    pub snapshot: Snapshot,
    /// The moment to restore, instead of a snapshot that was taken.
    pub moment: Option<ComposedMoment>,
    /// The merge of live and a snapshot that is restored, instead of the snapshot alone.
    pub merge: Option<ComposedMerge>,
    /// What to restore of it, and how.
    pub options: RestoreOptions,
    /// The last event of the restored log.
    pub last_event_id: i64,
    /// The changes of each table, from live to the snapshot; the event log first.
    pub tables: Vec<TableDiff>,
    /// What happens to the events, from live to the snapshot; `None` if the log is not touched.
    pub log: Option<EventDiff>,
    /// Schema-version tables, which are not restored.
    pub versions: Vec<SchemaVersion>,
    /// Views of live for which the snapshot holds rows: no restore changes these.
    pub views: Vec<String>,
    /// Changes to where other tables record the schema's version.
    pub version_changes: Vec<VersionChange>,
    /// Columns and tables of the snapshot that are left out.
    pub left_out: Vec<String>,
    /// Tables that cannot be written and are left out.
    pub unwritten: Vec<Unwritten>,
    /// The names of the safety snapshot and the checkpoint, where these are ahead of the clock;
    /// empty before the plan is checked.
    pub ahead: Vec<StampAhead>,
    /// Damaged snapshots that were passed over for this one.
    pub passed_over: Vec<PassedOver>,
    /// Rows that will refer to no row, where that is allowed because their table is not restored.
    pub orphans: OrphanRows,
    /// Rows that cannot be inserted beside those of live, and are left out.
    pub refused: Vec<RefusedRow>,
    /// Tables with rows that the snapshot lacks, and which are emptied.
    pub absent: Vec<String>,
    /// Other processes that have the database open.
    pub others: Openers,
    /// What the application's next start makes of live as it is; `None` until checked.
    pub cold_load: Option<ColdLoad>,
    /// How many active events the application's next start replays over the restored tables.
    pub replays: u64,
    /// Tables with values in the checkpoint that the application cannot load.
    pub unloadable: Vec<String>,
    selection: Option<Selection>,
    reach: Reach,
    /// Whether an undo or redo of tables alone restores what the log produces, once checked.
    fits_log: bool,
    purpose: (Operation, Option<u64>),
    exact: bool,
    shapes: Vec<Shape>,
    profile: Profile,
    database: Database,
    version: Version,
    contents: Contents,
}

impl Restored {
    /// Returns the operation that it was, as the note of its safety snapshot says; `None` without one.
    pub fn operation(&self) -> Option<Operation> {
        let safety = self.safety_snapshot.as_ref()?;
        Some(safety.note.restore.as_ref()?.operation)
    }
}

impl RestorePlan {
    /// Computes what restoring `snapshot` would change. `database` is kept to detect writes before
    /// the plan is applied.
    ///
    /// Fails if the snapshot is damaged or does not fit live: another application, columns or keys that live
    /// lacks, or values that live does not accept.
    pub fn compute(
        database: Database,
        profile: &Profile,
        snapshot: Snapshot,
        options: impl Into<RestoreOptions>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let contents = Contents::open_trusted(&snapshot.path, &database.keys(profile), on)?;
        let what = (snapshot, contents, None);
        Self::of_contents(database, profile, what, options.into(), on)
    }

    /// Keeps the unpacked file that is restored.
    fn keeping(self, unpacked: Unpacked) -> Self {
        Self {
            contents: self.contents.locked_by(unpacked.locked()),
            ..self
        }
    }

    /// Computes what restoring an opened snapshot would change, which may be a merge.
    fn of_contents(
        database: Database,
        profile: &Profile,
        (snapshot, contents, merge): (Snapshot, Contents, Option<&ComposedMerge>),
        mut options: RestoreOptions,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let is_undone = options.existing == Existing::Revert;
        let source = merge.map_or(&snapshot, |merge| &merge.snapshot);
        if source.is_safety_snapshot() && (is_undone || !options.is_of_rows()) {
            options.dangling = Dangling::Keep;
        }
        let (planned, version) = database.reading(|| {
            let version = database.version()?;
            let schema = database.schema(profile)?;
            let target = Target {
                database: &database,
                profile,
                schema: &schema,
                contents: &contents,
                settled: merge.map(|merge| &merge.settled),
            };
            Ok((target.plan(&options, on)?, version))
        })?;
        contents.unchanged()?;
        let mut version_changes = Vec::new();
        for diff in planned
            .tables
            .iter()
            .filter(|diff| !profile.is_log(&diff.table.name))
        {
            version_changes.extend(VersionChange::of(diff, &contents)?);
        }
        Ok(Self {
            snapshot,
            moment: None,
            merge: None,
            options,
            last_event_id: planned.ends_at,
            tables: planned.tables,
            log: planned.log,
            versions: planned.versions,
            views: planned.views,
            version_changes,
            left_out: planned.left_out,
            unwritten: planned.unwritten,
            ahead: Vec::new(),
            passed_over: Vec::new(),
            orphans: planned.orphans,
            refused: planned.refused,
            selection: planned.selection,
            absent: planned.absent,
            others: Openers::with_unrewind(database.path()),
            cold_load: None,
            replays: planned.replays,
            unloadable: planned.unloadable,
            reach: planned.reach,
            fits_log: true,
            purpose: (Operation::Restore, None),
            exact: planned.exact,
            shapes: planned.shapes,
            profile: profile.clone(),
            database,
            version,
            contents,
        })
    }

    /// Plans an undo or a redo.
    ///
    /// Fails as [`Self::compute`] does, and if the snapshot of the step is gone.
    pub fn of_step(
        database: Database,
        profile: &Profile,
        store: &Store,
        step: &UndoStep,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let unpacked = store.unpack(&step.snapshot, on)?;
        let rows = RowOf::in_note(&step.note.rows);
        let options = RestoreOptions {
            scope: Scope::with_log(step.note.log),
            tables: step.note.tables.clone(),
            existing: if rows.is_empty() {
                Existing::Replace
            } else {
                Existing::Revert
            },
            rows,
            ..RestoreOptions::default()
        };
        let plan = Self::compute(database, profile, step.snapshot.clone(), options, on)?;
        let plan = plan.asked_as(step.operation, Some(step.note.sequence));
        Ok(plan.keeping(unpacked))
    }

    /// Sets the operation that this restore is for, and for an undo or redo the number of the
    /// restore that it reverses.
    #[must_use]
    pub fn asked_as(self, operation: Operation, undoes: Option<u64>) -> Self {
        Self {
            purpose: (operation, undoes),
            ..self
        }
    }

    /// Records that the plan recovers from a rewind, and the damaged snapshots that were skipped.
    #[must_use]
    pub fn recovering(self, passed_over: Vec<PassedOver>) -> Self {
        Self {
            passed_over,
            ..self.asked_as(Operation::Recover, None)
        }
    }

    /// Returns how many rows of live differ from the snapshot's row of the same key, and stay as they are.
    pub fn left_alone(&self) -> u64 {
        let rows = self.selection.iter().flat_map(Selection::tables);
        rows.map(|(_, rows)| rows.left_alone()).sum()
    }

    /// Returns how many rows of each table are inserted only because chosen ones refer to them, or they
    /// to chosen ones.
    pub fn related(&self) -> Vec<(&str, u64)> {
        let rows = self.selection.iter().flat_map(Selection::tables);
        let related = |rows: &SelectedRows| rows.related.difference(&rows.refused).count() as u64;
        let related = rows.map(|(table, rows)| (table, related(rows)));
        related.filter(|(_, rows)| *rows > 0).collect()
    }

    /// Returns whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(TableDiff::is_empty)
    }

    /// Returns whether the application keeps an event log.
    pub fn has_log(&self) -> bool {
        self.profile.log.is_some()
    }

    /// Returns whether the application makes its tables from the event log when it starts.
    pub fn is_replayed_on_start(&self) -> bool {
        self.profile.starts_from_snapshots()
    }

    /// Returns whether what live has and the snapshot lacks could stay.
    pub fn can_keep_newer(&self) -> bool {
        self.has_log() && self.moment.is_none() && !self.options.is_of_rows()
    }

    /// Returns the name of what is restored: a snapshot's, or that of the moment's event.
    pub fn source(&self) -> String {
        match (&self.moment, &self.merge) {
            (Some(composed), _) => format!("event {}", composed.moment.event),
            (None, Some(merge)) => merge.snapshot.name(),
            (None, None) => self.snapshot.name(),
        }
    }

    /// Returns the path of the database to restore.
    pub fn database(&self) -> &Path {
        self.database.path()
    }

    /// Returns how many events become active that are not active in live.
    pub fn events_back(&self) -> u64 {
        let log = self.log.as_ref();
        let newer = |log: &EventDiff| log.newer_to.count - log.newer_rewinds;
        log.map_or(0, |log| log.gone_from.missed() + newer(log))
    }

    /// Returns the numbers of changes per table; they outlive the plan.
    pub fn changes(&self) -> Vec<TableChanges> {
        self.tables.iter().map(TableChanges::from).collect()
    }
}
