//! Unrewind's memory of data folders: which database is the application's, and which files are
//! copies of it. One small JSON file per folder, in the user's state folder.
//!
//! An unreadable memory counts as empty, and one that cannot be written is not kept; then the
//! folder's files alone decide.

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

/// The memory of one folder.
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
    /// The name of its folder in the user's state folder.
    pub(super) const FOLDER: &str = "folders";
    /// The largest file of the memory, in bytes.
    const LARGEST: u64 = 1024 * 1024;

    /// Creates a memory in this folder, which need not exist.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder: Some(folder),
        }
    }

    /// Returns the remembered database of a data folder.
    pub(super) fn database(&self, data_dir: &Path) -> Option<PathBuf> {
        let name = self.read(data_dir)?.1.database?;
        Some(data_dir.join(name))
    }

    /// Returns the files in a data folder remembered as copies.
    pub(super) fn copies(&self, data_dir: &Path) -> Vec<PathBuf> {
        let copies = self.read(data_dir).map(|(_, known)| known.copies);
        let copies = copies.unwrap_or_default().into_iter();
        copies.map(|name| data_dir.join(name)).collect()
    }

    /// Remembers the database of a data folder, unless one is remembered already.
    pub(super) fn remember_database(&self, data_dir: &Path, database: &Path) {
        let Some(name) = database.file_name() else {
            return;
        };
        self.change(data_dir, |known| {
            known.database.get_or_insert_with(|| name.into());
        });
    }

    /// Remembers that a file about to be created in a data folder is a copy; returns whether that
    /// was saved.
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

    /// Forgets a copy that was not created after all.
    pub(super) fn forget_copy(&self, data_dir: &Path, copy: &Path) {
        self.change(data_dir, |known| {
            known
                .copies
                .retain(|name| copy.file_name() != Some(name.as_os_str()));
        });
    }

    fn read(&self, data_dir: &Path) -> Option<(PathBuf, RememberedFolder)> {
        let folder = dunce::canonicalize(data_dir).ok()?;
        // Paths are compared by all their bytes.
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

    /// Changes the memory of a folder; returns `None` if that was not saved.
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

/// Lists the data folders that are remembered in a folder for state and still exist, in order of their paths.
pub fn known_folders(state: &Path) -> Vec<PathBuf> {
    const MOST: usize = 10_000;
    let files = fs::read_dir(state.join(Memory::FOLDER))
        .into_iter()
        .flatten();
    let read = |file: fs::DirEntry| {
        let bytes = read_file(&file.path(), Links::Refuse, Memory::LARGEST).ok()?;
        let known: RememberedFolder = serde_json::from_slice(&bytes).ok()?;
        known.folder.is_dir().then_some(known.folder)
    };
    let mut folders: Vec<PathBuf> = files.take(MOST).flatten().filter_map(read).collect();
    folders.sort();
    folders
}

impl RememberedFolder {
    /// Returns whether all names are of files in the folder itself.
    fn names_files(&self) -> bool {
        let mut names = self.database.iter().chain(&self.copies);
        names.all(|name| name.file_name() == Some(name.as_os_str()))
    }
}
