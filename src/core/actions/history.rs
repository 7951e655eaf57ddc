//! Merges the event logs of a snapshot and live: every event once, by id, with its identity and its
//! status on each side. An id that names different events on the two sides appears twice, the
//! snapshot's first. Only a few bytes are kept per event; its text is read on demand.

mod sides;

use std::{collections::HashMap, ops::ControlFlow};

use crate::core::{
    actions::rows::Rows,
    base::{
        error::Result,
        event::{Event, EventIdentity, EventStatus},
        profile::{Log, Profile},
        progress::{OnProgress, Stage, report},
        record::{Record, Table, Value},
    },
    compare::diff::Side,
    db::{Database, Select},
    file::snapshot::Contents,
};
use sides::{SharedColumns, merged};

/// The events of a snapshot and of live.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<Entry>,
    kinds: Names,
    branches: Names,
    /// The last event in the snapshot; `None` without a snapshot to compare.
    pub snapshot_ends: Option<i64>,
}

/// One event of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: i64,
    /// Its status in live; `None` if live lacks it.
    pub live: Option<EventStatus>,
    /// Its status in the snapshot; `None` if the snapshot lacks it.
    pub snapshot: Option<EventStatus>,
    /// Distinguishes it from another event of the same id.
    identity: u64,
    kind: u16,
    branch: u16,
    /// The number of its row in the snapshot.
    row: u32,
    /// Whether its id names another event in the snapshot.
    is_reused: bool,
}

impl Entry {
    /// Returns the key that is unique within a history.
    pub fn key(&self) -> (i64, u64) {
        (self.id, self.identity)
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

impl History {
    /// Merges the events of both sides, either of which may be missing, without live's ids up to
    /// `after`.
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
            None => Vec::new(),
        };
        let newer = match live {
            Some(database) => history.of_live(database, profile, log, &columns, after, on)?,
            None => Vec::new(),
        };
        history.entries = merged(older, newer);
        Ok(history)
    }

    /// Reads the last events of live, about this many, without a snapshot to compare.
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
    ) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let Some(mut reader) = contents.reader(&log.table) else {
            return Ok(entries);
        };
        let total = contents.tables().find(|(name, _)| *name == log.table);
        let total = total.map_or(0, |(_, rows)| rows);
        let table = Table {
            name: log.table.clone(),
            columns: contents.columns(&log.table)?.unwrap_or_default(),
            key: Vec::new(),
            sorted: false,
        };
        // The payload is not read.
        let identity = columns.identity(&table, log);
        let log = &Log {
            payload: None,
            ..log.clone()
        };
        while reader.advance()? {
            let values = reader.values()?;
            let row = entries.len();
            if row.is_multiple_of(REPORT_EVERY) {
                report(on, Stage::Reading, row as u64, total)?;
            }
            let record = Record { values };
            columns.all |= identity.needs_all(&record);
            let (entry, status) = self.entry(&record, &table, log, &identity);
            entries.push(Entry {
                snapshot: Some(status),
                row: u32::try_from(row).unwrap_or(u32::MAX),
                ..entry
            });
        }
        entries.sort_by_key(|entry| entry.id);
        Ok(entries)
    }

    fn of_live(
        &mut self,
        database: &Database,
        profile: &Profile,
        log: &Log,
        columns: &SharedColumns,
        after: Option<i64>,
        on: OnProgress<'_>,
    ) -> Result<Vec<Entry>> {
        database.reading(|| {
            let mut entries = Vec::new();
            let schema = database.schema(profile)?;
            let Some(table) = schema.table(&log.table) else {
                return Ok(entries);
            };
            let table = Table {
                columns: columns.of_live(table, log),
                ..table.clone()
            };
            let identity = columns.identity(&table, log);
            let total = database.count(&log.table)?;
            let select = Select {
                after,
                ..Select::log(&table, log)
            };
            database.with_rows(select, |rows| {
                while let Some(record) = rows.next_record()? {
                    if entries.len().is_multiple_of(REPORT_EVERY) {
                        report(on, Stage::Counting, entries.len() as u64, total)?;
                    }
                    let (entry, status) = self.entry(&record, &table, log, &identity);
                    entries.push(Entry {
                        live: Some(status),
                        ..entry
                    });
                }
                Ok(entries)
            })
        })
    }

    /// Creates the entry of an event, still without a side, and returns its status.
    fn entry(
        &mut self,
        record: &Record,
        table: &Table,
        log: &Log,
        identity: &EventIdentity,
    ) -> (Entry, EventStatus) {
        let event = Event::of(record, table, log);
        let branch = log.branch.as_ref().and_then(|column| table.column(column));
        let branch = branch.map(|index| match &record.values[index] {
            Value::Text(text) => text.clone(),
            other => other.to_string(),
        });
        let entry = Entry {
            id: event.id,
            live: None,
            snapshot: None,
            identity: identity.hash(record),
            kind: self.kinds.number(event.kind.unwrap_or_default()),
            branch: self.branches.number(branch.unwrap_or_default()),
            row: 0,
            is_reused: false,
        };
        (entry, event.status)
    }

    /// Returns the events, by id.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the kind of an event; empty if it has none.
    pub fn kind(&self, entry: &Entry) -> &str {
        self.kinds.name(entry.kind)
    }

    /// Returns the branch of an event; empty if it has none.
    pub fn branch(&self, entry: &Entry) -> &str {
        self.branches.name(entry.branch)
    }

    /// Returns the indices of the events with this change, if one is given, whose kind and branch
    /// `wanted` accepts.
    pub fn places(
        &self,
        became: Option<EventChange>,
        wanted: impl Fn(&str, &str) -> bool,
    ) -> Vec<u32> {
        let mut known: HashMap<(u16, u16), bool> = HashMap::new();
        let mut is_wanted = |entry: &Entry| {
            let known = known.entry((entry.kind, entry.branch));
            *known.or_insert_with(|| wanted(self.kind(entry), self.branch(entry)))
        };
        let entries = self.entries.iter().zip(0..);
        let wanted = entries.filter(|(entry, _)| {
            became.is_none_or(|became| self.change(entry) == became) && is_wanted(entry)
        });
        wanted.map(|(_, place)| place).collect()
    }

    /// Returns what happened to an event.
    pub fn change(&self, entry: &Entry) -> EventChange {
        use EventStatus::{Active, Hidden, Rewound};
        let compared = self.snapshot_ends.is_some();
        match (entry.snapshot, entry.live) {
            (Some(Active), Some(Rewound | Hidden)) => EventChange::Lost,
            (Some(_), None) => EventChange::Gone,
            (Some(Rewound | Hidden), Some(Active)) => EventChange::Back,
            (None, Some(_))
                if entry.is_reused || self.snapshot_ends.is_some_and(|last| entry.id > last) =>
            {
                EventChange::Newer
            }
            (None, Some(Active)) if compared => EventChange::Inserted,
            (_, Some(Active)) | (None, None) => EventChange::Same,
            (_, Some(Rewound)) => EventChange::Rewound,
            (_, Some(Hidden)) => EventChange::Hidden,
        }
    }
}

/// Rows or events between two progress reports.
const REPORT_EVERY: usize = 1024;

/// Reads the text of these events, in this order: from live if it has them, else from the snapshot.
pub fn read_events(
    live: Option<&Database>,
    snapshot: Option<&Contents>,
    profile: &Profile,
    wanted: &[Entry],
) -> Result<Vec<(Entry, Event)>> {
    let mut events = Vec::with_capacity(wanted.len());
    let Some(log) = &profile.log else {
        return Ok(events);
    };
    for entry in wanted {
        match (entry.live, live, snapshot) {
            (Some(_), Some(database), _) => {
                let event = event_of_live(database, profile, log, entry.id)?;
                events.extend(event.map(|event| (*entry, event)));
            }
            (None, _, Some(contents)) => {
                let rows = Rows::of(Side::Snapshot(contents), profile, &log.table)?;
                rows.window(u64::from(entry.row), 1, &mut |_, record| {
                    events.push((*entry, Event::of(&record, rows.table(), log)));
                    ControlFlow::Continue(())
                })?;
            }
            _ => {}
        }
    }
    Ok(events)
}

/// Reads the last events of a snapshot's log, newest last, whatever their status.
pub fn last_events(
    snapshot: &Contents,
    profile: &Profile,
    most: u64,
    on: OnProgress<'_>,
) -> Result<Vec<Event>> {
    let (mut events, mut stopped) = (Vec::new(), Ok(()));
    let Some(log) = &profile.log else {
        return Ok(events);
    };
    let mut tables = snapshot.tables();
    if !tables.any(|(name, _)| name.eq_ignore_ascii_case(&log.table)) {
        return Ok(events);
    }
    let rows = Rows::of(Side::Snapshot(snapshot), profile, &log.table)?;
    let first = rows.count()?.saturating_sub(most);
    rows.window(first, most, &mut |_, record| {
        events.push(Event::of(&record, rows.table(), log));
        // Each may be large.
        stopped = report(on, Stage::Reading, events.len() as u64, most);
        match stopped {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    stopped.map(|()| events)
}

fn event_of_live(
    database: &Database,
    profile: &Profile,
    log: &Log,
    id: i64,
) -> Result<Option<Event>> {
    let schema = database.schema(profile)?;
    let Some(table) = schema.table(&log.table) else {
        return Ok(None);
    };
    let record = database.event_record(table, log, id)?;
    Ok(record.map(|record| Event::of(&record, table, log)))
}

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
