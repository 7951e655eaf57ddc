//! Reads one side: of a snapshot the bytes of the row's table and of the event log, of live the row by
//! its key and then the log.

use std::sync::Arc;

use super::{
    EventPart, FoundVersion, HistoryEvent, HistoryScope, Known, RowOnSide, SideEvents,
    filter::{SideFilter, event_hash},
    key_prefilter::KeyPrefilter,
    naming::KeyNames,
};
use crate::core::{
    actions::{search::Place, show::Cache},
    base::{
        error::Result,
        event::{EventColumns, EventIdentity},
        profile::{Log, Profile},
        row::{Row, RowKey, Table, Value, ValueRef},
    },
    compare::cursor::RowCursor,
    db::{Database, Select},
    file::{json::Recalled, snapshot::Snapshot},
    store::Store,
};

/// The wanted row, and the sides in which to find it.
pub(super) struct Wanted<'a> {
    pub(super) table: &'a str,
    pub(super) profile: &'a Profile,
    snapshots: &'a [Snapshot],
    cache: &'a Cache,
    store: &'a Store,
    pub(super) known: &'a Known,
    /// A table of only the key's columns, as live knows them.
    key: Option<Table>,
    /// The values that the key may mean, the most exact first, and what rows with them contain.
    pub(super) readings: Vec<(Vec<Value>, KeyPrefilter)>,
    pub(super) log: Option<WantedEvents<'a>>,
}

/// The wanted events.
pub(super) struct WantedEvents<'a> {
    log: &'a Log,
    names: KeyNames,
    keys: Vec<Vec<Value>>,
    pub(super) prefilters: Vec<KeyPrefilter>,
    /// What payloads that name a key contain.
    payloads: Vec<KeyPrefilter>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
        table: &'a str,
        key: &RowKey,
        scope: HistoryScope<'a>,
        known: &'a Known,
    ) -> Result<Self> {
        let known_key = key_columns(table, scope);
        if let Some(known) = &known_key {
            key.check(table, &known.columns)?;
        }
        let placed = || (0..key.columns()).map(|place| format!("#{place}"));
        let shape = known_key.clone();
        let shape = shape.unwrap_or_else(|| Table::keyless(table, placed().collect()));
        let readings = key.readings(&shape).into_iter();
        let keys: Vec<Vec<Value>> = readings.map(|row| row.values).collect();
        let prefilter = |values: &Vec<Value>| KeyPrefilter::of_columns(known_key.as_ref(), values);
        let named = known_key.as_ref().map_or(&[][..], |known| &known.columns);
        Ok(Self {
            table,
            profile: scope.profile,
            snapshots: scope.snapshots,
            cache: scope.cache,
            store: scope.store,
            known,
            readings: keys.iter().map(|it| (it.clone(), prefilter(it))).collect(),
            log: scope.profile.log.as_ref().map(|log| {
                let keys = keys.into_iter().filter(|key| is_in_payloads(key));
                let names = KeyNames::of(table, named);
                WantedEvents::new(log, names, keys.collect())
            }),
            key: known_key,
        })
    }

    /// Reads a snapshot.
    pub(super) fn read_snapshot(&self, index: usize) -> Result<RowOnSide> {
        let snapshot = &self.snapshots[index];
        snapshot.refuse_damaged()?;
        let path = &snapshot.path;
        let pass = &mut |_| self.known.reading.pass(0);
        let _unpacked = self.store.unpack(snapshot, pass)?;
        let mut filter = SideFilter::new(self, Place::Snapshot(index));
        self.cache.filter(path, &mut filter)?;
        Ok(filter.side())
    }

    /// Reads only the row of live.
    pub(super) fn read_live(&self, database: &Database) -> Result<RowOnSide> {
        database.reading(|| self.row_of_live(database))
    }

    /// Reads the row and the events of live as of one point in time.
    pub(super) fn read_live_with_events(
        &self,
        database: &Database,
        on_progress: &mut dyn FnMut() -> Result<()>,
    ) -> Result<RowOnSide> {
        const REPORT_EVERY: u64 = 1024;
        database.reading(|| {
            let mut side = self.row_of_live(database)?;
            let schema = database.schema(self.profile)?;
            let (Some(wanted), Some(table)) = (&self.log, &schema.log) else {
                return Ok(side);
            };
            let Some(log) = self.side_log(table) else {
                return Ok(side);
            };
            let (live, mut number) = (Select::log(table, wanted.log), 0_u64);
            database.with_rows(live, |rows| {
                let mut rows = RowCursor::of_live(rows, table);
                while rows.advance()? {
                    if wanted.may_be(&log.columns, |column| rows.value_ref(column)) {
                        let event = match self.known.reading.recall(event_hash(rows.encoded()?)) {
                            Recalled::Nothing => None,
                            Recalled::Found(known) => known.event,
                            Recalled::Unknown => self.event(&log, &rows.row()?),
                        };
                        side.events.events.extend(event);
                    }
                    number += 1;
                    if number.is_multiple_of(REPORT_EVERY) {
                        on_progress()?;
                    }
                }
                Ok(side)
            })
        })
    }

    fn row_of_live(&self, database: &Database) -> Result<RowOnSide> {
        let schema = database.schema(self.profile)?;
        schema
            .present()
            .for_each(|it| self.known.reading.enter(&it.name));
        let mut side = RowOnSide {
            place: Place::Live,
            row: None,
            number: 0,
            events: SideEvents::default(),
        };
        if let Some(table) = schema.table(self.table) {
            let table = Arc::new(table.clone().keyed());
            for (values, _) in &self.readings {
                if let Some(row) = database.row_of_key(&table, values)? {
                    side.row = Some(Arc::new(FoundVersion { table, row }));
                    break;
                }
            }
        }
        Ok(side)
    }

    /// Returns the table of a snapshot with these columns and with the key; `None` if it lacks a column of the key.
    pub(super) fn table(&self, name: &str, columns: &[String]) -> Option<Table> {
        let mut table = Table::keyless(name, columns.to_vec());
        table.key = match &self.key {
            Some(key) => {
                table.rules.clone_from(&key.rules);
                let places = key.columns.iter().map(|column| table.column(column));
                places.collect::<Option<_>>()?
            }
            None => (0..self.readings.first()?.0.len()).collect(),
        };
        let last = table.key.iter().max()?;
        (*last < columns.len()).then_some(table)
    }

    /// Returns how well a row fits the key: the number of the reading that it fits, lower for the same
    /// values than for those that SQLite considers equal.
    pub(super) fn fitting(&self, table: Option<&Arc<Table>>, row: &Row) -> Option<usize> {
        let table = table?;
        let place = |is_same: &dyn Fn(usize, &Value) -> bool| {
            let mut readings = self.readings.iter();
            readings.position(|(key, _)| {
                let mut pairs = table.key.iter().zip(key);
                pairs.all(|(&place, value)| is_same(place, value))
            })
        };
        let exact = place(&|place, value| row.values[place].same(value));
        exact.or_else(|| {
            let equal = |place, value: &Value| {
                table.is_same_key(place, row.value_ref(place), value.value_ref())
            };
            place(&equal).map(|reading| reading + self.readings.len())
        })
    }

    /// Returns the columns of the log, if this table is it.
    pub(super) fn side_log(&self, table: &Table) -> Option<SideLog> {
        let wanted = self.log.as_ref()?;
        self.profile.is_log(&table.name).then(|| SideLog {
            columns: EventColumns::of(table, wanted.log),
            identity: EventIdentity::of(table, wanted.log, &[]),
        })
    }

    /// Returns an event of the log if it is a rewind or names the row.
    pub(super) fn event(&self, log: &SideLog, row: &Row) -> Option<Arc<HistoryEvent>> {
        let wanted = self.log.as_ref()?;
        let payload = log.columns.json(row);
        let kind = log.columns.kind(row);
        let kind = kind.as_deref();
        let part = if kind.is_some_and(|kind| wanted.rewinds(kind.as_bytes())) {
            EventPart::Rewind
        } else if let Some(payload) = &payload
            // An event does not name itself.
            && !self.profile.is_log(self.table)
            && wanted.names.are_in(payload, kind, &wanted.keys)
        {
            EventPart::Names
        } else {
            return None;
        };
        let event = log.columns.event(row, payload.as_ref());
        Some(self.known.event(log.identity.hash(row), event, part))
    }
}

/// The log on one side.
pub(super) struct SideLog {
    columns: EventColumns,
    identity: EventIdentity,
}

impl<'a> WantedEvents<'a> {
    /// Wants the rewinds of a log, and the events whose payloads name one of these keys.
    fn new(log: &'a Log, names: KeyNames, mut keys: Vec<Vec<Value>>) -> Self {
        if log.payload.is_none() {
            keys.clear();
        }
        let rewinds = log.rewind_kinds.iter().filter(|_| log.kind.is_some());
        let rewinds = rewinds.map(|kind| KeyPrefilter::of_text(kind));
        // Keys come first: rewinds are then searched for only before the first key.
        let named = keys.iter().map(|key| KeyPrefilter::of_values(key));
        Self {
            log,
            names,
            prefilters: named.chain(rewinds).collect(),
            payloads: keys.iter().map(|key| KeyPrefilter::of_json(key)).collect(),
            keys,
        }
    }

    /// Returns whether an event of live may be a wanted one; `value_ref` returns the values of its row.
    fn may_be<'c>(
        &self,
        columns: &EventColumns,
        value_ref: impl Fn(usize) -> ValueRef<'c>,
    ) -> bool {
        let kind = columns.kind.map(&value_ref);
        let payload = columns.payload.map(&value_ref);
        match (kind, payload) {
            // Bytes may hold JSON in any form.
            (Some(ValueRef::Blob(_)), _) | (_, Some(ValueRef::Blob(_))) => true,
            (Some(ValueRef::Text(kind)), _) if self.rewinds(kind) => true,
            (_, Some(ValueRef::Text(payload))) => {
                let mut named = self.payloads.iter();
                named.any(|prefilter| prefilter.are_in(payload))
            }
            _ => false,
        }
    }

    fn rewinds(&self, kind: &[u8]) -> bool {
        let mut known = self.log.rewind_kinds.iter();
        known.any(|known| known.as_bytes() == kind)
    }
}

/// Returns whether payloads may hold a key: integers and texts.
fn is_in_payloads(key: &[Value]) -> bool {
    key.iter()
        .all(|value| matches!(value, Value::Integer(_) | Value::Text(_)))
}

/// Returns a table of only the key's columns, as live knows them. Without a primary key the whole row is
/// the key.
pub(super) fn key_columns(table: &str, scope: HistoryScope<'_>) -> Option<Table> {
    let schema = scope.live.and_then(|live| live.schema(scope.profile).ok());
    let known = schema.as_ref().and_then(|schema| schema.table(table));
    let of_log = || {
        let log = scope.profile.log.as_ref()?;
        let is_log = scope.profile.is_log(table);
        is_log.then(|| Table::keyless(table, vec![log.id.clone()]))
    };
    known.map_or_else(of_log, |known| {
        let known = known.clone().keyed();
        let columns = known.key.iter().map(|&place| known.columns[place].clone());
        Some(Table {
            rules: known.rules.clone(),
            ..Table::keyless(table, columns.collect())
        })
    })
}
