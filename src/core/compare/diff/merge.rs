//! Compares one table of two sides.
//!
//! Rows with equal bytes are skipped in pairs, undecoded. Other rows are merged by key while both
//! sides ascend; where one does not, both are sorted first. So memory holds a few batches of rows,
//! the sorters' caches and the first changes, however long the table is.

use std::cmp::Ordering;

use super::{
    TableDiff,
    rows::{Decoding, Nothing, RowStream},
};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::{CancellationToken, OnProgress, Stage, Throttle, report},
        record::{Key, Record, Table},
    },
    compare::change_spool::{Change, ChangeSpool},
    db::{Database, OnBytes, Schema, Select, Sorter},
    file::{json::RowEncoder, snapshot::Contents},
};

/// The rows of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// The live database; within a transaction, its state there.
    Live(Live<'a>),
    /// An opened snapshot.
    Snapshot(&'a Contents),
}

/// The live database as a side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live<'a> {
    pub(crate) database: &'a Database,
    pub(crate) profile: &'a Profile,
    pub(crate) schema: &'a Schema,
    /// The last event to compare; later ones are ignored.
    pub(crate) up_to: Option<i64>,
}

/// The comparison of one table of two sides.
pub(crate) struct Comparison<'a> {
    pub(crate) from: Source<'a>,
    pub(crate) to: Source<'a>,
    /// The columns to compare, and the key.
    pub(crate) table: &'a Table,
    pub(crate) stage: Stage,
    pub(crate) rows: RowsOf,
    pub(crate) stop: &'a CancellationToken,
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
        twice: Record,
    },
}

impl Comparison<'_> {
    /// Computes the difference. `done` of `total` bytes were compared before.
    pub(crate) fn run(&self, on: OnProgress<'_>, done: u64, total: u64) -> Result<TableDiff> {
        let (table, rows, stop) = (self.table, self.rows, self.stop);
        let on_bytes = &mut |bytes: u64| report(on, self.stage, done + bytes, total);
        let mut found = ChangeSpool::new(self.table);
        let merged = self.with_both(on_bytes, |pair, on_bytes| {
            merge(table, rows, pair, &mut found, &mut Throttle::new(on_bytes))
        })?;
        let Merged::Unordered { same, .. } = merged else {
            return Ok(TableDiff::new(self.table, found.finish()?));
        };
        let mut found = ChangeSpool::new(self.table);
        let (sorted_from, sorted_to) =
            self.with_both(on_bytes, |Pair { from, to }, on_bytes| {
                let throttle = &mut Throttle::new(on_bytes);
                let sorted_from = sorted(table, from, same, stop, throttle)?;
                Ok((sorted_from, sorted(table, to, same, stop, throttle)?))
            })?;
        let merged = sorted_from.with_rows(|from| {
            sorted_to.with_rows(|to| {
                let (mut from, mut to) = (Decoding::new(from, table), Decoding::new(to, table));
                let pair = Pair {
                    from: &mut from,
                    to: &mut to,
                };
                merge(table, rows, pair, &mut found, &mut Throttle::new(on_bytes))
            })
        })?;
        match merged {
            Merged::Whole => Ok(TableDiff::new(self.table, found.finish()?)),
            Merged::Unordered { twice, .. } => Err(Error::RepeatedKey {
                table: self.table.name.clone(),
                key: twice.key_text(self.table),
            }),
        }
    }

    /// Runs `work` with both sides; if one is live, on a second thread that receives its rows.
    fn with_both<T: Send>(
        &self,
        on_bytes: OnBytes<'_>,
        work: impl FnOnce(Pair<'_>, OnBytes<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let table = self.table;
        match (self.from, self.to) {
            (Source::Live(live), Source::Snapshot(contents)) => {
                live.with_rows(table, on_bytes, |from, on_bytes| {
                    with_snapshot(contents, table, |to| work(Pair { from, to }, on_bytes))
                })
            }
            (Source::Snapshot(contents), Source::Live(live)) => {
                live.with_rows(table, on_bytes, |to, on_bytes| {
                    with_snapshot(contents, table, |from| work(Pair { from, to }, on_bytes))
                })
            }
            (Source::Snapshot(one), Source::Snapshot(other)) => with_snapshot(one, table, |from| {
                with_snapshot(other, table, |to| work(Pair { from, to }, on_bytes))
            }),
            (Source::Live(_), Source::Live(_)) => unreachable!("at most one side is live"),
        }
    }
}

fn with_snapshot<T>(
    contents: &Contents,
    table: &Table,
    work: impl FnOnce(&mut dyn RowStream) -> Result<T>,
) -> Result<T> {
    match contents.reader(&table.name) {
        Some(mut reader) => work(&mut Decoding::new(&mut reader, table)),
        None => work(&mut Nothing),
    }
}

/// Merges both sides from their first rows. Wherever both reach rows with equal bytes, the pair is
/// skipped undecoded, whatever its order.
fn merge(
    table: &Table,
    rows: RowsOf,
    pair: Pair<'_>,
    found: &mut ChangeSpool,
    throttle: &mut Throttle<'_>,
) -> Result<Merged> {
    let Pair { from, to } = pair;
    let (mut left, mut right) = (Keyed::default(), Keyed::default());
    from.advance()?;
    to.advance()?;
    let same = step_over_same(from, to, throttle)?;
    loop {
        left.load(from, table)?;
        right.load(to, table)?;
        if let Some(twice) = left.out_of_order().or(right.out_of_order()) {
            let twice = twice.clone();
            return Ok(Merged::Unordered { same, twice });
        }
        let order = match (&left.now, &right.now) {
            (None, None) => return Ok(Merged::Whole),
            (None, _) if rows == RowsOf::From => return Ok(Merged::Whole),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((left, _)), Some((right, _))) => left.cmp(right),
        };
        let removed = order.is_le().then(|| left.pass()).flatten();
        let added = order.is_ge().then(|| right.pass()).flatten();
        if removed.is_some() {
            from.advance()?;
        }
        if added.is_some() {
            to.advance()?;
        }
        match change(removed, added) {
            Some(Change::Added(_)) if rows == RowsOf::From => {}
            Some(change) => found.push(&change)?,
            None => {}
        }
        throttle.row(from.position().max(to.position()))?;
        if order.is_eq() {
            step_over_same(from, to, throttle)?;
        }
    }
}

/// Sorts the rows of a side after the first `skipped`.
fn sorted(
    table: &Table,
    rows: &mut dyn RowStream,
    skipped: u64,
    stop: &CancellationToken,
    throttle: &mut Throttle<'_>,
) -> Result<Sorter> {
    let sorter = Sorter::new(stop)?;
    for _ in 0..skipped {
        rows.advance()?;
        throttle.row(rows.position())?;
    }
    let encoder = RowEncoder::new(&table.columns);
    let mut row = Vec::new();
    while rows.advance()? {
        let record = rows.record()?;
        row.clear();
        encoder.record(&mut row, &record);
        sorter.push(Key::of(&record, table).as_bytes(), &row)?;
        throttle.row(rows.position())?;
    }
    Ok(sorter)
}

struct Pair<'p> {
    from: &'p mut dyn RowStream,
    to: &'p mut dyn RowStream,
}

/// Skips pairs of rows with equal bytes, from the current ones on; returns how many.
fn step_over_same(
    from: &mut dyn RowStream,
    to: &mut dyn RowStream,
    throttle: &mut Throttle<'_>,
) -> Result<u64> {
    let mut same = 0;
    while from.is_there() && to.is_there() && to.is(from.bytes()?)? {
        same += 1;
        throttle.row(from.position().max(to.position()))?;
        from.advance()?;
        to.advance()?;
    }
    Ok(same)
}

fn change(from: Option<Record>, to: Option<Record>) -> Option<Change> {
    match (from, to) {
        (Some(from), Some(to)) => {
            let same = from.changed_columns(&to).next().is_none();
            (!same).then_some(Change::Changed { from, to })
        }
        (Some(from), None) => Some(Change::Removed(from)),
        (None, Some(to)) => Some(Change::Added(to)),
        (None, None) => None,
    }
}

/// The current row of a side, if decoded, and the key of the last decoded one.
#[derive(Default)]
struct Keyed {
    now: Option<(Key, Record)>,
    last: Option<Key>,
}

impl Keyed {
    /// Decodes the current row, if there is one and it is not decoded yet.
    fn load(&mut self, rows: &mut dyn RowStream, table: &Table) -> Result<()> {
        if self.now.is_none() && rows.is_there() {
            let record = rows.record()?;
            self.now = Some((Key::of(&record, table), record));
        }
        Ok(())
    }

    /// Returns the row, if it does not follow the last one.
    fn out_of_order(&self) -> Option<&Record> {
        let ((key, record), last) = (self.now.as_ref()?, self.last.as_ref()?);
        let ascends = key > last || (key == last && !key.is_unique());
        (!ascends).then_some(record)
    }

    /// Takes the row.
    fn pass(&mut self) -> Option<Record> {
        let (key, record) = self.now.take()?;
        self.last = Some(key);
        Some(record)
    }
}

impl<'a> Live<'a> {
    /// Runs `work` with the rows of a table, on a second thread if they are many.
    fn with_rows<T: Send>(
        &self,
        table: &Table,
        on_bytes: OnBytes<'_>,
        work: impl FnOnce(&mut dyn RowStream, OnBytes<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        match self.select(&table.name) {
            Some(select) => {
                self.database
                    .with_prefetched_rows(select, on_bytes, |rows, on_bytes| {
                        work(&mut Decoding::new(rows, table), on_bytes)
                    })
            }
            None => work(&mut Nothing, on_bytes),
        }
    }

    fn select(&self, name: &str) -> Option<Select<'a>> {
        if let (Some(log), Some(table)) = (&self.profile.log, &self.schema.log)
            && self.profile.is_log(name)
        {
            return Some(Select {
                up_to: self.up_to,
                ..Select::log(table, log)
            });
        }
        let named = self
            .schema
            .tables
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        named?.1.as_ref().map(Select::all)
    }
}
