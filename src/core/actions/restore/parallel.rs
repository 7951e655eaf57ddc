//! Runs two parts of a restore at once: one on a second thread, whose progress is reported by the
//! waiting one.

use std::{
    ops::ControlFlow,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
    },
    thread,
};

use crate::core::base::{
    error::{Error, Result},
    progress::{OnProgress, Progress, report},
    worker::{join, spawn},
};

/// Runs `beside` on a second thread while `work` runs on this one; returns both results. If one
/// fails, the other is stopped.
pub(super) fn in_parallel<A: Send, W>(
    beside: impl FnOnce(OnProgress<'_>) -> Result<A> + Send,
    work: impl FnOnce(OnProgress<'_>) -> Result<W>,
    on: OnProgress<'_>,
) -> Result<(A, W)> {
    let (stop, (sender, receiver)) = (&PeerFailed::default(), channel());
    let (beside, worked) = thread::scope(|scope| {
        let beside = spawn(scope, move || {
            stop.after(beside(&mut |progress| {
                // The receiver is gone only when this thread is to stop.
                let _ = sender.send(progress);
                stop.answer()
            }))
        })?;
        let mut worked = stop.after(work(&mut |progress| match on(progress) {
            ControlFlow::Continue(()) => stop.answer(),
            ControlFlow::Break(()) => ControlFlow::Break(()),
        }));
        // Progress of the second thread is reported once this one has finished.
        for Progress { stage, done, total } in receiver {
            if worked.is_ok()
                && let Err(cancelled) = report(on, stage, done, total)
            {
                worked = stop.after(Err(cancelled));
            }
        }
        Ok((join(beside), worked))
    })?;
    match (beside, worked) {
        // The work's error is what stopped the other.
        (Err(Error::Cancelled), Err(worked)) => Err(worked),
        (beside, worked) => beside.and_then(|beside| Ok((beside, worked?))),
    }
}

/// A flag by which each of two threads learns that the other failed.
#[derive(Default)]
struct PeerFailed(AtomicBool);

impl PeerFailed {
    fn after<T>(&self, result: Result<T>) -> Result<T> {
        self.0.fetch_or(result.is_err(), Ordering::Relaxed);
        result
    }

    fn answer(&self) -> ControlFlow<()> {
        if self.0.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
