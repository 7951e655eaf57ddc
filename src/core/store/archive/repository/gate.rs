//! The only way to the files of a repository. A call ends when the operation is cancelled, and on another machine
//! also after a time limit. No snapshot is recorded unless every byte of it was stored.

use std::{
    any::Any,
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use bytes::Bytes;
use rustic_core::{
    BytesList, ErrorKind, FileType, Id, ReadBackend, RusticError, RusticResult, WriteBackend,
};

use super::failure::{broken_off, is_absent};
use crate::core::base::{
    error::Result,
    progress::{OnProgress, Stage, report},
    worker::{caught, join, leave, spawn},
};

/// How often a wait checks whether it was cancelled.
const TICK: Duration = Duration::from_millis(50);

/// What all calls of an operation share: whether they should end, and how many bytes passed.
#[derive(Clone, Debug, Default)]
pub(in crate::core::store::archive) struct CallState(Arc<(AtomicBool, AtomicU64)>);

impl CallState {
    pub(in crate::core::store::archive) fn is_cancelled(&self) -> bool {
        self.0.0.load(Ordering::Relaxed)
    }

    /// Returns how many bytes passed the gate.
    pub(super) fn passed(&self) -> &AtomicU64 {
        &self.0.1
    }

    fn check(&self) -> RusticResult<()> {
        if self.is_cancelled() {
            return Err(refused(Refused::Cancelled));
        }
        Ok(())
    }

    /// Runs an operation on a thread of its own, so that it can be cancelled while it waits for a server, and
    /// reports `done` of `total` bytes meanwhile. At some damage rustic panics, which becomes an error.
    pub(super) fn attend<T: Send>(
        &self,
        on: OnProgress<'_>,
        (stage, place): (Stage, &str),
        (done, total): (&AtomicU64, u64),
        work: impl FnOnce() -> Result<T> + Send,
    ) -> Result<T> {
        let mut asked = Ok(());
        let result = thread::scope(|scope| {
            let (working, ended) = mpsc::channel::<()>();
            let worker = spawn(scope, move || {
                let _working = working;
                caught(work)
            })?;
            while ended.recv_timeout(TICK) == Err(mpsc::RecvTimeoutError::Timeout) {
                if asked.is_ok() {
                    asked = report(on, stage, done.load(Ordering::Relaxed), total)
                        .inspect_err(|_| self.0.0.store(true, Ordering::Relaxed));
                }
            }
            join(worker).unwrap_or_else(|| Err(broken_off(place)))
        });
        self.0.0.store(false, Ordering::Relaxed);
        // What was finished before it could be cancelled is done.
        result.map_err(|error| asked.err().unwrap_or(error))
    }
}

/// Why the gate ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("cancelled")]
    Cancelled,
    #[error("no answer within {} seconds", .0.as_secs())]
    Late(Duration),
    #[error("not every byte of the snapshot was stored")]
    NotWhole,
    #[error("the call was given up")]
    Lost,
}

fn refused(why: Refused) -> Box<RusticError> {
    RusticError::with_source(ErrorKind::Backend, "The call was ended", why)
}

/// Whether calls can wait for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Locality {
    /// A folder of this machine.
    Here,
    /// Another machine.
    #[cfg_attr(
        not(any(feature = "archive-remote", feature = "archive-s3")),
        expect(dead_code, reason = "only these features reach elsewhere")
    )]
    Elsewhere,
}

/// Runs a call, and gives up when it does not return in time or the operation is cancelled. The call itself
/// cannot be ended: its thread ends when it returns.
pub(super) fn bounded<T: Send + 'static>(
    state: &CallState,
    patience: Duration,
    work: impl FnOnce() -> RusticResult<T> + Send + 'static,
) -> RusticResult<T> {
    state.check()?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let called = leave(move || {
        let _ = sender.send(work());
    });
    called.map_err(|error| {
        RusticError::with_source(ErrorKind::InputOutput, "Cannot start a thread", error)
    })?;
    for _ in 0..patience.as_millis() / TICK.as_millis() {
        match receiver.recv_timeout(TICK) {
            Ok(result) => return result,
            Err(mpsc::RecvTimeoutError::Disconnected) => return Err(refused(Refused::Lost)),
            Err(mpsc::RecvTimeoutError::Timeout) => state.check()?,
        }
    }
    Err(refused(Refused::Late(patience)))
}

/// A function that returns whether the storage keeps a version of a file.
pub(super) type FindsVersion = dyn Fn(FileType, &Id) -> bool + Send + Sync;

/// The storage of a repository, behind the gate.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) inner: Arc<dyn WriteBackend>,
    pub(super) reach: Locality,
    pub(super) state: CallState,
    /// Where rustic caches the lists of a repository on another machine.
    pub(super) cache: Option<PathBuf>,
    /// A process that runs as long as the storage is used.
    pub(super) running: Option<Arc<dyn Any + Send + Sync>>,
    /// Finds versions that the storage keeps of a file; `None` if it keeps none.
    pub(super) versions: Option<Arc<FindsVersion>>,
    /// Whether everything that the next snapshot records was stored.
    pub(super) is_whole: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Gate {
    /// How long a small file may take, and the first contact.
    pub(super) const PATIENCE: Duration = Duration::from_mins(1);
    /// How long a large file may take: 32 MB with 0.5 Mbit/s.
    pub(super) const LONG_PATIENCE: Duration = Duration::from_mins(10);

    fn call<T: Send + 'static>(
        &self,
        kind: FileType,
        work: impl FnOnce(&dyn WriteBackend) -> RusticResult<T> + Send + 'static,
    ) -> RusticResult<T> {
        if self.reach == Locality::Here {
            self.state.check()?;
            return work(&*self.inner);
        }
        let patience = match kind {
            FileType::Pack | FileType::Index => Self::LONG_PATIENCE,
            FileType::Config | FileType::Key | FileType::Snapshot => Self::PATIENCE,
        };
        let inner = Arc::clone(&self.inner);
        bounded(&self.state, patience, move || work(&*inner))
    }

    /// Returns whether the storage keeps a version of a file, although it was deleted.
    pub(super) fn has_version_of(&self, kind: FileType, id: &Id) -> bool {
        let finds = self.versions.clone();
        finds.is_some_and(|finds| {
            let id = *id;
            let found = bounded(&self.state, Self::PATIENCE, move || Ok(finds(kind, &id)));
            found.unwrap_or(false)
        })
    }

    fn passes(&self, read: RusticResult<Bytes>) -> RusticResult<Bytes> {
        read.inspect(|bytes| {
            let count = bytes.len() as u64;
            self.state.passed().fetch_add(count, Ordering::Relaxed);
        })
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Gate");
        shown.field("location", &self.location());
        shown
            .field("running", &self.running.is_some())
            .finish_non_exhaustive()
    }
}

impl ReadBackend for Gate {
    fn location(&self) -> String {
        super::super::location::shown(&self.inner.location())
    }

    fn list_with_size(&self, kind: FileType) -> RusticResult<Vec<(Id, u32)>> {
        let found = self.call(kind, move |place| place.list_with_size(kind))?;
        if kind != FileType::Config || !found.is_empty() || self.reach == Locality::Here {
            return Ok(found);
        }
        // Rustic takes a server that refuses or fails for one without a repository, and would create one there.
        match self.read_full(kind, &Id::default()) {
            Err(error) if !is_absent(&error) => Err(error),
            _ => Ok(found),
        }
    }

    fn read_full(&self, kind: FileType, id: &Id) -> RusticResult<Bytes> {
        let id = *id;
        self.passes(self.call(kind, move |place| place.read_full(kind, &id)))
    }

    fn read_partial(
        &self,
        kind: FileType,
        id: &Id,
        cacheable: bool,
        offset: u32,
        length: u32,
    ) -> RusticResult<Bytes> {
        let id = *id;
        self.passes(self.call(kind, move |place| {
            place.read_partial(kind, &id, cacheable, offset, length)
        }))
    }

    fn warmup_path(&self, kind: FileType, id: &Id) -> String {
        self.inner.warmup_path(kind, id)
    }
}

impl WriteBackend for Gate {
    fn create(&self) -> RusticResult<()> {
        self.call(FileType::Pack, WriteBackend::create)
    }

    fn write_bytes(
        &self,
        kind: FileType,
        id: &Id,
        cacheable: bool,
        content: BytesList,
    ) -> RusticResult<()> {
        if kind == FileType::Snapshot && !(self.is_whole)() {
            return Err(refused(Refused::NotWhole));
        }
        let id = *id;
        self.call(kind, move |place| {
            place.write_bytes(kind, &id, cacheable, content)
        })
    }

    fn remove(&self, kind: FileType, id: &Id, cacheable: bool) -> RusticResult<()> {
        let id = *id;
        self.call(kind, move |place| place.remove(kind, &id, cacheable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_an_answer_can_be_left() {
        let state = CallState::default();
        let asked = Arc::clone(&state.0);
        let (answer, waits) = mpsc::channel::<()>();
        let call = move || {
            asked.0.store(true, Ordering::Relaxed);
            let _ = waits.recv();
            Ok(())
        };
        let error = bounded(&state, Duration::MAX, call).unwrap_err();
        let source = std::error::Error::source(&*error);
        let why = source.and_then(|source| source.downcast_ref::<Refused>());
        assert_eq!(why, Some(&Refused::Cancelled));
        drop(answer);
    }
}
