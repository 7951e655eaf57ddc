//! Joins one table of live, a snapshot and a common base by key: for each key the rows that the
//! three sides have.

use super::merge::{KeyedRows, sorted};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{CancellationToken, OnProgress, Stage, Throttle, report},
        row::{Key, Table},
    },
    compare::cursor::{Live, RowCursor},
    file::snapshot::Contents,
};

/// A table of three sides.
#[derive(Clone, Copy)]
pub(crate) struct Join<'a> {
    pub(crate) live: Live<'a>,
    pub(crate) snapshot: &'a Contents,
    /// The common base, if there is one.
    pub(crate) base: Option<&'a Contents>,
    /// The columns to read, and the key.
    pub(crate) table: &'a Table,
    pub(crate) order: SideOrder,
    pub(crate) stop: &'a CancellationToken,
}

/// How the sides hold their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SideOrder {
    /// By key, as far as is known.
    ByKey,
    /// In any order: they are sorted first.
    Any,
}

/// The rows that have one key; they are loaded.
pub(crate) struct Joined<'j, 'r> {
    pub(crate) key: &'j Key,
    pub(crate) live: Option<&'j mut RowCursor<'r>>,
    pub(crate) snapshot: Option<&'j mut RowCursor<'r>>,
    pub(crate) base: Option<&'j mut RowCursor<'r>>,
}

/// A callback that receives the rows of each key, in the order of the keys.
pub(crate) type OnJoined<'a> = &'a mut dyn FnMut(Joined<'_, '_>) -> Result<()>;

impl Join<'_> {
    /// Calls `each` for every key; fails if a side repeats one.
    pub(crate) fn each(&self, on: OnProgress<'_>, each: OnJoined<'_>) -> Result<()> {
        match self.run(on, each)? {
            None => Ok(()),
            Some(key) => {
                self.live.database.refuse_corrupt()?;
                Err(Error::RepeatedKey {
                    table: self.table.name.clone(),
                    key,
                })
            }
        }
    }

    /// Calls `each` for every key. If a side does not ascend by key, returns the key of the row that does
    /// not follow the one before it, perhaps after some calls.
    pub(crate) fn run(&self, on: OnProgress<'_>, each: OnJoined<'_>) -> Result<Option<String>> {
        let Self { table, stop, .. } = *self;
        let total = self.snapshot.table_bytes(&table.name);
        let on_bytes = &mut |bytes: u64| report(on, Stage::Comparing, bytes, total);
        let throttle = &mut Throttle::new(on_bytes);
        let of = |contents| RowCursor::of_snapshot(contents, table);
        let (snapshot, base) = (of(self.snapshot), self.base.map(of));
        match self.order {
            SideOrder::ByKey => (self.live).with_rows(table, |live| {
                join([Some(live), Some(snapshot), base], table, throttle, each)
            }),
            SideOrder::Any => {
                let live = self
                    .live
                    .with_rows(table, |live| sorted(live, 0, stop, throttle))?;
                let snapshot = sorted(snapshot, 0, stop, throttle)?;
                let base = base
                    .map(|base| sorted(base, 0, stop, throttle))
                    .transpose()?;
                live.with_rows(|live| {
                    snapshot.with_rows(|snapshot| {
                        let [live, snapshot] =
                            [live, snapshot].map(|rows| Some(RowCursor::of_sorted(rows, table)));
                        match &base {
                            None => join([live, snapshot, None], table, throttle, each),
                            Some(base) => base.with_rows(|base| {
                                let base = Some(RowCursor::of_sorted(base, table));
                                join([live, snapshot, base], table, throttle, each)
                            }),
                        }
                    })
                })
            }
        }
    }
}

fn join(
    sides: [Option<RowCursor<'_>>; 3],
    table: &Table,
    throttle: &mut Throttle<'_>,
    each: OnJoined<'_>,
) -> Result<Option<String>> {
    let mut sides = sides.map(|rows| rows.map(KeyedRows::new));
    for side in sides.iter_mut().flatten() {
        side.rows.advance()?;
    }
    loop {
        for side in sides.iter_mut().flatten() {
            if !side.load()? {
                return side.rows.row().map(|row| Some(row.key_text(table)));
            }
        }
        let there = sides.iter().flatten().filter(|side| side.rows.is_there());
        let Some(key) = there.map(|side| &side.key).min().cloned() else {
            return Ok(None);
        };
        let [live, snapshot, base] = sides.each_mut().map(|side| {
            let side = side.as_mut();
            let side = side.filter(|side| side.rows.is_there() && side.key == key);
            side.map(|side| &mut side.rows)
        });
        each(Joined {
            key: &key,
            live,
            snapshot,
            base,
        })?;
        let mut passed = 0;
        for side in sides.iter_mut().flatten() {
            if side.rows.is_there() && side.key == key {
                side.pass()?;
            }
            passed = passed.max(side.rows.passed());
        }
        throttle.row(passed)?;
    }
}
