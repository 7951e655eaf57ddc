//! Reads the rows of one table of one side, starting anywhere without reading the rows before: in a
//! snapshot from the nearest row with a known offset, in live from the nearest with a known key.
//!
//! Each read of live sees one point in time, and returns each row once in the table's own order (by
//! rowid or primary key). A sparse index is as of its creation: when rows are inserted or deleted
//! before a row, the row has another number until the index is rebuilt, but a read still begins and
//! continues in order. A snapshot that was replaced, changed or deleted since it was opened is an
//! error.

mod sparse_index;

use std::{
    ops::{ControlFlow, Range},
    path::Path,
};

use crate::core::{
    actions::show::Cache,
    base::{
        error::Result,
        nearest::no_such_table,
        profile::Profile,
        progress::{OnProgress, Stage, report},
        row::{Row, Table, Value},
    },
    compare::{cursor::RowCursor, diff::Side},
    db::{Database, RowOrder, RowRun},
    file::{snapshot::Contents, text_match::TextMatch},
};

pub use sparse_index::SparseIndex;

/// The rows of one table of one side, numbered from 0.
#[derive(Debug)]
pub struct Rows<'a> {
    table: Table,
    source: RowsSource<'a>,
}

#[derive(Debug)]
enum RowsSource<'a> {
    Snapshot(&'a Contents),
    Live {
        database: &'a Database,
        order: RowOrder,
        index: Option<&'a SparseIndex>,
    },
}

/// The direction of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the last row.
    Down,
    /// Towards the first row.
    Up,
}

/// A callback that receives a row and its number, and returns whether to continue.
type Each<'e> = &'e mut dyn FnMut(u64, Row) -> ControlFlow<()>;

/// A callback that receives a row's number and a cursor at it, and returns whether to continue.
type OnRow<'e> = &'e mut dyn FnMut(u64, &mut RowCursor<'_>) -> Result<ControlFlow<()>>;

/// Opens a snapshot, and calls `each` for the first rows of a table as soon as they are reached:
/// the rest of the file may still prove damaged, or contain the table again. Fails if the snapshot is
/// damaged or cannot be read.
pub fn open_at(
    path: &Path,
    table: &str,
    cache: &Cache,
    on: OnProgress<'_>,
    each: &mut dyn FnMut(&[String], Row) -> ControlFlow<()>,
) -> Result<Contents> {
    let contents = Contents::open_passing(path, on, &mut |name, mut reader| {
        if !name.eq_ignore_ascii_case(table) {
            return Ok(());
        }
        while reader.advance()? {
            let values = reader.values()?;
            if each(reader.columns(), Row { values }).is_break() {
                break;
            }
        }
        Ok(())
    })?;
    cache.trusted(contents, on)
}

impl<'a> Rows<'a> {
    /// Returns the file that the rows are read from.
    pub(crate) fn file(&self) -> &Path {
        match self.source {
            RowsSource::Snapshot(contents) => contents.path(),
            RowsSource::Live { database, .. } => database.path(),
        }
    }

    /// Returns the rows of a table of a side. A snapshot's table without rows has no columns. Fails
    /// if the side has no such table.
    pub fn of(side: Side<'a>, profile: &Profile, table: &str) -> Result<Self> {
        match side {
            Side::Snapshot(contents) => {
                let name = present(table, contents.tables().map(|(name, _)| name))?;
                contents.unchanged()?;
                let columns = contents.columns(&name)?.unwrap_or_default();
                Ok(Self {
                    table: Table::keyless(name, columns),
                    source: RowsSource::Snapshot(contents),
                })
            }
            Side::Live(database) => {
                let schema = database.schema(profile)?;
                let name = present(table, schema.present().map(|table| table.name.as_str()))?;
                let table = schema.table(&name).expect("it is present").clone();
                let source = RowsSource::Live {
                    database,
                    order: database.order(&name)?,
                    index: None,
                };
                Ok(Self { table, source })
            }
        }
    }

    /// Uses a sparse index of this live table to reach any row quickly.
    #[must_use]
    pub fn by(mut self, known: Option<&'a SparseIndex>) -> Self {
        if let RowsSource::Live { index, .. } = &mut self.source {
            *index = known;
        }
        self
    }

    /// Returns the table's columns; a snapshot does not record the key.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Returns the number of rows; for live with a sparse index, the number when that was built.
    /// Fails if the database cannot be read.
    pub fn count(&self) -> Result<u64> {
        match &self.source {
            RowsSource::Snapshot(contents) => Ok(contents
                .tables()
                .find(|(name, _)| *name == self.table.name)
                .map_or(0, |(_, rows)| rows)),
            RowsSource::Live {
                index: Some(index), ..
            } => Ok(index.count()),
            RowsSource::Live { database, .. } => database.count(&self.table.name),
        }
    }

    /// Calls `each` for up to `count` rows from number `first`, with one row in memory at a time.
    /// If it fails, even at the end, the rows passed so far cannot be trusted.
    pub fn window(&self, first: u64, count: u64, each: Each<'_>) -> Result<()> {
        self.consistently(|| {
            self.scan(first..first.saturating_add(count), &mut |row, rows| {
                Ok(each(row, rows.row()?))
            })
        })
    }

    /// Calls `each` with a cursor at every row.
    pub(crate) fn each(
        &self,
        each: &mut dyn FnMut(u64, &mut RowCursor<'_>) -> Result<()>,
    ) -> Result<()> {
        self.consistently(|| {
            self.scan(0..u64::MAX, &mut |row, rows| {
                each(row, rows).map(ControlFlow::Continue)
            })
        })
    }

    /// Finds the nearest row that contains the text: from row `from` downwards, or upwards from the
    /// one before it. Fails if a row cannot be read.
    pub fn find(
        &self,
        text: &TextMatch,
        from: u64,
        way: Direction,
        on: OnProgress<'_>,
    ) -> Result<Option<u64>> {
        let total = self.count()?;
        let mut found = None;
        self.consistently(|| match way {
            Direction::Down => self.matching(text, from..u64::MAX, total, on, &mut |row| {
                found = Some(row);
                ControlFlow::Break(())
            }),
            Direction::Up => {
                let mut end = from;
                while found.is_none() && end > 0 {
                    let start = self.start_before(end);
                    self.matching(text, start..end, total, on, &mut |row| {
                        found = Some(row);
                        ControlFlow::Continue(())
                    })?;
                    end = start;
                }
                Ok(())
            }
        })?;
        Ok(found)
    }

    /// Returns the number of the row with these values in these columns: `likely` is tried first.
    /// Fails if a row cannot be read.
    pub fn place_of(
        &self,
        key: &[(String, Value)],
        likely: u64,
        on: OnProgress<'_>,
    ) -> Result<Option<u64>> {
        let places: Option<Vec<usize>> = key
            .iter()
            .map(|(name, _)| self.table.column(name))
            .collect();
        let Some(places) = places else {
            return Ok(None);
        };
        let is_it = |rows: &mut RowCursor<'_>| {
            rows.load()?;
            let mut pairs = places.iter().zip(key);
            Ok(pairs.all(|(&place, (_, value))| rows.value_ref(place).same(value.value_ref())))
        };
        let (total, mut found) = (self.count()?, None);
        self.consistently(|| {
            for range in [likely..likely.saturating_add(1), 0..u64::MAX] {
                self.scan(range, &mut |row, rows| {
                    if is_it(rows)? {
                        found = Some(row);
                        return Ok(ControlFlow::Break(()));
                    }
                    report(on, Stage::Finding, row, total).map(ControlFlow::Continue)
                })?;
                if found.is_some() {
                    break;
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Calls `found` with the number of every row that contains the text. Fails if a row cannot be
    /// read.
    pub fn filter(
        &self,
        text: &TextMatch,
        on: OnProgress<'_>,
        found: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        let total = self.count()?;
        self.consistently(|| self.matching(text, 0..u64::MAX, total, on, found))
    }

    /// Calls `found` with the number of every row in a range that contains the text.
    fn matching(
        &self,
        text: &TextMatch,
        range: Range<u64>,
        total: u64,
        on: OnProgress<'_>,
        found: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        const REPORT_EVERY: u64 = 64;
        self.scan(range, &mut |row, rows| {
            if row.is_multiple_of(REPORT_EVERY) {
                report(on, Stage::Finding, row, total)?;
            }
            let may_match = rows.raw()?.is_none_or(|bytes| text.can_be_in(bytes));
            if may_match && text.column(&rows.row()?).is_some() {
                return Ok(found(row));
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Calls `each` with a cursor at each row of a range, until it breaks.
    fn scan(&self, range: Range<u64>, each: OnRow<'_>) -> Result<()> {
        let Table { name, columns, .. } = &self.table;
        let mut read = |mut row: u64, mut rows: RowCursor<'_>| {
            while row < range.end && rows.advance()? {
                if row >= range.start && each(row, &mut rows)?.is_break() {
                    break;
                }
                row += 1;
            }
            Ok(())
        };
        match &self.source {
            RowsSource::Snapshot(contents) => {
                match contents.reader_before(name, range.start, columns) {
                    Some((row, reader)) => read(row, RowCursor::of_reader(reader, &self.table)),
                    None => Ok(()),
                }
            }
            RowsSource::Live {
                database,
                order,
                index,
            } => {
                let (key, before) = index.map_or((None, 0), |index| index.nearest(range.start));
                let run = RowRun {
                    key,
                    skip: range.start - before,
                    count: range.end - range.start,
                };
                database.with_run(&self.table, order, &run, |rows| {
                    read(range.start, RowCursor::of_live(rows, &self.table))
                })
            }
        }
    }

    /// Returns the number of a row some distance before another, from which reading starts quickly.
    fn start_before(&self, row: u64) -> u64 {
        const WAY: u64 = 1024;
        let row = row.saturating_sub(WAY);
        match &self.source {
            RowsSource::Snapshot(contents) => contents
                .reader_before(&self.table.name, row, &self.table.columns)
                .map_or(0, |(start, _)| start),
            RowsSource::Live { index, .. } => index.map_or(0, |index| index.nearest(row).1),
        }
    }

    fn consistently(&self, read: impl FnOnce() -> Result<()>) -> Result<()> {
        match &self.source {
            RowsSource::Live { database, .. } => database.reading(read),
            // While the file changes, both results and errors may be wrong.
            RowsSource::Snapshot(contents) => {
                contents.unchanged()?;
                let result = read();
                contents.unchanged().and(result)
            }
        }
    }
}

/// Returns a table's name as the side spells it.
fn present<'n>(table: &str, names: impl Iterator<Item = &'n str>) -> Result<String> {
    let names: Vec<&str> = names.collect();
    let known = names.iter().find(|name| name.eq_ignore_ascii_case(table));
    let known = known.map(|name| (*name).to_owned());
    known.ok_or_else(|| no_such_table(table, "", &names))
}
