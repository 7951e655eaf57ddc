//! The settings of an archive: where it is, how it is opened, and what it keeps.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{ArchivePassword, Asking, Secret, location::folder_of};

/// Where a data folder's archive is, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveSettings {
    /// The repository: a folder, or a location as restic names it; `None` for the folder `archive` in
    /// the data folder, if there is one.
    pub repository: Option<String>,
    /// Where its password comes from.
    pub password: ArchivePassword,
    /// The user and password of a REST server, unless the repository names them.
    pub server_user: Option<(String, Secret)>,
    /// The file with the certificate of the authority that signed a REST server's certificate, in addition to those
    /// that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// Whether its password command may ask a person.
    pub asking: Asking,
    /// Which snapshots stay when the archive forgets.
    pub keep: ArchiveRetention,
    /// Whether Unrewind never deletes anything in it.
    pub append_only: bool,
    /// Whether pruning deletes only what was archived and read back.
    pub before_prune: bool,
    /// The folder that keeps the lists of a repository on another machine, encrypted; `None` keeps none of them.
    pub cache: Option<PathBuf>,
    /// The most bytes of unpacked snapshots in the cache, of all archives together, without those in use.
    pub cache_limit: u64,
}

impl Default for ArchiveSettings {
    fn default() -> Self {
        Self {
            repository: None,
            password: ArchivePassword::default(),
            server_user: None,
            ca_file: None,
            asking: Asking::default(),
            keep: ArchiveRetention::default(),
            append_only: false,
            before_prune: false,
            cache: None,
            cache_limit: 2_000_000_000,
        }
    }
}

/// Which archived snapshots are kept: the newest of each of the last hours, days, weeks, months and years, as many
/// as the fields say, all that are younger than `within`, and each that is pinned or labelled. Empty keeps all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArchiveRetention {
    /// Of how many hours.
    pub hourly: Option<u32>,
    /// Of how many days.
    pub daily: Option<u32>,
    /// Of how many weeks.
    pub weekly: Option<u32>,
    /// Of how many months.
    pub monthly: Option<u32>,
    /// Of how many years.
    pub yearly: Option<u32>,
    /// The age up to which all are kept, counted back from the newest.
    pub within: Option<Duration>,
}

impl ArchiveRetention {
    /// Returns whether nothing is ever forgotten.
    pub fn keeps_all(&self) -> bool {
        *self == Self::default()
    }
}

impl ArchiveSettings {
    /// The name of the folder in the data folder that holds an archive which no setting names.
    const FOLDER: &str = "archive";

    /// Returns where the archive of a data folder is, as restic names it, whether or not it exists.
    pub fn location(&self, data_dir: &Path) -> String {
        self.repository
            .clone()
            .unwrap_or_else(|| absolute(&data_dir.join(Self::FOLDER)).display().to_string())
    }

    /// Returns whether the policy ever removes anything.
    pub fn forgets(&self) -> bool {
        !self.append_only && !self.keep.keeps_all()
    }

    /// Returns the folder of an archive on this machine, without links, if it exists.
    pub(crate) fn folder(&self, data_dir: &Path) -> Option<PathBuf> {
        let location = self.location(data_dir);
        dunce::canonicalize(folder_of(&location)?).ok()
    }

    /// Returns whether a data folder has an archive, as far as known without opening it.
    pub fn is_there(&self, data_dir: &Path) -> bool {
        let location = self.location(data_dir);
        folder_of(&location).is_none_or(|folder| may_be_file(&folder.join("config")))
    }
}

/// Returns whether a file exists, or may exist because access is denied or a disk fails.
fn may_be_file(path: &Path) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};

    match fs::metadata(path) {
        Ok(found) => found.is_file(),
        Err(error) => !matches!(error.kind(), NotFound | NotADirectory),
    }
}

pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
