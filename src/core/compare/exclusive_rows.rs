//! Rows that only some snapshots hold: deleting these snapshots loses them for good.

use std::collections::HashSet;

use crate::core::{
    base::{
        error::Result,
        event::EventIdentity,
        profile::Profile,
        progress::{OnProgress, Progress, Stage, Throttle, report},
        row::{Key, Row, Table},
    },
    compare::{
        known_rows::{KnownRows, arranged, hash_of, hash_of_key, seed_of},
        schema_diff::Shape,
    },
    db::{Database, Schema},
    file::{
        json::{FilteredRow, KnownParts, Recalled, RowFilter},
        snapshot::{Contents, Snapshot},
    },
};

/// Rows that only some snapshots hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExclusiveRows {
    /// The tables with such rows, and how many.
    pub tables: Vec<(String, u64)>,
    /// Whether there are more than could be counted.
    pub is_more: bool,
    /// The snapshots to delete that cannot be read to the end: what only they hold is not known.
    pub unread: Vec<String>,
}

/// The most rows to count; their keys stay in memory, 16 bytes each.
const MOST: usize = 2_000_000;

impl ExclusiveRows {
    /// Finds the rows, by key, that are in `going` but neither in live nor in `staying`. Live and each
    /// file are read once; a file of `staying` that cannot be read counts as empty, and one of `going`
    /// is named in the result. Fails if the database cannot be read.
    pub fn find(
        going: &[Snapshot],
        staying: &[Snapshot],
        database: &Database,
        profile: &Profile,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        if going.is_empty() {
            return Ok(Self::default());
        }
        let files = going.iter().chain(staying);
        let mut reading = ReadProgress {
            done: 0,
            total: files.map(|file| file.size).sum(),
            on,
        };
        let mut rows = UnmatchedRows::beside(database, profile, &mut reading)?;
        let mut unread = Vec::new();
        for snapshot in going {
            if !rows.read(snapshot, Pass::Going, &mut reading)? {
                unread.push(snapshot.name());
            }
        }
        for snapshot in staying {
            if rows.left() == 0 {
                break;
            }
            rows.read(snapshot, Pass::Staying, &mut reading)?;
        }
        let counted = |one: &TableKeys| (one.table.name.clone(), one.keys.len() as u64);
        let tables = rows.tables.iter().map(counted);
        Ok(Self {
            tables: tables.filter(|(_, rows)| *rows > 0).collect(),
            is_more: rows.is_full,
            unread,
        })
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.unread.is_empty()
    }
}

/// The progress over all files.
struct ReadProgress<'o> {
    done: u64,
    total: u64,
    on: OnProgress<'o>,
}

impl ReadProgress<'_> {
    /// Runs part of the work and scales its progress. Returns `None` for a snapshot that cannot be
    /// read, but not if it may be readable later.
    fn read<T>(
        &mut self,
        snapshot: &Snapshot,
        work: impl FnOnce(OnProgress<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let (done, total, size) = (self.done, self.total, snapshot.size);
        let result = work(&mut |progress| {
            let part =
                u128::from(size) * u128::from(progress.done) / u128::from(progress.total.max(1));
            (self.on)(Progress {
                stage: Stage::Comparing,
                done: done + u64::try_from(part).unwrap_or(size).min(size),
                total,
            })
        });
        self.done += size;
        match result {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.is_passing() => Err(error),
            Err(_) => Ok(None),
        }
    }
}

/// The rows that were found nowhere else so far.
struct UnmatchedRows<'a> {
    database: &'a Database,
    profile: &'a Profile,
    schema: Schema,
    tables: Vec<TableKeys>,
    /// The rows that were read.
    known: KnownRows,
    /// Those of them that live lacks.
    unmatched: HashSet<u64>,
    /// What was found in parts of the files.
    parts: KnownParts<ExclusiveRow>,
    is_full: bool,
}

/// The unmatched rows of one table, as hashes of their keys; a collision is less likely than a broken disk.
struct TableKeys {
    table: Table,
    is_in_live: bool,
    /// For the event log: the identity of events with the same id.
    identity: Option<EventIdentity>,
    keys: HashSet<u64>,
}

/// Which snapshots a pass reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Those that are deleted.
    Going,
    /// Those that stay.
    Staying,
}

impl<'a> UnmatchedRows<'a> {
    /// Reads the rows of live.
    fn beside(
        database: &'a Database,
        profile: &'a Profile,
        reading: &mut ReadProgress<'_>,
    ) -> Result<Self> {
        let mut go_on = |_| report(reading.on, Stage::Comparing, 0, reading.total);
        let (schema, known) = database.reading(|| {
            let schema = database.schema(profile)?;
            let throttle = &mut Throttle::new(&mut go_on);
            let known = KnownRows::of_live(database, profile, &schema, throttle)?;
            Ok((schema, known))
        })?;
        Ok(Self {
            database,
            profile,
            schema,
            tables: Vec::new(),
            known,
            unmatched: HashSet::new(),
            parts: KnownParts::default(),
            is_full: false,
        })
    }

    fn left(&self) -> usize {
        self.tables.iter().map(|rest| rest.keys.len()).sum()
    }

    /// Adds the rows of a snapshot that live lacks, or removes those that it holds too; returns whether
    /// it could be read.
    fn read(
        &mut self,
        snapshot: &Snapshot,
        pass: Pass,
        reading: &mut ReadProgress<'_>,
    ) -> Result<bool> {
        let found = reading.read(snapshot, |on| {
            let mut file = FileRows {
                rows: self,
                pass,
                place: None,
                seed: 0,
                hash: 0,
                found: Vec::new(),
                size: snapshot.size,
                on,
            };
            Contents::filter_rows(&snapshot.path, &mut file)?;
            Ok(file.found)
        })?;
        let is_read = found.is_some();
        let rows = found.into_iter().flatten();
        rows.for_each(|row| self.add(&row, pass));
        Ok(is_read)
    }

    fn add(&mut self, found: &ExclusiveRow, pass: Pass) {
        let has_room = self.left() < MOST;
        let keys = &mut self.tables[found.place].keys;
        if pass == Pass::Staying {
            keys.remove(&found.key);
        } else if has_room {
            keys.insert(found.key);
            self.unmatched.insert(found.row);
            self.known.add(found.row);
        } else {
            self.is_full = true;
        }
    }

    /// Returns the index of a table, which is entered if it is new.
    fn place(&mut self, name: &str, theirs: &[String]) -> usize {
        let mut tables = self.tables.iter();
        if let Some(place) = tables.position(|rest| rest.table.name.eq_ignore_ascii_case(name)) {
            return place;
        }
        let live = self.schema.table(name);
        let own = live.map_or(theirs, |table| &table.columns);
        let table = Shape::to_compare(name, own, theirs, live).table;
        let log = self.profile.log.as_ref();
        let log = log.filter(|_| self.profile.is_log(name));
        self.tables.push(TableKeys {
            identity: log.map(|log| EventIdentity::of(&table, log, &[])),
            table,
            is_in_live: live.is_some(),
            keys: HashSet::new(),
        });
        self.tables.len() - 1
    }
}

/// The rows of one file. They count once the file was read to its end.
struct FileRows<'r, 'a> {
    rows: &'r mut UnmatchedRows<'a>,
    pass: Pass,
    /// The index of the current table, once a row of it was decoded.
    place: Option<usize>,
    seed: u64,
    /// The hash of the current row's bytes.
    hash: u64,
    found: Vec<ExclusiveRow>,
    size: u64,
    on: OnProgress<'r>,
}

/// A row that live lacks.
#[derive(Clone, Copy, Debug)]
struct ExclusiveRow {
    place: usize,
    /// The hash of its bytes.
    row: u64,
    /// The hash of its key.
    key: u64,
}

impl RowFilter for FileRows<'_, '_> {
    type Found = ExclusiveRow;

    fn enters(&mut self, table: &str) -> bool {
        self.place = None;
        self.seed = seed_of(table);
        let mut tables = self.rows.tables.iter();
        self.pass == Pass::Going
            || tables
                .any(|rest| rest.table.name.eq_ignore_ascii_case(table) && !rest.keys.is_empty())
    }

    fn find(&self, _: &[u8]) -> Option<usize> {
        Some(0)
    }

    fn known_parts(&self) -> Option<(&KnownParts<ExclusiveRow>, u64)> {
        // The two passes give different results for the same bytes.
        let seed = match self.pass {
            Pass::Going => self.seed,
            Pass::Staying => !self.seed,
        };
        Some((&self.rows.parts, seed))
    }

    fn recall(&mut self, bytes: &[u8]) -> Recalled<ExclusiveRow> {
        self.hash = hash_of(self.seed, bytes);
        let is_wanted = || self.pass == Pass::Staying && self.rows.unmatched.contains(&self.hash);
        if self.rows.known.has(self.hash) && !is_wanted() {
            Recalled::Nothing
        } else {
            Recalled::Unknown
        }
    }

    fn take(&mut self, filtered: FilteredRow<'_>) -> Result<Option<ExclusiveRow>> {
        let rows = &mut *self.rows;
        let place = self
            .place
            .unwrap_or_else(|| rows.place(filtered.table, filtered.columns));
        self.place = Some(place);
        let TableKeys {
            table, identity, ..
        } = &rows.tables[place];
        let row = arranged(filtered.values, filtered.columns, table);
        let key = Key::of(&row, table);
        let identity = identity.as_ref();
        let whole = hash_of_key(&key, identity.map(|identity| identity.hash(&row)));
        let is_found = match self.pass {
            Pass::Staying => !rows.tables[place].keys.contains(&whole),
            Pass::Going if !key.is_unique() => rows.known.has_keyless(table, &key),
            Pass::Going if !rows.tables[place].is_in_live => false,
            Pass::Going => is_in_live(rows.database, table, &row, identity)?,
        };
        if is_found {
            if self.pass == Pass::Going {
                rows.known.add(self.hash);
            }
            return Ok(None);
        }
        let (row, key) = (self.hash, whole);
        let found = ExclusiveRow { place, row, key };
        self.found.push(found);
        Ok(Some(found))
    }

    fn repeat(&mut self, _: u64, found: ExclusiveRow) -> Result<()> {
        self.found.push(found);
        Ok(())
    }

    fn pass(&mut self, offset: u64) -> Result<()> {
        report(self.on, Stage::Comparing, offset, self.size)
    }
}

/// Returns whether live has a row with this row's key; in the log, the same event.
fn is_in_live(
    database: &Database,
    table: &Table,
    row: &Row,
    identity: Option<&EventIdentity>,
) -> Result<bool> {
    let found = database.row(table, row)?;
    Ok(found.is_some_and(|found| {
        let same = |identity: &EventIdentity| {
            identity.is_same(
                |column| row.value_ref(column),
                |column| found.value_ref(column),
            )
        };
        Key::of(&found, table) == Key::of(row, table) && identity.is_none_or(same)
    }))
}
