//! Rows that only some snapshots hold: deleting these snapshots loses them for good.

use std::{
    collections::{HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use twox_hash::XxHash3_128;

use crate::core::{
    base::{
        error::Result,
        event::EventIdentity,
        profile::Profile,
        progress::{OnProgress, Progress, Stage, Throttle, report},
        record::{Key, Record, Table},
    },
    compare::{
        cursor::{Live, RowCursor},
        schema_diff::Shape,
    },
    db::{Database, Schema},
    file::snapshot::{Contents, Snapshot},
};

/// Rows that only some snapshots hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExclusiveRows {
    /// The tables with such rows, and how many.
    pub tables: Vec<(String, u64)>,
    /// Whether there are more than could be counted.
    pub is_more: bool,
}

/// The most rows to count; their keys stay in memory, 16 bytes each.
const MOST: usize = 2_000_000;

impl ExclusiveRows {
    /// Finds the rows, by key, that are in `going` but neither in live nor in `staying`. Live and each
    /// file are read once; an unreadable file counts as empty.
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
        for snapshot in going {
            rows.read(snapshot, Pass::Going, &mut reading)?;
        }
        for snapshot in staying {
            if rows.left() == 0 {
                break;
            }
            rows.read(snapshot, Pass::Staying, &mut reading)?;
        }
        let counted = |one: &Rest| (one.table.name.clone(), one.keys.len() as u64);
        let tables = rows.tables.iter().map(counted);
        Ok(Self {
            tables: tables.filter(|(_, rows)| *rows > 0).collect(),
            is_more: rows.is_full,
        })
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
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
    tables: Vec<Rest>,
    known: KnownRows,
    is_full: bool,
}

/// Such rows of one table, as hashes of their keys; a collision is less likely than a broken disk.
struct Rest {
    table: Table,
    is_in_live: bool,
    /// For the event log: the identity of events with the same id.
    identity: Option<EventIdentity>,
    keys: HashSet<u64>,
}

/// The rows that were read, as hashes of their bytes: snapshots are nearly equal, and of a row with
/// the same bytes as an earlier one nothing new is learned.
#[derive(Default)]
struct KnownRows {
    all: HashSet<u64>,
    /// Those of them that live lacks.
    unmatched: HashSet<u64>,
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
        let mut known = KnownRows::default();
        let schema = database.reading(|| {
            let schema = database.schema(profile)?;
            let live = Live {
                database,
                profile,
                schema: &schema,
                after: None,
                up_to: None,
            };
            for table in schema.present() {
                let (mut key, seed) = (Key::default(), seed_of(&table.name));
                live.with_rows(table, |mut rows| {
                    let mut go_on = |_| report(reading.on, Stage::Comparing, 0, reading.total);
                    let mut throttle = Throttle::new(&mut go_on);
                    while rows.advance()? {
                        throttle.row(0)?;
                        rows.key(&mut key)?;
                        if !key.is_unique() {
                            known.add(hash(&key, Some(seed)));
                        }
                        known.add(hash_of(seed, rows.encoded()?));
                    }
                    Ok(())
                })?;
            }
            Ok(schema)
        })?;
        Ok(Self {
            database,
            profile,
            schema,
            tables: Vec::new(),
            known,
            is_full: false,
        })
    }

    fn left(&self) -> usize {
        self.tables.iter().map(|rest| rest.keys.len()).sum()
    }

    /// Adds the rows of a snapshot that live lacks, or removes those that it holds too.
    fn read(
        &mut self,
        snapshot: &Snapshot,
        pass: Pass,
        reading: &mut ReadProgress<'_>,
    ) -> Result<()> {
        reading.read(snapshot, |on| {
            let contents = Contents::open(&snapshot.path, on)?;
            let go_on = &mut |_| report(on, Stage::Comparing, snapshot.size, snapshot.size);
            for (name, _) in contents.tables() {
                let place = self.place(&contents, name)?;
                if pass == Pass::Going || !self.tables[place].keys.is_empty() {
                    self.read_table(&contents, place, pass, &mut Throttle::new(go_on))?;
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Returns the index of a table, which is entered if it is new.
    fn place(&mut self, contents: &Contents, name: &str) -> Result<usize> {
        let mut tables = self.tables.iter();
        if let Some(place) = tables.position(|rest| rest.table.name.eq_ignore_ascii_case(name)) {
            return Ok(place);
        }
        let live = self.schema.table(name);
        let theirs = contents.columns(name)?;
        let own = live.map(|table| &table.columns).or(theirs.as_ref());
        let (own, theirs) = (own.cloned().unwrap_or_default(), theirs.as_ref());
        let table = Shape::to_compare(name, &own, theirs.unwrap_or(&own), live).table;
        let log = self.profile.log.as_ref();
        let log = log.filter(|_| self.profile.is_log(name));
        self.tables.push(Rest {
            identity: log.map(|log| EventIdentity::of(&table, log, &[])),
            table,
            is_in_live: live.is_some(),
            keys: HashSet::new(),
        });
        Ok(self.tables.len() - 1)
    }

    fn read_table(
        &mut self,
        contents: &Contents,
        place: usize,
        pass: Pass,
        throttle: &mut Throttle<'_>,
    ) -> Result<()> {
        let mut room = MOST.saturating_sub(self.left());
        let (rest, known) = (&mut self.tables[place], &mut self.known);
        let seed = seed_of(&rest.table.name);
        let mut rows = RowCursor::of_snapshot(contents, &rest.table);
        let mut key = Key::default();
        while rows.advance()? {
            throttle.row(0)?;
            let row = hash_of(seed, rows.raw()?.unwrap_or_default());
            if known.says_enough(row, pass) {
                continue;
            }
            rows.key(&mut key)?;
            let record = rows.record()?;
            let identity = rest.identity.as_ref();
            let whole = hash(&key, identity.map(|identity| identity.hash(&record)));
            if pass == Pass::Staying {
                rest.keys.remove(&whole);
            } else if !key.is_unique() && known.all.contains(&hash(&key, Some(seed)))
                || rest.is_in_live && is_in_live(self.database, &rest.table, &record, identity)?
            {
                known.add(row);
            } else if room == 0 {
                self.is_full = true;
            } else {
                room -= usize::from(rest.keys.insert(whole));
                known.unmatched.insert(row);
                known.add(row);
            }
        }
        Ok(())
    }
}

impl KnownRows {
    /// The most rows to remember, at 8 bytes each and what the set needs.
    const MOST: usize = 2_000_000;

    fn add(&mut self, row: u64) {
        if self.all.len() < Self::MOST {
            self.all.insert(row);
        }
    }

    fn says_enough(&self, row: u64, pass: Pass) -> bool {
        let is_unmatched = || pass == Pass::Staying && self.unmatched.contains(&row);
        self.all.contains(&row) && !is_unmatched()
    }
}

/// Returns whether live has a row with the record's key, and of the log the same event.
fn is_in_live(
    database: &Database,
    table: &Table,
    record: &Record,
    identity: Option<&EventIdentity>,
) -> Result<bool> {
    let key = Key::of(record, table);
    if !key.is_unique() {
        return Ok(false);
    }
    let found = database.row(table, record)?;
    Ok(found.is_some_and(|found| {
        let same = |identity: &EventIdentity| {
            identity.is_same(|column| record.cell(column), |column| found.cell(column))
        };
        Key::of(&found, table) == key && identity.is_none_or(same)
    }))
}

fn seed_of(table: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    table.to_ascii_lowercase().hash(&mut hasher);
    hasher.finish()
}

#[expect(clippy::cast_possible_truncation, reason = "half of the hash suffices")]
fn hash_of(seed: u64, row: &[u8]) -> u64 {
    XxHash3_128::oneshot_with_seed(seed, row) as u64
}

fn hash(key: &Key, identity: Option<u64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.as_bytes().hash(&mut hasher);
    identity.hash(&mut hasher);
    hasher.finish()
}
