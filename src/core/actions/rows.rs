//! The rows of one table of one side, any of them without reading those before: in a snapshot from
//! the nearest row whose place in the file is known, in live from the nearest whose key is.
//!
//! Each reading of live is of one moment, its rows in the order of the table itself (by rowid or by
//! primary key), each once. Milestones are of the moment they were made: when rows come or go before a
//! row it has another number until they are made again, and a reading still begins and goes on in
//! order. A snapshot that was replaced, changed or deleted since it was opened is an error.

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
        record::{Record, Table, Value},
    },
    compare::diff::Side,
    db::{Database, RowOrder, Stretch},
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
        milestones: Option<&'a SparseIndex>,
    },
}

/// In which way rows are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the last.
    Down,
    /// To the first.
    Up,
}

/// Is given a row and its number, and answers whether to go on.
type Each<'e> = &'e mut dyn FnMut(u64, Record) -> ControlFlow<()>;

/// Is given a row's number and, of a snapshot's, its bytes.
type AtGlance<'e> = &'e mut dyn FnMut(u64, Option<&[u8]>) -> Glance;

/// What to do with a row, at a glance.
#[derive(Clone, Copy, Debug)]
enum Glance {
    /// Decode it.
    Read,
    /// Leave it out.
    Pass,
    /// Go no further.
    Stop,
}

/// Opens a snapshot, and runs `each` on the first rows of a table as soon as the opening comes by
/// them: the rest of the file may yet turn out to be damaged, or hold the table once more.
pub fn open_at(
    path: &Path,
    table: &str,
    cache: &Cache,
    on: OnProgress<'_>,
    each: &mut dyn FnMut(&[String], Record) -> ControlFlow<()>,
) -> Result<Contents> {
    let contents = Contents::open_passing(path, on, &mut |name, mut reader| {
        if !name.eq_ignore_ascii_case(table) {
            return Ok(());
        }
        while reader.advance()? {
            let values = reader.values()?;
            if each(reader.columns(), Record { values }).is_break() {
                break;
            }
        }
        Ok(())
    })?;
    cache.trusted(contents, on)
}

impl<'a> Rows<'a> {
    /// The file that they are read from.
    pub(crate) fn file(&self) -> &Path {
        match self.source {
            RowsSource::Snapshot(contents) => contents.path(),
            RowsSource::Live { database, .. } => database.path(),
        }
    }

    /// The rows of a table, which the side must have. A table without rows in a snapshot has no
    /// columns there.
    pub fn of(side: Side<'a>, profile: &Profile, table: &str) -> Result<Self> {
        match side {
            Side::Snapshot(contents) => {
                let name = present(table, contents.tables().map(|(name, _)| name))?;
                contents.unchanged()?;
                let columns = contents.columns(&name)?.unwrap_or_default();
                let key = Vec::new();
                Ok(Self {
                    table: Table {
                        name,
                        columns,
                        key,
                        sorted: false,
                    },
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
                    milestones: None,
                };
                Ok(Self { table, source })
            }
        }
    }

    /// The same rows with milestones of this table of live, by which any row is near.
    #[must_use]
    pub fn by(mut self, known: Option<&'a SparseIndex>) -> Self {
        if let RowsSource::Live { milestones, .. } = &mut self.source {
            *milestones = known;
        }
        self
    }

    /// The table's shape. A snapshot does not tell the key.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// How many rows there are; of live with milestones, how many there were when they were made.
    pub fn count(&self) -> Result<u64> {
        match &self.source {
            RowsSource::Snapshot(contents) => Ok(contents
                .tables()
                .find(|(name, _)| *name == self.table.name)
                .map_or(0, |(_, rows)| rows)),
            RowsSource::Live {
                milestones: Some(milestones),
                ..
            } => Ok(milestones.count()),
            RowsSource::Live { database, .. } => database.count(&self.table.name),
        }
    }

    /// Runs `each` on up to `count` rows from number `first` on, one in memory at a time. Should it
    /// fail in the end, what `each` was given is not to be trusted.
    pub fn window(&self, first: u64, count: u64, each: Each<'_>) -> Result<()> {
        self.at_one_moment(|| self.read(first, count, each))
    }

    /// The nearest row that holds the needle, from row `from` on or, upwards, from the one before it.
    pub fn find(
        &self,
        needle: &TextMatch,
        from: u64,
        way: Way,
        on: OnProgress<'_>,
    ) -> Result<Option<u64>> {
        let total = self.count()?;
        let mut found = None;
        self.at_one_moment(|| match way {
            Way::Down => self.holding(needle, from..u64::MAX, total, on, &mut |row| {
                found = Some(row);
                ControlFlow::Break(())
            }),
            Way::Up => {
                let mut end = from;
                while found.is_none() && end > 0 {
                    let start = self.start_before(end);
                    self.holding(needle, start..end, total, on, &mut |row| {
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

    /// The number of the row in which these columns have these values: `likely`, or whichever it is.
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
        let is_it = |record: &Record| {
            let mut pairs = places.iter().zip(key);
            pairs.all(|(&place, (_, value))| record.values[place].same(value))
        };
        let (total, mut found, mut stopped) = (self.count()?, None, Ok(()));
        self.at_one_moment(|| {
            self.read(likely, 1, &mut |row, record| {
                found = is_it(&record).then_some(row);
                ControlFlow::Break(())
            })?;
            if found.is_some() {
                return Ok(());
            }
            self.read(0, u64::MAX, &mut |row, record| {
                found = is_it(&record).then_some(row);
                stopped = report(on, Stage::Finding, row, total);
                if found.is_some() || stopped.is_err() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        })?;
        stopped.map(|()| found)
    }

    /// Runs `found` on the number of every row that holds the needle.
    pub fn filter(
        &self,
        needle: &TextMatch,
        on: OnProgress<'_>,
        found: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        let total = self.count()?;
        self.at_one_moment(|| self.holding(needle, 0..u64::MAX, total, on, found))
    }

    /// Runs `found` on the rows of a range that hold the needle.
    fn holding(
        &self,
        needle: &TextMatch,
        range: Range<u64>,
        total: u64,
        on: OnProgress<'_>,
        found: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<()> {
        const REPORT_EVERY: u64 = 64;
        let mut stopped = Ok(());
        let mut can_hold = |row: u64, bytes: Option<&[u8]>| {
            if row.is_multiple_of(REPORT_EVERY) {
                stopped = report(on, Stage::Finding, row, total);
                if stopped.is_err() {
                    return Glance::Stop;
                }
            }
            if bytes.is_none_or(|bytes| needle.can_be_in(bytes)) {
                Glance::Read
            } else {
                Glance::Pass
            }
        };
        let count = range.end - range.start;
        self.glance(
            range.start,
            count,
            &mut can_hold,
            &mut |row, record| match needle.column(&record) {
                Some(_) => found(row),
                None => ControlFlow::Continue(()),
            },
        )?;
        stopped
    }

    fn read(&self, first: u64, count: u64, each: Each<'_>) -> Result<()> {
        self.glance(first, count, &mut |_, _| Glance::Read, each)
    }

    /// Reads rows that are worth it at a glance.
    fn glance(&self, first: u64, count: u64, glance: AtGlance<'_>, each: Each<'_>) -> Result<()> {
        match &self.source {
            RowsSource::Snapshot(contents) => {
                self.glance_at_snapshot(contents, first..first.saturating_add(count), glance, each)
            }
            RowsSource::Live {
                database,
                order,
                milestones,
            } => {
                let (key, before) =
                    milestones.map_or((None, 0), |milestones| milestones.nearest(first));
                let skip = first - before;
                let stretch = Stretch { key, skip, count };
                database.with_stretch(&self.table, order, &stretch, |rows| {
                    let mut number = first;
                    while let Some(record) = rows.next_record()? {
                        let flow = match glance(number, None) {
                            Glance::Read => each(number, record),
                            Glance::Pass => ControlFlow::Continue(()),
                            Glance::Stop => ControlFlow::Break(()),
                        };
                        if flow.is_break() {
                            break;
                        }
                        number += 1;
                    }
                    Ok(())
                })
            }
        }
    }

    fn glance_at_snapshot(
        &self,
        contents: &Contents,
        range: Range<u64>,
        glance: AtGlance<'_>,
        each: Each<'_>,
    ) -> Result<()> {
        let Table { name, columns, .. } = &self.table;
        let found = contents.reader_before(name, range.start, columns);
        let Some((mut number, mut reader)) = found else {
            return Ok(());
        };
        while number < range.end && reader.advance()? {
            if number >= range.start {
                let flow = match glance(number, Some(reader.bytes()?)) {
                    Glance::Read => each(
                        number,
                        Record {
                            values: reader.values()?,
                        },
                    ),
                    Glance::Pass => ControlFlow::Continue(()),
                    Glance::Stop => ControlFlow::Break(()),
                };
                if flow.is_break() {
                    break;
                }
            }
            number += 1;
        }
        Ok(())
    }

    /// A row some way before another, from which reading begins without delay.
    fn start_before(&self, row: u64) -> u64 {
        const WAY: u64 = 1024;
        let row = row.saturating_sub(WAY);
        match &self.source {
            RowsSource::Snapshot(contents) => contents
                .reader_before(&self.table.name, row, &self.table.columns)
                .map_or(0, |(start, _)| start),
            RowsSource::Live { milestones, .. } => {
                milestones.map_or(0, |milestones| milestones.nearest(row).1)
            }
        }
    }

    fn at_one_moment(&self, read: impl FnOnce() -> Result<()>) -> Result<()> {
        match &self.source {
            RowsSource::Live { database, .. } => database.reading(read),
            // What was read of a file that changes meanwhile may be nonsense, and so may an error be.
            RowsSource::Snapshot(contents) => {
                contents.unchanged()?;
                let result = read();
                contents.unchanged().and(result)
            }
        }
    }
}

/// The name of a table as the side has it.
fn present<'n>(table: &str, names: impl Iterator<Item = &'n str>) -> Result<String> {
    let names: Vec<&str> = names.collect();
    let known = names.iter().find(|name| name.eq_ignore_ascii_case(table));
    let known = known.map(|name| (*name).to_owned());
    known.ok_or_else(|| no_such_table(table, "", &names))
}
