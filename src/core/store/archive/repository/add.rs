//! Adding to a repository: a snapshot's file with its note, and the small file that tests a new one.

use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rustic_core::{
    BackupOptions, FileType, IndexedIds, ParentOptions, SnapshotOptions, repofile::SnapshotFile,
};

use super::{
    super::{
        Added, Deletion,
        record::{OURS, SnapshotRecord},
        source::{SnapshotSource, Watched},
    },
    Repository, failure,
    gate::Gate,
    tags, to_jiff,
};
use crate::core::base::{
    error::{Error, Result},
    progress::{OnProgress, Stage},
};

/// The tag of the small file that tests a repository.
pub(super) const PROBE: &str = "unrewind-probe";

impl Repository {
    /// Adds a snapshot's file and note; records nothing if the file's bytes are not those of the record.
    pub(in crate::core::store::archive) fn add(
        &self,
        file: File,
        path: &Path,
        record: &SnapshotRecord,
        on: OnProgress<'_>,
    ) -> Result<Added> {
        self.refuse_locked()?;
        let watched = Arc::new(Watched::new(self.gate.state.clone()));
        let note = record.note();
        let mut paths = vec![path.to_owned()];
        paths.extend(note.as_ref().map(|_| path.with_extension("note")));
        let source = SnapshotSource::new(file, path, note, &watched);
        let mut snapshot = self.labelled(record)?;
        snapshot.time = to_jiff(record.id().stamp.time());
        let expected = record.written.checksum;
        let (whole, passed_over) = (Arc::clone(&watched), Arc::new(AtomicBool::new(false)));
        let is_passed_over = Arc::clone(&passed_over);
        // Rustic skips what it cannot read, and would record the rest.
        let is_whole = move || {
            let is_whole = whole.checksum().is_ok_and(|sum| sum == expected);
            is_passed_over.store(!is_whole, Ordering::Relaxed);
            is_whole
        };
        let gate = Gate {
            is_whole: Arc::new(is_whole),
            ..self.gate.clone()
        };
        let size = record.written.size;
        let done = (watched.bytes(), size);
        let stage = (Stage::Archiving, &*self.location);
        let stored = self.gate.state.attend(on, stage, done, || {
            let indexed = self.through(&gate)?;
            let indexed = indexed.to_indexed_ids().map_err(self.failed())?;
            archive(&indexed, &source, snapshot, &paths).map_err(self.failed())
        });
        let error = match stored {
            Ok(stored) => {
                let stored = stored.summary.unwrap_or_default().data_added_packed;
                return Ok(Added { size, stored });
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => error,
        };
        if !passed_over.load(Ordering::Relaxed) {
            return Err(error);
        }
        let sum = watched.checksum().map_err(Error::io("read", path))?;
        let path = path.to_owned();
        Err(match sum.mismatch(Some(expected)) {
            Some(damage) => Error::Damaged { path, damage },
            None => Error::ChangedWhileRead { path },
        })
    }

    fn labelled(&self, record: &SnapshotRecord) -> Result<SnapshotFile> {
        let mut options = SnapshotOptions::default()
            .command("unrewind archive add".to_owned())
            .description(record.description());
        options.label = record.label();
        options.tags = vec![tags(record.tags())];
        let mut snapshot = options.to_snapshot().map_err(self.failed())?;
        concat!("unrewind ", env!("CARGO_PKG_VERSION")).clone_into(&mut snapshot.program_version);
        Ok(snapshot)
    }

    /// Writes, reads and deletes a small file; returns what the deletion did.
    pub(in crate::core::store::archive) fn probe(&self, on: OnProgress<'_>) -> Result<Deletion> {
        self.attend(on, Stage::Verifying, || self.try_place())
    }

    fn try_place(&self) -> Result<Deletion> {
        let (path, bytes) = (
            PathBuf::from("/unrewind-probe"),
            format!("{:016x}", RandomState::new().hash_one("probe")),
        );
        let source = SnapshotSource::of_bytes(path.clone(), bytes.clone().into_bytes());
        let mut options = SnapshotOptions::default().command("unrewind archive init".to_owned());
        options.tags = vec![tags(vec![OURS.to_owned(), PROBE.to_owned()])];
        let snapshot = options.to_snapshot().map_err(self.failed())?;
        let indexed = self.again()?.to_indexed_ids().map_err(self.failed())?;
        let stored = archive(&indexed, &source, snapshot, std::slice::from_ref(&path))
            .map_err(self.failed())?;
        let mut read = Vec::new();
        self.dump((&stored.id.to_string(), &path), None, &mut read)?;
        if read != bytes.as_bytes() {
            return Err(Error::Archive {
                what: format!(
                    "the archive {} does not return what was written to it",
                    self.location
                ),
                hint: "choose another place, or check the disk",
            });
        }
        match self.open.delete_snapshots(&[stored.id]) {
            Err(error) if failure::is_refused(&error) => Ok(Deletion::Refused),
            Err(error) => Err(self.failed()(error)),
            Ok(()) if self.gate.has_version_of(FileType::Snapshot, &stored.id) => {
                Ok(Deletion::Hidden)
            }
            Ok(()) => Ok(Deletion::Done),
        }
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
        // Without a parent no file is skipped because of its time.
        .parent_opts(ParentOptions::default().force(true));
    repository.archive(&options, source, snapshot, paths)
}
