//! The restic repository of an archive; the only user of rustic_core. It knows nothing of data folders:
//! [`super::Archive`] decides which snapshots are one's own.

mod add;
mod check;
mod failure;
mod gate;
mod get;
mod last_file;
mod list;
mod place;
mod policy;
#[cfg(feature = "archive-remote")]
mod rclone;
#[cfg(feature = "archive-s3")]
mod s3;
mod sentence;

use std::{
    collections::HashSet,
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use rustic_core::{
    ConfigOptions, Credentials, KeyOptions, PruneOptions, RepositoryBackends, RepositoryOptions,
    RusticResult, StringList,
    jiff::{Timestamp, Zoned, tz::TimeZone},
    repofile::SnapshotId,
};

use super::{ArchiveSettings, absent, folder_of, location::shown};
use crate::core::base::{
    clock,
    error::{Error, Result},
    owner::make_folder,
    progress::{OnProgress, Stage},
};
pub use check::ArchiveFlaw;
use failure::failed;
pub(super) use gate::CallState;
use gate::Gate;
use last_file::LastFile;
pub(super) use last_file::Parts;
pub use policy::Judged;

type Open = rustic_core::Repository<rustic_core::OpenStatus>;
type Indexed = rustic_core::Repository<rustic_core::IndexedFullStatus>;

/// An opened repository.
#[derive(Debug)]
pub(super) struct Repository {
    open: Open,
    gate: Gate,
    /// The index as it was last read, to find the parts of a file.
    index: Mutex<Option<Arc<Indexed>>>,
    /// The file that was unpacked last.
    last_file: Mutex<Option<Arc<LastFile>>>,
    /// The restic snapshots that the last list left out, being damaged.
    unreadable: Mutex<Vec<String>>,
    /// Where it is, without the secrets in it.
    location: String,
}

impl Repository {
    /// Chunks of 32 KiB on average: two snapshots that differ by 100 events share nearly all of them.
    const CHUNKS: [u64; 3] = [8, 32, 128];
    /// A lock of restic older than this is abandoned; restic renews its own every five minutes.
    const LOCK_LASTS: Duration = Duration::from_mins(30);

    /// Opens a repository.
    pub(super) fn open(
        location: &str,
        settings: &ArchiveSettings,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let password = settings.password.read(settings.asking, on)?;
        Self::opening(location, on, |state| {
            let gate = place::gate(location, settings, state)?;
            let closed = closed(&gate).map_err(failed(location))?;
            if closed.config_id().map_err(failed(location))?.is_none() {
                return Err(absent(location));
            }
            let opened = closed.open(&Credentials::password(password.reveal()));
            Ok(Self::of(opened.map_err(failed(location))?, gate, location))
        })
    }

    /// Creates a repository with chunks that suit snapshots, or opens an existing one; returns whether it is
    /// new. A folder of this machine gets the owner, group and mode of `like`.
    pub(super) fn create(
        location: &str,
        settings: &ArchiveSettings,
        like: &Path,
        on: OnProgress<'_>,
    ) -> Result<(Self, bool)> {
        let password = settings.password.read(settings.asking, on)?;
        let credentials = Credentials::password(password.reveal());
        if let Some(folder) = folder_of(location) {
            make_private(folder, like)?;
        }
        let [min, average, max] = Self::CHUNKS.map(bytesize::ByteSize::kib);
        let config = ConfigOptions::default()
            .set_chunk_min_size(min)
            .set_chunk_size(average)
            .set_chunk_max_size(max)
            .set_append_only(settings.append_only);
        Self::opening(location, on, |state| {
            let gate = place::gate(location, settings, state)?;
            let closed = closed(&gate).map_err(failed(location))?;
            let is_new = closed.config_id().map_err(failed(location))?.is_none();
            let open = if is_new {
                closed.init(&credentials, &KeyOptions::default(), &config)
            } else {
                closed.open(&credentials)
            };
            let open = open.map_err(failed(location))?;
            Ok((Self::of(open, gate, location), is_new))
        })
    }

    fn of(open: Open, gate: Gate, location: &str) -> Self {
        Self {
            open,
            gate,
            index: Mutex::default(),
            last_file: Mutex::default(),
            unreadable: Mutex::default(),
            location: shown(location),
        }
    }

    fn opening<T: Send>(
        location: &str,
        on: OnProgress<'_>,
        work: impl FnOnce(&CallState) -> Result<T> + Send,
    ) -> Result<T> {
        let state = CallState::default();
        let stage = (Stage::Opening, &*shown(location));
        state.attend(on, stage, (state.passed(), 0), || work(&state))
    }

    /// Runs a step whose progress is unknown, so that it can be cancelled.
    fn attend<T: Send>(
        &self,
        on: OnProgress<'_>,
        stage: Stage,
        work: impl FnOnce() -> Result<T> + Send,
    ) -> Result<T> {
        let state = &self.gate.state;
        state.attend(on, (stage, &self.location), (state.passed(), 0), work)
    }

    /// Opens the repository once more with its key, to read the index as it is now.
    fn again(&self) -> Result<Open> {
        self.through(&self.gate)
    }

    fn through(&self, gate: &Gate) -> Result<Open> {
        let key = Credentials::Masterkey(self.open.key());
        let opened = closed(gate).and_then(|closed| closed.open(&key));
        opened.map_err(self.failed())
    }

    pub(super) fn location(&self) -> &str {
        &self.location
    }

    /// Removes snapshots and what only they need.
    pub(super) fn forget(&self, gone: &HashSet<&str>, on: OnProgress<'_>) -> Result<()> {
        self.refuse_locked()?;
        self.attend(on, Stage::Deleting, || {
            let ids = self.ids_of(gone)?;
            if let Some(error) = self.left_out() {
                // It is unknown what the damaged ones need, so that would be removed.
                return Err(error);
            }
            // Planned first: where the index is damaged nothing is removed.
            let options = PruneOptions::default().ignore_snaps(ids.clone());
            let plan = self.open.prune_plan(&options).map_err(self.failed())?;
            self.delete(&ids)?;
            self.open.prune(&options, plan).map_err(self.failed())
        })
    }

    /// Removes snapshots, but not the data that they refer to.
    pub(super) fn remove(&self, gone: &HashSet<&str>, on: OnProgress<'_>) -> Result<()> {
        self.attend(on, Stage::Deleting, || self.delete(&self.ids_of(gone)?))
    }

    fn ids_of(&self, gone: &HashSet<&str>) -> Result<Vec<SnapshotId>> {
        let mut ids: Vec<_> = self.files()?.iter().map(|file| file.id).collect();
        ids.retain(|id| gone.contains(&*id.to_string()));
        Ok(ids)
    }

    fn delete(&self, ids: &[SnapshotId]) -> Result<()> {
        self.open.delete_snapshots(ids).map_err(self.failed())
    }

    /// Fails while restic holds a lock: its prune could delete what is being added. Locks can be seen in a
    /// folder only.
    fn refuse_locked(&self) -> Result<()> {
        let Some(folder) = folder_of(&self.location) else {
            return Ok(());
        };
        let Ok(entries) = folder.join("locks").read_dir() else {
            return Ok(());
        };
        let is_held = |entry: io::Result<std::fs::DirEntry>| {
            let written = entry.and_then(|entry| entry.metadata()?.modified()).ok();
            let age = written.and_then(|written| written.elapsed().ok());
            age.is_none_or(|age| age < Self::LOCK_LASTS)
        };
        if entries.into_iter().any(is_held) {
            return Err(Error::Archive {
                what: format!("restic has locked the archive {}", self.location),
                hint: "wait until it is done; `restic unlock` removes a lock that was left behind",
            });
        }
        Ok(())
    }

    fn failed(&self) -> impl Fn(Box<rustic_core::RusticError>) -> Error + '_ {
        failed(&self.location)
    }
}

fn closed(gate: &Gate) -> RusticResult<rustic_core::Repository<()>> {
    let mut options = RepositoryOptions::default().no_cache(gate.cache.is_none());
    options.cache_dir.clone_from(&gate.cache);
    let backends = RepositoryBackends::new(Arc::new(gate.clone()), None);
    rustic_core::Repository::new(&options, &backends)
}

/// Creates a repository's folder for those who may read the data folder.
#[cfg_attr(
    windows,
    expect(unused_variables, reason = "access lists are inherited there")
)]
fn make_private(folder: &Path, like: &Path) -> Result<()> {
    if folder.exists() {
        return Ok(());
    }
    make_folder(folder).map_err(Error::io("create", folder))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(like).map_or(0o700, |like| like.permissions().mode());
        let private = std::fs::Permissions::from_mode(0o700 | (mode & 0o2070));
        std::fs::set_permissions(folder, private).map_err(Error::io("create", folder))?;
    }
    Ok(())
}

fn tags(tags: Vec<String>) -> StringList {
    let mut list = StringList::default();
    for tag in tags {
        list.add(tag);
    }
    list
}

fn to_jiff(time: DateTime<Utc>) -> Zoned {
    let time = Timestamp::from_second(time.timestamp()).unwrap_or_default();
    time.to_zoned(TimeZone::UTC)
}

fn from_jiff(time: &Timestamp) -> DateTime<Utc> {
    clock::time(SystemTime::from(*time))
}
