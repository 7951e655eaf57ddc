//! What only some snapshots hold: the rows that are gone for good when these snapshots go.

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
        record::{Key, Record, Table, Value},
    },
    compare::{
        change_spool::Change,
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
    /// Whether there are more than were looked at.
    pub is_more: bool,
}

/// How many rows are looked at; their keys stay in memory, in sixteen bytes each.
const MOST: usize = 2_000_000;

impl ExclusiveRows {
    /// The rows, by their keys, that are in `going` and neither in live nor in `staying`. Each file is
    /// read once; one that cannot be read holds nothing.
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

    /// Whether there is nothing of the kind.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

/// How far it is, over all the files.
struct ReadProgress<'o> {
    done: u64,
    total: u64,
    on: OnProgress<'o>,
}

impl ReadProgress<'_> {
    /// Runs a part of the work, which tells of itself; of an error only that it was cancelled is told.
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
            Err(crate::core::base::error::Error::Cancelled) => {
                Err(crate::core::base::error::Error::Cancelled)
            }
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

/// Those of one table, by a hash of their keys: that two keys share one is rarer than a broken disk.
struct Rest {
    table: Table,
    /// Of the event log, what tells events of the same id apart.
    identity: Option<EventIdentity>,
    keys: HashSet<u64>,
}

impl UnmatchedRows {
    fn left(&self) -> usize {
        self.tables.iter().map(|rest| rest.keys.len()).sum()
    }

    /// Adds the rows of a snapshot that live has not.
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
            let mut pulse = Throttle::new(&mut on_bytes);
            diff.for_each(|change| {
                let gone = match change {
                    Change::Removed(record) => Some(record),
                    Change::Changed { from, to } => {
                        Some(from).filter(|from| identity.is_some_and(|id| !id.is_same(from, &to)))
                    }
                    Change::Added(_) => None,
                };
                if let Some(record) = gone {
                    if room == 0 {
                        *is_full = true;
                    } else if keys.insert(hash(&record, table, identity)) {
                        room -= 1;
                    }
                }
                pulse.row(0)
            })?;
        }
        Ok(())
    }

    /// Takes out the rows that a snapshot holds, too.
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
        /// So many rows between two looks at whether to go on.
        const OFTEN: u64 = 1024;
        let Some(mut reader) = contents.reader(&self.table.name) else {
            return Ok(());
        };
        let (mut places, mut read): (Vec<Option<usize>>, u64) = (Vec::new(), 0);
        while reader.advance()? && !self.keys.is_empty() {
            read += 1;
            if read.is_multiple_of(OFTEN) {
                report(on, Stage::Comparing, size, size)?;
            }
            let values = reader.values()?;
            if places.is_empty() {
                let columns = reader.columns();
                let place = |name: &String| {
                    let mut columns = columns.iter();
                    columns.position(|column| column.eq_ignore_ascii_case(name))
                };
                places = self.table.columns.iter().map(place).collect();
            }
            let value = |place: &Option<usize>| {
                place
                    .and_then(|place| values.get(place).cloned())
                    .unwrap_or(Value::Null)
            };
            let values = places.iter().map(value).collect();
            let record = Record { values };
            let hash = hash(&record, &self.table, self.identity.as_ref());
            self.keys.remove(&hash);
        }
        Ok(())
    }
}

fn hash(record: &Record, table: &Table, identity: Option<&EventIdentity>) -> u64 {
    let mut hasher = DefaultHasher::new();
    Key::of(record, table).as_bytes().hash(&mut hasher);
    identity.map(|id| id.hash(record)).hash(&mut hasher);
    hasher.finish()
}
