//! Progress and cancellation of long operations: a callback that receives progress and decides
//! whether to continue, and a token that also cancels work that reports no progress.

use std::{
    fmt,
    ops::ControlFlow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::core::base::error::{Error, Result};

/// The current step of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Finding the tables of a snapshot's file.
    Reading,
    /// Decoding every row of a snapshot.
    Checking,
    /// Reading a snapshot for its checksum.
    Summing,
    /// Counting the rows of a table.
    Counting,
    /// Searching rows for a text.
    Finding,
    /// Comparing two sides.
    Comparing,
    /// Copying the database.
    Copying,
    /// Writing the safety snapshot.
    SafetySnapshot,
    /// Writing a snapshot.
    Writing,
    /// Writing rows into another file.
    Exporting,
    /// Waiting for another process to finish writing; `done` and `total` are milliseconds.
    Waiting,
    /// Changing the rows of live.
    Applying,
    /// Proving that live equals the snapshot.
    Proving,
    /// Writing the checkpoint.
    Checkpoint,
    /// Adding a snapshot to the archive.
    Archiving,
    /// Reading a snapshot from the archive.
    Unpacking,
    /// Opening the archive.
    Opening,
    /// Listing what the archive holds.
    Listing,
    /// Checking the archive.
    Verifying,
    /// Deleting snapshots.
    Deleting,
    /// Searching snapshots and live.
    Searching,
    /// Waiting for the replay command, whose progress is unknown.
    Replaying,
}

/// The progress of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The current step.
    pub stage: Stage,
    /// The finished part of it: bytes; rows where a table is counted, searched or exported; files
    /// while deleting.
    pub done: u64,
    /// The whole of it, in the same unit; an estimate where the size of the result is unknown, so
    /// `done` may exceed it.
    pub total: u64,
}

/// A callback that receives progress and returns whether to continue.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Reports progress; returns [`Error::Cancelled`] if the callback stops the operation.
pub(crate) fn report(on: OnProgress<'_>, stage: Stage, done: u64, total: u64) -> Result<()> {
    match on(Progress { stage, done, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

/// Cancels an operation even while it reports no progress, as when SQLite sorts or counts. Every
/// clone cancels the same operation.
#[derive(Clone, Default)]
pub struct CancellationToken(Arc<State>);

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    callbacks: Mutex<Callbacks>,
}

/// The callbacks to run on cancellation.
enum Callbacks {
    Some(Vec<Box<dyn Fn() + Send>>),
    /// The operation is over and can no longer be cancelled.
    Gone,
}

impl CancellationToken {
    /// Cancels the operation.
    pub fn cancel(&self) {
        let callbacks = self.0.callbacks.lock();
        if let Callbacks::Some(callbacks) = &*callbacks.unwrap_or_else(PoisonError::into_inner) {
            self.0.cancelled.store(true, Ordering::Relaxed);
            for callback in callbacks {
                callback();
            }
        }
    }

    /// Returns whether the operation was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// Makes later calls of [`Self::cancel`] have no effect: the operation is over, and its connection
    /// may serve another.
    pub fn retire(&self) {
        let callbacks = self.0.callbacks.lock();
        *callbacks.unwrap_or_else(PoisonError::into_inner) = Callbacks::Gone;
    }

    /// Runs `callback` on cancellation.
    pub(crate) fn on_cancel(&self, callback: impl Fn() + Send + 'static) {
        let callbacks = self.0.callbacks.lock();
        if let Callbacks::Some(callbacks) = &mut *callbacks.unwrap_or_else(PoisonError::into_inner)
        {
            callbacks.push(Box::new(callback));
        }
    }

    /// Returns [`Error::Cancelled`] if the operation was cancelled.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}

impl Default for Callbacks {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancellationToken")
            .field(&self.is_cancelled())
            .finish()
    }
}

/// Always continues, for callers that neither show progress nor cancel.
pub fn unattended(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Limits how often row-by-row work reports progress: often enough to stop at once, seldom enough
/// to cost nothing, whether rows are many and small or few and large.
pub(crate) struct Throttle<'t> {
    report: &'t mut dyn FnMut(u64) -> Result<()>,
    rows: u32,
    reported: u64,
}

impl<'t> Throttle<'t> {
    const ROWS: u32 = 1024;
    const BYTES: u64 = 1024 * 1024;

    /// Creates a throttle for `report`, which receives bytes.
    pub(crate) fn new(report: &'t mut dyn FnMut(u64) -> Result<()>) -> Self {
        let (rows, reported) = (0, 0);
        Self {
            report,
            rows,
            reported,
        }
    }

    /// Counts one more finished row; `bytes` is the total so far.
    pub(crate) fn row(&mut self, bytes: u64) -> Result<()> {
        self.rows += 1;
        if self.rows < Self::ROWS && bytes.abs_diff(self.reported) < Self::BYTES {
            return Ok(());
        }
        (self.rows, self.reported) = (0, bytes);
        (self.report)(bytes)
    }
}
