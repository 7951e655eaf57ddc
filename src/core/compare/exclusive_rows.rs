//! Rows that only some snapshots hold: deleting these snapshots loses them for good.

use std::{
    collections::{HashSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use crate::core::{
    base::{
        error::Result,
        event::EventIdentity,
        profile::Profile,
        progress::{OnProgress, Progress, Stage, Throttle, report},
        record::{Key, Table},
    },
    compare::{
        change_spool::Change,
        cursor::RowCursor,
        diff::{Difference, Side},
    },
    db::Database,
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
    /// Finds the rows, by key, that are in `going` but neither in live nor in `staying`. Each file
    /// is read once; an unreadable one counts as empty.
    pub fn find(
        going: &[Snapshot],
        staying: &[Snapshot],
        database: &Database,
        profile: &Profile,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let files = going.iter().chain(staying);
        let mut reading = ReadProgress {
            done: 0,
            total: files.map(|file| file.size).sum(),
            on,
        };
        let mut rows = UnmatchedRows::default();
        for snapshot in going {
            rows.add_all_of(snapshot, database, profile, &mut reading)?;
        }
        for snapshot in staying {
            if rows.left() == 0 {
                break;
            }
            rows.strike_out(snapshot, &mut reading)?;
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
#[derive(Default)]
struct UnmatchedRows {
    tables: Vec<Rest>,
    is_full: bool,
}

/// Such rows of one table, as hashes of their keys; a collision is less likely than a broken disk.
struct Rest {
    table: Table,
    /// For the event log: the identity of events with the same id.
    identity: Option<EventIdentity>,
    keys: HashSet<u64>,
}

impl UnmatchedRows {
    fn left(&self) -> usize {
        self.tables.iter().map(|rest| rest.keys.len()).sum()
    }

    /// Adds the rows of a snapshot that live lacks.
    fn add_all_of(
        &mut self,
        snapshot: &Snapshot,
        database: &Database,
        profile: &Profile,
        reading: &mut ReadProgress<'_>,
    ) -> Result<()> {
        let difference = reading.read(snapshot, |on| {
            let contents = Contents::open(&snapshot.path, on)?;
            let (from, to) = (Side::Snapshot(&contents), Side::Live(database));
            Difference::compute(from, to, profile, Some(database), &[], on)
        })?;
        for diff in difference.into_iter().flat_map(|all| all.tables) {
            let known = self
                .tables
                .iter()
                .position(|rest| rest.table.name == diff.table.name);
            let place = known.unwrap_or(self.tables.len());
            if known.is_none() {
                let log = profile.log.as_ref();
                let log = log.filter(|_| profile.is_log(&diff.table.name));
                self.tables.push(Rest {
                    table: diff.table.clone(),
                    identity: log.map(|log| EventIdentity::of(&diff.table, log, &[])),
                    keys: HashSet::new(),
                });
            }
            let mut room = MOST.saturating_sub(self.left());
            let Rest {
                table,
                identity,
                keys,
            } = &mut self.tables[place];
            let identity = identity.as_ref();
            let is_full = &mut self.is_full;
            let mut on_bytes =
                |_| report(reading.on, Stage::Comparing, reading.done, reading.total);
            let mut throttle = Throttle::new(&mut on_bytes);
            diff.for_each(|change| {
                let gone = match change {
                    Change::Removed(record) => Some(record),
                    Change::Changed { from, to } => Some(from).filter(|from| {
                        let is_same = |id: &EventIdentity| {
                            id.is_same(|column| from.cell(column), |column| to.cell(column))
                        };
                        identity.is_some_and(|id| !is_same(id))
                    }),
                    Change::Added(_) => None,
                };
                if let Some(record) = gone {
                    if room == 0 {
                        *is_full = true;
                    } else if keys.insert(hash(
                        &Key::of(&record, table),
                        identity.map(|id| id.hash(&record)),
                    )) {
                        room -= 1;
                    }
                }
                throttle.row(0)
            })?;
        }
        Ok(())
    }

    /// Removes the rows that another snapshot holds too.
    fn strike_out(&mut self, snapshot: &Snapshot, reading: &mut ReadProgress<'_>) -> Result<()> {
        reading.read(snapshot, |on| {
            let contents = Contents::open(&snapshot.path, on)?;
            for rest in self.tables.iter_mut().filter(|rest| !rest.keys.is_empty()) {
                rest.strike_out(&contents, snapshot.size, on)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

impl Rest {
    fn strike_out(&mut self, contents: &Contents, size: u64, on: OnProgress<'_>) -> Result<()> {
        /// Rows between two checks for cancellation.
        const OFTEN: u64 = 1024;
        let mut rows = RowCursor::of_snapshot(contents, &self.table);
        let (mut key, mut read) = (Key::default(), 0_u64);
        while rows.advance()? && !self.keys.is_empty() {
            read += 1;
            if read.is_multiple_of(OFTEN) {
                report(on, Stage::Comparing, size, size)?;
            }
            rows.key(&mut key)?;
            let identity = match &self.identity {
                Some(identity) => Some(identity.hash(&rows.record()?)),
                None => None,
            };
            self.keys.remove(&hash(&key, identity));
        }
        Ok(())
    }
}

fn hash(key: &Key, identity: Option<u64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.as_bytes().hash(&mut hasher);
    identity.hash(&mut hasher);
    hasher.finish()
}
