//! Several snapshots searched at a time, each on a thread of its own, and what they find told in the
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
/// How many snapshots may be done before their turn, and how many parcels of hits each keeps until then.
const AHEAD: usize = 32;
const PARCELS: usize = 4;
/// The most hits in a parcel.
const PARCEL: usize = 64;

/// What a lane tells of one snapshot.
enum WorkerMessage {
    Hits(Vec<Hit>),
    Over(Result<()>),
}

/// The snapshots being searched, in their order.
pub(super) struct Workers {
    turns: Receiver<Receiver<WorkerMessage>>,
}

/// Runs `search` for each of `count` snapshots on several threads, while `gather` takes what they
/// find. When `gather` is over, so are they.
pub(super) fn abreast<T>(
    count: usize,
    stop: &AtomicBool,
    search: impl Fn(usize, &mut dyn FnMut(Hit) -> Result<()>) -> Result<()> + Sync,
    gather: impl FnOnce(&Workers) -> Result<T>,
) -> Result<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (sender, turns) = sync_channel(AHEAD);
    let queue = Mutex::new((0..count, sender));
    thread::scope(|scope| {
        let lanes = Workers { turns };
        for worker in 0..threads.min(count).min(MOST) {
            let spawned = spawn(scope, || {
                while let Some((index, sender)) = next(&queue) {
                    let mut parcels = Parcels::new(sender);
                    let result = search(index, &mut |hit| parcels.add(hit));
                    parcels.end(result);
                }
            });
            match spawned {
                Err(error) if worker == 0 => return Err(error),
                // The others do its work.
                Err(_) => break,
                Ok(_) => {}
            }
        }
        let gathered = gather(&lanes);
        stop.store(true, Ordering::Relaxed);
        drop(lanes);
        gathered
    })
}

type Queue = (std::ops::Range<usize>, SyncSender<Receiver<WorkerMessage>>);

/// Takes the next snapshot, whose turn comes behind those taken before.
fn next(queue: &Mutex<Queue>) -> Option<(usize, SyncSender<WorkerMessage>)> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let (left, turns) = &mut *queue;
    let index = left.next()?;
    let (sender, receiver) = sync_channel(PARCELS);
    turns.send(receiver).ok()?;
    Some((index, sender))
}

/// The hits of one snapshot on their way: the first at once, and the more there are the more at a time.
struct Parcels {
    sender: SyncSender<WorkerMessage>,
    parcel: Vec<Hit>,
    size: usize,
}

impl Parcels {
    fn new(sender: SyncSender<WorkerMessage>) -> Self {
        Self {
            sender,
            parcel: Vec::new(),
            size: 1,
        }
    }

    fn add(&mut self, hit: Hit) -> Result<()> {
        self.parcel.push(hit);
        if self.parcel.len() < self.size {
            return Ok(());
        }
        self.size = PARCEL.min(self.size * 2);
        let parcel = std::mem::take(&mut self.parcel);
        let sent = self.sender.send(WorkerMessage::Hits(parcel));
        sent.map_err(|_| Error::Cancelled)
    }

    /// Nobody listens any more when the search is cancelled.
    fn end(self, result: Result<()>) {
        let _ = self.sender.send(WorkerMessage::Hits(self.parcel));
        let _ = self.sender.send(WorkerMessage::Over(result));
    }
}

impl Workers {
    /// How often it is asked whether to go on while nothing is found.
    const PAUSE: Duration = Duration::from_millis(10);

    /// Tells of the hits of the next snapshot, and how its search ended.
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
