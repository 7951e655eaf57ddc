//! Unpacked snapshots: a file each in the user's cache, with its note beside it. The files used last stay while
//! they take no more than the settings allow; one in use is locked, and stays.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, Metadata},
    path::{Path, PathBuf},
    sync::{MutexGuard, PoisonError},
    time::SystemTime,
};

use super::{Archive, ArchiveCache, ArchivedSnapshot, CacheFolder, make_private};
use crate::core::{
    base::{
        error::{Error, Result},
        held::{hold_shared, patiently, take_over},
        progress::OnProgress,
        regular::{Links, open_file},
    },
    file::{
        atomic_file::AtomicFile,
        note::Note,
        snapshot::{Id, Kind, Snapshot, sum},
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

/// What this process knows of unpacked snapshots.
#[derive(Debug, Default)]
pub(super) struct UnpackedFiles {
    /// Those that were listed last, by name.
    records: HashMap<Id, ArchivedSnapshot>,
    /// The files whose bytes were compared: how large they were and when they were written.
    compared: HashSet<FileVersion>,
    /// How many bytes were unpacked since room was made; `None` before it was made.
    since: Option<u64>,
}

type FileVersion = (PathBuf, u64, Option<SystemTime>);

impl ArchiveCache {
    /// The most bytes that are unpacked before room is made again.
    const ROOM_EVERY: u64 = 64 * 1024 * 1024;

    /// Returns the path of a snapshot's unpacked file.
    pub(super) fn path(&self, id: Id) -> PathBuf {
        if let CacheFolder::Temporary(_) = self.folder {
            // A temporary folder has no name before it exists.
            let _ = self.folder();
        }
        let folder = self.place().unwrap_or(Path::new(""));
        folder
            .join(id.kind.name())
            .join(format!("{}.json", id.name()))
    }

    /// Returns whether a snapshot's file exists, so that it need not be unpacked.
    pub(crate) fn is_unpacked(snapshot: &Snapshot) -> bool {
        !snapshot.is_only_archived() || snapshot.path.exists()
    }

    /// Makes sure that the file of an archived snapshot exists and has the bytes that were added.
    pub(crate) fn unpack(&self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<Unpacked> {
        let Some(id) = snapshot.id.filter(|_| snapshot.is_only_archived()) else {
            return Ok(Unpacked::default());
        };
        if let Some(unpacked) = self.used(snapshot, on)? {
            return Ok(unpacked);
        }
        let folder = self.folder()?.join(id.kind.name());
        make_private(&folder)?;
        let path = &snapshot.path;
        if path.exists() {
            remove(path)?;
        }
        self.get(id, path, on)?;
        let locked = locked(path).ok_or_else(|| Error::NoFile { path: path.clone() })?;
        self.compared(path, &locked);
        self.make_room_for(snapshot.size);
        Ok(Unpacked {
            locked: Some(locked),
        })
    }

    /// Deletes the unpacked file of a snapshot, unless it is in use.
    pub(crate) fn remove_unpacked(&self, id: Id) {
        let path = self.path(id);
        if path.exists() && !remove_unused(&path) {
            log::info!("{} is in use, or cannot be deleted", path.display());
        }
    }

    /// Locks a snapshot's unpacked file and marks it as used; returns `None` if it is missing or damaged.
    fn used(&self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<Option<Unpacked>> {
        let path = &snapshot.path;
        let Some(file) = locked(path) else {
            return Ok(None);
        };
        let checksum = snapshot.note.checksum;
        let is_noted = checksum.is_none() || checksum == Note::read(path).checksum;
        if !is_noted || version(path, &file).1 != snapshot.size {
            return Ok(None);
        }
        if checksum.is_some() && !self.files().compared.contains(&version(path, &file)) {
            match sum(&file, path, on) {
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Ok(sum) if Some(sum) == checksum => self.compared(path, &file),
                _ => {
                    log::warn!("{} was damaged, and is unpacked once more", path.display());
                    return Ok(None);
                }
            }
        }
        Ok(Some(Unpacked { locked: Some(file) }))
    }

    /// Writes a snapshot's file and note.
    fn get(&self, id: Id, path: &Path, on: OnProgress<'_>) -> Result<()> {
        let archive = self.archive(on)?;
        let known = self.files().records.get(&id).cloned();
        if let Some(known) = known {
            match self.write_unpacked(&archive, &known, path, on) {
                // It may have been added again meanwhile.
                Err(Error::Archive { .. }) => {}
                result => return result,
            }
        }
        self.know(&self.refresh(&archive, on)?);
        let found = self.files().records.get(&id).cloned();
        let found = found.ok_or_else(|| Error::Selection {
            what: format!("{id} is not in the archive {} any more", archive.location()),
        })?;
        self.write_unpacked(&archive, &found, path, on)
    }

    fn write_unpacked(
        &self,
        archive: &Archive,
        archived: &ArchivedSnapshot,
        path: &Path,
        on: OnProgress<'_>,
    ) -> Result<()> {
        // Written before the file, which must not be used without its checksum.
        self.snapshot(archived).note.write_cached(path)?;
        match archive.unpack(archived, path, on) {
            // Another process was quicker.
            Err(Error::Exists { .. }) => Ok(()),
            result => result,
        }
    }

    /// Remembers what is in the archive, to find what to unpack.
    pub(super) fn know(&self, records: &[ArchivedSnapshot]) {
        let mut known = HashMap::new();
        for record in records {
            // Of two copies the one added last comes first.
            known.entry(record.id).or_insert_with(|| record.clone());
        }
        self.files().records = known;
    }

    /// Remembers that the bytes of a file are those that were added.
    fn compared(&self, path: &Path, file: &File) {
        self.files().compared.insert(version(path, file));
    }

    fn files(&self) -> MutexGuard<'_, UnpackedFiles> {
        self.unpacked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes the least recently used unpacked snapshots, of all archives, until the others are small enough, and
    /// the drafts of killed processes. Does nothing until enough bytes were unpacked since the last time.
    fn make_room_for(&self, size: u64) {
        let most = self.settings.cache_limit;
        let is_due = {
            let mut files = self.files();
            let since = files.since.map(|since| since + size);
            let is_due = since.is_none_or(|since| since >= Self::ROOM_EVERY.min(most));
            files.since = Some(since.filter(|_| !is_due).unwrap_or_default());
            is_due
        };
        let folders = match &self.folder {
            CacheFolder::Kept(folder) => folder.parent().map(folders_in).unwrap_or_default(),
            CacheFolder::Temporary(_) => self.place().map(Path::to_owned).into_iter().collect(),
        };
        if is_due {
            make_room(&folders, most);
        }
    }
}

/// Deletes the least recently used unpacked snapshots until the others have at most `most` bytes.
fn make_room(folders: &[PathBuf], most: u64) {
    let mut files: Vec<(Option<SystemTime>, u64, PathBuf)> = Vec::new();
    for folder in folders {
        AtomicFile::clear_abandoned(folder, &mut drop);
        for folder in Kind::ALL.map(|kind| folder.join(kind.name())) {
            AtomicFile::clear_abandoned(&folder, &mut drop);
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let entries =
                entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "json"));
            files.extend(entries.filter_map(|entry| {
                let used = fs::metadata(mark_path(&entry.path()));
                let used = used.and_then(|mark| mark.modified()).ok();
                Some((used, entry.metadata().ok()?.len(), entry.path()))
            }));
        }
    }
    files.sort_unstable();
    let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
    for (_, size, path) in files {
        if total <= most {
            return;
        }
        if remove_unused(&path) {
            total -= size;
        }
    }
}

/// Deletes an unpacked snapshot unless it is in use; returns whether it is gone.
fn remove_unused(path: &Path) -> bool {
    let Ok(Some(_held)) = take_over(path) else {
        return false;
    };
    remove(path).is_ok()
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Opens an unpacked file with a lock, and marks it as used; returns `None` if it is not there.
fn locked(path: &Path) -> Option<File> {
    let file = open_file(path, Links::Refuse).ok()?;
    hold_shared(&file);
    // Only the order in which files are deleted depends on it.
    let _ = fs::write(mark_path(path), b"\n");
    path.exists().then_some(file)
}

fn version(path: &Path, file: &File) -> FileVersion {
    let metadata = file.metadata().ok();
    let size = metadata.as_ref().map_or(0, Metadata::len);
    let modified = metadata.and_then(|metadata| metadata.modified().ok());
    (path.to_owned(), size, modified)
}

/// Returns the path of a file that was written when the unpacked file was last used.
fn mark_path(unpacked: &Path) -> PathBuf {
    unpacked.with_extension("used")
}

/// Deletes an unpacked snapshot, then what is beside it.
fn remove(path: &Path) -> Result<()> {
    patiently(|| fs::remove_file(path)).map_err(Error::io("delete", path))?;
    for beside in [Note::path(path), mark_path(path)] {
        let _ = fs::remove_file(beside);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts an unpacked file of ten bytes into a folder, last used at a minute.
    fn put(folder: &Path, name: &str, minute: u64) -> PathBuf {
        let folder = folder.join("rewind");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name).with_extension("json");
        fs::write(&path, [b' '; 10]).unwrap();
        let mark = File::create(mark_path(&path)).unwrap();
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_mins(minute);
        mark.set_modified(time).unwrap();
        path
    }

    #[test]
    fn the_files_used_last_and_those_in_use_stay() {
        let root = tempfile::tempdir().unwrap();
        let folders = ["one", "other"].map(|name| root.path().join(name));
        let in_use = put(&folders[0], "a", 1);
        let held = locked(&in_use).unwrap();
        let old = put(&folders[1], "b", 2);
        let newer = put(&folders[0], "c", 3);
        let newest = put(&folders[1], "d", 4);
        make_room(&folders_in(root.path()), 30);
        let there = |path: &PathBuf| path.exists();
        assert_eq!(
            [&in_use, &old, &newer, &newest].map(there),
            [true, false, true, true]
        );
        make_room(&folders_in(root.path()), 0);
        assert_eq!([&in_use, &newer, &newest].map(there), [true, false, false]);
        drop(held);
        make_room(&folders_in(root.path()), 0);
        assert!(!there(&in_use) && !mark_path(&in_use).exists());
    }
}
