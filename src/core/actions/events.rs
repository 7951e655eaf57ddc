//! Merges the event logs of a snapshot and live: every event once, by id, with its identity and its
//! status on each side. An id that names different events on the two sides appears twice, the
//! snapshot's first. Only a few bytes are kept per event; its text is read on demand.

mod ending;
mod entries;
mod sides;
mod texts;

use std::collections::HashMap;

use crate::core::{
    base::{
        error::Result,
        event::{Event, EventStatus},
        profile::{Log, Profile},
        progress::{OnProgress, Stage, report},
        row::{Row, Table, Value},
    },
    compare::cursor::{Live, RowCursor},
    db::Database,
    file::snapshot::Contents,
};
use entries::{Class, Entries};
use sides::{OlderEvents, SharedColumns, short};

pub use ending::{LogEnding, LogStanding};
pub use texts::{last_events, read_events};

/// The events of a snapshot and of live.
#[derive(Clone, Debug, Default)]
pub struct EventHistory {
    entries: Entries,
    kinds: Names,
    branches: Names,
    /// The last event in the snapshot; `None` without a snapshot to compare.
    pub snapshot_ends: Option<i64>,
}

/// One event of an event history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventEntry {
    /// Its id.
    pub id: i64,
    /// The number of its row in the snapshot, if that has it.
    row: u32,
    class: Class,
}

impl EventEntry {
    /// Returns its status in live; `None` if live lacks it.
    pub fn live(&self) -> Option<EventStatus> {
        self.class.live
    }

    /// Returns its status in the snapshot; `None` if the snapshot lacks it.
    pub fn snapshot(&self) -> Option<EventStatus> {
        self.class.snapshot
    }
}

/// What happened to an event between a snapshot and live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventChange {
    /// It is active in both, or in live if there is no snapshot to compare.
    Same,
    /// It is active in the snapshot, and rewound or hidden in live.
    Lost,
    /// Only the snapshot has it.
    Gone,
    /// It is active in live, and rewound or hidden in the snapshot.
    Back,
    /// Only live has it; it is newer than the snapshot, or its id names another event there.
    Newer,
    /// Only live has it, though it is not newer.
    Inserted,
    /// It is rewound in live, and not active in the snapshot.
    Rewound,
    /// It is hidden in live, and not active in the snapshot.
    Hidden,
}

impl EventHistory {
    /// Merges the events of both sides, either of which may be missing, without live's ids up to
    /// `after`. Empty if the profile names no event log. Fails if a side cannot be read.
    pub fn of(
        live: Option<&Database>,
        snapshot: Option<&Contents>,
        profile: &Profile,
        after: Option<i64>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let mut history = Self {
            snapshot_ends: snapshot
                .map(|contents| contents.ends_at(profile))
                .transpose()?,
            ..Self::default()
        };
        // An application without a log has no events.
        let Some(log) = &profile.log else {
            return Ok(history);
        };
        let mut columns = SharedColumns::of(live, snapshot, profile, log)?;
        let older = match snapshot {
            Some(contents) => history.of_snapshot(contents, log, &mut columns, on)?,
            None => OlderEvents::default(),
        };
        let Some(live) = live else {
            history.entries = older.into_entries();
            return Ok(history);
        };
        let live = LiveLog {
            database: live,
            profile,
            log,
            after,
        };
        history.merge(older, &live, &columns, on)?;
        Ok(history)
    }

    /// Reads the last events of live, about this many, without a snapshot to compare. Fails if live
    /// cannot be read.
    pub fn end_of(
        live: &Database,
        profile: &Profile,
        most: u64,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let last = live.last_event_id(profile)?;
        let after = last.saturating_sub_unsigned(most);
        Self::of(Some(live), None, profile, Some(after), on)
    }

    fn of_snapshot(
        &mut self,
        contents: &Contents,
        log: &Log,
        columns: &mut SharedColumns,
        on: OnProgress<'_>,
    ) -> Result<OlderEvents> {
        let mut older = OlderEvents::default();
        let names = contents.columns(&log.table)?.unwrap_or_default();
        let table = Table::keyless(&log.table, names);
        let (identity, total) = (columns.identity(&table, log), contents.rows(&log.table));
        let (mut rows, mut number) = (RowCursor::of_snapshot(contents, &table), 0_u32);
        // The payload is not read.
        let log = &Log {
            payload: None,
            ..log.clone()
        };
        while rows.advance()? {
            if number.is_multiple_of(REPORT_EVERY) {
                report(on, Stage::Reading, u64::from(number), total)?;
            }
            let row = rows.row()?;
            columns.all |= identity.needs_all(&row);
            let (id, status, class) = self.event(&row, &table, log);
            let class = Class {
                snapshot: Some(status),
                ..class
            };
            older.push(
                EventEntry {
                    id,
                    row: number,
                    class,
                },
                identity.hash(&row),
            );
            number = number.saturating_add(1);
        }
        Ok(older.sorted())
    }

    /// Reads live's events and merges those of the snapshot into them.
    fn merge(
        &mut self,
        mut older: OlderEvents,
        live: &LiveLog<'_>,
        columns: &SharedColumns,
        on: OnProgress<'_>,
    ) -> Result<()> {
        let LiveLog {
            database,
            profile,
            log,
            after,
        } = *live;
        database.reading(|| {
            let schema = database.schema(profile)?;
            let Some(table) = schema.table(&log.table) else {
                self.entries = std::mem::take(&mut older).into_entries();
                return Ok(());
            };
            let table = Table {
                columns: columns.of_live(table, log),
                ..table.clone()
            };
            let identity = columns.identity(&table, log);
            let total = database.count(&log.table)?;
            let live = Live {
                database,
                profile,
                schema: &schema,
                after,
                up_to: None,
            };
            let mut number = 0_u64;
            live.with_rows(&table, |mut rows| {
                while rows.advance()? {
                    let row = rows.row()?;
                    if number.is_multiple_of(u64::from(REPORT_EVERY)) {
                        report(on, Stage::Counting, number, total)?;
                    }
                    number += 1;
                    let (id, status, class) = self.event(&row, &table, log);
                    while let Some((entry, _)) = older.next_if(|older| older < id) {
                        self.entries.push(entry);
                    }
                    let same_id = older.next_if(|older| older == id);
                    let is_reused = match same_id {
                        Some((entry, hash)) if hash == short(identity.hash(&row)) => {
                            let class = Class {
                                live: Some(status),
                                ..entry.class
                            };
                            self.entries.push(EventEntry { class, ..entry });
                            continue;
                        }
                        Some((entry, _)) => {
                            self.entries.push(entry);
                            true
                        }
                        None => false,
                    };
                    let class = Class {
                        live: Some(status),
                        is_newer: is_reused || self.snapshot_ends.is_some_and(|last| id > last),
                        ..class
                    };
                    self.entries.push(EventEntry { id, row: 0, class });
                }
                Ok(())
            })
        })?;
        while let Some((entry, _)) = older.next_if(|_| true) {
            self.entries.push(entry);
        }
        Ok(())
    }

    /// Returns the id and the status of an event, and its class, still without a side.
    fn event(&mut self, row: &Row, table: &Table, log: &Log) -> (i64, EventStatus, Class) {
        let event = Event::of(row, table, log);
        let branch = log.branch.as_ref().and_then(|column| table.column(column));
        let branch = branch.map(|index| match &row.values[index] {
            Value::Text(text) => text.clone(),
            other => other.to_string(),
        });
        let class = Class {
            live: None,
            snapshot: None,
            is_newer: false,
            kind: self.kinds.number(event.kind.unwrap_or_default()),
            branch: self.branches.number(branch.unwrap_or_default()),
        };
        (event.id, event.status, class)
    }

    /// Returns the number of events.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the events, by id.
    pub fn entries(&self) -> impl Iterator<Item = EventEntry> {
        self.entries.range(0..self.len())
    }

    /// Returns the event at an index in the order of ids.
    pub fn entry(&self, place: usize) -> Option<EventEntry> {
        self.entries.get(place)
    }

    /// Returns the index of the first event with this id or a greater one.
    pub fn place_of(&self, id: i64) -> usize {
        self.entries.place_of(id)
    }

    /// Returns the kind of an event; empty if it has none.
    pub fn kind(&self, entry: &EventEntry) -> &str {
        self.kinds.name(entry.class.kind)
    }

    /// Returns the branch of an event; empty if it has none.
    pub fn branch(&self, entry: &EventEntry) -> &str {
        self.branches.name(entry.class.branch)
    }

    /// Returns the indices of the events with this change, if one is given, whose kind and branch
    /// `wanted` accepts.
    pub fn places(
        &self,
        change: Option<EventChange>,
        wanted: impl Fn(&str, &str) -> bool,
    ) -> Vec<u32> {
        self.entries.places(|class| {
            change.is_none_or(|change| self.change_of(*class) == change)
                && wanted(
                    self.kinds.name(class.kind),
                    self.branches.name(class.branch),
                )
        })
    }

    /// Returns how many events have this change.
    pub fn count(&self, change: EventChange) -> u64 {
        let classes = self.entries.counts();
        let classes = classes.filter(|(class, _)| self.change_of(*class) == change);
        classes.map(|(_, count)| count).sum()
    }

    /// Returns what happened to an event.
    pub fn change(&self, entry: &EventEntry) -> EventChange {
        self.change_of(entry.class)
    }

    fn change_of(&self, class: Class) -> EventChange {
        use EventStatus::{Active, Hidden, Rewound};
        let compared = self.snapshot_ends.is_some();
        match (class.snapshot, class.live) {
            (Some(Active), Some(Rewound | Hidden)) => EventChange::Lost,
            (Some(_), None) => EventChange::Gone,
            (Some(Rewound | Hidden), Some(Active)) => EventChange::Back,
            (None, Some(_)) if class.is_newer => EventChange::Newer,
            (None, Some(_)) if compared => EventChange::Inserted,
            (_, Some(Active)) | (None, None) => EventChange::Same,
            (_, Some(Rewound)) => EventChange::Rewound,
            (_, Some(Hidden)) => EventChange::Hidden,
        }
    }
}

/// Live's event log, with the events after an id.
struct LiveLog<'a> {
    database: &'a Database,
    profile: &'a Profile,
    log: &'a Log,
    after: Option<i64>,
}

/// Rows or events between two progress reports.
const REPORT_EVERY: u32 = 1024;

/// Interned names, which many events share.
#[derive(Clone, Debug, Default)]
struct Names {
    names: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl Names {
    /// Returns the number of a name. Names beyond the limit share the last number.
    fn number(&mut self, name: String) -> u16 {
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        let Ok(number) = u16::try_from(self.names.len()) else {
            return u16::MAX;
        };
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    fn name(&self, number: u16) -> &str {
        self.names
            .get(usize::from(number))
            .map_or("", String::as_str)
    }
}
