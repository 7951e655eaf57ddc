//! Reads rows of live ahead: one thread steps SQLite, another encodes the rows and works with them.
//! A small table takes one thread only.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use super::{Database, LiveRows, Select};
use crate::core::{
    base::{
        error::{Error, Result},
        row::{Table, ValueBuffer, ValueRef},
        worker::{join, spawn},
    },
    file::json::RowEncoder,
};

/// A batch ends after this many bytes of rows.
const BYTES: usize = 256 * 1024;
/// A batch ends after this many values.
const VALUES: usize = 4 * 1024;
/// How many batches exist; this bounds memory.
const BATCHES: usize = 4;

/// A callback that receives the number of finished bytes and may cancel.
pub(crate) type OnBytes<'t> = &'t mut dyn FnMut(u64) -> Result<()>;

impl Database {
    /// Runs `work` with the rows of `select`. Progress that `work` reports arrives at `on_bytes`,
    /// on this thread.
    pub(crate) fn with_prefetched_rows<T: Send>(
        &self,
        select: Select<'_>,
        on_bytes: OnBytes<'_>,
        work: impl FnOnce(PrefetchedRows<'_>, OnBytes<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        let table = select.table;
        self.with_rows(select, |mut rows| {
            let mut first = Batch::default();
            first.fill(&mut rows)?;
            let (full, batches) = channel();
            if first.is_last {
                return work(PrefetchedRows::new(table, first, batches, None), on_bytes);
            }
            let (sender, receiver) = channel();
            for _ in 1..BATCHES {
                sender
                    .send(FromReader::Empty(Batch::default()))
                    .expect("the receiver lives below");
            }
            thread::scope(|scope| {
                let worker = spawn(scope, move || {
                    let progress = sender.clone();
                    let mut on_bytes = |bytes| {
                        progress
                            .send(FromReader::Done(bytes))
                            .map_err(|_| Error::Cancelled)
                    };
                    let rows = PrefetchedRows::new(table, first, batches, Some(sender));
                    work(rows, &mut on_bytes)
                })?;
                let read = read(&mut rows, &full, &receiver, on_bytes);
                // A worker that still waits for a batch stops.
                drop((full, receiver));
                let worked = join(worker);
                read.and(worked)
            })
        })
    }
}

/// A message from the worker to the reader.
enum FromReader {
    Done(u64),
    Empty(Batch),
}

/// Reads to the last row and until the worker has finished or stopped.
fn read(
    rows: &mut LiveRows<'_>,
    full: &Sender<Batch>,
    receiver: &Receiver<FromReader>,
    on_bytes: OnBytes<'_>,
) -> Result<()> {
    let mut is_read = false;
    for message in receiver {
        match message {
            FromReader::Done(bytes) => on_bytes(bytes)?,
            FromReader::Empty(_) if is_read => {}
            FromReader::Empty(mut batch) => {
                batch.fill(rows)?;
                is_read = batch.is_last;
                if full.send(batch).is_err() {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Rows as SQLite returned them.
#[derive(Default)]
struct Batch {
    value_refs: ValueBuffer,
    /// Whether these are the last rows.
    is_last: bool,
}

impl Batch {
    fn fill(&mut self, rows: &mut LiveRows<'_>) -> Result<()> {
        // Memory of a huge row is released soon.
        self.value_refs.clear(2 * BYTES);
        while self.value_refs.bytes() < BYTES && self.value_refs.len() < VALUES {
            if !rows.advance()? {
                self.is_last = true;
                break;
            }
            (0..rows.width()).for_each(|column| self.value_refs.push(rows.value_ref(column)));
        }
        Ok(())
    }
}

/// A cursor over rows that are read ahead.
pub(crate) struct PrefetchedRows<'t> {
    table: &'t Table,
    encoder: RowEncoder,
    batch: Batch,
    /// The index of the row's first value, and of the next row's.
    at: usize,
    next: usize,
    /// How many bytes the batches before this one have.
    passed: u64,
    batches: Receiver<Batch>,
    /// Where empty batches go back; `None` if the first batch is the only one.
    sender: Option<Sender<FromReader>>,
    encoded: Vec<u8>,
}

impl<'t> PrefetchedRows<'t> {
    fn new(
        table: &'t Table,
        batch: Batch,
        batches: Receiver<Batch>,
        sender: Option<Sender<FromReader>>,
    ) -> Self {
        Self {
            table,
            encoder: RowEncoder::new(&table.columns),
            batch,
            at: 0,
            next: 0,
            passed: 0,
            batches,
            sender,
            encoded: Vec::new(),
        }
    }

    /// Moves to the next row; returns false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.encoded.clear();
        while self.next == self.batch.value_refs.len() {
            if self.batch.is_last {
                return Ok(false);
            }
            self.turn()?;
        }
        self.at = self.next;
        self.next += self.table.columns.len().max(1);
        Ok(true)
    }

    /// Returns about how many bytes of values were read.
    pub(crate) fn passed(&self) -> u64 {
        self.passed
    }

    /// Returns a value of the row.
    pub(crate) fn value_ref(&self, column: usize) -> ValueRef<'_> {
        self.batch.value_refs.get(self.at + column)
    }

    /// Returns the row as a snapshot stores it.
    pub(crate) fn encoded(&mut self) -> &[u8] {
        if self.encoded.is_empty() {
            let mut encoded = std::mem::take(&mut self.encoded);
            self.encode(&mut encoded);
            self.encoded = encoded;
        }
        &self.encoded
    }

    /// Appends the next row as a snapshot stores it; returns false at the end.
    pub(crate) fn encode_next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let more = self.advance()?;
        if more {
            self.encode(out);
        }
        Ok(more)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        self.encoder.encode(out, |column| self.value_ref(column));
    }

    /// Moves to the next batch.
    fn turn(&mut self) -> Result<()> {
        let batch = self.batches.recv().map_err(|_| Error::Cancelled)?;
        self.passed += self.batch.value_refs.bytes() as u64;
        let empty = std::mem::replace(&mut self.batch, batch);
        self.next = 0;
        if let Some(sender) = &self.sender {
            // After the last row the reader no longer needs it.
            let _ = sender.send(FromReader::Empty(empty));
        }
        Ok(())
    }
}
