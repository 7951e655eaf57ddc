//! Keeps changes for later without holding all in memory: one megabyte stays there, the rest goes
//! to an unnamed temporary file, with marks to find any change quickly.

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
        record::{Record, Table},
    },
    file::json::{RowDecoder, RowEncoder, Section},
};

/// Bytes of changes kept in memory.
const IN_MEMORY: usize = 1024 * 1024;
/// Bytes collected before a write.
const BUFFER: usize = 64 * 1024;

/// The change of one row, from one side to the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Only the `to` side has the row.
    Added(Record),
    /// Only the `from` side has the row.
    Removed(Record),
    /// Both sides have it, with different values.
    Changed {
        /// The row on the `from` side.
        from: Record,
        /// The row on the `to` side.
        to: Record,
    },
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
    fn of(tag: u8) -> Self {
        match tag {
            b'+' => Self::Added,
            b'-' => Self::Removed,
            _ => Self::Changed,
        }
    }
}

/// Collects the changes of one table.
pub(crate) struct ChangeSpool {
    encoder: RowEncoder,
    file: BufWriter<SpooledTempFile>,
    buffer: Vec<u8>,
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
            encoder: RowEncoder::new(&table.columns),
            file: BufWriter::with_capacity(BUFFER, SpooledTempFile::new(IN_MEMORY)),
            buffer: Vec::new(),
            marks: vec![SpoolMark::default()],
            end: SpoolMark::default(),
        }
    }

    /// Starts with a copy of these changes.
    pub(crate) fn continuing(table: &Table, changes: &Changes) -> Result<Self> {
        let mut spool = Self::new(table);
        let mut known = changes.reader(SpoolMark::default()).input;
        io::copy(&mut known, &mut spool.file).map_err(failed)?;
        spool.marks = changes.marks.to_vec();
        spool.end = changes.end;
        Ok(spool)
    }

    pub(crate) fn push(&mut self, change: &Change) -> Result<()> {
        self.buffer.clear();
        match change {
            Change::Added(record) => self.encode(b'+', record),
            Change::Removed(record) => self.encode(b'-', record),
            Change::Changed { from, to } => {
                self.encode(b'<', from);
                self.encode(b'>', to);
            }
        }
        self.file.write_all(&self.buffer).map_err(failed)?;
        let last = self.marks[self.marks.len() - 1];
        if self.end.count(None) - last.count(None) >= SpoolMark::CHANGES
            || self.end.offset - last.offset >= SpoolMark::BYTES
        {
            self.marks.push(self.end);
        }
        self.end.offset += self.buffer.len() as u64;
        self.end.before[ChangeKind::of(self.buffer[0]) as usize] += 1;
        Ok(())
    }

    /// Writes a tag, the length and the row.
    fn encode(&mut self, tag: u8, record: &Record) {
        let start = self.buffer.len();
        self.buffer.push(tag);
        self.buffer.extend([0; 8]);
        self.encoder.record(&mut self.buffer, record);
        let length = (self.buffer.len() - start - 9) as u64;
        self.buffer[start + 1..start + 9].copy_from_slice(&length.to_le_bytes());
    }

    /// Returns the collected changes.
    pub(crate) fn finish(self) -> Result<Changes> {
        let file = self.file.into_inner();
        let file = file.map_err(|error| failed(error.into_error()))?;
        let kept = match file.into_inner() {
            SpooledData::InMemory(bytes) => StoredChanges::InMemory(bytes.into_inner()),
            SpooledData::OnDisk(file) => StoredChanges::OnDisk(Arc::new(file)),
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
                let (tag, length) = reader.head()?;
                if kind.is_some_and(|kind| kind != ChangeKind::of(tag)) {
                    reader.skip(tag, length)?;
                } else if before < place {
                    reader.skip(tag, length)?;
                    before += 1;
                } else {
                    let change = reader.change(tag, length)?;
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
            offset: mark.offset,
            decoder: RowDecoder::default(),
        }
    }
}

/// A position among the changes.
struct SpoolCursor<'c> {
    input: Box<dyn Read + 'c>,
    offset: u64,
    decoder: RowDecoder,
}

impl SpoolCursor<'_> {
    /// Reads the tag of the next row, and its length.
    fn head(&mut self) -> Result<(u8, u64)> {
        let mut head = [0; 9];
        self.input.read_exact(&mut head).map_err(failed)?;
        self.offset += 9;
        let length = u64::from_le_bytes(head[1..].try_into().expect("eight bytes"));
        Ok((head[0], length))
    }

    /// Skips the change whose head was read.
    fn skip(&mut self, tag: u8, length: u64) -> Result<()> {
        let skipped = io::copy(&mut self.input.by_ref().take(length), &mut io::sink());
        self.offset += skipped.map_err(failed)?;
        if tag == b'<' {
            let (tag, length) = self.head()?;
            self.skip(tag, length)?;
        }
        Ok(())
    }

    /// Reads the change whose head was read.
    fn change(&mut self, tag: u8, length: u64) -> Result<Change> {
        let record = self.record(length)?;
        Ok(match tag {
            b'+' => Change::Added(record),
            b'-' => Change::Removed(record),
            _ => {
                let (_, length) = self.head()?;
                Change::Changed {
                    from: record,
                    to: self.record(length)?,
                }
            }
        })
    }

    fn record(&mut self, length: u64) -> Result<Record> {
        let mut row = Vec::new();
        let input = self.input.by_ref();
        input.take(length).read_to_end(&mut row).map_err(failed)?;
        self.offset += length;
        let values = self.decoder.decode(&row);
        let values = values.map_err(|wrong| failed(io::Error::other(wrong.what)))?;
        Ok(Record { values })
    }
}

fn failed(error: io::Error) -> Error {
    Error::io("write", "a temporary file")(error)
}
