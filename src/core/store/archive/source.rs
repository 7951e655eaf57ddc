//! The files of one snapshot as rustic reads them. Rustic skips a file that it cannot read and stores the rest,
//! so the source itself remembers what went wrong, and computes the checksum of the bytes that it returned.

#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::{
    fs::File,
    io::{self, BufReader, Cursor, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    vec,
};

use rustic_core::{
    ReadSource, ReadSourceEntry, RusticResult,
    jiff::Timestamp,
    repofile::{Metadata, Node, NodeType},
};

use super::CallState;
use crate::core::file::checksum::{Checksum, RunningChecksum};

type Reader = Box<dyn Read + Send>;

/// Bytes of a snapshot that are read and summed at once.
const AT_ONCE: usize = 256 * 1024;

/// The files of one snapshot, which can be read once.
pub(super) struct SnapshotSource(Mutex<Vec<ReadSourceEntry<Reader>>>);

impl SnapshotSource {
    /// Creates a source of the snapshot's file under `path`, with its note beside it.
    pub(super) fn new(
        file: File,
        path: &Path,
        note: Option<Vec<u8>>,
        watched: &Arc<Watched>,
    ) -> Self {
        let metadata = file
            .metadata()
            .map(|file| metadata(&file))
            .unwrap_or_default();
        let watched = Arc::clone(watched);
        // Rustic reads four kilobytes at a time.
        let read = BufReader::with_capacity(AT_ONCE, WatchedReader { file, watched });
        let read = Box::new(read);
        let mut entries = vec![entry(path.to_owned(), metadata.clone(), read)];
        entries.extend(note.map(|note| {
            let metadata = Metadata {
                size: note.len() as u64,
                ..metadata
            };
            entry(
                path.with_extension("note"),
                metadata,
                Box::new(Cursor::new(note)),
            )
        }));
        Self(Mutex::new(entries))
    }

    /// Creates a source of one small file.
    pub(super) fn of_bytes(path: PathBuf, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        let metadata = Metadata {
            size,
            ..Metadata::default()
        };
        let entry = entry(path, metadata, Box::new(Cursor::new(bytes)));
        Self(Mutex::new(vec![entry]))
    }
}

fn entry(path: PathBuf, metadata: Metadata, open: Reader) -> ReadSourceEntry<Reader> {
    let name = path.file_name().unwrap_or_default();
    let node = Node::new_node(name, NodeType::File, metadata);
    let open = Some(open);
    ReadSourceEntry { path, node, open }
}

fn metadata(file: &std::fs::Metadata) -> Metadata {
    let mtime = file
        .modified()
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok());
    Metadata {
        mtime,
        size: file.len(),
        #[cfg(unix)]
        mode: Some(file.mode() & 0o7777),
        #[cfg(unix)]
        uid: Some(file.uid()),
        #[cfg(unix)]
        gid: Some(file.gid()),
        ..Metadata::default()
    }
}

impl ReadSource for SnapshotSource {
    type Open = Reader;
    type Iter = vec::IntoIter<RusticResult<ReadSourceEntry<Reader>>>;

    fn size(&self) -> RusticResult<Option<u64>> {
        Ok(None)
    }

    fn entries(&self) -> Self::Iter {
        let entries = std::mem::take(&mut *unpoisoned(&self.0));
        entries.into_iter().map(Ok).collect::<Vec<_>>().into_iter()
    }
}

/// What is known of a file that another thread reads.
#[derive(Debug, Default)]
pub(super) struct Watched {
    state: CallState,
    read: AtomicU64,
    sum: Mutex<RunningChecksum>,
    failed: Mutex<Option<io::Error>>,
}

impl Watched {
    /// Watches a file whose reading fails once `state` is cancelled.
    pub(super) fn new(state: CallState) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    /// Returns how many bytes were read.
    pub(super) fn bytes(&self) -> &AtomicU64 {
        &self.read
    }

    /// Returns the checksum of what was read, or the error that ended it.
    pub(super) fn checksum(&self) -> io::Result<Checksum> {
        match &*unpoisoned(&self.failed) {
            Some(error) => Err(copy(error)),
            None => Ok(unpoisoned(&self.sum).checksum()),
        }
    }
}

/// Copies an error, so that it can be reported twice.
pub(super) fn copy(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(
        || io::Error::new(error.kind(), error.to_string()),
        io::Error::from_raw_os_error,
    )
}

fn unpoisoned<T>(locked: &Mutex<T>) -> MutexGuard<'_, T> {
    locked.lock().unwrap_or_else(PoisonError::into_inner)
}

struct WatchedReader {
    file: File,
    watched: Arc<Watched>,
}

impl Read for WatchedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = if self.watched.state.is_cancelled() {
            Err(io::Error::other("cancelled"))
        } else {
            self.file.read(buffer)
        };
        match &result {
            Ok(length) => {
                unpoisoned(&self.watched.sum).add(&buffer[..*length]);
                self.watched
                    .read
                    .fetch_add(*length as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                unpoisoned(&self.watched.failed).get_or_insert_with(|| copy(error));
            }
        }
        result
    }
}
