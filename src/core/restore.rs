//! Bringing live back to a snapshot: a plan that changes nothing, then one transaction that changes
//! what differs, proves the result and commits, or leaves everything as it was.

mod apply;

use std::path::Path;

use super::{
    db::{Database, Schema, Version},
    diff::{Comparison, Live, Side, TableDiff},
    drift::{Drift, Shape},
    error::{Error, Result},
    event::{Event, Standing},
    profile::Profile,
    progress::{OnProgress, Stage},
    record::{Record, Table},
    snapshot::{Contents, Snapshot},
    spool::Change,
};

pub use apply::{Restored, Safety, TableChanges};

/// How much of live is restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The projected tables and the event log, exactly as in the snapshot.
    #[default]
    Full,
    /// The projected tables only; the log is not touched.
    Tables,
}

/// What a restore will do. It changes nothing before it is applied, and is applied only if neither
/// live nor the snapshot has changed since.
#[derive(Debug)]
pub struct RestorePlan {
    /// The snapshot to restore.
    pub snapshot: Snapshot,
    /// How much of live is restored.
    pub scope: Scope,
    /// The id of the last event that the snapshot captured.
    pub last_event_id: i64,
    /// What changes in each table, from live to the snapshot; the event log first.
    pub tables: Vec<TablePlan>,
    /// What changes in the log, in words a person knows; nothing where the log is not touched.
    pub log: Option<LogPlan>,
    profile: Profile,
    database: Database,
    version: Version,
    contents: Contents,
}

/// What a restore changes in one table.
#[derive(Debug)]
pub struct TablePlan {
    /// The difference from live to the snapshot.
    pub diff: TableDiff,
    /// How the table's shape differs.
    pub drift: Drift,
    shape: Shape,
}

/// What a restore changes in the event log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPlan {
    /// Events that live has lost, superseded or hidden, and that count again.
    pub returning: Events,
    /// Events newer than the snapshot, which leave the log.
    pub newer: Events,
}

/// Some events: how many, and the first and last few of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// How many there are.
    pub count: u64,
    /// The first few.
    pub first: Vec<Event>,
    /// The last few that are not among the first.
    pub last: Vec<Event>,
}

impl Events {
    const SHOWN: usize = 3;

    fn push(&mut self, event: Event) {
        self.count += 1;
        if self.first.len() < Self::SHOWN {
            self.first.push(event);
        } else {
            if self.last.len() == Self::SHOWN {
                self.last.remove(0);
            }
            self.last.push(event);
        }
    }
}

impl RestorePlan {
    /// Computes what restoring `snapshot` would change. `database` is kept to see whether anybody
    /// writes to it before the plan is applied.
    pub fn compute(
        database: Database,
        profile: &Profile,
        snapshot: Snapshot,
        scope: Scope,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let contents = Contents::open(&snapshot.path, on)?;
        let mut tables = Vec::new();
        let mut version = None;
        database.reading(|| {
            version = Some(database.version()?);
            let schema = database.schema(profile)?;
            tables = TargetTables {
                database: &database,
                profile,
                schema: &schema,
                contents: &contents,
            }
            .plan(scope, on)?;
            Ok(())
        })?;
        contents.unchanged()?;
        let last_event_id = contents.last_event_id();
        let mut plan = Self {
            snapshot,
            scope,
            last_event_id,
            tables,
            log: None,
            profile: profile.clone(),
            database,
            version: version.expect("reading set it"),
            contents,
        };
        plan.log = plan.read_log()?;
        Ok(plan)
    }

    /// Whether live is already as in the snapshot.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| table.diff.is_empty())
    }

    /// The database that is restored.
    pub fn database(&self) -> &Path {
        self.database.path()
    }

    fn read_log(&mut self) -> Result<Option<LogPlan>> {
        let log = &self.profile.log;
        let Some(table) = self
            .tables
            .iter_mut()
            .find(|table| table.diff.table.name == log.table)
        else {
            return Ok(None);
        };
        let mut plan = LogPlan::default();
        let shape = table.diff.table.clone();
        let event = |record: &Record| Event::of(record, &shape, log);
        table.diff.for_each(|change| {
            match &change {
                Change::Added(record) if event(record).standing == Standing::Current => {
                    plan.returning.push(event(record));
                }
                Change::Removed(record) => plan.newer.push(event(record)),
                Change::Changed { from, to } if event(from).standing != event(to).standing => {
                    match event(to).standing {
                        Standing::Current => plan.returning.push(event(to)),
                        Standing::Superseded | Standing::Hidden => {}
                    }
                }
                Change::Added(_) | Change::Changed { .. } => {}
            }
            Ok(())
        })?;
        Ok(Some(plan))
    }
}

/// The tables of live that a restore brings back to the snapshot's.
struct TargetTables<'a> {
    database: &'a Database,
    profile: &'a Profile,
    schema: &'a Schema,
    contents: &'a Contents,
}

impl TargetTables<'_> {
    fn plan(&self, scope: Scope, on: OnProgress<'_>) -> Result<Vec<TablePlan>> {
        self.refuse_missing(scope)?;
        let mut shapes = Vec::new();
        for table in self.tables(scope)? {
            shapes.push(Shape::of(table, self.contents, self.database)?);
        }
        refuse_gone(&shapes)?;
        let live = Live {
            database: self.database,
            profile: self.profile,
            schema: self.schema,
            up_to: None,
        };
        let mut work = Work::new(&shapes, self.contents);
        let plan = |shape: Shape| {
            let diff = work.compare(live, &shape, self.contents, Stage::Comparing, on)?;
            Ok(TablePlan {
                diff,
                drift: shape.drift.clone(),
                shape,
            })
        };
        shapes.clone().into_iter().map(plan).collect()
    }

    /// Views hold no rows of their own and follow their tables.
    fn tables(&self, scope: Scope) -> Result<Vec<&Table>> {
        let mut tables = Vec::new();
        for table in self
            .schema
            .present()
            .skip(usize::from(scope == Scope::Tables))
        {
            if !self.database.is_view(&table.name)? {
                tables.push(table);
            }
        }
        Ok(tables)
    }

    /// Refuses a snapshot with rows for a table that live lacks.
    fn refuse_missing(&self, scope: Scope) -> Result<()> {
        let log = &self.profile.log.table;
        let held = self
            .contents
            .tables()
            .filter(|(name, rows)| *rows > 0 && (scope == Scope::Full || *name != log));
        let present = |name: &str| {
            self.schema
                .present()
                .any(|table| table.name.eq_ignore_ascii_case(name))
        };
        let missing: Vec<String> = held
            .filter(|(name, _)| !present(name))
            .map(|(name, rows)| format!("table {name} ({rows} rows)"))
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Error::SchemaDrift {
                missing: missing.join(", "),
            })
        }
    }
}

fn refuse_gone(shapes: &[Shape]) -> Result<()> {
    let gone = shapes.iter().flat_map(|shape| {
        shape
            .drift
            .gone
            .iter()
            .map(|column| format!("column {}.{column}", shape.table.name))
    });
    let gone: Vec<String> = gone.collect();
    if gone.is_empty() {
        Ok(())
    } else {
        Err(Error::SchemaDrift {
            missing: gone.join(", "),
        })
    }
}

/// Comparisons of several tables, whose progress is that of the whole.
struct Work {
    done: u64,
    total: u64,
}

impl Work {
    fn new<'s>(shapes: impl IntoIterator<Item = &'s Shape>, contents: &Contents) -> Self {
        let total = shapes
            .into_iter()
            .map(|shape| contents.table_bytes(&shape.table.name))
            .sum();
        Self { done: 0, total }
    }

    /// What differs in one table, from live to the snapshot.
    fn compare(
        &mut self,
        live: Live<'_>,
        shape: &Shape,
        contents: &Contents,
        stage: Stage,
        on: OnProgress<'_>,
    ) -> Result<TableDiff> {
        let (table, defaults) = (&shape.table, &shape.defaults[..]);
        let comparison = Comparison {
            from: Side::Live(live),
            to: Side::Snapshot(contents),
            table,
            defaults,
            stage,
        };
        let diff = comparison.run(on, self.done, self.total)?;
        self.done += contents.table_bytes(&table.name);
        Ok(diff)
    }
}
