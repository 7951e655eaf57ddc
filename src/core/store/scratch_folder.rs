//! The folder for files that only this process needs.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Store;
use crate::core::{
    base::error::{Error, Result},
    file::atomic_file::AtomicFile,
};

/// A folder for scratch files, which it must outlive.
#[derive(Debug)]
pub(crate) enum ScratchFolder {
    /// That of the snapshots, where the next command that writes snapshots deletes what a crash left.
    Snapshots(PathBuf),
    /// A private one in the system's temporary folder. It is deleted on drop.
    Private(TempDir),
}

impl ScratchFolder {
    /// Returns its path.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Snapshots(path) => path,
            Self::Private(folder) => folder.path(),
        }
    }
}

impl Store {
    /// Returns the folder of the snapshots or, where it cannot be written, a private one.
    pub(crate) fn scratch_folder(&self) -> Result<ScratchFolder> {
        let root = self.root();
        let written = self.make_root();
        if written.is_ok() && AtomicFile::new(root, AtomicFile::PLAIN).is_ok() {
            return Ok(ScratchFolder::Snapshots(root.to_owned()));
        }
        let folder = tempfile::Builder::new().prefix("unrewind-").tempdir();
        folder
            .map(ScratchFolder::Private)
            .map_err(Error::io("write in", Path::new("the temporary folder")))
    }
}
