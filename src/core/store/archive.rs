//! The archive of a data folder: a restic repository that holds any number of its snapshots, deduplicated,
//! compressed and encrypted. [`ArchiveSettings`] says where it is; [`Archive`] is the opened repository.

pub(in crate::core) mod cache;
mod find;
mod folder_id;
mod forget;
mod last_check;
mod location;
#[cfg_attr(
    not(feature = "archive"),
    expect(dead_code, reason = "only a repository reads it")
)]
mod password;
mod read;
#[cfg_attr(
    not(feature = "archive"),
    expect(dead_code, reason = "only a repository reads it")
)]
mod record;
#[cfg(feature = "archive")]
mod repository;
#[cfg(not(feature = "archive"))]
#[path = "archive/absent.rs"]
mod repository;
mod settings;
#[cfg(feature = "archive")]
mod source;

use std::path::Path;

use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
        regular::{Links, open_file},
    },
    file::{checksum::Checksum, snapshot::Snapshot},
    store::{Store, own},
};

pub use folder_id::FolderId;
pub(crate) use last_check::LastCheck;
use location::absent;
#[cfg(feature = "archive")]
use location::folder_of;
pub(crate) use location::is_lost;
pub use password::{ArchivePassword, Asking, Secret};
use read::ReadFrom;
pub use record::ArchivedSnapshot;
use record::{SnapshotRecord, folded};
#[cfg(feature = "archive")]
use repository::CallState;
pub use repository::{ArchiveFlaw, Judged};
use repository::{Parts, Repository};
use settings::absolute;
pub use settings::{ArchiveRetention, ArchiveSettings};

/// The archive of one data folder, opened.
#[derive(Debug)]
pub struct Archive {
    repository: Repository,
    store: Store,
    /// The data folder's id; `None` before it has one.
    folder: Option<FolderId>,
    /// Whether nothing in it may be deleted; the repository itself may not know.
    append_only: bool,
}

/// A snapshot that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// The size of its file, in bytes.
    pub size: u64,
    /// How many bytes the repository grew by.
    pub stored: u64,
}

/// What the storage does when something in it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone.
    Done,
    /// It is hidden: the storage keeps it as an older version.
    Hidden,
    /// The storage refuses it.
    Refused,
}

/// The size of a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveSize {
    /// The bytes of all its files.
    pub bytes: u64,
    /// The snapshots in it, of all data folders.
    pub snapshots: u64,
}

impl Archive {
    /// Opens the archive of a data folder.
    ///
    /// # Errors
    ///
    /// [`Error::Archive`] if there is none, its password is wrong, or it cannot be read.
    pub fn open(settings: &ArchiveSettings, data_dir: &Path, on: OnProgress<'_>) -> Result<Self> {
        let location = settings.location(data_dir);
        if !settings.is_there(data_dir) {
            return Err(absent(&location));
        }
        let repository = Repository::open(&location, settings, on)?;
        Self::of(repository, settings, data_dir)
    }

    /// Creates the repository, or opens it if it exists, and returns it with whether it was created.
    ///
    /// # Errors
    ///
    /// [`Error::Archive`] if it cannot be created, or exists with another password.
    pub fn create(
        settings: &ArchiveSettings,
        data_dir: &Path,
        on: OnProgress<'_>,
    ) -> Result<(Self, bool)> {
        let location = settings.location(data_dir);
        let (repository, is_new) = Repository::create(&location, settings, data_dir, on)?;
        let mut archive = Self::of(repository, settings, data_dir)?;
        archive.folder = Some(FolderId::of(archive.store.root())?);
        Ok((archive, is_new))
    }

    fn of(repository: Repository, settings: &ArchiveSettings, data_dir: &Path) -> Result<Self> {
        let store = Store::new(data_dir);
        let folder = FolderId::find(store.root())?;
        Ok(Self {
            repository,
            store,
            folder,
            append_only: settings.append_only,
        })
    }

    /// Returns where the repository is, without the secrets of its location.
    pub fn location(&self) -> &str {
        self.repository.location()
    }

    /// Returns the id under which the archive knows the data folder, which gets one with its first snapshot.
    pub fn folder(&self) -> Option<&FolderId> {
        self.folder.as_ref()
    }

    /// Lists the snapshots of this data folder, newest first; [`Self::left_out`] names damaged ones.
    ///
    /// # Errors
    ///
    /// If the repository cannot be read.
    pub fn list(&self, on: OnProgress<'_>) -> Result<Vec<ArchivedSnapshot>> {
        let mut all = self.list_all(on)?;
        let (id, root) = (self.folder.as_ref(), absolute(self.store.root()));
        all.retain(|one| one.is_of(id, &root));
        Ok(all)
    }

    /// Lists the snapshots of all data folders, newest first. If two machines or commands added the same bytes at
    /// once, only the newest of the copies is listed.
    ///
    /// # Errors
    ///
    /// If the repository cannot be read.
    pub fn list_all(&self, on: OnProgress<'_>) -> Result<Vec<ArchivedSnapshot>> {
        let mut all = self.repository.snapshots(on)?;
        all.sort_by_cached_key(ArchivedSnapshot::newest_first);
        Ok(folded(all))
    }

    /// Returns an error that names the damaged snapshots which the last list left out.
    pub fn left_out(&self) -> Option<Error> {
        self.repository.left_out()
    }

    /// Adds a snapshot of the data folder with its note. The bytes must be those of its checksum; a snapshot
    /// without one must have been decoded by the caller, who passes the checksum found.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the bytes differ; then nothing stays in the archive.
    pub fn add(
        &mut self,
        snapshot: &Snapshot,
        checksum: Checksum,
        on: OnProgress<'_>,
    ) -> Result<Added> {
        own(snapshot)?;
        let file =
            open_file(&snapshot.path, Links::Refuse).map_err(Error::io("read", &snapshot.path))?;
        let folder = match &mut self.folder {
            Some(folder) => folder,
            none => none.insert(FolderId::of(self.store.root())?),
        };
        let record = SnapshotRecord::of(snapshot, checksum, folder)?;
        let path = absolute(&self.store.path(record.id()));
        self.repository.add(file, &path, &record, on)
    }

    /// Checks the repository: that everything it lists exists, and with `part` also that the bytes of that
    /// part of its packs are what they were: `(1, 1)` is all, `(2, 30)` the second of thirty. If all are, damage
    /// that a watch found is over.
    ///
    /// # Errors
    ///
    /// If the repository cannot be read. What the check finds is not an error.
    pub fn check(&self, part: Option<(u32, u32)>, on: OnProgress<'_>) -> Result<Vec<ArchiveFlaw>> {
        let flaws = self.repository.check(part, on)?;
        if part == Some((1, 1)) && !flaws.iter().any(|flaw| flaw.is_severe) {
            LastCheck::end_damage(self.store.root());
        }
        Ok(flaws)
    }

    /// Returns how large the repository is.
    ///
    /// # Errors
    ///
    /// If the repository cannot be read.
    pub fn size(&self, on: OnProgress<'_>) -> Result<ArchiveSize> {
        self.repository.size(on)
    }

    /// Writes a small file, reads it back and deletes it; returns what the deletion did.
    ///
    /// # Errors
    ///
    /// [`Error::Archive`] if the repository cannot be written, or returns other bytes.
    pub fn probe(&mut self, on: OnProgress<'_>) -> Result<Deletion> {
        self.repository.probe(on)
    }
}
