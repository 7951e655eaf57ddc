//! The difference between two sides, each a snapshot or live: per table what was added, changed and
//! removed, and for the event log what became of the events.

mod merge;
mod rows;

pub(crate) use merge::{Comparison, Live, Source, Wanted};

use std::ops::ControlFlow;

use crate::core::{
    base::{
        error::Result,
        nearest::no_such_table,
        profile::{Log, Profile, Tables},
        progress::{CancellationToken, OnProgress, Stage, Throttle, report},
        record::{Table, is_among},
    },
    compare::{
        change_spool::{Change, ChangeKind, ChangeSpool, Changes},
        event_diff::{Ends, EventDiff, Gone, LogReader, NewerSide},
        schema_diff::{SchemaDiff, Shape},
    },
    db::{Database, Schema},
    file::snapshot::Contents,
};

/// One side of a difference.
#[derive(Clone, Copy, Debug)]
pub enum Side<'a> {
    /// The database as it is.
    Live(&'a Database),
    /// An opened snapshot.
    Snapshot(&'a Contents),
}

/// What differs between two sides, from the one to the other.
#[derive(Debug)]
pub struct Difference {
    /// Every table that was compared, the event log first.
    pub tables: Vec<TableDiff>,
    /// What became of the events; nothing where the log was not compared.
    pub log: Option<EventDiff>,
}

/// What differs in one table. The changes are kept once, however often this is cloned.
#[derive(Clone, Debug)]
pub struct TableDiff {
    /// The columns that were compared, and the key.
    pub table: Table,
    /// The columns that only one side has, which were not compared.
    pub drift: SchemaDiff,
    /// Rows that only the other side has.
    pub added: u64,
    /// Rows that both have with different values.
    pub changed: u64,
    /// Rows that only the one side has.
    pub removed: u64,
    pub(crate) changes: Changes,
}

impl TableDiff {
    fn new(table: &Table, changes: Changes) -> Self {
        let count = |kind| changes.count(Some(kind));
        Self {
            table: table.clone(),
            drift: SchemaDiff::default(),
            added: count(ChangeKind::Added),
            changed: count(ChangeKind::Changed),
            removed: count(ChangeKind::Removed),
            changes,
        }
    }

    /// Whether both sides are the same.
    pub fn is_empty(&self) -> bool {
        self.added + self.changed + self.removed == 0
    }

    /// How many rows differ in this way, or in any.
    pub fn count(&self, kind: Option<ChangeKind>) -> u64 {
        self.changes.count(kind)
    }

    /// Runs `each` on every change.
    pub fn for_each(&self, each: impl FnMut(Change) -> Result<()>) -> Result<()> {
        self.changes.for_each(each)
    }

    /// Runs `each` on the changes of a kind, or on all, from the one at `from` on, with their places
    /// among those, until it says that it has enough.
    pub fn each_from(
        &self,
        kind: Option<ChangeKind>,
        from: u64,
        each: impl FnMut(u64, Change) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.changes.each_from(kind, from, each)
    }

    /// Adds changes behind the others, which come before them by key.
    pub(crate) fn append(&mut self, more: &[Change]) -> Result<()> {
        if more.is_empty() {
            return Ok(());
        }
        let mut spool = ChangeSpool::continuing(&self.table, &self.changes)?;
        more.iter().try_for_each(|change| spool.push(change))?;
        let (table, drift) = (self.table.clone(), self.drift.clone());
        *self = Self {
            drift,
            ..Self::new(&table, spool.finish()?)
        };
        Ok(())
    }

    /// What became of the events, if this is the difference of an event log; `go_on` is asked from time
    /// to time.
    pub(crate) fn events(
        &self,
        log: &Log,
        ends: Ends,
        go_on: &mut dyn FnMut() -> Result<()>,
    ) -> Result<EventDiff> {
        let mut reader = LogReader::new(&self.table, log, ends, &self.drift.only_from);
        let mut on_bytes = |_| go_on();
        let mut pulse = Throttle::new(&mut on_bytes);
        self.for_each(|change| {
            reader.push(&change);
            pulse.row(0)
        })?;
        Ok(reader.diff)
    }
}

impl Difference {
    /// Compares two sides, in all tables or in those of `only`. `keyed` is a database that tells
    /// which columns are keys; tables that it lacks are compared by whole rows.
    ///
    /// Each side is one moment, however long the comparison takes; at most one can be live.
    pub fn compute(
        from: Side<'_>,
        to: Side<'_>,
        profile: &Profile,
        keyed: Option<&Database>,
        only: &[String],
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let sides = Sides {
            from,
            to,
            profile,
            keyed,
        };
        sides.compare(only, &mut |_, _| (), on)
    }

    /// Whether both sides are the same.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(TableDiff::is_empty)
    }
}

/// Two sides to compare, from the one to the other; at most one can be live.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The one side.
    pub from: Side<'a>,
    /// The other side.
    pub to: Side<'a>,
    /// What there is to compare.
    pub profile: &'a Profile,
    /// A database that tells which columns are keys; tables that it lacks are compared by whole rows.
    pub keyed: Option<&'a Database>,
}

impl Sides<'_> {
    /// Compares as [`Difference::compute`] does, and tells of each table as soon as it is compared;
    /// with the event log's, what became of the events.
    pub fn compare(
        &self,
        only: &[String],
        each: OnTable<'_>,
        on: OnProgress<'_>,
    ) -> Result<Difference> {
        self.at_one_moment(|pair| pair.compare(only, each, on))
    }

    /// What became of the events that count on the one side, and no longer or not on the other; nothing
    /// where there is no log.
    pub(crate) fn gone(&self, on: OnProgress<'_>) -> Result<Option<Gone>> {
        let Some(log) = &self.profile.log else {
            return Ok(None);
        };
        let total = self.from.table_bytes(&log.table);
        self.at_one_moment(|pair| {
            let schema = pair.live_schema()?;
            let shape = pair.shape(&log.table, schema.as_ref())?;
            let comparison = pair.comparison(&shape, schema.as_ref(), Wanted::OfFrom);
            let diff = comparison.run(on, 0, total)?;
            let go_on = &mut || report(on, Stage::Comparing, total, total);
            let ends = Ends {
                from: i64::MAX,
                to: i64::MAX,
                newer: NewerSide::To,
            };
            let became = diff.events(log, ends, go_on)?;
            Ok(Some(became.gone_to))
        })
    }

    /// Runs `work` with the sides as they are at one moment.
    fn at_one_moment<T>(&self, work: impl FnOnce(&SidePair<'_>) -> Result<T>) -> Result<T> {
        let schema = self.keyed.map(|database| database.schema(self.profile));
        let stop = self.keyed.map(Database::stop).cloned();
        let pair = SidePair {
            sides: self,
            schema: schema.transpose()?,
            stop: stop.unwrap_or_default(),
        };
        let live = [self.from, self.to]
            .into_iter()
            .find_map(|side| match side {
                Side::Live(database) => Some(database),
                Side::Snapshot(_) => None,
            });
        let result = match live {
            Some(database) => database.reading(|| work(&pair)),
            None => work(&pair),
        }?;
        for side in [self.from, self.to] {
            if let Side::Snapshot(contents) = side {
                contents.unchanged()?;
            }
        }
        Ok(result)
    }
}

/// Is told of each table that is compared.
pub type OnTable<'a> = &'a mut dyn FnMut(&TableDiff, Option<&EventDiff>);

/// Two sides, with what is known of the tables.
struct SidePair<'a> {
    sides: &'a Sides<'a>,
    schema: Option<Schema>,
    stop: CancellationToken,
}

impl SidePair<'_> {
    fn compare(
        &self,
        only: &[String],
        each: OnTable<'_>,
        on: OnProgress<'_>,
    ) -> Result<Difference> {
        let Sides {
            from, to, profile, ..
        } = *self.sides;
        let schema = self.live_schema()?;
        let names = self.names(only, schema.as_ref())?;
        let bytes = |name: &String| {
            [from, to]
                .into_iter()
                .map(|side| side.table_bytes(name))
                .max()
                .unwrap_or(0)
        };
        let total = names.iter().map(bytes).sum();
        let (mut done, mut tables, mut log) = (0, Vec::new(), None);
        for name in &names {
            let shape = self.shape(name, schema.as_ref())?;
            let comparison = self.comparison(&shape, schema.as_ref(), Wanted::All);
            let mut diff = comparison.run(on, done, total)?;
            diff.drift = shape.drift;
            let mut became = None;
            if let Some(own) = profile.log.as_ref().filter(|_| profile.is_log(name)) {
                let last = |side: Side<'_>| side.last_event_id(profile);
                let on = &mut || report(on, Stage::Comparing, done + bytes(name), total);
                let newer = match from {
                    Side::Live(_) => NewerSide::From,
                    Side::Snapshot(_) => NewerSide::To,
                };
                let ends = Ends {
                    from: last(from)?,
                    to: last(to)?,
                    newer,
                };
                became = Some(diff.events(own, ends, on)?);
            }
            each(&diff, became.as_ref());
            log = log.or(became);
            tables.push(diff);
            done += bytes(name);
        }
        Ok(Difference { tables, log })
    }

    fn comparison<'s>(
        &'s self,
        shape: &'s Shape,
        schema: Option<&'s Schema>,
        wanted: Wanted,
    ) -> Comparison<'s> {
        Comparison {
            from: self.source(self.sides.from, schema),
            to: self.source(self.sides.to, schema),
            table: &shape.table,
            stage: Stage::Comparing,
            wanted,
            stop: &self.stop,
        }
    }

    /// The tables that either side has, the event log first, then as the profile has them.
    fn names(&self, only: &[String], schema: Option<&Schema>) -> Result<Vec<String>> {
        let log = self.sides.profile.log.iter().map(|log| log.table.clone());
        let mut names: Vec<String> = log.collect();
        match (&self.sides.profile.tables, schema.or(self.schema.as_ref())) {
            (Tables::Named(tables), _) => names.extend(tables.iter().cloned()),
            (Tables::Auto { .. }, Some(schema)) => {
                names.extend(schema.tables.iter().map(|(name, _)| name.clone()));
            }
            (Tables::Auto { .. }, None) => {}
        }
        for side in [self.sides.from, self.sides.to] {
            if let Side::Snapshot(contents) = side {
                let others = contents.tables().map(|(name, _)| name.to_owned());
                let others: Vec<String> = others.filter(|name| !is_among(&names, name)).collect();
                names.extend(others);
            }
        }
        if let Some(unknown) = only.iter().find(|name| !is_among(&names, name)) {
            return Err(no_such_table(
                unknown,
                "",
                &names.iter().map(String::as_str).collect::<Vec<_>>(),
            ));
        }
        names.retain(|name| only.is_empty() || is_among(only, name));
        Ok(names)
    }

    fn live_schema(&self) -> Result<Option<Schema>> {
        for side in [self.sides.from, self.sides.to] {
            if let Side::Live(database) = side {
                return database.schema(self.sides.profile).map(Some);
            }
        }
        Ok(None)
    }

    fn source<'s>(&'s self, side: Side<'s>, schema: Option<&'s Schema>) -> Source<'s> {
        match (side, schema) {
            (Side::Live(database), Some(schema)) => Source::Live(Live {
                database,
                profile: self.sides.profile,
                schema,
                up_to: None,
            }),
            (Side::Snapshot(contents), _) => Source::Snapshot(contents),
            (Side::Live(_), None) => unreachable!("the schema of a live side is read before"),
        }
    }

    /// A side without rows has whatever columns the other side has.
    fn shape(&self, name: &str, schema: Option<&Schema>) -> Result<Shape> {
        let columns = |side: Side<'_>| match side {
            Side::Live(_) => Ok(schema
                .and_then(|schema| schema.table(name))
                .map(|table| table.columns.clone())),
            Side::Snapshot(contents) => contents.columns(name),
        };
        let (from, to) = (columns(self.sides.from)?, columns(self.sides.to)?);
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) => (from, to),
            (Some(both), None) | (None, Some(both)) => (both.clone(), both),
            (None, None) => (Vec::new(), Vec::new()),
        };
        let keyed = schema
            .or(self.schema.as_ref())
            .and_then(|schema| schema.table(name));
        Ok(Shape::to_compare(name, &from, &to, keyed))
    }
}

impl Side<'_> {
    fn table_bytes(self, name: &str) -> u64 {
        match self {
            Self::Live(_) => 0,
            Self::Snapshot(contents) => contents.table_bytes(name),
        }
    }

    fn last_event_id(self, profile: &Profile) -> Result<i64> {
        match self {
            Self::Live(database) => database.last_event_id(profile),
            Self::Snapshot(contents) => contents.ends_at(profile),
        }
    }
}
