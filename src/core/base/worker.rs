//! Threads that work for one call and end with it. Where the system cannot start one, that is an ordinary error;
//! [`std::thread::Scope::spawn`] would panic. Also catches the panics of libraries on bad input.

use std::{
    panic::{Location, PanicHookInfo, resume_unwind},
    sync::atomic::{AtomicUsize, Ordering},
    thread::{Builder, Scope, ScopedJoinHandle},
};

use super::error::{Error, Result};

/// Runs `work` on a thread of its own.
pub(crate) fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let spawned = Builder::new().spawn_scoped(scope, work);
    spawned.map_err(|source| Error::Thread { source })
}

/// Runs `work` on a thread without waiting for it: it may outlive the call, and ends with the program.
pub(crate) fn leave(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    Builder::spawn(Builder::new(), work).map(|_| ())
}

/// Waits for a thread and returns its result; continues its panic, if it panicked.
pub(crate) fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// How many callers catch the panics of a library now.
static CATCHING: AtomicUsize = AtomicUsize::new(0);

/// Returns whether a panic is one that its caller catches: one in a library, on any thread.
pub fn is_caught(panic: &PanicHookInfo<'_>) -> bool {
    let own = file!().trim_end_matches("core/base/worker.rs");
    let is_own = |place: &Location<'_>| place.file().starts_with(own);
    CATCHING.load(Ordering::SeqCst) > 0 && !panic.location().is_some_and(is_own)
}

/// Runs code of a library that may panic on bad input; returns `None` if it panics.
#[cfg(feature = "archive")]
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    CATCHING.fetch_add(1, Ordering::SeqCst);
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    CATCHING.fetch_sub(1, Ordering::SeqCst);
    done.ok()
}
