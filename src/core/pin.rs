//! A pin: a second name for a snapshot's bytes which no pruning looks at, the service's included.
//!
//! The service deletes by `*.json`, and starts from the last such name. So a pinned snapshot stays where
//! it is, and `STAMP.pinned` beside it is the same file again: a hard link, or a copy where the file
//! system has none. While both are there they are one snapshot; once the service has deleted the first,
//! the second is the snapshot. Copied elsewhere they are two files with the same bytes, and still one
//! snapshot.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    draft::{Draft, Named, sync_folder},
    error::{Error, Result},
    identity::Identity,
    progress::{OnProgress, Stage, tell},
    regular::{Links, open_file},
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

/// Whether both names are of one file, so that it cannot be that only one is damaged.
pub(crate) fn is_same_file(pin: &Path, snapshot: &Path) -> bool {
    let file = Identity::at(pin);
    file.is_some() && file == Identity::at(snapshot)
}

/// Pins a snapshot; one that is pinned already stays so.
pub(crate) fn set(snapshot: &Path, on: OnProgress<'_>) -> Result<()> {
    let pin = path(snapshot);
    if pin.exists() {
        return Ok(());
    }
    let metadata = fs::symlink_metadata(snapshot).map_err(Error::io("open", snapshot))?;
    // A link to a link would keep no bytes.
    if metadata.is_file() && fs::hard_link(snapshot, &pin).is_ok() {
        return sync_folder(folder(snapshot));
    }
    copy(snapshot, &pin, on)
}

fn copy(snapshot: &Path, pin: &Path, on: OnProgress<'_>) -> Result<()> {
    const PART: u64 = 32 * 1024 * 1024;
    let mut source = open_file(snapshot, Links::Follow).map_err(Error::io("open", snapshot))?;
    let metadata = source.metadata().map_err(Error::io("read", snapshot))?;
    let draft = Draft::new(folder(snapshot), Draft::PLAIN)?;
    draft.follow(snapshot)?;
    let mut done = 0;
    loop {
        let part = io::copy(&mut source.by_ref().take(PART), &mut draft.file());
        let part = part.map_err(Error::io("copy", snapshot))?;
        if part == 0 {
            break;
        }
        done += part;
        tell(on, Stage::Writing, done, metadata.len())?;
    }
    // It is as old as what it is a copy of.
    let aged = metadata
        .modified()
        .and_then(|time| draft.file().set_modified(time));
    aged.map_err(Error::io("write", pin))?;
    match draft.name(pin)? {
        Named::Done | Named::Taken(_) => Ok(()),
    }
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
