//! Searches several snapshots at once, each on its own thread, and delivers the results in the
//! snapshots' order.

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

use super::Hit;
use crate::core::base::{
    error::{Error, Result},
    worker::spawn,
};

/// The most threads; each has a buffer.
const MOST: usize = 8;
/// How many snapshots may be searched before their turn, and how many batches of hits each may
/// buffer.
const AHEAD: usize = 32;
const BATCHES: usize = 4;
/// The most hits in a batch.
const BATCH: usize = 512;

/// A message from a thread about one snapshot.
enum WorkerMessage {
    Hits(Vec<Hit>),
    Over(Result<()>),
}

/// The snapshots being searched, in order.
pub(super) struct Workers {
    turns: Receiver<Receiver<WorkerMessage>>,
}

/// Runs `search` for each of `count` snapshots on several threads while `gather` receives the
/// results. When `gather` returns, the threads stop.
pub(super) fn run_parallel<T>(
    count: usize,
    stop: &AtomicBool,
    search: impl Fn(usize, &mut dyn FnMut(Hit) -> Result<()>) -> Result<()> + Sync,
    gather: impl FnOnce(&Workers) -> Result<T>,
) -> Result<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (sender, turns) = sync_channel(AHEAD);
    let queue = Mutex::new((0..count, sender));
    thread::scope(|scope| {
        let workers = Workers { turns };
        for worker in 0..threads.min(count).min(MOST) {
            let spawned = spawn(scope, || {
                while let Some((index, sender)) = next(&queue) {
                    let mut batches = HitBatches::new(sender);
                    let result = search(index, &mut |hit| batches.add(hit));
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

type Queue = (std::ops::Range<usize>, SyncSender<Receiver<WorkerMessage>>);

/// Takes the next snapshot from the queue.
fn next(queue: &Mutex<Queue>) -> Option<(usize, SyncSender<WorkerMessage>)> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let (left, turns) = &mut *queue;
    let index = left.next()?;
    let (sender, receiver) = sync_channel(BATCHES);
    turns.send(receiver).ok()?;
    Some((index, sender))
}

/// Sends the hits of one snapshot: the first at once, later ones in growing batches.
struct HitBatches {
    sender: SyncSender<WorkerMessage>,
    batch: Vec<Hit>,
    size: usize,
}

impl HitBatches {
    fn new(sender: SyncSender<WorkerMessage>) -> Self {
        Self {
            sender,
            batch: Vec::new(),
            size: 1,
        }
    }

    fn add(&mut self, hit: Hit) -> Result<()> {
        self.batch.push(hit);
        if self.batch.len() < self.size {
            return Ok(());
        }
        self.size = BATCH.min(self.size * 2);
        let batch = std::mem::take(&mut self.batch);
        let sent = self.sender.send(WorkerMessage::Hits(batch));
        sent.map_err(|_| Error::Cancelled)
    }

    /// Sending fails only when the search is cancelled.
    fn end(self, result: Result<()>) {
        let _ = self.sender.send(WorkerMessage::Hits(self.batch));
        let _ = self.sender.send(WorkerMessage::Over(result));
    }
}

impl Workers {
    /// How often cancellation is checked while nothing is found.
    const PAUSE: Duration = Duration::from_millis(10);

    /// Passes on the hits of the next snapshot; returns how its search ended.
    pub(super) fn next(
        &self,
        on_hit: &mut dyn FnMut(Hit),
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
                Ok(WorkerMessage::Hits(hits)) => {
                    hits.into_iter().for_each(&mut *on_hit);
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
