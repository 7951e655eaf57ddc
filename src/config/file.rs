//! Reads a configuration file, where one must or may exist.

use std::{fs, io, path::Path};

use anyhow::Context;

use crate::core::{Links, read_file};

/// Whether a file must exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Optional,
    Required,
}

/// Reads a configuration file, if it exists. The null device counts as empty.
pub(super) fn text_of(
    path: &Path,
    links: Links,
    presence: Presence,
) -> anyhow::Result<Option<String>> {
    const LARGEST: u64 = 1024 * 1024;
    if links == Links::Follow && is_null_device(path) {
        return Ok(None);
    }
    let text = read_file(path, links, LARGEST)
        .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    match text {
        Ok(text) => Ok(Some(text)),
        Err(error) if presence == Presence::Optional && is_absent(path, &error) => Ok(None),
        Err(error) => {
            Err(error).with_context(|| format!("cannot read the configuration {}", path.display()))
        }
    }
}

/// Returns whether an error means that there is no file. A folder without access, such as another
/// user's home, and a path through a file hold no configuration.
fn is_absent(path: &Path, error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => true,
        io::ErrorKind::PermissionDenied => fs::symlink_metadata(path).is_err(),
        _ => false,
    }
}

#[cfg(unix)]
fn is_null_device(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::metadata(path).map(|found| found.rdev());
    match (device(path), device(Path::new("/dev/null"))) {
        (Ok(found), Ok(null)) => found != 0 && found == null,
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_null_device(_: &Path) -> bool {
    false
}
