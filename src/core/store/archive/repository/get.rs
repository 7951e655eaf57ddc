//! Reading an archived file from a repository.

use std::{
    io::{self, Write},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    super::{ArchivedSnapshot, source::copy},
    Repository, Stop, failure,
};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage},
    },
    file::checksum::{Checksum, RunningChecksum},
};

impl Repository {
    /// Writes the bytes of an archived snapshot to `to`, which errors call `path`; returns its checksum.
    pub(in crate::core::store::archive) fn get(
        &self,
        archived: &ArchivedSnapshot,
        to: impl Write + Send,
        path: &Path,
        on: OnProgress<'_>,
    ) -> Result<Checksum> {
        let written = AtomicU64::new(0);
        let done = (&written, archived.size.unwrap_or_default());
        self.gate.stop.attend(on, Stage::Unpacking, done, || {
            let mut writer = GetWriter {
                to: io::BufWriter::new(to),
                sum: RunningChecksum::default(),
                written: &written,
                stop: &self.gate.stop,
                failed: None,
            };
            let result = self.dump(&archived.restic_id, &archived.path, &mut writer);
            let flushed = writer.to.flush().map_err(Error::io("write", path));
            match writer.failed {
                Some(error) => Err(Error::io("write", path)(error)),
                None => result.and(flushed).map(|()| writer.sum.checksum()),
            }
        })
    }

    pub(super) fn dump(&self, restic_id: &str, path: &Path, to: &mut impl Write) -> Result<()> {
        let indexed = self.again()?.to_indexed().map_err(self.failed())?;
        let snapshot = indexed.get_snapshots(&[restic_id]).map_err(self.failed())?;
        let [snapshot] = &snapshot[..] else {
            return Err(failure::missing(restic_id));
        };
        let path = path.to_str().ok_or_else(|| failure::missing(restic_id))?;
        let node = indexed
            .node_from_snapshot_and_path(snapshot, path)
            .map_err(self.failed())?;
        indexed.dump(&node, to).map_err(self.failed())
    }
}

/// Receives an archived file: sums and counts its bytes, and remembers why it failed.
struct GetWriter<'w, W: Write> {
    to: io::BufWriter<W>,
    sum: RunningChecksum,
    written: &'w AtomicU64,
    stop: &'w Stop,
    failed: Option<io::Error>,
}

impl<W: Write> Write for GetWriter<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.is_asked() {
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
