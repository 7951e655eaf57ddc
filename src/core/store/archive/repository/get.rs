//! Reading an archived file from a repository.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{super::ArchivedSnapshot, Repository, failure};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage, report},
    },
    file::checksum::{Checksum, RunningChecksum},
};

impl Repository {
    /// Writes the bytes of an archived snapshot to `to`, which errors call `path`; returns its checksum.
    pub(in crate::core::store::archive) fn get(
        &self,
        archived: &ArchivedSnapshot,
        to: impl Write,
        path: &Path,
        on: OnProgress<'_>,
    ) -> Result<Checksum> {
        let mut writer = GetWriter {
            to: io::BufWriter::new(to),
            sum: RunningChecksum::default(),
            done: 0,
            total: archived.size.unwrap_or_default(),
            on,
            failed: None,
        };
        let result = self.dump(&archived.restic_id, &archived.path, &mut writer);
        let flushed = writer.to.flush().map_err(Error::io("write", path));
        match writer.failed {
            Some(WriteFailure::Cancelled) => Err(Error::Cancelled),
            Some(WriteFailure::Io(error)) => Err(Error::io("write", path)(error)),
            None => result.and(flushed).map(|()| writer.sum.checksum()),
        }
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

/// Why a write of what the repository returns failed.
enum WriteFailure {
    Cancelled,
    Io(io::Error),
}

/// Receives an archived file: sums its bytes, reports progress, and remembers why it failed.
struct GetWriter<'on, W: Write> {
    to: io::BufWriter<W>,
    sum: RunningChecksum,
    done: u64,
    total: u64,
    on: OnProgress<'on>,
    failed: Option<WriteFailure>,
}

impl<W: Write> Write for GetWriter<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.done + bytes.len() as u64;
        if report(self.on, Stage::Unpacking, done, self.total).is_err() {
            self.failed = Some(WriteFailure::Cancelled);
            return Err(io::Error::other("cancelled"));
        }
        if let Err(error) = self.to.write_all(bytes) {
            let copy = error.raw_os_error().map_or_else(
                || io::Error::new(error.kind(), error.to_string()),
                io::Error::from_raw_os_error,
            );
            self.failed = Some(WriteFailure::Io(error));
            return Err(copy);
        }
        self.sum.add(bytes);
        self.done = done;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
