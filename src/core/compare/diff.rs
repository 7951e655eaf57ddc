//! The difference between two sides, each a snapshot or live: the added, changed and removed rows
//! of each table, and for the event log what happened to the events.

mod merge;
mod table;
mod three_way;

pub use table::TableDiff;

pub(crate) use merge::{Comparison, DiffSource, EventsOf, LogEnds, RowsOf};
pub(crate) use three_way::{Join, Joined, SideOrder};

use std::collections::HashSet;

use crate::core::{
    base::{
        error::Result,
        nearest::no_such_table,
        profile::{Profile, Tables},
        progress::{CancellationToken, OnProgress, Stage},
        row::is_among,
    },
    compare::{
        cursor::Live,
        event_diff::{Ends, EventDiff, NewerSide},
        schema_diff::Shape,
    },
    db::{Database, Schema},
    file::snapshot::Contents,
};

/// One side of a difference.
#[derive(Clone, Copy, Debug)]
pub enum Side<'a> {
    /// The live database.
    Live(&'a Database),
    /// An opened snapshot.
    Snapshot(&'a Contents),
}

/// The difference between two sides, from the first to the second.
#[derive(Debug)]
#[non_exhaustive]
pub struct Difference {
    /// Every compared table, the event log first.
    pub tables: Vec<TableDiff>,
    /// What happened to the events; `None` if the log was not compared.
    pub log: Option<EventDiff>,
}

impl Difference {
    /// Compares two sides, in all tables or in those of `only`. `keyed` is a database that knows
    /// the keys; tables that it lacks are compared by whole rows. Each side is read at one point in
    /// time, however long the comparison takes; at most one may be live.
    ///
    /// Fails if a side is damaged or cannot be read, or lacks a named table.
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
            detail: DiffDetail::Rows,
        };
        sides.compare(only, &mut |_, _| (), on)
    }

    /// Returns whether both sides are the same.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(TableDiff::is_empty)
    }
}

/// Two sides to compare, from the first to the second; at most one may be live.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The first side.
    pub from: Side<'a>,
    /// The second side.
    pub to: Side<'a>,
    /// The application's profile.
    pub profile: &'a Profile,
    /// A database that knows the keys; tables that it lacks are compared by whole rows.
    pub keyed: Option<&'a Database>,
    /// What to keep.
    pub detail: DiffDetail,
}

/// What a difference keeps of the rows that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffDetail {
    /// Their numbers only.
    Counts,
    /// The rows, in memory or a temporary file.
    Rows,
}

impl Sides<'_> {
    /// Compares as [`Difference::compute`] does, and calls `each` after each table; for the event
    /// log also with what happened to the events. Fails as that does.
    pub fn compare(
        &self,
        only: &[String],
        each: OnTable<'_>,
        on: OnProgress<'_>,
    ) -> Result<Difference> {
        self.consistently(|pair| pair.compare(only, each, on))
    }

    /// Returns what differs in the events that the first side has; `None` if there is no log.
    pub(crate) fn events_of_from(&self, on: OnProgress<'_>) -> Result<Option<EventDiff>> {
        let Some(log) = &self.profile.log else {
            return Ok(None);
        };
        let total = self.from.table_bytes(&log.table);
        self.consistently(|pair| {
            let schema = pair.live_schema()?;
            let shape = pair.shape(&log.table, schema.as_ref())?;
            let ends = Ends {
                from: i64::MAX,
                to: i64::MAX,
                newer: NewerSide::To,
            };
            let comparison = Comparison {
                rows: RowsOf::From,
                log: Some(LogEnds {
                    log,
                    ends,
                    lacking: &shape.schema_diff.only_from,
                    settled: None,
                    events: EventsOf::Both,
                }),
                ..pair.comparison(&shape, schema.as_ref())
            };
            let diff = comparison.run(on, 0, total)?;
            Ok(diff.events)
        })
    }

    /// Runs `work` with both sides as they are at one point in time.
    fn consistently<T>(&self, work: impl FnOnce(&SidePair<'_>) -> Result<T>) -> Result<T> {
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

/// A callback that receives each compared table.
pub type OnTable<'a> = &'a mut dyn FnMut(&TableDiff, Option<&EventDiff>);

/// Two sides, with their schemas.
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
            let log_ends = match profile.log.as_ref().filter(|_| profile.is_log(name)) {
                Some(log) => Some(LogEnds {
                    log,
                    ends: self.ends()?,
                    lacking: &shape.schema_diff.only_from,
                    settled: None,
                    events: EventsOf::Both,
                }),
                None => None,
            };
            let comparison = Comparison {
                log: log_ends,
                ..self.comparison(&shape, schema.as_ref())
            };
            let mut diff = comparison.run(on, done, total)?;
            diff.schema_diff = shape.schema_diff.clone();
            each(&diff, diff.events.as_ref());
            log = log.or(diff.events.clone());
            tables.push(diff);
            done += bytes(name);
        }
        Ok(Difference { tables, log })
    }

    /// Returns the last events of both sides.
    fn ends(&self) -> Result<Ends> {
        let Sides {
            from, to, profile, ..
        } = *self.sides;
        Ok(Ends {
            from: from.last_event_id(profile)?,
            to: to.last_event_id(profile)?,
            newer: match from {
                Side::Live(_) => NewerSide::From,
                Side::Snapshot(_) => NewerSide::To,
            },
        })
    }

    fn comparison<'s>(&'s self, shape: &'s Shape, schema: Option<&'s Schema>) -> Comparison<'s> {
        Comparison {
            from: self.source(self.sides.from, schema),
            to: self.source(self.sides.to, schema),
            table: &shape.table,
            stage: Stage::Comparing,
            rows: RowsOf::Both,
            detail: self.sides.detail,
            log: None,
            stop: &self.stop,
        }
    }

    /// Lists the tables of both sides: the event log first, then in the profile's order.
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
                let known: HashSet<_> =
                    names.iter().map(|name| name.to_ascii_lowercase()).collect();
                let others = contents.tables().map(|(name, _)| name);
                let others = others.filter(|name| !known.contains(&name.to_ascii_lowercase()));
                names.extend(others.map(str::to_owned).collect::<Vec<_>>());
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

    fn source<'s>(&'s self, side: Side<'s>, schema: Option<&'s Schema>) -> DiffSource<'s> {
        match (side, schema) {
            (Side::Live(database), Some(schema)) => DiffSource::Live(Live {
                database,
                profile: self.sides.profile,
                schema,
                after: None,
                up_to: None,
            }),
            (Side::Snapshot(contents), _) => DiffSource::Snapshot(contents),
            (Side::Live(_), None) => unreachable!("the schema of a live side is read before"),
        }
    }

    /// Chooses the columns to compare. A side without rows takes the other side's.
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
