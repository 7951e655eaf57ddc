//! Compares one table of two sides.
//!
//! Rows with equal bytes are skipped in pairs, undecoded. Other rows are merged by key while both
//! sides ascend; where one does not, both are sorted first. So memory holds a few batches of rows,
//! the sorters' caches and the first changes, however long the table is.

use std::{cmp::Ordering, collections::BTreeSet};

use super::{DiffDetail, TableDiff};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Log,
        progress::{CancellationToken, OnProgress, Stage, Throttle, report},
        row::{Key, Row, Table},
    },
    compare::{
        change_spool::ChangeSpool,
        cursor::{Live, RowCursor},
        event_diff::{Ends, LogReader},
    },
    db::{OnBytes, Sorter},
    file::snapshot::Contents,
};

/// The rows of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DiffSource<'a> {
    /// The live database; within a transaction, its state there.
    Live(Live<'a>),
    /// An opened snapshot.
    Snapshot(&'a Contents),
}

/// The comparison of one table of two sides.
pub(crate) struct Comparison<'a> {
    pub(crate) from: DiffSource<'a>,
    pub(crate) to: DiffSource<'a>,
    /// The columns to compare, and the key.
    pub(crate) table: &'a Table,
    pub(crate) stage: Stage,
    pub(crate) rows: RowsOf,
    pub(crate) detail: DiffDetail,
    /// If the table is the event log: how to classify its events.
    pub(crate) log: Option<LogEnds<'a>>,
    pub(crate) stop: &'a CancellationToken,
}

/// An event log that is compared, and its ends on the two sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogEnds<'a> {
    pub(crate) log: &'a Log,
    pub(crate) ends: Ends,
    /// Columns that one side lacks.
    pub(crate) lacking: &'a [String],
    /// Events to leave out: they are not classified.
    pub(crate) settled: Option<&'a BTreeSet<i64>>,
    /// The events to classify.
    pub(crate) events: EventsOf,
}

/// Which events of a log to classify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EventsOf {
    /// All that differ.
    #[default]
    Both,
    /// Those that the `from` side lacks.
    MissingFrom,
}

/// Which changes to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowsOf {
    /// All.
    Both,
    /// Rows of the `from` side that differ on the `to` side or are missing there. Rows of the `to`
    /// side beyond the last of them are not read.
    From,
}

/// The result of a merge.
enum Merged {
    Whole,
    /// A side does not ascend by key: `twice` does not follow the rows before it. The first `same`
    /// rows are equal on both sides.
    Unordered {
        same: u64,
        twice: Row,
    },
}

impl Comparison<'_> {
    /// Computes the difference. `done` of `total` bytes were compared before.
    pub(crate) fn run(&self, on: OnProgress<'_>, done: u64, total: u64) -> Result<TableDiff> {
        let (table, rows, stop) = (self.table, self.rows, self.stop);
        let on_bytes = &mut |bytes: u64| report(on, self.stage, done + bytes, total);
        let mut found = self.found();
        let merged = self.with_both(on_bytes, |both, on_bytes| {
            merge(rows, both, &mut found, &mut Throttle::new(on_bytes))
        })?;
        let Merged::Unordered { same, .. } = merged else {
            return found.finish(table);
        };
        let mut found = self.found();
        let [from, to] = self.with_both(on_bytes, |[from, to], on_bytes| {
            let throttle = &mut Throttle::new(on_bytes);
            let from = sorted(from, same, stop, throttle)?;
            Ok([from, sorted(to, same, stop, throttle)?])
        })?;
        let merged = from.with_rows(|from| {
            to.with_rows(|to| {
                let both = [from, to].map(|rows| RowCursor::of_sorted(rows, table));
                merge(rows, both, &mut found, &mut Throttle::new(on_bytes))
            })
        })?;
        match merged {
            Merged::Whole => found.finish(table),
            // SQLite now considers two keys equal, but did not when the snapshot was taken.
            Merged::Unordered { .. } if !table.rules.is_empty() => {
                let mut exact = table.clone();
                exact.rules.clear();
                let comparison = Comparison {
                    table: &exact,
                    ..*self
                };
                comparison.run(on, done, total)
            }
            Merged::Unordered { twice, .. } => {
                // Pages of a corrupt live may be read twice.
                for side in [self.from, self.to] {
                    if let DiffSource::Live(live) = side {
                        live.database.refuse_corrupt()?;
                    }
                }
                Err(Error::RepeatedKey {
                    table: table.name.clone(),
                    key: twice.key_text(table),
                })
            }
        }
    }

    fn found(&self) -> ChangesSoFar {
        let reader = |log: LogEnds<'_>| {
            let reader = LogReader::new(self.table, log.log, log.ends, log.lacking);
            let reader = reader.without(log.settled.cloned().unwrap_or_default());
            (reader, log.events)
        };
        ChangesSoFar {
            changes: match self.detail {
                DiffDetail::Counts => ChangeSpool::counting(self.table),
                DiffDetail::Rows => ChangeSpool::new(self.table),
            },
            log: self.log.map(reader),
        }
    }

    /// Runs `work` with both sides; if one is live, on a second thread that receives its rows.
    fn with_both<T: Send>(
        &self,
        on_bytes: OnBytes<'_>,
        work: impl FnOnce([RowCursor<'_>; 2], OnBytes<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let table = self.table;
        let cursor = |contents| RowCursor::of_snapshot(contents, table);
        match (self.from, self.to) {
            (DiffSource::Live(live), DiffSource::Snapshot(contents)) => {
                live.with_rows_ahead(table, on_bytes, |rows, on_bytes| {
                    work([rows, cursor(contents)], on_bytes)
                })
            }
            (DiffSource::Snapshot(contents), DiffSource::Live(live)) => {
                live.with_rows_ahead(table, on_bytes, |rows, on_bytes| {
                    work([cursor(contents), rows], on_bytes)
                })
            }
            (DiffSource::Snapshot(from), DiffSource::Snapshot(to)) => {
                work([from, to].map(cursor), on_bytes)
            }
            (DiffSource::Live(_), DiffSource::Live(_)) => unreachable!("at most one side is live"),
        }
    }
}

/// The changes found so far.
struct ChangesSoFar {
    changes: ChangeSpool,
    log: Option<(LogReader, EventsOf)>,
}

impl ChangesSoFar {
    /// Adds a row that only one side has, or that differs. The rows are loaded.
    fn push(
        &mut self,
        from: Option<&mut RowCursor<'_>>,
        to: Option<&mut RowCursor<'_>>,
    ) -> Result<()> {
        if let Some((log, events)) = &mut self.log
            && (from.is_none() || *events == EventsOf::Both)
        {
            log.push(from.as_deref(), to.as_deref());
        }
        self.changes.push_rows(from, to)
    }

    fn finish(self, table: &Table) -> Result<TableDiff> {
        let diff = TableDiff::new(table, self.changes.finish()?);
        Ok(TableDiff {
            events: self.log.map(|(log, _)| log.finish()),
            ..diff
        })
    }
}

/// Merges both sides from their first rows. Wherever both reach rows with equal bytes, the pair is
/// skipped undecoded, whatever its order.
fn merge(
    rows: RowsOf,
    both: [RowCursor<'_>; 2],
    found: &mut ChangesSoFar,
    throttle: &mut Throttle<'_>,
) -> Result<Merged> {
    let [mut from, mut to] = both.map(KeyedRows::new);
    from.rows.advance()?;
    to.rows.advance()?;
    let same = step_over_same(&mut from.rows, &mut to.rows, throttle)?;
    loop {
        for side in [&mut from, &mut to] {
            if !side.load()? {
                let twice = side.rows.row()?;
                return Ok(Merged::Unordered { same, twice });
            }
        }
        let order = match (from.rows.is_there(), to.rows.is_there()) {
            (false, false) => return Ok(Merged::Whole),
            (false, true) if rows == RowsOf::From => return Ok(Merged::Whole),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => from.key.cmp(&to.key),
        };
        match order {
            Ordering::Less => found.push(Some(&mut from.rows), None)?,
            Ordering::Greater if rows == RowsOf::Both => found.push(None, Some(&mut to.rows))?,
            Ordering::Equal if !from.rows.equals(&to.rows) => {
                found.push(Some(&mut from.rows), Some(&mut to.rows))?;
            }
            Ordering::Equal | Ordering::Greater => {}
        }
        if order.is_le() {
            from.pass()?;
        }
        if order.is_ge() {
            to.pass()?;
        }
        throttle.row(from.rows.passed().max(to.rows.passed()))?;
        if order.is_eq() {
            step_over_same(&mut from.rows, &mut to.rows, throttle)?;
        }
    }
}

/// Sorts the rows of a side after the first `skipped`.
pub(super) fn sorted(
    mut rows: RowCursor<'_>,
    skipped: u64,
    stop: &CancellationToken,
    throttle: &mut Throttle<'_>,
) -> Result<Sorter> {
    let (sorter, mut key) = (Sorter::new(stop)?, Key::default());
    for _ in 0..skipped {
        rows.advance()?;
        throttle.row(rows.passed())?;
    }
    while rows.advance()? {
        rows.key(&mut key)?;
        sorter.push(key.as_bytes(), rows.encoded()?)?;
        throttle.row(rows.passed())?;
    }
    Ok(sorter)
}

/// Skips pairs of rows with equal bytes, from the current ones on; returns how many.
fn step_over_same(
    from: &mut RowCursor<'_>,
    to: &mut RowCursor<'_>,
    throttle: &mut Throttle<'_>,
) -> Result<u64> {
    let mut same = 0;
    while from.is_there() && to.is_there() && from.is_same(to)? {
        same += 1;
        throttle.row(from.passed().max(to.passed()))?;
        from.advance()?;
        to.advance()?;
    }
    Ok(same)
}

/// The rows of a side, with the keys of the current one, if it is loaded, and of the last one that
/// was.
pub(super) struct KeyedRows<'r> {
    pub(super) rows: RowCursor<'r>,
    pub(super) key: Key,
    last: Key,
    is_loaded: bool,
}

impl<'r> KeyedRows<'r> {
    pub(super) fn new(rows: RowCursor<'r>) -> Self {
        Self {
            rows,
            key: Key::default(),
            last: Key::default(),
            is_loaded: false,
        }
    }

    /// Loads the current row, if there is one; returns whether it follows the last one.
    pub(super) fn load(&mut self) -> Result<bool> {
        if self.is_loaded || !self.rows.is_there() {
            return Ok(true);
        }
        self.rows.key(&mut self.key)?;
        self.is_loaded = true;
        Ok(self.key > self.last || (self.key == self.last && !self.key.is_unique()))
    }

    /// Moves to the next row.
    pub(super) fn pass(&mut self) -> Result<()> {
        std::mem::swap(&mut self.key, &mut self.last);
        self.is_loaded = false;
        self.rows.advance().map(|_| ())
    }
}
