//! Reads several snapshots at once, each on its own thread, and delivers what is found in the
//! snapshots' order.

mod shared;

use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use crate::core::base::{
    error::{Error, Result},
    worker::spawn,
};

pub(super) use shared::{SharedReading, lock};

/// The most threads; each has a buffer.
const MOST: usize = 8;
/// How many snapshots may be read before their turn, and how many batches of items each may buffer.
const AHEAD: usize = 32;
const BATCHES: usize = 4;
/// The most items in a batch.
const BATCH: usize = 512;

/// A message from a thread about one snapshot.
enum WorkerMessage<I> {
    Items(Vec<I>),
    Over(Result<()>),
}

/// The snapshots being read, in order.
pub(super) struct Workers<I> {
    turns: Receiver<Receiver<WorkerMessage<I>>>,
}

/// A callback that receives what is found in a snapshot; it fails when the work is cancelled.
pub(super) type OnItem<'a, I> = &'a mut dyn FnMut(I) -> Result<()>;

/// Runs `read` for each of `count` snapshots on several threads while `gather` receives what is
/// found. When `gather` returns, the threads stop.
pub(super) fn run_parallel<I: Send, T>(
    count: usize,
    stop: &AtomicBool,
    read: impl Fn(usize, OnItem<'_, I>) -> Result<()> + Sync,
    gather: impl FnOnce(&Workers<I>) -> Result<T>,
) -> Result<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (sender, turns) = sync_channel(AHEAD);
    let queue = Mutex::new((0..count, sender));
    thread::scope(|scope| {
        let workers = Workers { turns };
        for worker in 0..threads.min(count).min(MOST) {
            let spawned = spawn(scope, || {
                while let Some((index, sender)) = next(&queue) {
                    let mut batches = Batches::new(sender);
                    let result = read(index, &mut |item| batches.add(item));
                    batches.end(result);
                }
            });
            match spawned {
                Err(error) if worker == 0 => return Err(error),
                // The others do its work.
                Err(_) => break,
                Ok(_) => {}
            }
        }
        let gathered = gather(&workers);
        stop.store(true, Ordering::Relaxed);
        drop(workers);
        gathered
    })
}

type WorkQueue<I> = (
    std::ops::Range<usize>,
    SyncSender<Receiver<WorkerMessage<I>>>,
);

/// Takes the next snapshot from the queue.
fn next<I>(queue: &Mutex<WorkQueue<I>>) -> Option<(usize, SyncSender<WorkerMessage<I>>)> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let (left, turns) = &mut *queue;
    let index = left.next()?;
    let (sender, receiver) = sync_channel(BATCHES);
    turns.send(receiver).ok()?;
    Some((index, sender))
}

/// Sends what is found in one snapshot: the first at once, later ones in growing batches.
struct Batches<I> {
    sender: SyncSender<WorkerMessage<I>>,
    batch: Vec<I>,
    size: usize,
}

impl<I> Batches<I> {
    fn new(sender: SyncSender<WorkerMessage<I>>) -> Self {
        Self {
            sender,
            batch: Vec::new(),
            size: 1,
        }
    }

    fn add(&mut self, item: I) -> Result<()> {
        self.batch.push(item);
        if self.batch.len() < self.size {
            return Ok(());
        }
        self.size = BATCH.min(self.size * 2);
        let batch = std::mem::take(&mut self.batch);
        let sent = self.sender.send(WorkerMessage::Items(batch));
        sent.map_err(|_| Error::Cancelled)
    }

    /// Sends the last items, and how the work ended. This fails only when the work is cancelled.
    fn end(self, result: Result<()>) {
        let _ = self.sender.send(WorkerMessage::Items(self.batch));
        let _ = self.sender.send(WorkerMessage::Over(result));
    }
}

impl<I> Workers<I> {
    /// How often cancellation is checked while nothing is found.
    const PAUSE: Duration = Duration::from_millis(10);

    /// Passes to `on_item` what is found in the next snapshot; returns how reading it ended.
    pub(super) fn next(
        &self,
        on_item: &mut dyn FnMut(I),
        on_step: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Result<()>> {
        let snapshot = loop {
            match self.turns.recv_timeout(Self::PAUSE) {
                Ok(snapshot) => break snapshot,
                Err(RecvTimeoutError::Timeout) => on_step()?,
                Err(RecvTimeoutError::Disconnected) => return Err(Error::Cancelled),
            }
        };
        loop {
            match snapshot.recv_timeout(Self::PAUSE) {
                Ok(WorkerMessage::Items(items)) => {
                    items.into_iter().for_each(&mut *on_item);
                    on_step()?;
                }
                Ok(WorkerMessage::Over(result)) => {
                    on_step()?;
                    return Ok(result);
                }
                Err(RecvTimeoutError::Timeout) => on_step()?,
                Err(RecvTimeoutError::Disconnected) => return Err(Error::Cancelled),
            }
        }
    }
}
