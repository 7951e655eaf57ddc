//! Comparing one table of two sides.
//!
//! Rows that are the same bytes are stepped over in pairs. From the first difference on both sides
//! are merged by key while both ascend, and where one does not, both are sorted first. So memory
//! holds two rows, the sorters' caches and the first of the changes, however long the table.

use std::cmp::Ordering;

use super::{
    TableDiff,
    rows::{Decoding, Nothing, Rows},
};
use crate::core::{
    db::{Database, Schema, Select, Sorter},
    error::{Error, Result},
    json::RowEncoder,
    profile::Profile,
    progress::{OnProgress, Stage, tell},
    record::{Key, Record, Table, Value},
    snapshot::Contents,
    spool::{Change, Spool},
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
    /// What a side has in a column that it lacks.
    pub(crate) defaults: &'a [Value],
    pub(crate) stage: Stage,
}

/// How a merge ended.
enum Merged {
    Whole,
    /// A side does not ascend by key; so many rows at the beginning are the same on both.
    Unordered {
        same: u64,
    },
}

impl Comparison<'_> {
    /// The difference. `done` of `total` bytes are behind it already.
    pub(crate) fn run(&self, on: OnProgress<'_>, done: u64, total: u64) -> Result<TableDiff> {
        let mut told = |bytes: u64| tell(on, self.stage, done + bytes, total);
        let mut found = Spool::new(self.table);
        let merged = self.with_both(|from, to| {
            let same = step_over_same(from, to, &mut told)?;
            self.merge(
                Pair {
                    from,
                    to,
                    sorted: false,
                    same,
                },
                &mut found,
                &mut told,
            )
        })?;
        let Merged::Unordered { same } = merged else {
            return Ok(TableDiff::new(self.table, found.finish()));
        };
        let mut found = Spool::new(self.table);
        let (sorted_from, sorted_to) = (Sorter::new()?, Sorter::new()?);
        self.with_both(|from, to| {
            self.sort(from, same, &sorted_from)?;
            self.sort(to, same, &sorted_to)
        })?;
        sorted_from.with_rows(|from| {
            sorted_to.with_rows(|to| {
                let (mut from, mut to) = (Decoding::new(from, self), Decoding::new(to, self));
                from.advance()?;
                to.advance()?;
                self.merge(
                    Pair {
                        from: &mut from,
                        to: &mut to,
                        sorted: true,
                        same,
                    },
                    &mut found,
                    &mut told,
                )
            })
        })?;
        Ok(TableDiff::new(self.table, found.finish()))
    }

    fn with_both<T>(
        &self,
        work: impl FnOnce(&mut dyn Rows, &mut dyn Rows) -> Result<T>,
    ) -> Result<T> {
        self.with_side(self.from, |from| {
            self.with_side(self.to, |to| work(from, to))
        })
    }

    fn with_side<T>(
        &self,
        side: Source<'_>,
        work: impl FnOnce(&mut dyn Rows) -> Result<T>,
    ) -> Result<T> {
        match side {
            Source::Snapshot(contents) => match contents.reader(&self.table.name) {
                Some(mut reader) => work(&mut Decoding::new(&mut reader, self)),
                None => work(&mut Nothing),
            },
            Source::Live(live) => match live.select(&self.table.name) {
                Some(select) => live
                    .database
                    .with_rows(select, |rows| work(&mut Decoding::new(rows, self))),
                None => work(&mut Nothing),
            },
        }
    }

    /// Merges what is left of both sides, each of which stands at its first row.
    fn merge(
        &self,
        pair: Pair<'_>,
        found: &mut Spool,
        told: &mut impl FnMut(u64) -> Result<()>,
    ) -> Result<Merged> {
        let Pair {
            from,
            to,
            sorted,
            same,
        } = pair;
        let (mut left, mut right) = (Keyed::default(), Keyed::default());
        let mut ascends = left.load(from, self.table)? & right.load(to, self.table)?;
        let mut steps = 0_u64;
        while ascends {
            let order = match (&left.now, &right.now) {
                (None, None) => return Ok(Merged::Whole),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((left, _)), Some((right, _))) => left.cmp(right),
            };
            let removed = if order.is_le() { left.now.take() } else { None };
            let added = if order.is_ge() {
                right.now.take()
            } else {
                None
            };
            if let Some(change) = change(removed.as_ref(), added.as_ref()) {
                found.push(&change)?;
            }
            if let Some((key, _)) = removed {
                from.advance()?;
                ascends &= left.follow(&key, from, self.table)?;
            }
            if let Some((key, _)) = added {
                to.advance()?;
                ascends &= right.follow(&key, to, self.table)?;
            }
            steps += 1;
            if steps.is_multiple_of(TELL_EVERY) {
                told(from.position().max(to.position()))?;
            }
        }
        if sorted {
            let (_, twice) = left
                .now
                .or(right.now)
                .expect("what does not ascend is there");
            return Err(Error::RepeatedKey {
                table: self.table.name.clone(),
                key: twice.key_text(self.table),
            });
        }
        Ok(Merged::Unordered { same })
    }

    /// Sorts the rows of a side but for the first `skipped`.
    fn sort(&self, rows: &mut dyn Rows, skipped: u64, sorter: &Sorter) -> Result<()> {
        for _ in 0..skipped {
            rows.advance()?;
        }
        let encoder = RowEncoder::new(&self.table.columns);
        let mut row = Vec::new();
        while rows.advance()? {
            let record = rows.record()?;
            row.clear();
            encoder.record(&mut row, &record);
            sorter.push(Key::of(&record, self.table).as_bytes(), &row)?;
        }
        Ok(())
    }
}

const TELL_EVERY: u64 = 1024;

struct Pair<'p> {
    from: &'p mut dyn Rows,
    to: &'p mut dyn Rows,
    sorted: bool,
    same: u64,
}

/// Steps over pairs of rows that are the same bytes, to the first row of each side that is not.
fn step_over_same(
    from: &mut dyn Rows,
    to: &mut dyn Rows,
    told: &mut impl FnMut(u64) -> Result<()>,
) -> Result<u64> {
    let mut same = 0_u64;
    let (mut more_from, mut more_to) = (from.advance()?, to.advance()?);
    while more_from && more_to && to.is(from.bytes()?)? {
        same += 1;
        if same.is_multiple_of(TELL_EVERY) {
            told(from.position().max(to.position()))?;
        }
        (more_from, more_to) = (from.advance()?, to.advance()?);
    }
    Ok(same)
}

fn change(from: Option<&(Key, Record)>, to: Option<&(Key, Record)>) -> Option<Change> {
    match (from, to) {
        (Some((_, from)), Some((_, to))) => {
            let same = from.changed_columns(to).next().is_none();
            (!same).then(|| Change::Changed {
                from: from.clone(),
                to: to.clone(),
            })
        }
        (Some((_, from)), None) => Some(Change::Removed(from.clone())),
        (None, Some((_, to))) => Some(Change::Added(to.clone())),
        (None, None) => None,
    }
}

/// The row at which a side stands.
#[derive(Default)]
struct Keyed {
    now: Option<(Key, Record)>,
}

impl Keyed {
    /// Loads the row the side stands at; whether that is in order, which a first row always is.
    fn load(&mut self, rows: &mut dyn Rows, table: &Table) -> Result<bool> {
        self.now = if rows.is_there() {
            Some(
                rows.record()
                    .map(|record| (Key::of(&record, table), record))?,
            )
        } else {
            None
        };
        Ok(true)
    }

    /// Loads the row that follows the one with `last`; whether it does so in order.
    fn follow(&mut self, last: &Key, rows: &mut dyn Rows, table: &Table) -> Result<bool> {
        self.load(rows, table)?;
        Ok(self
            .now
            .as_ref()
            .is_none_or(|(key, _)| key > last || (key == last && !key.is_unique())))
    }
}

impl<'a> Live<'a> {
    fn select(&self, name: &str) -> Option<Select<'a>> {
        let log = &self.profile.log;
        if name.eq_ignore_ascii_case(&log.table) {
            return Some(Select {
                up_to: self.up_to,
                ..Select::log(&self.schema.log, log)
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
