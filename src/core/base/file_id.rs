//! Which file a path names: what tells it from a file that has taken its name.

use std::{
    fs::{self, Metadata},
    path::Path,
};

use serde::{Deserialize, Serialize};

/// The device and the number of a file there, which no other file has while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    /// The file that this is about; nothing where files have no number.
    #[cfg(unix)]
    #[expect(
        clippy::unnecessary_wraps,
        reason = "elsewhere files have no number that can be told"
    )]
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self {
            device: metadata.dev(),
            number: metadata.ino(),
        })
    }

    /// The file that this is about; nothing where files have no number.
    #[cfg(not(unix))]
    pub(crate) fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// The file at a path; nothing where there is none, or files have no number.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().as_ref().and_then(Self::of)
    }
}
