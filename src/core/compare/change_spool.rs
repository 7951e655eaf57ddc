//! Keeps changes for later without holding all in memory: beyond one megabyte they go to an
//! unnamed temporary file, with marks to find any change quickly.

mod packed;

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    ops::ControlFlow,
    sync::Arc,
};

use tempfile::{SpooledData, SpooledTempFile};

use crate::core::{
    base::{
        error::{Error, Result},
        row::{Row, Table, ValueRef},
    },
    compare::cursor::RowCursor,
    file::json::Section,
};

/// The most bytes of changes kept in memory.
const IN_MEMORY: usize = 1024 * 1024;
/// Bytes collected before a write.
const BUFFER: usize = 64 * 1024;

/// The change of one row, from one side to the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Only the `to` side has the row.
    Added(Row),
    /// Only the `from` side has the row.
    Removed(Row),
    /// Both sides have it, with different values.
    Changed {
        /// The row on the `from` side.
        from: Row,
        /// The row on the `to` side.
        to: Row,
    },
}

impl Change {
    /// Returns the row on the `to` side, or that of the `from` side if the `to` side lacks it.
    pub fn newest(&self) -> &Row {
        match self {
            Self::Added(row) | Self::Removed(row) | Self::Changed { to: row, .. } => row,
        }
    }
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Only the `to` side has the row.
    Added,
    /// Both sides have it, with different values.
    Changed,
    /// Only the `from` side has the row.
    Removed,
}

impl ChangeKind {
    /// Returns the kind of a change by whether the `from` side and the `to` side have the row.
    fn of(has_row: [bool; 2]) -> Self {
        match has_row {
            [false, _] => Self::Added,
            [true, true] => Self::Changed,
            [true, false] => Self::Removed,
        }
    }
}

/// Collects the changes of one table.
pub(crate) struct ChangeSpool {
    /// How many values a row has.
    width: usize,
    /// `None` if changes are only counted.
    file: Option<BufWriter<SpooledTempFile>>,
    marks: Vec<SpoolMark>,
    end: SpoolMark,
}

/// A position between two changes.
#[derive(Clone, Copy, Debug, Default)]
struct SpoolMark {
    offset: u64,
    /// The number of changes of each kind before it.
    before: [u64; 3],
}

impl SpoolMark {
    /// A mark is set after this many changes or bytes.
    const CHANGES: u64 = 64;
    const BYTES: u64 = 64 * 1024;

    fn count(&self, kind: Option<ChangeKind>) -> u64 {
        kind.map_or_else(
            || self.before.iter().sum(),
            |kind| self.before[kind as usize],
        )
    }
}

impl ChangeSpool {
    pub(crate) fn new(table: &Table) -> Self {
        Self {
            width: table.columns.len(),
            file: Some(BufWriter::with_capacity(
                BUFFER,
                SpooledTempFile::new(IN_MEMORY),
            )),
            marks: vec![SpoolMark::default()],
            end: SpoolMark::default(),
        }
    }

    /// Only counts the changes.
    pub(crate) fn counting(table: &Table) -> Self {
        Self {
            file: None,
            ..Self::new(table)
        }
    }

    pub(crate) fn push(&mut self, change: &Change) -> Result<()> {
        let rows = match change {
            Change::Added(to) => [None, Some(to)],
            Change::Removed(from) => [Some(from), None],
            Change::Changed { from, to } => [Some(from), Some(to)],
        };
        self.write(rows, Row::value_ref)
    }

    /// Adds the change from one cursor's row to another's; `None` stands for a side without the row.
    pub(crate) fn push_rows(
        &mut self,
        mut from: Option<&mut RowCursor<'_>>,
        mut to: Option<&mut RowCursor<'_>>,
    ) -> Result<()> {
        if self.file.is_some() {
            from.as_mut().map_or(Ok(()), |from| from.load())?;
            to.as_mut().map_or(Ok(()), |to| to.load())?;
        }
        let rows = [from.map(|from| &*from), to.map(|to| &*to)];
        self.write(rows, RowCursor::value_ref)
    }

    /// Writes the lengths of both sides' rows and 1, or 0 for a row that a side lacks, then the rows.
    fn write<R>(
        &mut self,
        rows: [Option<&R>; 2],
        value_ref: impl for<'r> Fn(&'r R, usize) -> ValueRef<'r>,
    ) -> Result<()> {
        let last = self.marks[self.marks.len() - 1];
        let is_far = self.end.count(None) - last.count(None) >= SpoolMark::CHANGES
            || self.end.offset - last.offset >= SpoolMark::BYTES;
        if is_far && self.file.is_some() {
            self.marks.push(self.end);
        }
        let kind = ChangeKind::of(rows.map(|row| row.is_some()));
        self.end.before[kind as usize] += 1;
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let columns = 0..self.width;
        let length = |row: &R| {
            let lengths = columns
                .clone()
                .map(|column| packed::length(value_ref(row, column)));
            lengths.sum::<u64>()
        };
        for row in rows {
            let length = row.map_or(0, |row| length(row) + 1);
            file.write_all(&length.to_le_bytes()).map_err(failed)?;
            self.end.offset += size_of_val(&length) as u64 + length.saturating_sub(1);
        }
        for row in rows.into_iter().flatten() {
            for column in columns.clone() {
                packed::write(file, value_ref(row, column)).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Returns the collected changes.
    pub(crate) fn finish(self) -> Result<Changes> {
        let file = self.file.map(BufWriter::into_inner).transpose();
        let file = file.map_err(|error| failed(error.into_error()))?;
        let kept = match file.map(SpooledTempFile::into_inner) {
            None => StoredChanges::Counted,
            Some(SpooledData::InMemory(bytes)) => StoredChanges::InMemory(bytes.into_inner()),
            Some(SpooledData::OnDisk(file)) => StoredChanges::OnDisk(Arc::new(file)),
        };
        Ok(Changes {
            kept: Arc::new(kept),
            marks: self.marks.into(),
            end: self.end,
        })
    }
}

/// The changes of one table, in the order in which they were found. A clone shares them.
#[derive(Clone)]
pub(crate) struct Changes {
    kept: Arc<StoredChanges>,
    marks: Arc<[SpoolMark]>,
    end: SpoolMark,
}

enum StoredChanges {
    Counted,
    InMemory(Vec<u8>),
    OnDisk(Arc<File>),
}

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changes")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Changes {
    /// Returns the number of changes, of one kind or of all.
    pub(crate) fn count(&self, kind: Option<ChangeKind>) -> u64 {
        self.end.count(kind)
    }

    /// Calls `each` for every change.
    pub(crate) fn for_each(&self, mut each: impl FnMut(Change) -> Result<()>) -> Result<()> {
        self.each_from(None, 0, |_, change| each(change).map(ControlFlow::Continue))
    }

    /// Calls `each` for the changes of one kind, or for all, starting at index `from`, with the
    /// index of each, until it breaks.
    pub(crate) fn each_from(
        &self,
        kind: Option<ChangeKind>,
        from: u64,
        mut each: impl FnMut(u64, Change) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut reader = self.reader(SpoolMark::default());
        let mut before = 0;
        for place in from..self.count(kind) {
            let next = self.marks.partition_point(|mark| mark.count(kind) <= place);
            let mark = self.marks[next - 1];
            if mark.offset > reader.offset {
                reader = self.reader(mark);
                before = mark.count(kind);
            }
            loop {
                let lengths = reader.lengths()?;
                let found = ChangeKind::of(lengths.map(|length| length > 0));
                if kind.is_some_and(|kind| kind != found) {
                    reader.skip(lengths)?;
                } else if before < place {
                    reader.skip(lengths)?;
                    before += 1;
                } else {
                    let change = reader.change(lengths)?;
                    before += 1;
                    if each(place, change)?.is_break() {
                        return Ok(());
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    fn reader(&self, mark: SpoolMark) -> SpoolCursor<'_> {
        let input: Box<dyn Read> = match &*self.kept {
            StoredChanges::Counted => unreachable!("changes that are only counted are not read"),
            StoredChanges::InMemory(bytes) => {
                let offset = usize::try_from(mark.offset).unwrap_or(usize::MAX);
                Box::new(bytes.get(offset..).unwrap_or_default())
            }
            StoredChanges::OnDisk(file) => Box::new(BufReader::new(Section::new(
                Arc::clone(file),
                mark.offset,
                self.end.offset,
            ))),
        };
        SpoolCursor {
            input,
            row: Vec::new(),
            offset: mark.offset,
        }
    }
}

/// A position among the changes.
struct SpoolCursor<'c> {
    input: Box<dyn Read + 'c>,
    /// The bytes of the last row that is shorter than [`BUFFER`].
    row: Vec<u8>,
    offset: u64,
}

impl SpoolCursor<'_> {
    /// Reads the lengths of the next change's rows, as they are written.
    fn lengths(&mut self) -> Result<[u64; 2]> {
        let mut lengths = [[0; 8]; 2];
        for length in &mut lengths {
            self.input.read_exact(length).map_err(failed)?;
            self.offset += length.len() as u64;
        }
        Ok(lengths.map(u64::from_le_bytes))
    }

    /// Skips the change whose lengths were read.
    fn skip(&mut self, [from, to]: [u64; 2]) -> Result<()> {
        let bytes = from.saturating_sub(1) + to.saturating_sub(1);
        let mut rows = self.input.by_ref().take(bytes);
        self.offset += io::copy(&mut rows, &mut io::sink()).map_err(failed)?;
        Ok(())
    }

    /// Reads the change whose lengths were read.
    fn change(&mut self, [from, to]: [u64; 2]) -> Result<Change> {
        Ok(match (self.row(from)?, self.row(to)?) {
            (Some(from), Some(to)) => Change::Changed { from, to },
            (Some(from), None) => Change::Removed(from),
            (None, to) => Change::Added(to.unwrap_or_default()),
        })
    }

    fn row(&mut self, length: u64) -> Result<Option<Row>> {
        let Some(length) = length.checked_sub(1) else {
            return Ok(None);
        };
        self.offset += length;
        let mut values = Vec::new();
        if let Some(short) = usize::try_from(length).ok().filter(|row| *row <= BUFFER) {
            // One read for the whole row, not two or three for each value.
            self.row.resize(short, 0);
            self.input.read_exact(&mut self.row).map_err(failed)?;
            let mut row = &self.row[..];
            while !row.is_empty() {
                values.push(packed::read(&mut row).map_err(failed)?);
            }
        } else {
            let mut row = self.input.by_ref().take(length);
            while row.limit() > 0 {
                values.push(packed::read(&mut row).map_err(failed)?);
            }
        }
        Ok(Some(Row { values }))
    }
}

fn failed(error: io::Error) -> Error {
    Error::io("write", "a temporary file")(error)
}
