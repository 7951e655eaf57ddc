//! One watch for a data folder: a file among the snapshots, whose lock tells that its holder lives and
//! whose text tells who that is.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
};

use same_file::Handle;

use crate::core::base::{
    error::{Error, Result},
    owner::{follow_folder, make_last_folder},
    regular::{Links, open_file, open_with},
};

/// The lock, held; it is given up, and its file gone, with the value.
#[derive(Debug)]
pub(super) struct Lock {
    folder: PathBuf,
    file: File,
}

impl Lock {
    const NAME: &str = ".unrewind-watch";

    /// Takes the lock in a folder, which is made if it is not there. That another has it is an error.
    pub(super) fn take(folder: &Path) -> Result<Self> {
        // A data folder that is not there is an error, and is not made.
        let data_dir = folder.parent().unwrap_or(Path::new("."));
        make_last_folder(folder, data_dir).map_err(Error::io("create", folder))?;
        let path = folder.join(Self::NAME);
        loop {
            let mut options = File::options();
            let options = options.read(true).write(true).create(true).truncate(false);
            let file = open_with(options, &path, Links::Refuse);
            let file = file.map_err(Error::io("lock", &path))?;
            follow_folder(&file, folder).map_err(Error::io("lock", &path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::Watched {
                        folder: folder.to_owned(),
                        pid: signed(file),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
            }
            let folder = folder.to_owned();
            let mut lock = Self { folder, file };
            // Whoever had it may have deleted the file since it was opened.
            if lock.is_held()? {
                lock.sign()?;
                return Ok(lock);
            }
        }
    }

    /// Takes the lock anew if its file is gone, as it is when the folder was replaced.
    pub(super) fn hold(&mut self) -> Result<()> {
        if !self.is_held()? {
            *self = Self::take(&self.folder)?;
        }
        Ok(())
    }

    /// Whether the file that is locked is still the one that others find. That this cannot be found out, for
    /// want of file descriptors say, is an error: to try again would be to try for ever.
    fn is_held(&self) -> Result<bool> {
        let path = self.path();
        let found = match open_file(&path, Links::Refuse) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            found => found.and_then(Handle::from_file),
        };
        let held = self.file.try_clone().and_then(Handle::from_file);
        let same = found.and_then(|found| held.map(|held| found == held));
        same.map_err(Error::io("lock", path))
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
        if self.is_held().unwrap_or(false) {
            // A file without a lock keeps nobody out.
            let _ = fs::remove_file(self.path());
        }
    }
}

/// The process that signed a lock.
fn signed(file: File) -> Option<u32> {
    const LONGEST: u64 = 32;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
