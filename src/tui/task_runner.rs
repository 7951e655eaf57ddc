//! Tasks on threads, one a slot: a newer request cancels what runs in its slot and starts when that has
//! ended. Of requests that wait only the newest is kept.

use std::{
    collections::BTreeMap,
    mem,
    ops::ControlFlow,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::Sender},
    thread::{self, Builder, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    message::Message,
    task::{Reply, Slot, Task, perform},
};
use crate::{
    core::{CancellationToken, Error, Workspace, now},
    logging,
};

/// Runs tasks, each slot's on a thread of its own.
#[derive(Debug)]
pub struct TaskRunner {
    workspace: Workspace,
    messages: Sender<Message>,
    workers: BTreeMap<Slot, Worker>,
}

#[derive(Debug)]
struct Worker {
    queue: Arc<Mutex<SlotQueue>>,
    thread: JoinHandle<()>,
}

/// What a slot's thread does.
#[derive(Debug)]
enum SlotQueue {
    /// It runs a task, which this cancels, and then the next one, if there is one.
    Busy(CancellationToken, Option<Request>),
    /// It ends.
    Ending,
}

#[derive(Debug)]
struct Request {
    ticket: u64,
    task: Task,
    cancellation: CancellationToken,
}

impl TaskRunner {
    /// Tasks in a workspace; their replies go to `messages`.
    pub fn new(workspace: Workspace, messages: Sender<Message>) -> Self {
        Self {
            workspace,
            messages,
            workers: BTreeMap::new(),
        }
    }

    /// Runs a task as soon as an older one in its slot has ended, which is cancelled.
    pub fn start(&mut self, slot: Slot, ticket: u64, task: Task) {
        let request = Request {
            ticket,
            task,
            cancellation: CancellationToken::default(),
        };
        if let Some(worker) = self.workers.get(&slot)
            && let SlotQueue::Busy(running, next) = &mut *lock(&worker.queue)
        {
            running.cancel();
            *next = Some(request);
            return;
        }
        let running = request.cancellation.clone();
        let queue = Arc::new(Mutex::new(SlotQueue::Busy(running, None)));
        let (workspace, messages) = (self.workspace.clone(), self.messages.clone());
        let work = Arc::clone(&queue);
        let work = move || run(slot, request, &workspace, &messages, &work);
        match Builder::new().spawn(work) {
            Ok(thread) => drop(self.workers.insert(slot, Worker { queue, thread })),
            Err(source) => {
                let mut reporter = Reporter {
                    slot,
                    ticket,
                    messages: &self.messages,
                    cancellation: CancellationToken::default(),
                    last: None,
                };
                let _ = reporter.report(Reply::Refused(Error::Thread { source }));
                let _ = reporter.report(Reply::Ended);
            }
        }
    }

    /// Cancels the task in this slot. A commit that it has begun it finishes.
    pub fn cancel(&self, slot: Slot) {
        if let Some(worker) = self.workers.get(&slot)
            && let SlotQueue::Busy(running, next) = &mut *lock(&worker.queue)
        {
            running.cancel();
            *next = None;
        }
    }

    /// Cancels every task and waits for the one that changes something, so that it cleans up.
    pub fn end(&mut self) {
        for slot in self.workers.keys() {
            self.cancel(*slot);
        }
        if let Some(operation) = self.workers.remove(&Slot::Operation) {
            // A panic was reported where it happened.
            let _ = operation.thread.join();
        }
    }

    /// Gives the other tasks, after their end, a moment to close the database.
    pub fn close(&self) {
        const MOMENT: Duration = Duration::from_secs(1);
        const PART: Duration = Duration::from_millis(5);
        let ended = Instant::now();
        let is_busy = |worker: &Worker| !worker.thread.is_finished();
        while ended.elapsed() < MOMENT && self.workers.values().any(is_busy) {
            thread::sleep(PART);
        }
    }
}

/// Runs a task and those that replace it meanwhile.
fn run(
    slot: Slot,
    mut request: Request,
    workspace: &Workspace,
    messages: &Sender<Message>,
    queue: &Mutex<SlotQueue>,
) {
    loop {
        let started = Instant::now();
        let reporter = Reporter {
            slot,
            ticket: request.ticket,
            messages,
            cancellation: request.cancellation.clone(),
            last: None,
        };
        let work = || reporter.perform(request.task, workspace);
        if panic::catch_unwind(AssertUnwindSafe(work)).is_err() {
            // The terminal is restored by then; the UI may be gone.
            let _ = messages.send(Message::Failed);
        }
        if slot == Slot::Operation {
            let seconds = started.elapsed().as_secs_f32();
            log::info!("an operation of the UI took {seconds:.3} s");
        }
        let mut queue = lock(queue);
        match mem::replace(&mut *queue, SlotQueue::Ending) {
            SlotQueue::Busy(_, Some(next)) => {
                *queue = SlotQueue::Busy(next.cancellation.clone(), None);
                request = next;
            }
            SlotQueue::Busy(_, None) | SlotQueue::Ending => return,
        }
    }
}

fn lock(queue: &Mutex<SlotQueue>) -> MutexGuard<'_, SlotQueue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends the replies of one task.
struct Reporter<'m> {
    slot: Slot,
    ticket: u64,
    messages: &'m Sender<Message>,
    cancellation: CancellationToken,
    /// When progress was sent last.
    last: Option<Instant>,
}

impl Reporter<'_> {
    /// The shortest time between two reports.
    const EVERY: Duration = Duration::from_millis(50);

    fn perform(mut self, task: Task, workspace: &Workspace) {
        let cancellation = self.cancellation.clone();
        let workspace = workspace.to_builder().cancelled_by(cancellation).build();
        perform(task, &workspace, now(), &mut |reply| self.report(reply));
    }

    fn report(&mut self, reply: Reply) -> ControlFlow<()> {
        if let Reply::Progress(_) = reply {
            if self.cancellation.is_cancelled() {
                return ControlFlow::Break(());
            }
            if self.last.is_some_and(|last| last.elapsed() < Self::EVERY) {
                return ControlFlow::Continue(());
            }
            self.last = Some(Instant::now());
        }
        if let Some(error) = reply.error() {
            logging::trouble(error);
        }
        let message = Message::Reply {
            slot: self.slot,
            ticket: self.ticket,
            reply: Box::new(reply),
        };
        match self.messages.send(message) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}
