//! A pin: a copy of a snapshot's bytes that no pruning deletes, not even the service's.
//!
//! The service deletes by `*.json` and starts from the last such name. So a pinned snapshot stays
//! in place, and `STAMP.pinned` beside it holds the same bytes. It is a separate file, so that a
//! program that writes to the first cannot change the pin; where the file system can share bytes
//! between files it takes no space. While both exist they are one snapshot; once the service has
//! deleted the first, the pin is the snapshot.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::core::{
    base::{
        error::{Error, Result},
        held::patiently,
    },
    file::atomic_file::{AtomicFile, Named, sync_folder},
};

/// The extension of a pin, where the snapshot's is `json`.
pub(crate) const EXTENSION: &str = "pinned";

/// Returns the path of a snapshot's pin.
pub(crate) fn path(snapshot: &Path) -> PathBuf {
    snapshot.with_extension(EXTENSION)
}

/// Returns whether a snapshot's file is its pin, which the service no longer sees.
pub(crate) fn is_alone(snapshot: &Path) -> bool {
    snapshot
        .extension()
        .is_some_and(|extension| extension == EXTENSION)
}

/// Writes the pin of a snapshot as a copy of `source`, which was verified.
pub(crate) fn write(
    snapshot: &Path,
    source: &File,
    copy: impl FnOnce(&File, &Path) -> Result<()>,
) -> Result<()> {
    let pin = path(snapshot);
    let draft = AtomicFile::new(folder(snapshot), AtomicFile::PLAIN)?;
    draft.follow(snapshot)?;
    if !share(source, draft.file()) {
        copy(draft.file(), &pin)?;
    }
    // The pin keeps the modification time of its source.
    let aged = source
        .metadata()
        .and_then(|metadata| metadata.modified())
        .and_then(|time| draft.file().set_modified(time));
    aged.map_err(Error::io("write", &pin))?;
    match draft.name(&pin)? {
        Named::Done | Named::Taken(_) => Ok(()),
    }
}

/// Makes an empty file share the bytes of another (copy on write), if the file system can.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn share(source: &File, copy: &File) -> bool {
    rustix::fs::ioctl_ficlone(copy, source).is_ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn share(_: &File, _: &File) -> bool {
    false
}

/// Removes the pin of the snapshot at `found`. Where `found` is the pin itself, because the service
/// has deleted the other file or that is damaged, the pin becomes the service's file again.
pub(crate) fn clear(found: &Path) -> Result<()> {
    let pin = path(found);
    if is_alone(found) {
        let seen = pin.with_extension("json");
        patiently(|| fs::rename(&pin, &seen)).map_err(Error::io("create", seen))?;
    } else {
        patiently(|| fs::remove_file(&pin)).map_err(Error::io("delete", &pin))?;
    }
    sync_folder(folder(found))
}

fn folder(snapshot: &Path) -> &Path {
    snapshot.parent().unwrap_or(Path::new("."))
}
