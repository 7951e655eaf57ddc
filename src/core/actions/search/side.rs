//! Searches one side: a snapshot's file in one pass, or live in one transaction.

use std::ops::ControlFlow;

use super::{Hit, Place, Query, SearchEvent, SearchScope, SharedFindings};
use crate::core::{
    actions::show::Cache,
    base::{
        error::{Error, Result},
        event::{EventIdentity, EventStatus},
        profile::Profile,
        record::{Key, Record, Table, Value},
    },
    db::{Database, LiveRows, RowRun},
    file::{
        json::{FilteredRow, RowDecoder, RowFilter},
        snapshot::{Contents, Snapshot},
    },
};

/// What the search of every side needs.
pub(super) struct Searching<'a> {
    query: &'a Query,
    profile: &'a Profile,
    snapshots: &'a [Snapshot],
    cache: &'a Cache,
    known: &'a SharedFindings,
    /// The key columns of each table.
    keys: Vec<(String, Vec<String>)>,
}

/// A callback that receives a hit; it fails when the search is cancelled.
pub(super) type OnHit<'a> = &'a mut dyn FnMut(Hit) -> Result<()>;

impl<'a> Searching<'a> {
    pub(super) fn new(query: &'a Query, scope: SearchScope<'a>, known: &'a SharedFindings) -> Self {
        let schema = scope.live.and_then(|live| live.schema(scope.profile).ok());
        let of_log = || {
            let log = scope.profile.log.iter();
            log.map(|log| (log.table.clone(), vec![log.id.clone()]))
                .collect()
        };
        let keys = schema
            .as_ref()
            .map_or_else(of_log, |schema| schema.present().map(key_of).collect());
        Self {
            query,
            profile: scope.profile,
            snapshots: scope.snapshots,
            cache: scope.cache,
            known,
            keys,
        }
    }

    /// Searches one snapshot.
    pub(super) fn search_snapshot(&self, index: usize, on_hit: OnHit<'_>) -> Result<()> {
        let snapshot = &self.snapshots[index];
        if let Some(damage) = &snapshot.damage {
            return Err(Error::Damaged {
                path: snapshot.path.clone(),
                damage: damage.clone(),
            });
        }
        let path = &snapshot.path;
        // The search itself decodes only rows that may match, so the others are checked here.
        self.cache.check(path, &mut |_| self.known.pass(0))?;
        let mut filter = SnapshotFilter {
            searching: self,
            place: Place::Snapshot(index),
            table: None,
            passed: 0,
            on_hit,
        };
        Contents::filter_rows(path, &mut filter)
    }

    /// Returns the table of this name with these columns.
    fn table(&self, name: &str, columns: &[String]) -> Table {
        let mut table = Table {
            name: name.to_owned(),
            columns: columns.to_vec(),
            key: Vec::new(),
            sorted: false,
        };
        let mut keys = self.keys.iter();
        if let Some((_, key)) = keys.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            let places = key.iter().map(|column| table.column(column));
            table.key = places.collect::<Option<_>>().unwrap_or_default();
        }
        table
    }

    /// Returns the hit for a row, if it matches.
    fn hit(&self, place: Place, table: &Table, row: u64, values: Vec<Value>) -> Option<Hit> {
        let excerpt = self.query.find(&table.columns, &values)?;
        let record = Record { values };
        let log = self.profile.log.as_ref();
        let mut key = Key::of(&record, table);
        let mut status = EventStatus::Active;
        if let Some(log) = log.filter(|_| self.profile.is_log(&table.name)) {
            status = EventStatus::of(&record, table, log);
            // On another side the same id may be another event's.
            let identity = EventIdentity::of(table, log, &[]).hash_by_time(&record);
            key = identity.map_or(key.clone(), |identity| key.with(identity));
        }
        let named = record.key_columns(table);
        let named = named.map(|(column, value)| (column.to_owned(), value.clone()));
        Some(Hit {
            place,
            table: table.name.clone(),
            row,
            key,
            named: named.collect(),
            status,
            excerpt,
        })
    }
}

fn key_of(table: &Table) -> (String, Vec<String>) {
    let columns = table.key.iter().map(|&index| table.columns[index].clone());
    (table.name.clone(), columns.collect())
}

struct SnapshotFilter<'s, 'h> {
    searching: &'s Searching<'s>,
    place: Place,
    /// The current table, once a row of it was decoded.
    table: Option<Table>,
    /// How many bytes of the file are counted as done.
    passed: u64,
    on_hit: OnHit<'h>,
}

impl RowFilter for SnapshotFilter<'_, '_> {
    fn enters(&mut self, table: &str) -> bool {
        self.table = None;
        self.searching.known.enter(table);
        self.searching.query.includes(table)
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        self.searching.query.find_raw(bytes)
    }

    fn take(&mut self, row: FilteredRow<'_>) -> Result<()> {
        let table = self
            .table
            .get_or_insert_with(|| self.searching.table(row.table, row.columns));
        match self
            .searching
            .hit(self.place, table, row.number, row.values)
        {
            Some(hit) => (self.on_hit)(hit),
            None => Ok(()),
        }
    }

    fn pass(&mut self, offset: u64) -> Result<()> {
        let bytes = offset - std::mem::replace(&mut self.passed, offset);
        match self.searching.known.pass(bytes) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}

/// Searches live as of one point in time.
pub(super) fn search_live(
    searching: &Searching<'_>,
    database: &Database,
    on_event: &mut dyn FnMut(SearchEvent),
    on_step: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    database.reading(|| {
        let schema = database.schema(searching.profile)?;
        for table in schema.present() {
            searching.known.enter(&table.name);
            if searching.query.includes(&table.name) {
                let order = database.order(&table.name)?;
                database.with_run(table, &order, &RowRun::ALL, |rows| {
                    search_rows(searching, table, rows, on_event, on_step)
                })?;
            }
        }
        Ok(())
    })
}

fn search_rows(
    searching: &Searching<'_>,
    table: &Table,
    mut rows: LiveRows<'_>,
    on_event: &mut dyn FnMut(SearchEvent),
    on_step: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    const REPORT_EVERY: u64 = 64 * 1024;
    let mut decoder = RowDecoder::default();
    let mut unreported = 0;
    let mut row = 0;
    while rows.advance()? {
        let encoded = rows.encoded();
        if searching.query.find_raw(encoded).is_some() {
            let values = decoder
                .decode(encoded)
                .expect("what the encoder wrote decodes");
            if let Some(hit) = searching.hit(Place::Live, table, row, values) {
                on_event(SearchEvent::Hit(hit));
            }
        }
        row += 1;
        unreported += encoded.len() as u64;
        if unreported >= REPORT_EVERY {
            let _ = searching.known.pass(std::mem::take(&mut unreported));
            on_step()?;
        }
    }
    let _ = searching.known.pass(unreported);
    on_step()
}
