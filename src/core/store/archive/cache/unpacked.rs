//! Unpacked snapshots: a file each in the user's cache, with its note beside it. The files used last stay while
//! they take no more than [`ArchiveCache::MOST`]; one in use is locked, and stays.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{ArchiveCache, make_private};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
        regular::{Links, open_file},
    },
    file::{
        atomic_file::AtomicFile,
        note::Note,
        snapshot::{Id, Kind, Snapshot, StoredIn},
    },
};

/// Keeps an unpacked snapshot's file while it is read.
#[derive(Debug, Default)]
#[must_use = "the file may be deleted when this is dropped"]
pub struct Unpacked {
    locked: Option<File>,
}

impl Unpacked {
    /// Returns the locked file, whose lock keeps it.
    pub(crate) fn locked(self) -> Option<File> {
        self.locked
    }
}

impl ArchiveCache {
    /// How many bytes unpacked snapshots may take, besides those in use.
    const MOST: u64 = 2 * 1024 * 1024 * 1024;

    /// Returns where a snapshot is when it is unpacked.
    pub(super) fn path(&self, id: Id) -> PathBuf {
        // A temporary folder has its name only once it is there.
        let _ = self.folder();
        let folder = self.place().unwrap_or(Path::new(""));
        folder
            .join(id.kind.name())
            .join(format!("{}.json", id.name()))
    }

    /// Makes sure that the file of an archived snapshot is there; its bytes are compared when it is opened.
    pub(crate) fn unpack(&self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<Unpacked> {
        let Some(id) = snapshot
            .id
            .filter(|_| snapshot.stored_in == StoredIn::Archive)
        else {
            return Ok(Unpacked::default());
        };
        if let Some(unpacked) = used(snapshot) {
            return Ok(unpacked);
        }
        let folder = self.folder()?.join(id.kind.name());
        make_private(&folder)?;
        AtomicFile::clear_abandoned(&folder, &mut drop);
        let path = &snapshot.path;
        if path.exists() {
            remove(path)?;
        }
        self.with_archive(on, |archive, on| {
            let archived = archive.list()?;
            let found = archived.iter().find(|one| one.id == id);
            let found = found.ok_or_else(|| Error::Selection {
                what: format!("{id} is not in the archive {} any more", archive.location()),
            })?;
            // Before the file, which is not to be used without its checksum.
            self.snapshot(found).note.write(path)?;
            match archive.get(found, path, on) {
                // Another process was quicker.
                Err(Error::Exists { .. }) => Ok(()),
                result => result,
            }
        })?;
        self.make_room(path);
        used(snapshot).ok_or_else(|| Error::NoFile { path: path.clone() })
    }

    /// Deletes a snapshot's unpacked file.
    pub(crate) fn discard(&self, snapshot: &Snapshot) -> Result<()> {
        snapshot.id.map_or(Ok(()), |id| remove(&self.path(id)))
    }

    /// Deletes the unpacked snapshots that were not used for longest, until the others are small enough.
    fn make_room(&self, except: &Path) {
        let Some(place) = self.place() else { return };
        let entries = Kind::ALL.into_iter().flat_map(|kind| {
            let entries = fs::read_dir(place.join(kind.name()));
            entries.into_iter().flatten().flatten()
        });
        let mut files: Vec<(Option<SystemTime>, u64, PathBuf)> = entries
            .filter(|entry| entry.path().extension().is_some_and(|end| end == "json"))
            .filter_map(|entry| {
                let used = fs::metadata(mark_path(&entry.path()));
                let used = used.and_then(|mark| mark.modified()).ok();
                Some((used, entry.metadata().ok()?.len(), entry.path()))
            })
            .collect();
        files.sort_unstable();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if total <= Self::MOST {
                return;
            }
            let unused = File::open(&path)
                .ok()
                .filter(|file| file.try_lock().is_ok());
            if path != except && unused.is_some() && remove(&path).is_ok() {
                total -= size;
            }
        }
    }
}

/// Locks a snapshot's unpacked file and marks it as used; returns `None` if it is not there as it was written.
fn used(snapshot: &Snapshot) -> Option<Unpacked> {
    let path = &snapshot.path;
    let file = open_file(path, Links::Refuse).ok()?;
    // Where files cannot be locked, one in use may be deleted, which its reader reports.
    let _ = file.try_lock_shared();
    let checksum = snapshot.note.checksum;
    let is_same = file.metadata().ok()?.len() == snapshot.size
        && (checksum.is_none() || checksum == Note::read(path).checksum)
        && path.exists();
    // Only the order in which files are deleted depends on it.
    let _ = fs::write(mark_path(path), b"\n");
    is_same.then_some(Unpacked { locked: Some(file) })
}

/// Returns the path of a file that was written when the unpacked file was last used.
fn mark_path(unpacked: &Path) -> PathBuf {
    unpacked.with_extension("used")
}

/// Deletes an unpacked snapshot, then what is beside it.
fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(Error::io("delete", path))?;
    for beside in [Note::path(path), mark_path(path)] {
        let _ = fs::remove_file(beside);
    }
    Ok(())
}
