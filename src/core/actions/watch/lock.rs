//! Ensures one watch per data folder: a lock file among the snapshots. While its lock is held, its
//! owner lives; its text is the owner's pid.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
};

use crate::core::base::{
    error::{Error, Result},
    file_id::FileId,
    held::{hold_signed, is_signed},
    owner::{follow, follow_folder, make_last_folder},
    regular::{Links, open_file, read_file},
};

/// Whether a watch runs for a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchState {
    /// None runs.
    None,
    /// One runs.
    Running {
        /// Its process, if it can be read.
        pid: Option<u32>,
    },
}

impl WatchState {
    /// Returns whether a process holds the lock of the watch in a folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let path = folder.join(Lock::NAME);
        match is_signed(&path) {
            Ok(true) => Self::Running { pid: signer(&path) },
            _ => Self::None,
        }
    }
}

/// The held lock; dropping it releases the lock and deletes the file.
#[derive(Debug)]
pub(super) struct Lock {
    folder: PathBuf,
    file: File,
}

impl Lock {
    const NAME: &str = ".unrewind-watch";

    /// Takes the lock in a folder, which is created if it does not exist. Fails if another process
    /// holds it.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        // A missing data folder is an error, and is not created.
        let data_dir = folder.parent().unwrap_or(Path::new("."));
        make_last_folder(folder, data_dir).map_err(Error::io("create", folder))?;
        let path = folder.join(Self::NAME);
        loop {
            let Some(file) = hold_signed(&path).map_err(Error::io("lock", &path))? else {
                return Err(Error::Watched {
                    folder: folder.to_owned(),
                    pid: signer(&path),
                });
            };
            follow_folder(&file, folder).map_err(Error::io("lock", &path))?;
            let folder = folder.to_owned();
            let mut lock = Self { folder, file };
            // The previous owner may have deleted the file since it was opened.
            if lock.is_held()? {
                lock.sign()?;
                return Ok(lock);
            }
        }
    }

    /// Takes the lock again if its file is gone, as when the folder was replaced. The file gets the
    /// database's owner and mode: those who can use the database can read who holds the lock.
    pub(super) fn hold(&mut self, database: &Path) -> Result<()> {
        if !self.is_held()? {
            *self = Self::take(&self.folder)?;
        }
        follow(&self.file, database).map_err(Error::io("lock", self.path()))
    }

    /// Returns whether the locked file is still the one at its path. A failure to find out, such as
    /// too many open files, is an error: retrying would never end.
    fn is_held(&self) -> Result<bool> {
        let path = self.path();
        let found = match open_file(&path, Links::Refuse) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            found => found.map_err(Error::io("lock", &path))?,
        };
        let ids = (FileId::of(&found), FileId::of(&self.file));
        // On a file system that does not number its files, both are `None`: the file counts as the same.
        Ok(ids.0 == ids.1)
    }

    fn sign(&mut self) -> Result<()> {
        self.file
            .set_len(0)
            .and_then(|()| writeln!(self.file, "{}", process::id()))
            .map_err(Error::io("write", self.path()))
    }

    fn path(&self) -> PathBuf {
        self.folder.join(Self::NAME)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A single failure to read the file's metadata must not leave it behind.
        if self.is_held().or_else(|_| self.is_held()).unwrap_or(false) {
            // A file without a lock blocks no one.
            let _ = fs::remove_file(self.path());
        }
    }
}

/// Reads the pid of a lock's owner.
fn signer(path: &Path) -> Option<u32> {
    const LONGEST: u64 = 32;
    let text = read_file(path, Links::Refuse, LONGEST).ok()?;
    String::from_utf8(text).ok()?.trim().parse().ok()
}
