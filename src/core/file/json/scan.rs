//! Where a snapshot's tables are and how many rows they have, without decoding a row; then the rows
//! of one table, one at a time.

use std::{collections::HashMap, ops::Range, path::Path};

use serde::{Deserialize, Serialize};

use super::{
    decode::{self, RowDecoder, Wrong},
    section::Section,
    source::ByteSource,
};
use crate::core::base::{error::Result, record::Value};

/// How many bytes are read before it is told how far it is.
pub(super) const TELL_EVERY: u64 = 1024 * 1024;

/// What a snapshot holds, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Index {
    pub(crate) last_event_id: i64,
    pub(crate) tables: Vec<TableSpan>,
}

impl Index {
    /// The same with those marks only by which the last rows of each table are near.
    pub(crate) fn outline(&self) -> Self {
        const LAST: u64 = 64;
        let mut outline = self.clone();
        for span in &mut outline.tables {
            let end = span.rows.saturating_sub(LAST);
            let near = span.marks.partition_point(|mark| mark.row <= end);
            span.marks.truncate(near);
            span.marks.drain(..near.saturating_sub(1));
        }
        outline
    }

    /// Whether all of it is in a file of this size.
    pub(crate) fn is_within(&self, size: u64) -> bool {
        self.tables.iter().all(|TableSpan { bytes, marks, .. }| {
            let mut marks = marks.iter();
            bytes.start <= bytes.end
                && bytes.end <= size
                && marks.all(|mark| (bytes.start..bytes.end).contains(&mark.offset))
        })
    }
}

/// One table of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableSpan {
    pub(crate) name: String,
    pub(crate) rows: u64,
    /// The offsets in the file of `[` and of what follows `]`.
    pub(crate) bytes: Range<u64>,
    /// Where some of the rows begin, in order: about one in a quarter of a megabyte.
    pub(crate) marks: Vec<RowMark>,
}

/// Where a row begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowMark {
    /// How many rows of its table stand before it.
    pub(crate) row: u64,
    /// The offset in the file of its brace.
    pub(crate) offset: u64,
}

impl RowMark {
    /// The fewest bytes between two marks. They take an eight-thousandth of the file at most.
    const APART: u64 = 128 * 1024;
}

/// What a scan passes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passing<'a> {
    /// The beginning of a table, at this offset.
    Table(&'a str, u64),
    /// This offset.
    Offset(u64),
}

/// Reads a whole file for its tables. `on` is told what it passes.
pub(crate) fn index(
    section: Section,
    path: &Path,
    mut on: impl FnMut(Passing<'_>) -> Result<()>,
) -> Result<Index> {
    let mut tables: Vec<TableSpan> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let last_event_id = each_table(&mut ByteSource::new(section, path), |source, name| {
        let span = span(source, name, &mut on)?;
        // As in Python's dict, a repeated key keeps its place and takes the last value.
        if let Some(&place) = places.get(&span.name) {
            tables[place] = span;
        } else {
            places.insert(span.name.clone(), tables.len());
            tables.push(span);
        }
        Ok(())
    })?;
    Ok(Index {
        last_event_id,
        tables,
    })
}

/// Reads a whole file, and lets `read` read each table it comes to; the last event's id.
pub(super) fn each_table<'p>(
    source: &mut ByteSource<'p>,
    mut read: impl FnMut(&mut ByteSource<'p>, String) -> Result<()>,
) -> Result<i64> {
    let mut id = 0;
    source.skip_byte_order_mark()?;
    if source.peek()?.is_none() {
        return Err(source.wrong("the file is empty"));
    }
    source.take(b'{')?;
    let mut more = !source.take_if(b'}')?;
    while more {
        let name = name(source)?;
        source.take(b':')?;
        if name == "last_event_id" {
            id = last_event_id(source)?;
        } else {
            read(source, name)?;
        }
        more = source.take_if(b',')?;
        if !more {
            source.take(b'}')?;
        }
    }
    match source.peek()? {
        Some(_) => Err(source.wrong("something stands behind the snapshot's closing brace")),
        None => Ok(id),
    }
}

fn name(source: &mut ByteSource<'_>) -> Result<String> {
    source.peek()?;
    let offset = source.offset();
    let name = source.string().map(decode::string)?;
    name.map_err(|Wrong { at, what }| source.wrong_at(offset + at as u64, what))
}

fn last_event_id(source: &mut ByteSource<'_>) -> Result<i64> {
    source.peek()?;
    let offset = source.offset();
    let value = source.scalar().map(decode::scalar)?;
    match value {
        Ok(Value::Integer(id)) => Ok(id),
        Err(Wrong { at, what }) if source.offset() > offset => {
            Err(source.wrong_at(offset + at as u64, format!("last_event_id: {what}")))
        }
        _ => Err(source.wrong_at(offset, "last_event_id is not an integer")),
    }
}

/// Reads a table for its rows and where it is.
pub(super) fn span(
    source: &mut ByteSource<'_>,
    name: String,
    on: &mut impl FnMut(Passing<'_>) -> Result<()>,
) -> Result<TableSpan> {
    source.enter_table(&name);
    source.peek()?;
    let start = source.offset();
    on(Passing::Table(&name, start))?;
    let (mut told, mut marked, mut marks) = (start, start, Vec::new());
    source.take(b'[')?;
    let mut more = !source.take_if(b']')?;
    while more {
        source.enter_row()?;
        source.skip_rows_within(source.rest().len());
        if source.offset() - marked >= RowMark::APART {
            marked = source.offset();
            marks.push(RowMark {
                row: source.rows() - 1,
                offset: marked,
            });
        }
        source.skip_row()?;
        if source.offset() - told >= TELL_EVERY {
            told = source.offset();
            on(Passing::Offset(told))?;
        }
        more = source.take_if(b',')?;
        if !more {
            source.take(b']')?;
        }
    }
    let span = TableSpan {
        name,
        rows: source.rows(),
        bytes: start..source.offset(),
        marks,
    };
    source.leave_table();
    on(Passing::Offset(span.bytes.end))?;
    Ok(span)
}

/// The rows of one table of a snapshot, in the file's order.
pub(crate) struct TableReader<'p> {
    source: ByteSource<'p>,
    decoder: RowDecoder,
    place: ScanState,
}

/// Where a reader stands.
enum ScanState {
    BeforeTable,
    /// At the first brace, where a row begins.
    AtMark,
    /// At a row that it has not looked at.
    Before,
    /// Behind a row whose bytes these are.
    Row(Range<usize>),
    /// Behind a row that was skipped unread.
    Behind,
    AfterTable,
}

impl<'p> TableReader<'p> {
    /// A reader before the first row of the table that `section` holds.
    pub(crate) fn new(section: Section, path: &'p Path, table: &str) -> Self {
        let mut source = ByteSource::new(section, path);
        source.enter_table(table);
        Self {
            source,
            decoder: RowDecoder::default(),
            place: ScanState::BeforeTable,
        }
    }

    /// A reader before the row at `mark`, from which on `section` holds the table. The rows have
    /// these columns.
    pub(crate) fn at(
        mark: RowMark,
        section: Section,
        path: &'p Path,
        table: &str,
        columns: &[String],
    ) -> Self {
        let mut reader = Self::new(section, path, table);
        reader.source.count_rows(mark.row);
        reader.decoder = RowDecoder::of(columns);
        reader.place = ScanState::AtMark;
        reader
    }

    /// Goes to the next row; whether there is one.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        let more = match self.place {
            ScanState::AfterTable => return Ok(false),
            ScanState::AtMark => true,
            ScanState::BeforeTable => {
                self.source.take(b'[')?;
                !self.source.take_if(b']')?
            }
            ScanState::Before => {
                self.source.skip_row()?;
                self.next()?
            }
            ScanState::Row(_) | ScanState::Behind => self.next()?,
        };
        self.place = if more {
            ScanState::Before
        } else {
            ScanState::AfterTable
        };
        if more {
            self.source.enter_row()?;
            // Every row has the first one's columns, also if that is only compared byte for byte.
            if self.decoder.columns().is_empty() {
                self.values()?;
            }
        }
        Ok(more)
    }

    fn next(&mut self) -> Result<bool> {
        let more = self.source.take_if(b',')?;
        if !more {
            self.source.take(b']')?;
        }
        Ok(more)
    }

    /// Whether the row is `encoded`, byte for byte. When it is, the row is behind and only
    /// [`Self::advance`] may follow.
    pub(crate) fn is(&mut self, encoded: &[u8]) -> Result<bool> {
        if let ScanState::Row(range) = &self.place {
            return Ok(self.source.bytes(range) == encoded);
        }
        let same = self.source.row_if(encoded)?;
        if same {
            self.place = ScanState::Behind;
        }
        Ok(same)
    }

    /// The row's bytes.
    pub(crate) fn bytes(&mut self) -> Result<&[u8]> {
        let range = self.range()?;
        Ok(self.source.bytes(&range))
    }

    /// The row's values, in the order of [`Self::columns`].
    pub(crate) fn values(&mut self) -> Result<Vec<Value>> {
        let range = self.range()?;
        let values = self.decoder.decode(self.source.bytes(&range));
        values.map_err(|Wrong { at, what }| {
            self.source
                .wrong_at(self.source.offset_of(&range) + at as u64, what)
        })
    }

    /// The columns of the rows decoded so far.
    pub(crate) fn columns(&self) -> &[String] {
        self.decoder.columns()
    }

    fn range(&mut self) -> Result<Range<usize>> {
        if let ScanState::Row(range) = &self.place {
            return Ok(range.clone());
        }
        let range = self.source.row()?;
        self.place = ScanState::Row(range.clone());
        Ok(range)
    }
}
