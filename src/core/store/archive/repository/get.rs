//! Reading an archived file from a repository.

use std::{
    io::{self, Write},
    path::Path,
    sync::{
        Arc, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rustic_core::repofile::Node;

use super::{
    super::{ArchivedSnapshot, ReadFrom, source::copy},
    CallState, Indexed, Repository, failure,
    last_file::{LastFile, Part, Parts, Splicer},
};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage},
    },
    file::checksum::{Checksum, RunningChecksum},
};

impl Repository {
    /// Writes the bytes of an archived snapshot to `to`, which errors call `path`; returns its checksum and parts.
    pub(in crate::core::store::archive) fn get(
        &self,
        archived: &ArchivedSnapshot,
        (to, path): (impl Write + Send, &Path),
        from: ReadFrom,
        on: OnProgress<'_>,
    ) -> Result<(Checksum, Parts)> {
        let last = match from {
            ReadFrom::LastFile => self.last_file().clone(),
            ReadFrom::Repository => None,
        };
        let written = AtomicU64::new(0);
        let done = (&written, archived.size.unwrap_or_default());
        let stage = (Stage::Unpacking, &*self.location);
        self.gate.state.attend(on, stage, done, || {
            let mut writer = GetWriter {
                to: io::BufWriter::new(to),
                sum: RunningChecksum::default(),
                written: &written,
                state: &self.gate.state,
                failed: None,
            };
            let file = (&*archived.restic_id, &*archived.path);
            let result = self.dump(file, last.as_deref(), &mut writer);
            let flushed = writer.to.flush().map_err(Error::io("write", path));
            match writer.failed {
                Some(error) => Err(Error::io("write", path)(error)),
                None => result.and_then(|parts| flushed.map(|()| (writer.sum.checksum(), parts))),
            }
        })
    }

    /// Remembers a file that was unpacked, for the next one.
    pub(in crate::core::store::archive) fn unpacked(&self, path: &Path, parts: Parts) {
        *self.last_file() = LastFile::open(path, parts).map(Arc::new);
    }

    /// Forgets the file that was unpacked last; returns whether there was one.
    pub(in crate::core::store::archive) fn forget_last_file(&self) -> bool {
        self.last_file().take().is_some()
    }

    fn last_file(&self) -> MutexGuard<'_, Option<Arc<LastFile>>> {
        let last = self.last_file.lock();
        last.unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an archived file to `to`, without reading from the repository what `last` has; returns its parts.
    pub(super) fn dump(
        &self,
        (restic_id, path): (&str, &Path),
        last: Option<&LastFile>,
        to: &mut impl Write,
    ) -> Result<Parts> {
        let known = self.index().clone();
        let known = known.and_then(|index| Some((self.node(&index, restic_id, path).ok()?, index)));
        let ((mut node, parts), index) = if let Some(known) = known {
            known
        } else {
            // It was added after the index was read.
            let index = self.again()?.to_indexed().map_err(self.failed())?;
            (self.node(&index, restic_id, path)?, Arc::new(index))
        };
        let is_missing = |part: &&Part| last.is_none_or(|last| !last.has(part));
        let missing = parts.iter().filter(is_missing).map(|part| part.id);
        node.content = Some(missing.collect());
        let mut splicer = Splicer::new(to, last, &parts);
        let dumped = index.dump(&node, &mut splicer).map_err(self.failed());
        // A prune may have moved what the index says.
        *self.index() = dumped.is_ok().then_some(index);
        dumped?;
        splicer.finish().map_err(|_| failure::missing(restic_id))?;
        Ok(parts)
    }

    /// Finds an archived file whose parts are all in an index.
    fn node(&self, index: &Indexed, restic_id: &str, path: &Path) -> Result<(Node, Parts)> {
        let missing = || failure::missing(restic_id);
        let snapshots = index.get_snapshots(&[restic_id]).map_err(self.failed())?;
        let [snapshot] = &snapshots[..] else {
            return Err(missing());
        };
        let path = path.to_str().ok_or_else(missing)?;
        let node = index
            .node_from_snapshot_and_path(snapshot, path)
            .map_err(self.failed())?;
        let part = |&id: &_| {
            let entry = index.get_index_entry(&id).map_err(self.failed())?;
            let length = u64::from(entry.data_length());
            Ok(Part { id, length })
        };
        let parts = node.content.iter().flatten().map(part);
        let parts = parts.collect::<Result<_>>()?;
        Ok((node, parts))
    }

    fn index(&self) -> MutexGuard<'_, Option<Arc<Indexed>>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Receives an archived file: sums and counts its bytes, and remembers why it failed.
struct GetWriter<'w, W: Write> {
    to: io::BufWriter<W>,
    sum: RunningChecksum,
    written: &'w AtomicU64,
    state: &'w CallState,
    failed: Option<io::Error>,
}

impl<W: Write> Write for GetWriter<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.state.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        if let Err(error) = self.to.write_all(bytes) {
            return Err(copy(self.failed.insert(error)));
        }
        self.sum.add(bytes);
        self.written
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
