//! Changes kept for later without holding them in memory: a megabyte of them there, the rest in a
//! nameless temporary file.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use tempfile::SpooledTempFile;

use super::{
    error::{Error, Result},
    json::{RowDecoder, RowEncoder},
    record::{Record, Table},
};

/// Bytes of changes that stay in memory.
const IN_MEMORY: usize = 1024 * 1024;

/// What differs in one row, from one side to the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Only the other side has it.
    Added(Record),
    /// Only the one side has it.
    Removed(Record),
    /// Both have it, with different values.
    Changed {
        /// As the one side has it.
        from: Record,
        /// As the other side has it.
        to: Record,
    },
}

/// Changes of one table, in the order in which they were pushed.
pub(crate) struct Spool {
    table: Table,
    encoder: RowEncoder,
    file: SpooledTempFile,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool")
            .field("table", &self.table.name)
            .finish_non_exhaustive()
    }
}

impl Spool {
    pub(crate) fn new(table: &Table) -> Self {
        let encoder = RowEncoder::new(&table.columns);
        Self {
            table: table.clone(),
            encoder,
            file: SpooledTempFile::new(IN_MEMORY),
            buffer: Vec::new(),
        }
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
        self.file.write_all(&self.buffer).map_err(failed)
    }

    /// A tag, the length, the row.
    fn encode(&mut self, tag: u8, record: &Record) {
        let start = self.buffer.len();
        self.buffer.push(tag);
        self.buffer.extend([0; 8]);
        self.encoder.record(&mut self.buffer, record);
        let length = (self.buffer.len() - start - 9) as u64;
        self.buffer[start + 1..start + 9].copy_from_slice(&length.to_le_bytes());
    }

    /// Runs `each` on every change.
    pub(crate) fn for_each(&mut self, mut each: impl FnMut(Change) -> Result<()>) -> Result<()> {
        self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut reader = BufReader::new(&mut self.file);
        let mut decoder = RowDecoder::default();
        while let Some((tag, record)) = next(&mut reader, &mut decoder)? {
            let change = match tag {
                b'+' => Change::Added(record),
                b'-' => Change::Removed(record),
                _ => {
                    let to = next(&mut reader, &mut decoder)?
                        .ok_or_else(|| failed(io::ErrorKind::UnexpectedEof.into()))?;
                    Change::Changed {
                        from: record,
                        to: to.1,
                    }
                }
            };
            each(change)?;
        }
        Ok(())
    }
}

fn next(reader: &mut impl Read, decoder: &mut RowDecoder) -> Result<Option<(u8, Record)>> {
    let mut head = [0; 9];
    match reader.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result.map_err(failed)?,
    }
    let length = u64::from_le_bytes(head[1..].try_into().expect("eight bytes"));
    let mut row = Vec::new();
    reader.take(length).read_to_end(&mut row).map_err(failed)?;
    let values = decoder
        .decode(&row)
        .map_err(|wrong| failed(io::Error::other(wrong.what)))?;
    Ok(Some((head[0], Record { values })))
}

fn failed(error: io::Error) -> Error {
    Error::io("write", "a temporary file")(error)
}
