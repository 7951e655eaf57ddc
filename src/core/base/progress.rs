//! Progress and cancellation of long operations: one callback that is told how far the work is and
//! answers whether to go on, and a word to those that are where they tell of nothing.

use std::{
    fmt,
    ops::ControlFlow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::core::base::error::{Error, Result};

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
    /// Writing the safety snapshot.
    SafetySnapshot,
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

/// Has an operation stop also while it tells of no progress, as when a database sorts or counts.
/// Whoever has a clone of it may ask.
#[derive(Clone, Default)]
pub struct CancellationToken(Arc<Stopping>);

#[derive(Default)]
struct Stopping {
    asked: AtomicBool,
    hearers: Mutex<Hearers>,
}

/// What is to be called when somebody asks.
enum Hearers {
    Some(Vec<Box<dyn Fn() + Send>>),
    /// Nobody can ask any more.
    Gone,
}

impl CancellationToken {
    /// Asks the operation to stop.
    pub fn ask(&self) {
        let hearers = self.0.hearers.lock();
        if let Hearers::Some(hearers) = &*hearers.unwrap_or_else(PoisonError::into_inner) {
            self.0.asked.store(true, Ordering::Relaxed);
            for hear in hearers {
                hear();
            }
        }
    }

    /// Whether the operation is to stop.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::Relaxed)
    }

    /// Asking has no effect any more: the operation is over, and what it opened serves another.
    pub fn retire(&self) {
        let hearers = self.0.hearers.lock();
        *hearers.unwrap_or_else(PoisonError::into_inner) = Hearers::Gone;
    }

    /// Calls `hear` when somebody asks.
    pub(crate) fn tell(&self, hear: impl Fn() + Send + 'static) {
        let hearers = self.0.hearers.lock();
        if let Hearers::Some(hearers) = &mut *hearers.unwrap_or_else(PoisonError::into_inner) {
            hearers.push(Box::new(hear));
        }
    }

    /// Fails if the operation is to stop.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_asked() {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}

impl Default for Hearers {
    fn default() -> Self {
        Self::Some(Vec::new())
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stop").field(&self.is_asked()).finish()
    }
}

/// Goes on whatever happens, for callers that neither show nor cancel.
pub fn unattended(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Tells of work by rows often enough to be stopped at once, and not so often that it costs: rows are
/// many and small, or few and large.
pub(crate) struct Throttle<'t> {
    tell: &'t mut dyn FnMut(u64) -> Result<()>,
    rows: u32,
    told: u64,
}

impl<'t> Throttle<'t> {
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
