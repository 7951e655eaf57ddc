//! Works on several data folders on threads, so that one whose file system does not respond hinders no other.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use chrono::TimeDelta;

use super::output::ProgressLine;
use crate::{core::OnProgress, signals::Interrupt, text};

/// Returns what is said of a folder in which the work has made no progress for so long.
pub(super) fn no_progress(longest: Duration) -> String {
    let longest = text::span(TimeDelta::from_std(longest).unwrap_or_default());
    format!("no progress for {longest}: its file system may not respond")
}

/// Notes that the work on a folder makes progress.
#[derive(Clone, Debug)]
pub(super) struct Progressing(Arc<Mutex<Instant>>);

impl Progressing {
    pub(super) fn begin() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    pub(super) fn note(&self) {
        *held(&self.0) = Instant::now();
    }

    /// Returns when it last made progress.
    pub(super) fn last(&self) -> Instant {
        *held(&self.0)
    }
}

/// The limits of the work on several folders.
#[derive(Clone, Copy, Debug)]
pub(super) struct FolderLimits {
    /// How many at a time.
    pub(super) threads: usize,
    /// How long the work on one may make no progress before it is given up.
    pub(super) longest: Duration,
}

/// The folders by their numbers: which are next, and which are worked on.
struct Queue<W> {
    numbers: Mutex<std::ops::Range<usize>>,
    running: Mutex<HashMap<usize, Progressing>>,
    line: Mutex<ProgressLine>,
    work: W,
}

/// Does `work` for each of so many folders on a few threads, until the user interrupts, and `done` with each result on
/// this thread. Shows the progress of any of them on a line of standard error. Of a folder that was given up, `done`
/// gets nothing.
pub(super) fn each_folder<T: Send + 'static>(
    folders: usize,
    limits: FolderLimits,
    work: impl Fn(usize, OnProgress<'_>) -> T + Send + Sync + 'static,
    done: impl FnMut(usize, Option<T>),
) {
    let queue = Arc::new(Queue {
        numbers: Mutex::new(0..folders),
        running: Mutex::default(),
        line: Mutex::new(ProgressLine::new()),
        work,
    });
    Interrupt::of_program().during(|| attend(&queue, folders, limits, done));
    held(&queue.line).clear();
}

fn attend<T: Send + 'static>(
    queue: &Arc<Queue<impl Fn(usize, OnProgress<'_>) -> T + Send + Sync + 'static>>,
    folders: usize,
    limits: FolderLimits,
    mut done: impl FnMut(usize, Option<T>),
) {
    const PART: Duration = Duration::from_millis(100);
    let (sender, results) = channel();
    let begin = || {
        let (on_thread, results) = (Arc::clone(queue), sender.clone());
        let thread = thread::Builder::new().name("folder".to_owned());
        if let Err(error) = thread.spawn(move || on_thread.work_off(&results)) {
            // This thread does the work.
            log::debug!("no thread for folders: {error}");
            queue.work_off(&sender);
        }
    };
    for _ in 0..limits.threads.min(folders) {
        begin();
    }
    let mut left: HashSet<usize> = (0..folders).collect();
    while !left.is_empty() && !Interrupt::of_program().is_asked() {
        match results.recv_timeout(PART) {
            Ok((number, Ok(result))) => {
                if left.remove(&number) {
                    done(number, Some(result));
                }
            }
            Ok((_, Err(panic))) => resume_unwind(panic),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                for number in queue.stuck_for(limits.longest) {
                    left.remove(&number);
                    done(number, None);
                    begin();
                }
            }
        }
    }
}

impl<T: Send + 'static, W: Fn(usize, OnProgress<'_>) -> T + Send + Sync> Queue<W> {
    fn work_off(&self, results: &Sender<(usize, thread::Result<T>)>) {
        let interrupt = Interrupt::of_program();
        let next = || held(&self.numbers).next();
        while let Some(number) = next()
            && !interrupt.is_asked()
        {
            let progressing = Progressing::begin();
            held(&self.running).insert(number, progressing.clone());
            let on = &mut |progress| {
                progressing.note();
                held(&self.line).show(progress);
                interrupt.flow()
            };
            let work = || (self.work)(number, on);
            let result = catch_unwind(AssertUnwindSafe(work));
            let was_given_up = held(&self.running).remove(&number).is_none();
            // Where nothing receives, the program ends.
            let _ = results.send((number, result));
            if was_given_up {
                // Another thread has begun in its place.
                return;
            }
        }
    }

    /// Takes out the folders whose work has made no progress for so long.
    fn stuck_for(&self, longest: Duration) -> Vec<usize> {
        let mut running = held(&self.running);
        let is_stuck = |one: &Progressing| one.last().elapsed() >= longest;
        let stuck = running.iter().filter(|(_, one)| is_stuck(one));
        let stuck: Vec<usize> = stuck.map(|(number, _)| *number).collect();
        for number in &stuck {
            running.remove(number);
        }
        stuck
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
