//! The event logs of a snapshot and of live as one: every event once, in the order of the ids, with
//! what it is and whether it counts here and there. An id that names an event on each side stands there
//! twice, the snapshot's first. Of an event it keeps some bytes; what an event
//! says is read when it is wanted.

mod sides;

use std::{collections::HashMap, ops::ControlFlow};

use crate::core::{
    actions::rows::Rows,
    base::{
        error::Result,
        event::{Event, EventIdentity, Standing},
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
    /// The last event that the snapshot captured; nothing where there is no snapshot to compare.
    pub snapshot_ends: Option<i64>,
}

/// One event of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: i64,
    /// Whether it counts in live; nothing where live does not have it.
    pub live: Option<Standing>,
    /// Whether it counts in the snapshot; nothing where the snapshot does not have it.
    pub snapshot: Option<Standing>,
    /// Tells it from another event of the same id.
    identity: u64,
    kind: u16,
    branch: u16,
    /// The number of its row in the snapshot.
    row: u32,
    /// Whether its id names another event in the snapshot.
    is_reused: bool,
}

impl Entry {
    /// What tells the entries of a history apart.
    pub fn key(&self) -> (i64, u64) {
        (self.id, self.identity)
    }
}

/// What became of an event between a snapshot and live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It counts in both, or in live if there is no snapshot to compare.
    Same,
    /// It counts in the snapshot, and live has it superseded or hidden.
    Lost,
    /// Only the snapshot has it.
    Gone,
    /// It counts in live, and the snapshot has it superseded or hidden.
    Back,
    /// Live has it; it is newer than the snapshot, or has an id that another event has there.
    Newer,
    /// Live has it and the snapshot does not, though it is not newer.
    Inserted,
    /// It counts on neither side.
    Superseded,
    /// It is hidden on both sides.
    Hidden,
}

impl History {
    /// The events of both sides, either of which may be missing; without those of ids up to `after`.
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

    /// The last events of live, about so many, without a snapshot to compare.
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
        // What an event says is not looked at.
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
            let (entry, standing) = self.entry(&record, &table, log, &identity);
            entries.push(Entry {
                snapshot: Some(standing),
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
                    let (entry, standing) = self.entry(&record, &table, log, &identity);
                    entries.push(Entry {
                        live: Some(standing),
                        ..entry
                    });
                }
                Ok(entries)
            })
        })
    }

    /// An event that is on neither side yet, and whether it counts.
    fn entry(
        &mut self,
        record: &Record,
        table: &Table,
        log: &Log,
        identity: &EventIdentity,
    ) -> (Entry, Standing) {
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
        (entry, event.standing)
    }

    /// The events, by their ids.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The kind of an event; empty if it has none.
    pub fn kind(&self, entry: &Entry) -> &str {
        self.kinds.name(entry.kind)
    }

    /// The branch of an event; empty if it has none.
    pub fn branch(&self, entry: &Entry) -> &str {
        self.branches.name(entry.branch)
    }

    /// The places of the events that became this, if it matters, and whose kind and branch are wanted.
    pub fn places(&self, became: Option<Became>, wanted: impl Fn(&str, &str) -> bool) -> Vec<u32> {
        let mut known: HashMap<(u16, u16), bool> = HashMap::new();
        let mut is_wanted = |entry: &Entry| {
            let known = known.entry((entry.kind, entry.branch));
            *known.or_insert_with(|| wanted(self.kind(entry), self.branch(entry)))
        };
        let entries = self.entries.iter().zip(0..);
        let wanted = entries.filter(|(entry, _)| {
            became.is_none_or(|became| self.became(entry) == became) && is_wanted(entry)
        });
        wanted.map(|(_, place)| place).collect()
    }

    /// What became of an event.
    pub fn became(&self, entry: &Entry) -> Became {
        use Standing::{Current, Hidden, Superseded};
        let compared = self.snapshot_ends.is_some();
        match (entry.snapshot, entry.live) {
            (Some(Current), Some(Superseded | Hidden)) => Became::Lost,
            (Some(_), None) => Became::Gone,
            (Some(Superseded | Hidden), Some(Current)) => Became::Back,
            (None, Some(_))
                if entry.is_reused || self.snapshot_ends.is_some_and(|last| entry.id > last) =>
            {
                Became::Newer
            }
            (None, Some(Current)) if compared => Became::Inserted,
            (_, Some(Current)) | (None, None) => Became::Same,
            (_, Some(Superseded)) => Became::Superseded,
            (_, Some(Hidden)) => Became::Hidden,
        }
    }
}

/// Rows or events between two tellings.
const REPORT_EVERY: usize = 1024;

/// What these events say, in this order: as live has them, else as the snapshot does.
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

/// The last events of a snapshot's log, the newest last, whether they count or not.
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

/// Names that many events share.
#[derive(Clone, Debug, Default)]
struct Names {
    names: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl Names {
    /// The number of a name. Of more than can be told apart the others are the last one.
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
