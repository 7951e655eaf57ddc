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
