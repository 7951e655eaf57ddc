//! Progress and cancellation of long operations: one callback that is told how far the work is and
//! answers whether to go on.

use std::ops::ControlFlow;

use super::error::{Error, Result};

/// What an operation is doing at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Finding the tables of a snapshot's file.
    Reading,
    /// Decoding every row of a snapshot.
    Checking,
    /// Reading a snapshot for its checksum.
    Summing,
    /// Counting the rows of a table.
    Counting,
    /// Looking for a text in rows.
    Finding,
    /// Comparing two sides.
    Comparing,
    /// Copying the database.
    Copying,
    /// Writing the guard.
    Guard,
    /// Writing a snapshot.
    Writing,
    /// Writing rows into another file.
    Exporting,
    /// Waiting until another process has written; told in milliseconds.
    Waiting,
    /// Changing the rows of live.
    Applying,
    /// Proving that live equals the snapshot.
    Proving,
    /// Writing the checkpoint.
    Checkpoint,
    /// Deleting snapshots.
    Deleting,
    /// Searching snapshots and live.
    Searching,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of it is done: bytes, rows where a table is counted, searched or exported, or files
    /// while deleting.
    pub done: u64,
    /// How much there is, in the same unit; an estimate where the size of the result is not known
    /// beforehand, and then `done` may pass it.
    pub total: u64,
}

/// Is told of progress, and answers whether the operation goes on.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Tells of progress; an operation that is to stop gets [`Error::Cancelled`].
pub(crate) fn tell(on: OnProgress<'_>, stage: Stage, done: u64, total: u64) -> Result<()> {
    match on(Progress { stage, done, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

/// Goes on whatever happens, for callers that neither show nor cancel.
pub fn unattended(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Tells of work by rows often enough to be stopped at once, and not so often that it costs: rows are
/// many and small, or few and large.
pub(crate) struct Pulse<'t> {
    tell: &'t mut dyn FnMut(u64) -> Result<()>,
    rows: u32,
    told: u64,
}

impl<'t> Pulse<'t> {
    const ROWS: u32 = 1024;
    const BYTES: u64 = 1024 * 1024;

    /// Tells by `tell`, which is given bytes.
    pub(crate) fn new(tell: &'t mut dyn FnMut(u64) -> Result<()>) -> Self {
        let (rows, told) = (0, 0);
        Self { tell, rows, told }
    }

    /// One more row is done, and so many bytes in all.
    pub(crate) fn row(&mut self, bytes: u64) -> Result<()> {
        self.rows += 1;
        if self.rows < Self::ROWS && bytes.abs_diff(self.told) < Self::BYTES {
            return Ok(());
        }
        (self.rows, self.told) = (0, bytes);
        (self.tell)(bytes)
    }
}
