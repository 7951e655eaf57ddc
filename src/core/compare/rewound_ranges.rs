//! Which events each rewind superseded, read from live's log: the events that preceded the rewind and
//! whose `superseded_by` is the rewind or a later event.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::core::{
    base::{
        error::Result,
        event::{Event, EventStatus, instant},
        profile::{Log, Profile},
        row::{Table, ValueRef},
    },
    db::{Database, Select},
};

/// The range of events that one rewind superseded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct RewoundRange {
    /// The id of the first.
    pub first: i64,
    /// The id of the last.
    pub last: i64,
}

/// A rewind in live's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRewind {
    /// Its event.
    pub event: i64,
    /// How many events it superseded.
    pub events: u64,
    /// When it happened, if the log says so.
    pub at: Option<DateTime<Utc>>,
}

/// How many ids of the log are read first; each further step reads twice as many.
const STRETCH: i64 = 64;

impl RewoundRange {
    /// Finds, for each of these events at which a log ended, the range that the first rewind after it
    /// superseded, as far as it still is. Empty if the log does not record what superseded an event,
    /// or if events cannot be found by id quickly. Fails if the database cannot be read.
    pub fn by_rewinds(database: &Database, profile: &Profile, ends: &[i64]) -> Result<Vec<Self>> {
        let Some((table, log)) = superseding(database, profile)? else {
            return Ok(Vec::new());
        };
        database.reading(|| {
            let ends = ends.iter();
            let found = ends.map(|&end| Self::before(end, database, &table, log));
            found.filter_map(Result::transpose).collect()
        })
    }

    /// Returns whether the log records what superseded an event, and events can be found by id
    /// quickly.
    pub(crate) fn are_known(database: &Database, profile: &Profile) -> Result<bool> {
        Ok(superseding(database, profile)?.is_some())
    }

    /// Counts the events up to `end` that a later rewind superseded: the tables of a snapshot that
    /// ends there still hold their rows. Fails if the database cannot be read.
    pub fn since(database: &Database, profile: &Profile, end: i64) -> Result<u64> {
        let Some((table, log)) = superseding(database, profile)? else {
            return Ok(0);
        };
        let (mut count, mut up_to, mut length) = (0, end, STRETCH);
        database.reading(|| {
            loop {
                let after = up_to.saturating_sub(length);
                let stretch = superseded(database, &table, log, (after, up_to))?;
                match stretch.iter().filter(|(_, by)| *by > end).count() as u64 {
                    0 => return Ok(count),
                    more => count += more,
                }
                (up_to, length) = (after, length.saturating_mul(2));
            }
        })
    }

    /// Finds the events up to `end` that the first rewind after `end` superseded.
    fn before(end: i64, database: &Database, table: &Table, log: &Log) -> Result<Option<Self>> {
        let (mut by, mut found): (_, Option<Self>) = (None, None);
        let (mut up_to, mut length) = (end, STRETCH);
        loop {
            let after = up_to.saturating_sub(length);
            let stretch = superseded(database, table, log, (after, up_to))?;
            let later = stretch.iter().map(|(_, by)| *by).filter(|by| *by > end);
            by = by.or(later.min());
            let mut taken = stretch.iter().filter(|(_, other)| Some(*other) == by);
            let Some((first, _)) = taken.next() else {
                return Ok(found);
            };
            let last = taken.next_back().map_or(*first, |(last, _)| *last);
            found = Some(Self {
                first: *first,
                last: found.map_or(last, |found| found.last),
            });
            (up_to, length) = (after, length.saturating_mul(2));
        }
    }
}

/// Finds the rewinds after an event, oldest first. Empty if the log does not record what superseded an event.
pub(crate) fn rewinds_after(
    database: &Database,
    profile: &Profile,
    after: i64,
) -> Result<Vec<LoggedRewind>> {
    let Some((table, log)) = superseding(database, profile)? else {
        return Ok(Vec::new());
    };
    database.reading(|| {
        let select = Select {
            after: Some(after),
            ..Select::log(&table, log)
        };
        let events = database.with_rows(select, |mut rows| {
            let mut events = Vec::new();
            while let Some(row) = rows.next_row()? {
                let event = Event::of(&row, &table, log);
                let is_rewind = |kind: &String| log.rewind_kinds.contains(kind);
                if event.kind.as_ref().is_some_and(is_rewind) {
                    let time = log.time.as_ref().and_then(|time| table.column(time));
                    let at = time.and_then(|time| instant(&row.values[time]));
                    events.push((event.id, at));
                }
            }
            Ok(events)
        })?;
        let superseded_by = |(event, at): (i64, Option<DateTime<Utc>>)| {
            let range = RewoundRange::before(event - 1, database, &table, log)?;
            let events = match range {
                Some(range) => {
                    let stretch = (range.first - 1, event - 1);
                    let stretch = superseded(database, &table, log, stretch)?;
                    stretch.iter().filter(|(_, by)| *by == event).count() as u64
                }
                None => 0,
            };
            Ok(LoggedRewind { event, events, at })
        };
        events.into_iter().map(superseded_by).collect()
    })
}

/// Returns the last rewind that superseded events after `end`, and the last event that it superseded.
pub(crate) fn last_rewind_after(
    database: &Database,
    profile: &Profile,
    end: i64,
) -> Result<Option<(i64, i64)>> {
    let Some((table, log)) = superseding(database, profile)? else {
        return Ok(None);
    };
    database.reading(|| {
        let last_by: BTreeMap<i64, i64> = superseded(database, &table, log, (end, i64::MAX))?
            .into_iter()
            .filter(|(id, by)| id != by)
            .map(|(id, by)| (by, id))
            .collect();
        for (&by, &last) in last_by.iter().rev() {
            let row = database.event_row(&table, log, by)?;
            let kind = row.and_then(|row| Event::of(&row, &table, log).kind);
            if kind.is_some_and(|kind| log.rewind_kinds.contains(&kind)) {
                return Ok(Some((by, last)));
            }
        }
        Ok(None)
    })
}

/// Counts the rewound events of live's log. Fails if the database cannot be read.
pub fn rewound(database: &Database, profile: &Profile) -> Result<u64> {
    let schema = database.schema(profile)?;
    let (Some(log), Some(table)) = (&profile.log, &schema.log) else {
        return Ok(0);
    };
    let is_meant = |column: &&String| {
        let mut meant = log.flags().chain([&log.id]);
        meant.any(|name| name.eq_ignore_ascii_case(column))
    };
    let table = Table {
        columns: table.columns.iter().filter(is_meant).cloned().collect(),
        ..table.clone()
    };
    database.with_rows(Select::log(&table, log), |mut rows| {
        let mut rewound = 0;
        while let Some(row) = rows.next_row()? {
            rewound += u64::from(EventStatus::of(&row, &table, log) == EventStatus::Rewound);
        }
        Ok(rewound)
    })
}

/// Returns the log and its table; `None` if the log does not record what superseded an event, or if
/// events cannot be found by id quickly.
fn superseding<'p>(database: &Database, profile: &'p Profile) -> Result<Option<(Table, &'p Log)>> {
    let Some((log, superseded)) = profile
        .log
        .as_ref()
        .and_then(|log| Some((log, log.superseded_by.as_ref()?)))
    else {
        return Ok(None);
    };
    let schema = database.schema(profile)?;
    let usable = schema.table(&log.table).filter(|table| {
        let id = table.column(&log.id);
        matches!((&table.key[..], id), ([key], Some(id)) if *key == id)
            && table.column(superseded).is_some()
    });
    Ok(usable.map(|table| (table.clone(), log)))
}

/// Returns the superseded events in a range of ids, each with the id of the event that superseded
/// it.
pub(crate) fn superseded(
    database: &Database,
    table: &Table,
    log: &Log,
    (after, up_to): (i64, i64),
) -> Result<Vec<(i64, i64)>> {
    let by = log.superseded_by.as_ref();
    let Some(by) = by.filter(|column| table.column(column).is_some()) else {
        return Ok(Vec::new());
    };
    let table = Table {
        columns: vec![log.id.clone(), by.clone()],
        ..table.clone()
    };
    let select = Select {
        after: Some(after),
        up_to: Some(up_to),
        ..Select::log(&table, log)
    };
    database.with_rows(select, |mut rows| {
        let mut superseded = Vec::new();
        while rows.advance()? {
            if let (ValueRef::Integer(id), ValueRef::Integer(by)) =
                (rows.value_ref(0), rows.value_ref(1))
            {
                superseded.push((id, by));
            }
        }
        Ok(superseded)
    })
}
