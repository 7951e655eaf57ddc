//! Searches one side: a snapshot's file in one pass, or live in one transaction.

use std::{collections::HashSet, ops::ControlFlow};

use twox_hash::XxHash3_128;

use super::{FoundRow, Hit, Match, Place, Query, SearchEvent, SearchScope, SharedFindings};
use crate::core::{
    actions::{show::Cache, workers::OnItem},
    base::{
        error::{Error, Result},
        event::{EventIdentity, EventStatus},
        profile::Profile,
        row::{Key, Row, Table, Value},
    },
    compare::{cursor::RowCursor, known_rows::seed_of},
    db::{Database, RowRun},
    file::{
        json::{FilteredRow, KnownParts, Recalled, RowFilter},
        snapshot::Snapshot,
    },
    store::Store,
};

/// What the search of every side needs.
pub(super) struct Searching<'a> {
    query: &'a Query,
    profile: &'a Profile,
    snapshots: &'a [Snapshot],
    cache: &'a Cache,
    store: &'a Store,
    known: &'a SharedFindings,
    most: usize,
    /// The key columns of each table.
    keys: Vec<(String, Vec<String>)>,
}

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
            store: scope.store,
            most: scope.most,
            known,
            keys,
        }
    }

    /// Searches one snapshot.
    pub(super) fn search_snapshot(&self, index: usize, on_hit: OnItem<'_, Hit>) -> Result<()> {
        let snapshot = &self.snapshots[index];
        snapshot.refuse_damaged()?;
        let path = &snapshot.path;
        let pass = &mut |_| self.known.pass(0);
        let _unpacked = self.store.unpack(snapshot, pass)?;
        let mut filter = SnapshotFilter {
            hits: SideHits::new(self, Place::Snapshot(index), on_hit),
            table: None,
            seed: 0,
            hash: 0,
            passed: 0,
        };
        self.cache.filter(path, &mut filter)
    }

    /// Returns the table of this name with these columns.
    fn table(&self, name: &str, columns: &[String]) -> Table {
        let mut table = Table::keyless(name, columns.to_vec());
        let mut keys = self.keys.iter();
        if let Some((_, key)) = keys.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            let places = key.iter().map(|column| table.column(column));
            table.key = places.collect::<Option<_>>().unwrap_or_default();
        }
        table
    }

    /// Searches a row.
    fn find(&self, table: &Table, values: Vec<Value>) -> Option<(Match, FoundRow)> {
        let excerpt = self.query.find(&table.columns, &values)?;
        let row = Row { values };
        let log = self.profile.log.as_ref();
        let mut key = Key::of(&row, table);
        let mut status = EventStatus::Active;
        if let Some(log) = log.filter(|_| self.profile.is_log(&table.name)) {
            status = EventStatus::of(&row, table, log);
            // On another side the same id may be another event's.
            let identity = EventIdentity::of(table, log, &[]).hash_by_time(&row);
            key = identity.map_or(key.clone(), |identity| key.with(identity));
        }
        let key = XxHash3_128::oneshot_with_seed(seed_of(&table.name), key.as_bytes());
        let named = row.key_columns(table);
        let named = named.map(|(column, value)| (column.to_owned(), value.clone()));
        let found = FoundRow {
            table: table.name.clone(),
            key: named.collect(),
            excerpt,
        };
        Some((Match { key, status }, found))
    }
}

/// Reports the hits of one side.
struct SideHits<'s, 'h> {
    searching: &'s Searching<'s>,
    place: Place,
    /// The keys of the rows that were described, as many as are asked for.
    described: HashSet<u128>,
    on_hit: OnItem<'h, Hit>,
}

impl<'s, 'h> SideHits<'s, 'h> {
    fn new(searching: &'s Searching<'s>, place: Place, on_hit: OnItem<'h, Hit>) -> Self {
        Self {
            searching,
            place,
            described: HashSet::new(),
            on_hit,
        }
    }

    /// Returns the result for an earlier row of the same bytes, if that suffices to report this one.
    fn recall(&self, hash: u128) -> Recalled<Match> {
        match self.searching.known.recall(hash) {
            Recalled::Found(found) if !self.suffices(found) => Recalled::Unknown,
            recalled => recalled,
        }
    }

    /// Searches a row whose bytes have this hash, and reports it if it matches.
    fn search(
        &mut self,
        table: &Table,
        row: u64,
        hash: u128,
        values: Vec<Value>,
    ) -> Result<Option<Match>> {
        let known = self.searching.known;
        let Some((found, described)) = self.searching.find(table, values) else {
            known.remember(hash, None);
            return Ok(None);
        };
        known.remember(hash, Some(found));
        let is_described = !self.suffices(found);
        if is_described && self.searching.most < usize::MAX {
            self.described.insert(found.key);
        }
        let described = is_described.then(|| Box::new(described));
        self.report(row, found, described)?;
        Ok(Some(found))
    }

    /// Returns whether the row need not be described.
    fn suffices(&self, found: Match) -> bool {
        self.described.len() >= self.searching.most || self.described.contains(&found.key)
    }

    fn report(&mut self, row: u64, found: Match, described: Option<Box<FoundRow>>) -> Result<()> {
        (self.on_hit)(Hit {
            place: self.place,
            row,
            key: found.key,
            status: found.status,
            found: described,
        })
    }
}

fn key_of(table: &Table) -> (String, Vec<String>) {
    let columns = table.key.iter().map(|&index| table.columns[index].clone());
    (table.name.clone(), columns.collect())
}

struct SnapshotFilter<'s, 'h> {
    hits: SideHits<'s, 'h>,
    /// The current table, once a row of it was decoded.
    table: Option<Table>,
    seed: u64,
    /// The hash of the current row's bytes.
    hash: u128,
    /// How many bytes of the file are counted as done.
    passed: u64,
}

impl RowFilter for SnapshotFilter<'_, '_> {
    type Found = Match;

    fn enters(&mut self, table: &str) -> bool {
        self.table = None;
        self.seed = seed_of(table);
        self.hits.searching.known.enter(table);
        self.hits.searching.query.includes(table)
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        self.hits.searching.query.find_raw(bytes)
    }

    fn known_parts(&self) -> Option<(&KnownParts<Match>, u64)> {
        Some((self.hits.searching.known.parts(), self.seed))
    }

    fn recall(&mut self, bytes: &[u8]) -> Recalled<Match> {
        self.hash = XxHash3_128::oneshot_with_seed(self.seed, bytes);
        self.hits.recall(self.hash)
    }

    fn take(&mut self, row: FilteredRow<'_>) -> Result<Option<Match>> {
        let table = || self.hits.searching.table(row.table, row.columns);
        let table = self.table.get_or_insert_with(table);
        self.hits.search(table, row.number, self.hash, row.values)
    }

    fn suffices(&self, found: &Match) -> bool {
        self.hits.suffices(*found)
    }

    fn repeat(&mut self, row: u64, found: Match) -> Result<()> {
        self.hits.report(row, found, None)
    }

    fn pass(&mut self, offset: u64) -> Result<()> {
        let bytes = offset - std::mem::replace(&mut self.passed, offset);
        match self.hits.searching.known.pass(bytes) {
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
    let on_hit = &mut |hit| {
        on_event(SearchEvent::Hit(hit));
        Ok(())
    };
    let mut hits = SideHits::new(searching, Place::Live, on_hit);
    database.reading(|| {
        let schema = database.schema(searching.profile)?;
        for table in schema.present() {
            searching.known.enter(&table.name);
            if searching.query.includes(&table.name) {
                let order = database.order(&table.name)?;
                database.with_run(table, &order, &RowRun::ALL, |rows| {
                    search_rows(&mut hits, table, RowCursor::of_live(rows, table), on_step)
                })?;
            }
        }
        Ok(())
    })
}

fn search_rows(
    hits: &mut SideHits<'_, '_>,
    table: &Table,
    mut rows: RowCursor<'_>,
    on_step: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    const REPORT_EVERY: u64 = 64 * 1024;
    let searching = hits.searching;
    let seed = seed_of(&table.name);
    let mut unreported = 0;
    let mut row = 0;
    while rows.advance()? {
        let encoded = rows.encoded()?;
        unreported += encoded.len() as u64;
        if searching.query.find_raw(encoded).is_some() {
            let hash = XxHash3_128::oneshot_with_seed(seed, encoded);
            match hits.recall(hash) {
                Recalled::Nothing => {}
                Recalled::Found(found) => hits.report(row, found, None)?,
                Recalled::Unknown => {
                    hits.search(table, row, hash, rows.row()?.values)?;
                }
            }
        }
        row += 1;
        if unreported >= REPORT_EVERY {
            let _ = searching.known.pass(std::mem::take(&mut unreported));
            on_step()?;
        }
    }
    let _ = searching.known.pass(unreported);
    on_step()
}
