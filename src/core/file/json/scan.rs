//! Finds a snapshot's tables and counts their rows without decoding any; then reads the rows of one
//! table, one at a time.

use std::{collections::HashMap, ops::Range, path::Path};

use super::{
    decode::{self, RowDecoder},
    parser::Wrong,
    section::Section,
    source::ByteSource,
    table_span::{Index, RowMark, SpanProgress, TableSpan},
};
use crate::core::base::{
    error::Result,
    row::{Value, ValueBuffer, ValueRef},
};

/// An event of a scan.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passing<'a> {
    /// A table begins at this offset.
    Table(&'a str, u64),
    /// The scan reached this offset.
    Offset(u64),
}

/// The position of a row. If a file has a table twice, the rows of each are counted from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowPlace<'a> {
    pub(crate) table: &'a str,
    /// The number of rows of its table before it.
    pub(crate) row: u64,
}

/// A callback for each row: its position, its table's columns and its values, of which long texts
/// are cut.
pub(crate) type EachRow<'e> =
    &'e mut dyn FnMut(RowPlace<'_>, &[String], &ValueBuffer) -> Result<()>;

/// Reads a whole file for its tables and calls `on` along the way. With `each` it decodes every row
/// too.
pub(crate) fn index(
    section: Section,
    path: &Path,
    mut each: Option<EachRow<'_>>,
    mut on: impl FnMut(Passing<'_>) -> Result<()>,
) -> Result<Index> {
    let mut tables: Vec<TableSpan> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let last_event_id = each_table(&mut ByteSource::new(section, path), |source, name| {
        let each = each.as_mut().map(|each| &mut **each as EachRow<'_>);
        let span = span(source, name, each, &mut on)?;
        // As in Python's dict, a repeated key keeps its position and takes the last value.
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

/// Reads a whole file and calls `read` for each table; returns the last event's id.
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
        Some(_) => Err(source.wrong("unexpected data after the snapshot's closing brace")),
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
    // In a row, Python's `true` is 1, as it is for SQLite; an id is never one.
    let value = source.scalar().map(|text| {
        (
            text.starts_with(b"t") || text.starts_with(b"f"),
            decode::scalar(text),
        )
    })?;
    match value {
        (false, Ok(ValueRef::Integer(id))) => Ok(id),
        (_, Err(Wrong { at, what })) if source.offset() > offset => {
            Err(source.wrong_at(offset + at as u64, format!("last_event_id: {what}")))
        }
        _ => Err(source.wrong_at(offset, "last_event_id is not an integer")),
    }
}

/// Reads a table for its position and its number of rows.
pub(super) fn span(
    source: &mut ByteSource<'_>,
    name: String,
    mut each: Option<EachRow<'_>>,
    on: &mut impl FnMut(Passing<'_>) -> Result<()>,
) -> Result<TableSpan> {
    let mut decoder = RowDecoder::checking();
    let mut progress = SpanProgress::begin(source, &name)?;
    on(Passing::Table(&name, source.offset()))?;
    source.take(b'[')?;
    let mut more = !source.take_if(b']')?;
    while more {
        source.enter_row()?;
        if each.is_none() {
            source.skip_rows_within(source.rest().len());
        }
        progress.mark(source);
        match &mut each {
            None => source.skip_row()?,
            Some(each) => {
                source.decode_row(&mut decoder)?;
                let place = RowPlace {
                    table: &name,
                    row: source.rows() - 1,
                };
                each(place, decoder.columns(), decoder.value_refs())?;
            }
        }
        if let Some(offset) = progress.due(source) {
            on(Passing::Offset(offset))?;
        }
        more = source.take_if(b',')?;
        if !more {
            source.take(b']')?;
        }
    }
    let span = progress.end(source, name);
    on(Passing::Offset(span.bytes.end))?;
    Ok(span)
}

/// Reads the rows of one table of a snapshot, in the file's order.
pub(crate) struct TableReader<'p> {
    source: ByteSource<'p>,
    /// The offset in the file at which it began.
    start: u64,
    decoder: RowDecoder,
    place: ScanState,
}

/// The position of a reader.
enum ScanState {
    BeforeTable,
    /// At the opening brace of a row, after a seek.
    AtMark,
    /// At a row that is not read yet.
    Before,
    /// After a row, which is this range of the buffer.
    Row(Range<usize>),
    /// After a row in this range, which is decoded.
    Decoded(Range<usize>),
    /// After a row that was skipped unread.
    Behind,
    AfterTable,
}

impl<'p> TableReader<'p> {
    /// Creates a reader before the first row of the table in `section`.
    pub(crate) fn new(section: Section, path: &'p Path, table: &str) -> Self {
        let mut source = ByteSource::new(section, path);
        source.enter_table(table);
        Self {
            start: source.offset(),
            source,
            decoder: RowDecoder::default(),
            place: ScanState::BeforeTable,
        }
    }

    /// Creates a reader before the row at `mark`; `section` holds the table from there on. The rows
    /// have these columns.
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

    /// Moves to the next row; returns false at the end.
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
            ScanState::Row(_) | ScanState::Decoded(_) | ScanState::Behind => self.next()?,
        };
        self.place = if more {
            ScanState::Before
        } else {
            ScanState::AfterTable
        };
        if more {
            self.source.enter_row()?;
            // Every row must have the first row's columns, even if it is only compared byte for
            // byte.
            if self.decoder.columns().is_empty() {
                self.decode()?;
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

    /// Returns whether the row equals `encoded`, byte for byte. If it does, the row is consumed,
    /// and only [`Self::advance`] may follow.
    pub(crate) fn is(&mut self, encoded: &[u8]) -> Result<bool> {
        if let ScanState::Row(range) | ScanState::Decoded(range) = &self.place {
            return Ok(self.source.bytes(range) == encoded);
        }
        let same = self.source.row_if(encoded)?;
        if same {
            self.place = ScanState::Behind;
        }
        Ok(same)
    }

    /// Returns the row's bytes.
    pub(crate) fn bytes(&mut self) -> Result<&[u8]> {
        if let ScanState::Before = self.place {
            self.place = ScanState::Row(self.source.row()?);
        }
        let (ScanState::Row(range) | ScanState::Decoded(range)) = &self.place else {
            unreachable!("the reader is at a row");
        };
        Ok(self.source.bytes(range))
    }

    /// Decodes the row, so that [`Self::value_ref`] may follow.
    pub(crate) fn decode(&mut self) -> Result<()> {
        let range = match &self.place {
            ScanState::Decoded(_) => return Ok(()),
            ScanState::Row(range) => {
                self.source.decode_at(range, &mut self.decoder)?;
                range.clone()
            }
            _ => self.source.decode_row(&mut self.decoder)?,
        };
        self.place = ScanState::Decoded(range);
        Ok(())
    }

    /// Returns copies of the row's values.
    pub(crate) fn values(&mut self) -> Result<Vec<Value>> {
        self.decode()
            .map(|()| self.decoder.value_refs().to_values())
    }

    /// Returns a value of the decoded row.
    pub(crate) fn value_ref(&self, index: usize) -> ValueRef<'_> {
        self.decoder.value_refs().get(index)
    }

    /// Returns how many bytes were read since the start.
    pub(crate) fn passed(&self) -> u64 {
        self.source.offset() - self.start
    }

    /// Returns the columns of the rows decoded so far.
    pub(crate) fn columns(&self) -> &[String] {
        self.decoder.columns()
    }
}
