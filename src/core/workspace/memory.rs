//! What Unrewind remembers of a data folder: which database is the application's, and which files are
//! copies of it. A small JSON file a folder, in the user's own folder of states.
//!
//! A memory that cannot be read is none, and one that cannot be written is not kept: the folder's files
//! tell as much as they can.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::core::{
    base::regular::{Links, read_file},
    file::checksum::Checksum,
};

/// The memory of all data folders, or none.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    folder: Option<PathBuf>,
}

/// What is remembered of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RememberedFolder {
    /// The data folder, without links.
    folder: PathBuf,
    /// The database, which is in it or was found through a link in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<PathBuf>,
    /// Files in it that Unrewind made as copies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    copies: Vec<PathBuf>,
}

impl Memory {
    /// No file of it has more bytes.
    const LARGEST: u64 = 1024 * 1024;

    /// The memory in this folder, which need not be there.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
        }
    }

    /// The name of the database that is remembered in a data folder.
    pub(super) fn database(&self, data_dir: &Path) -> Option<PathBuf> {
        let name = self.read(data_dir)?.1.database?;
        Some(data_dir.join(name))
    }

    /// The files in a data folder that are remembered as copies.
    pub(super) fn copies(&self, data_dir: &Path) -> Vec<PathBuf> {
        let copies = self.read(data_dir).map(|(_, known)| known.copies);
        let copies = copies.unwrap_or_default().into_iter();
        copies.map(|name| data_dir.join(name)).collect()
    }

    /// Remembers the database of a data folder. One that is remembered already stays.
    pub(super) fn remember_database(&self, data_dir: &Path, database: &Path) {
        let Some(name) = database.file_name() else {
            return;
        };
        self.change(data_dir, |known| {
            known.database.get_or_insert_with(|| name.into());
        });
    }

    /// Remembers that a file which is yet to be made in a data folder is a copy; whether that is kept.
    pub(super) fn remember_copy(&self, data_dir: &Path, copy: &Path) -> bool {
        let Some(name) = copy.file_name().map(PathBuf::from) else {
            return false;
        };
        let kept = self.change(data_dir, |known| {
            if !known.copies.contains(&name) {
                known.copies.push(name);
            }
        });
        kept.is_some()
    }

    fn read(&self, data_dir: &Path) -> Option<(PathBuf, RememberedFolder)> {
        let folder = data_dir.canonicalize().ok()?;
        // Paths are told apart by all their bytes.
        let sum = Checksum::of(folder.as_os_str().as_encoded_bytes());
        let file = self.folder.as_ref()?.join(format!("{}.json", sum.digits()));
        let known = read_file(&file, Links::Refuse, Self::LARGEST)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .filter(|known: &RememberedFolder| known.folder == folder)
            .filter(RememberedFolder::names_files);
        let known = known.unwrap_or_else(|| RememberedFolder {
            folder,
            ..RememberedFolder::default()
        });
        Some((file, known))
    }

    /// Changes what is remembered; whether that is kept.
    fn change(&self, data_dir: &Path, change: impl FnOnce(&mut RememberedFolder)) -> Option<()> {
        let (file, mut known) = self.read(data_dir)?;
        let before = known.clone();
        change(&mut known);
        if known == before {
            return Some(());
        }
        let folder = file.parent()?;
        fs::create_dir_all(folder).ok()?;
        let mut draft = NamedTempFile::new_in(folder).ok()?;
        let text = serde_json::to_vec(&known).ok()?;
        draft.write_all(&text).ok()?;
        draft.as_file().sync_all().ok()?;
        draft.persist(file).ok().map(|_| ())
    }
}

impl RememberedFolder {
    /// Whether what it names are files of the folder itself.
    fn names_files(&self) -> bool {
        let mut names = self.database.iter().chain(&self.copies);
        names.all(|name| name.file_name() == Some(name.as_os_str()))
    }
}
