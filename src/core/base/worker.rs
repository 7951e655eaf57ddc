//! Threads that work for one call and end with it. The system may have none to give, which is an error like
//! any other; [`std::thread::Scope::spawn`] would panic.

use std::{
    panic::resume_unwind,
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

/// Runs `work` on a thread that nobody waits for: it may outlive the call, and ends with the program.
#[cfg(feature = "archive")]
pub(crate) fn leave(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    Builder::spawn(Builder::new(), work).map(|_| ())
}

/// Waits for what a thread came to.
pub(crate) fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}
