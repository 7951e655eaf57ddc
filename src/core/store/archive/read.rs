//! Reading a snapshot from the archive: to a file of the user's, to the cache, or only to compare its bytes.

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{Archive, ArchivedSnapshot, Parts};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::atomic_file::{AtomicFile, Named},
};

/// From where the parts of a file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadFrom {
    /// All from the repository.
    Repository,
    /// From the file that was unpacked last, as far as it has them.
    LastFile,
}

impl Archive {
    /// Writes an archived snapshot to a new file, and compares its bytes with what was added.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] if there is such a file; [`Error::Damaged`] if the archive returns other bytes; then
    /// there is no new file.
    pub fn get(&self, archived: &ArchivedSnapshot, to: &Path, on: OnProgress<'_>) -> Result<()> {
        self.get_as(archived, to, AtomicFile::new, on)
    }

    /// Writes an archived snapshot to a new file in a cache, as [`Self::get`] does.
    pub(crate) fn unpack(
        &self,
        archived: &ArchivedSnapshot,
        to: &Path,
        on: OnProgress<'_>,
    ) -> Result<()> {
        // Only a checksum shows what a power failure did to a file that was not synced.
        let draft = match archived.checksum {
            Some(_) => AtomicFile::cached,
            None => AtomicFile::new,
        };
        self.get_as(archived, to, draft, on)
    }

    fn get_as(
        &self,
        archived: &ArchivedSnapshot,
        to: &Path,
        draft: fn(&Path, &str) -> Result<AtomicFile>,
        on: OnProgress<'_>,
    ) -> Result<()> {
        if to.exists() {
            return Err(Error::Exists {
                path: to.to_owned(),
            });
        }
        let folder = to.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        let new = || draft(folder, AtomicFile::PLAIN);
        // The last file may have been changed since, which only a checksum shows.
        let from = match archived.checksum {
            Some(_) => ReadFrom::LastFile,
            None => ReadFrom::Repository,
        };
        let mut draft = new()?;
        let parts = match self.read(archived, (draft.file(), to), from, on) {
            Err(Error::Damaged { .. } | Error::Archive { .. })
                if self.repository.forget_last_file() =>
            {
                draft = new()?;
                self.read(archived, (draft.file(), to), ReadFrom::Repository, on)?
            }
            parts => parts?,
        };
        set_time(&mut draft, archived.modified);
        match draft.name(to)? {
            Named::Done => {
                // Without a checksum an error would spread from file to file.
                if archived.checksum.is_some() {
                    self.repository.unpacked(to, parts);
                }
                Ok(())
            }
            Named::Taken(_) => Err(Error::Exists {
                path: to.to_owned(),
            }),
        }
    }

    /// Reads an archived snapshot back, and compares its bytes with what was added.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the archive returns other bytes.
    pub fn prove(&self, archived: &ArchivedSnapshot, on: OnProgress<'_>) -> Result<()> {
        let nowhere = (io::sink(), &*archived.path);
        self.read(archived, nowhere, ReadFrom::Repository, on)
            .map(|_| ())
    }

    fn read(
        &self,
        archived: &ArchivedSnapshot,
        to: (impl io::Write + Send, &Path),
        from: ReadFrom,
        on: OnProgress<'_>,
    ) -> Result<Parts> {
        let (checksum, parts) = self.repository.get(archived, to, from, on)?;
        checksum
            .mismatch(archived.checksum)
            .map_or(Ok(parts), |damage| {
                let path = format!("{} in the archive {}", archived.id, self.location());
                let path = PathBuf::from(path);
                Err(Error::Damaged { path, damage })
            })
    }
}

/// Gives a file the time at which the archived one was written; without it, only the time is lost.
fn set_time(draft: &mut AtomicFile, time: DateTime<Utc>) {
    let _ = draft.file().set_modified(time.into());
}
