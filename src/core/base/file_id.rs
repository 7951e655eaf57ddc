//! The identity of a file, beyond a path that another file can take over.

use std::{
    fs::{File, Metadata},
    path::Path,
};

use serde::{Deserialize, Serialize};

/// The volume and the file's number on it, which no other file has while this one is open. ReFS numbers
/// files with 128 bits; `number` is then the lower half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileId {
    device: u64,
    number: u64,
}

impl FileId {
    /// Returns the identity of an open file; `None` where the file system has none.
    #[cfg(unix)]
    pub(crate) fn of(file: &File) -> Option<Self> {
        file.metadata().ok().as_ref().map(Self::of_metadata)
    }

    /// Returns the identity of the file or folder at a path; `None` if there is none.
    #[cfg(unix)]
    pub(crate) fn at(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().as_ref().map(Self::of_metadata)
    }

    /// Returns the identity of an open file, from its metadata where these hold it.
    #[cfg(unix)]
    #[expect(clippy::unnecessary_wraps, reason = "other systems have files without")]
    pub(crate) fn within(metadata: &Metadata, _: &File) -> Option<Self> {
        Some(Self::of_metadata(metadata))
    }

    #[cfg(unix)]
    pub(crate) fn of_metadata(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            device: metadata.dev(),
            number: metadata.ino(),
        }
    }

    /// Returns the identity of an open file; `None` where the file system has none.
    #[cfg(windows)]
    pub(crate) fn of(file: &File) -> Option<Self> {
        Self::of_handle(file)
    }

    /// Returns the identity of the file or folder at a path; `None` if there is none.
    #[cfg(windows)]
    pub(crate) fn at(path: &Path) -> Option<Self> {
        Self::of_handle(winapi_util::Handle::from_path_any(path).ok()?)
    }

    /// Returns the identity of an open file, from its metadata where these hold it.
    #[cfg(windows)]
    pub(crate) fn within(_: &Metadata, file: &File) -> Option<Self> {
        Self::of_handle(file)
    }

    #[cfg(windows)]
    fn of_handle(handle: impl winapi_util::AsHandleRef) -> Option<Self> {
        let found = winapi_util::file::information(handle).ok()?;
        let (device, number) = (found.volume_serial_number(), found.file_index());
        // Some network drives number no files.
        (number != 0).then_some(Self { device, number })
    }
}
