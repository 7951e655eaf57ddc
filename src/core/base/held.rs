//! Marks files as in use: the process that writes or reads a file holds it, so no other process deletes it as
//! abandoned. Also waits for files that another program holds for a moment.
//!
//! On Unix a process holds a file by a lock, and other programs can still read and write it. On Windows they could
//! not, so SQLite could not fill a locked draft: there a file is held while it is open, and not held if it can be
//! opened exclusively.

use std::{fs::File, io, path::Path};

use super::regular::{Links, open_with};

/// Holds a file that this process has just created; returns false if another process already holds it. On a
/// file system without locks it always succeeds.
#[cfg(unix)]
pub(crate) fn hold(file: &File) -> bool {
    use std::fs::TryLockError;
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// Holds a file that this process has just created: an open file is held already.
#[cfg(windows)]
pub(crate) fn hold(_: &File) -> bool {
    true
}

/// Holds an open file together with others that read it.
#[cfg(unix)]
pub(crate) fn hold_shared(file: &File) {
    // Where files cannot be locked, one in use may be deleted, which its reader reports.
    let _ = file.try_lock_shared();
}

/// Holds a file together with others that read it: an open file is held already.
#[cfg(windows)]
pub(crate) fn hold_shared(_: &File) {}

/// Opens and holds a file; returns `None` if another process holds it.
#[cfg(unix)]
pub(crate) fn take_over(path: &Path) -> io::Result<Option<File>> {
    // A file need not be writable to be synced.
    let file = open_with(File::options().read(true), path, Links::Refuse)?;
    Ok(file.try_lock().is_ok().then_some(file))
}

/// Opens and holds a file; returns `None` if another process holds it. Two that take it over at the same
/// time may both get it: what only one may do needs another lock.
#[cfg(windows)]
pub(crate) fn take_over(path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;

    let mut options = File::options();
    // Only a file that is open for writing can be synced.
    options.read(true).write(true);
    let alone = open_with(options.clone().share_mode(0), path, Links::Refuse);
    // SQLite must be able to open it while it is held.
    let opened = alone.and_then(|alone| {
        drop(alone);
        open_with(&mut options, path, Links::Refuse)
    });
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if is_held(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a file, which is created if it does not exist, and holds it, while others may read it; returns `None` if
/// another process holds it.
#[cfg(unix)]
pub(crate) fn hold_signed(path: &Path) -> io::Result<Option<File>> {
    use std::{fs::TryLockError, os::unix::fs::OpenOptionsExt};

    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    loop {
        let file = open_with(options.mode(0o600), path, Links::Refuse)?;
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            // Another process only looks whether it is held.
            Err(TryLockError::WouldBlock) if file.try_lock_shared().is_ok() => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Opens a file, which is created if it does not exist, and holds it, while others may read and delete it;
/// returns `None` if another process holds it.
#[cfg(windows)]
pub(crate) fn hold_signed(path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_SHARE_READ: u32 = 1;
    const FILE_SHARE_DELETE: u32 = 4;
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    options.share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE);
    loop {
        match open_with(&mut options, path, Links::Refuse) {
            Ok(file) => return Ok(Some(file)),
            // Another process only looks whether it is held.
            Err(error) if is_held(&error) && !is_signed(path)? => {}
            Err(error) if is_held(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

/// Returns whether a process holds a file that others may read.
#[cfg(unix)]
pub(crate) fn is_signed(path: &Path) -> io::Result<bool> {
    use std::fs::TryLockError;

    let file = open_with(File::options().read(true), path, Links::Refuse)?;
    Ok(matches!(
        file.try_lock_shared(),
        Err(TryLockError::WouldBlock)
    ))
}

/// Returns whether a process holds a file that others may read.
#[cfg(windows)]
pub(crate) fn is_signed(path: &Path) -> io::Result<bool> {
    match open_with(File::options().write(true), path, Links::Refuse) {
        Ok(_) => Ok(false),
        Err(error) if is_held(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Returns whether an error means that another program has the file open and does not share it.
#[cfg(windows)]
pub(crate) fn is_held(error: &io::Error) -> bool {
    const ERROR_SHARING_VIOLATION: i32 = 32;
    const ERROR_LOCK_VIOLATION: i32 = 33;
    matches!(
        error.raw_os_error(),
        Some(ERROR_SHARING_VIOLATION | ERROR_LOCK_VIOLATION)
    )
}

/// Deletes, renames or replaces a file: on Unix it does not matter whether another program has it open.
#[cfg(unix)]
pub(crate) fn patiently<T>(mut change: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    change()
}

/// Deletes, renames or replaces a file. While another program, such as a virus scanner, has it open, tries
/// again for about a second.
#[cfg(windows)]
pub(crate) fn patiently<T>(mut change: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    use std::{thread, time::Duration};

    const PAUSES: [u64; 8] = [1, 5, 20, 50, 100, 200, 300, 400];
    for pause in PAUSES {
        match change() {
            // A file that another program deletes while a third has it open is "denied".
            Err(error) if is_held(&error) || error.kind() == io::ErrorKind::PermissionDenied => {
                thread::sleep(Duration::from_millis(pause));
            }
            result => return result,
        }
    }
    change()
}
