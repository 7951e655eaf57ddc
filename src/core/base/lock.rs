//! Waits for a lock that another Unrewind has on a folder, and gives up if that process makes no progress.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    thread,
    time::Duration,
};

#[cfg(unix)]
use super::regular::open_folder;
#[cfg(windows)]
use super::regular::{Links, open_with};
use super::{
    error::{Error, Result},
    process,
    progress::{OnProgress, Stage, report},
};

/// Opens the file whose lock locks a folder: the folder itself.
#[cfg(unix)]
pub(crate) fn open_lock(folder: &Path) -> io::Result<File> {
    open_folder(folder)
}

/// Opens the file whose lock locks a folder: an empty file in it, since Windows cannot lock folders. It is
/// never deleted.
#[cfg(windows)]
pub(crate) fn open_lock(folder: &Path) -> io::Result<File> {
    const NAME: &str = ".unrewind-lock";
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    open_with(&mut options, &folder.join(NAME), Links::Refuse)
}

/// Locks an open folder. Waits as long as the process that has the lock makes progress; fails with
/// [`Error::Stuck`] after `longest` without any. Where folders cannot be locked it succeeds at once.
pub(crate) fn lock(
    folder: &File,
    path: &Path,
    longest: Duration,
    on: OnProgress<'_>,
) -> Result<()> {
    const PART: Duration = Duration::from_millis(50);
    let (mut waited, mut before) = (Duration::ZERO, None);
    while let Err(TryLockError::WouldBlock) = folder.try_lock() {
        if waited >= longest || before.is_none() {
            let holders = process::locking(path);
            if before.as_ref() == Some(&holders) || longest.is_zero() {
                let pid = holders.first().map(|holder| holder.pid);
                return Err(Error::Stuck { pid });
            }
            (waited, before) = (Duration::ZERO, Some(holders));
        }
        report(on, Stage::Waiting, 0, 0)?;
        // A blocking wait for the lock could not be cancelled.
        thread::sleep(PART);
        waited += PART;
    }
    Ok(())
}
