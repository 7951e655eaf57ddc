//! Comparing one table of two sides.
//!
//! Rows that are the same bytes are stepped over in pairs, undecoded. Where they are not, both sides
//! are merged by key while both ascend, and where one does not, both are sorted first. So memory
//! holds a few batches of rows, the sorters' caches and the first of the changes, however long the table.

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

/// Where the rows of one side come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source<'a> {
    /// The database as it is; inside a transaction, as it is there.
    Live(Live<'a>),
    /// An opened snapshot.
    Snapshot(&'a Contents),
}

/// Live as a source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live<'a> {
    pub(crate) database: &'a Database,
    pub(crate) profile: &'a Profile,
    pub(crate) schema: &'a Schema,
    /// The last event to compare; later ones are as if they were not there.
    pub(crate) up_to: Option<i64>,
}

/// Compares one table of two sides.
pub(crate) struct Comparison<'a> {
    pub(crate) from: Source<'a>,
    pub(crate) to: Source<'a>,
    /// The columns to compare, and the key.
    pub(crate) table: &'a Table,
    pub(crate) stage: Stage,
    pub(crate) wanted: Wanted,
    pub(crate) stop: &'a CancellationToken,
}

/// Which rows are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All that differ.
    All,
    /// Those of the one side that differ from the other's or are not there. What the other side has
    /// behind them need not be read.
    OfFrom,
}

/// How a merge ended.
enum Merged {
    Whole,
    /// A side does not ascend by key, for this row does not come after those before it; so many rows
    /// at the beginning are the same on both.
    Unordered {
        same: u64,
        twice: Record,
    },
}

impl Comparison<'_> {
    /// The difference. `done` of `total` bytes are behind it already.
    pub(crate) fn run(&self, on: OnProgress<'_>, done: u64, total: u64) -> Result<TableDiff> {
        let (table, wanted, stop) = (self.table, self.wanted, self.stop);
        let on_bytes = &mut |bytes: u64| report(on, self.stage, done + bytes, total);
        let mut found = ChangeSpool::new(self.table);
        let merged = self.with_both(on_bytes, |pair, on_bytes| {
            merge(
                table,
                wanted,
                pair,
                &mut found,
                &mut Throttle::new(on_bytes),
            )
        })?;
        let Merged::Unordered { same, .. } = merged else {
            return Ok(TableDiff::new(self.table, found.finish()?));
        };
        let mut found = ChangeSpool::new(self.table);
        let (sorted_from, sorted_to) =
            self.with_both(on_bytes, |Pair { from, to }, on_bytes| {
                let pulse = &mut Throttle::new(on_bytes);
                let sorted_from = sorted(table, from, same, stop, pulse)?;
                Ok((sorted_from, sorted(table, to, same, stop, pulse)?))
            })?;
        let merged = sorted_from.with_rows(|from| {
            sorted_to.with_rows(|to| {
                let (mut from, mut to) = (Decoding::new(from, table), Decoding::new(to, table));
                let pair = Pair {
                    from: &mut from,
                    to: &mut to,
                };
                merge(
                    table,
                    wanted,
                    pair,
                    &mut found,
                    &mut Throttle::new(on_bytes),
                )
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

    /// Runs `work` with both sides; where one is live, on a thread to which its rows come.
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

/// Merges both sides from their first rows on. Wherever both come to rows that are the same bytes,
/// the pair is stepped over undecoded, in whatever order such rows are.
fn merge(
    table: &Table,
    wanted: Wanted,
    pair: Pair<'_>,
    found: &mut ChangeSpool,
    pulse: &mut Throttle<'_>,
) -> Result<Merged> {
    let Pair { from, to } = pair;
    let (mut left, mut right) = (Keyed::default(), Keyed::default());
    from.advance()?;
    to.advance()?;
    let same = step_over_same(from, to, pulse)?;
    loop {
        left.load(from, table)?;
        right.load(to, table)?;
        if let Some(twice) = left.out_of_order().or(right.out_of_order()) {
            let twice = twice.clone();
            return Ok(Merged::Unordered { same, twice });
        }
        let order = match (&left.now, &right.now) {
            (None, None) => return Ok(Merged::Whole),
            (None, _) if wanted == Wanted::OfFrom => return Ok(Merged::Whole),
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
            Some(Change::Added(_)) if wanted == Wanted::OfFrom => {}
            Some(change) => found.push(&change)?,
            None => {}
        }
        pulse.row(from.position().max(to.position()))?;
        if order.is_eq() {
            step_over_same(from, to, pulse)?;
        }
    }
}

/// The rows of a side but for the first `skipped`, sorted.
fn sorted(
    table: &Table,
    rows: &mut dyn RowStream,
    skipped: u64,
    stop: &CancellationToken,
    pulse: &mut Throttle<'_>,
) -> Result<Sorter> {
    let sorter = Sorter::new(stop)?;
    for _ in 0..skipped {
        rows.advance()?;
        pulse.row(rows.position())?;
    }
    let encoder = RowEncoder::new(&table.columns);
    let mut row = Vec::new();
    while rows.advance()? {
        let record = rows.record()?;
        row.clear();
        encoder.record(&mut row, &record);
        sorter.push(Key::of(&record, table).as_bytes(), &row)?;
        pulse.row(rows.position())?;
    }
    Ok(sorter)
}

struct Pair<'p> {
    from: &'p mut dyn RowStream,
    to: &'p mut dyn RowStream,
}

/// From where both sides stand, steps over pairs of rows that are the same bytes; how many.
fn step_over_same(
    from: &mut dyn RowStream,
    to: &mut dyn RowStream,
    pulse: &mut Throttle<'_>,
) -> Result<u64> {
    let mut same = 0;
    while from.is_there() && to.is_there() && to.is(from.bytes()?)? {
        same += 1;
        pulse.row(from.position().max(to.position()))?;
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

/// The row at which a side stands, if it is decoded, and the key of the decoded one before.
#[derive(Default)]
struct Keyed {
    now: Option<(Key, Record)>,
    last: Option<Key>,
}

impl Keyed {
    /// Decodes the row the side stands at, if there is one and it is not decoded yet.
    fn load(&mut self, rows: &mut dyn RowStream, table: &Table) -> Result<()> {
        if self.now.is_none() && rows.is_there() {
            let record = rows.record()?;
            self.now = Some((Key::of(&record, table), record));
        }
        Ok(())
    }

    /// The row, if it does not come after the last one.
    fn out_of_order(&self) -> Option<&Record> {
        let ((key, record), last) = (self.now.as_ref()?, self.last.as_ref()?);
        let ascends = key > last || (key == last && !key.is_unique());
        (!ascends).then_some(record)
    }

    /// Leaves the row behind.
    fn pass(&mut self) -> Option<Record> {
        let (key, record) = self.now.take()?;
        self.last = Some(key);
        Some(record)
    }
}

impl<'a> Live<'a> {
    /// Runs `work` with the rows of a table, on a thread to which they come if they are many.
    fn with_rows<T: Send>(
        &self,
        table: &Table,
        on_bytes: OnBytes<'_>,
        work: impl FnOnce(&mut dyn RowStream, OnBytes<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        match self.select(&table.name) {
            Some(select) => self
                .database
                .with_rows_ahead(select, on_bytes, |rows, on_bytes| {
                    work(&mut Decoding::new(rows, table), on_bytes)
                }),
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
