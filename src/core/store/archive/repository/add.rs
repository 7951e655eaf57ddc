//! Adding to a repository: a snapshot's file with its note, and the small file that tests a new one.

use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use rustic_core::{
    BackupOptions, IndexedIds, ParentOptions, SnapshotOptions, repofile::SnapshotFile,
};

use super::{
    super::{
        Added,
        record::{OURS, Record},
        source::{SnapshotSource, Watched},
    },
    Repository, tags, to_jiff,
};
use crate::core::base::{
    error::{Error, Result},
    progress::{OnProgress, Stage, report},
    worker::{join, spawn},
};

impl Repository {
    /// Adds a snapshot's file and note; removes what it stored if the file's bytes are not those of the record.
    pub(in crate::core::store::archive) fn add(
        &self,
        file: File,
        path: &Path,
        record: &Record,
        on: OnProgress<'_>,
    ) -> Result<Added> {
        self.refuse_locked()?;
        let watched = Arc::new(Watched::default());
        let note = record.note();
        let expected = record.written.size + note.as_ref().map_or(0, |note| note.len() as u64);
        let mut paths = vec![path.to_owned()];
        paths.extend(note.as_ref().map(|_| path.with_extension("note")));
        let source = SnapshotSource::new(file, path, note, &watched);
        let mut snapshot = self.labelled(record)?;
        snapshot.time = to_jiff(record.id().stamp.time());
        let indexed = self.again()?.to_indexed_ids().map_err(self.failed())?;
        let stored = thread::scope(|scope| {
            let (done, finished) = mpsc::channel();
            let worker = spawn(scope, move || {
                let result = archive(&indexed, &source, snapshot, &paths);
                // The receiver waits for it.
                let _ = done.send(());
                result
            })?;
            let mut cancelled = Ok(());
            while finished.recv_timeout(Duration::from_millis(50))
                == Err(mpsc::RecvTimeoutError::Timeout)
            {
                if cancelled.is_ok() {
                    let (done, size) = (watched.bytes(), record.written.size);
                    cancelled =
                        report(on, Stage::Archiving, done, size).inspect_err(|_| watched.cancel());
                }
            }
            join(worker)
                .map_err(self.failed())
                .map(|stored| (stored, cancelled))
        });
        let (stored, cancelled) = stored?;
        let summed = watched.checksum().map_err(Error::io("read", path));
        // What rustic could not read is not in what it stored.
        let whole = |stored: &SnapshotFile| {
            let summary = stored.summary.as_ref();
            summary.is_some_and(|summary| summary.total_bytes_processed == expected)
        };
        if let Ok(sum) = &summed
            && whole(&stored)
            && *sum == record.written.checksum
        {
            let summary = stored.summary.unwrap_or_default();
            let (size, stored) = (record.written.size, summary.data_added_packed);
            return Ok(Added { size, stored });
        }
        self.remove(&[stored.id])?;
        cancelled?;
        let path = path.to_owned();
        Err(match summed?.mismatch(Some(record.written.checksum)) {
            Some(damage) => Error::Damaged { path, damage },
            None => Error::ChangedWhileRead { path },
        })
    }

    fn labelled(&self, record: &Record) -> Result<SnapshotFile> {
        let mut options = SnapshotOptions::default()
            .command("unrewind archive add".to_owned())
            .description(record.description());
        options.label = record.label();
        options.tags = vec![tags(record.tags())];
        let mut snapshot = options.to_snapshot().map_err(self.failed())?;
        concat!("unrewind ", env!("CARGO_PKG_VERSION")).clone_into(&mut snapshot.program_version);
        Ok(snapshot)
    }

    /// Writes, reads and deletes a small file; returns whether the deletion was allowed.
    pub(in crate::core::store::archive) fn probe(&self) -> Result<bool> {
        let (path, bytes) = (
            PathBuf::from("/unrewind-probe"),
            format!("{:016x}", RandomState::new().hash_one("probe")),
        );
        let source = SnapshotSource::of_bytes(path.clone(), bytes.clone().into_bytes());
        let mut options = SnapshotOptions::default().command("unrewind archive init".to_owned());
        options.tags = vec![tags(vec![OURS.to_owned(), "probe".to_owned()])];
        let snapshot = options.to_snapshot().map_err(self.failed())?;
        let indexed = self.again()?.to_indexed_ids().map_err(self.failed())?;
        let stored = archive(&indexed, &source, snapshot, std::slice::from_ref(&path))
            .map_err(self.failed())?;
        let mut read = Vec::new();
        self.dump(&stored.id.to_string(), &path, &mut read)?;
        if read != bytes.as_bytes() {
            return Err(Error::Archive {
                what: format!(
                    "the archive {} does not return what was written to it",
                    self.location
                ),
                hint: "choose another place, or check the disk",
            });
        }
        Ok(self.remove(&[stored.id]).is_ok())
    }
}

fn archive<S: IndexedIds>(
    repository: &rustic_core::Repository<S>,
    source: &SnapshotSource,
    snapshot: SnapshotFile,
    paths: &[PathBuf],
) -> rustic_core::RusticResult<SnapshotFile> {
    let options = BackupOptions::default()
        .no_scan(true)
        // Without a parent no file is passed over for its time.
        .parent_opts(ParentOptions::default().force(true));
    repository.archive(&options, source, snapshot, paths)
}
