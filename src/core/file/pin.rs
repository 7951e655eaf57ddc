//! A pin: a copy of a snapshot's bytes which no pruning looks at, the service's included.
//!
//! The service deletes by `*.json`, and starts from the last such name. So a pinned snapshot stays where
//! it is, and `STAMP.pinned` beside it holds the same bytes again. It is a file of its own, so that
//! nobody who opens the first to write it can reach the pin; where the file system can share bytes
//! between files it takes no room. While both are there they are one snapshot; once the service has
//! deleted the first, the second is the snapshot.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::core::{
    base::error::{Error, Result},
    file::atomic_file::{AtomicFile, Named, sync_folder},
};

/// How a pin's file ends where the snapshot's ends with `json`.
pub(crate) const EXTENSION: &str = "pinned";

/// Where the pin of a snapshot is.
pub(crate) fn path(snapshot: &Path) -> PathBuf {
    snapshot.with_extension(EXTENSION)
}

/// Whether a snapshot's file is its pin: the service does not see it any more.
pub(crate) fn is_alone(snapshot: &Path) -> bool {
    snapshot
        .extension()
        .is_some_and(|extension| extension == EXTENSION)
}

/// Makes the pin of a snapshot a copy of these contents, which were found sound.
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
    // It is as old as what it is a copy of.
    let aged = source
        .metadata()
        .and_then(|metadata| metadata.modified())
        .and_then(|time| draft.file().set_modified(time));
    aged.map_err(Error::io("write", &pin))?;
    match draft.name(&pin)? {
        Named::Done | Named::Taken(_) => Ok(()),
    }
}

/// Has an empty file share the bytes of another, if the file system can; what is written to one of them
/// later the other does not see.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn share(source: &File, copy: &File) -> bool {
    rustix::fs::ioctl_ficlone(copy, source).is_ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn share(_: &File, _: &File) -> bool {
    false
}

/// Takes the pin from a snapshot whose file is `found`: the pin, where the service has deleted the other
/// name or that is damaged. Then the pin becomes what the service sees.
pub(crate) fn clear(found: &Path) -> Result<()> {
    let pin = path(found);
    if is_alone(found) {
        let seen = pin.with_extension("json");
        fs::rename(&pin, &seen).map_err(Error::io("create", seen))?;
    } else {
        fs::remove_file(&pin).map_err(Error::io("delete", &pin))?;
    }
    sync_folder(folder(found))
}

fn folder(snapshot: &Path) -> &Path {
    snapshot.parent().unwrap_or(Path::new("."))
}
