//! The restic repository of an archive; the only user of rustic_core. It knows nothing of data folders:
//! [`super::Archive`] decides whose a snapshot is.

mod add;
mod failure;
mod gate;
mod get;
mod last_file;
mod place;
mod policy;
#[cfg(feature = "archive-remote")]
mod rclone;
#[cfg(feature = "archive-s3")]
mod s3;

use std::{
    collections::HashSet,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use rustic_core::{
    CheckOptions, CheckResults, ConfigOptions, Credentials, FileType, IndexedIds, KeyOptions,
    LsOptions, PruneOptions, ReadSubsetOption, RepositoryBackends, RepositoryOptions, RusticResult,
    StringList,
    jiff::{Timestamp, Zoned, tz::TimeZone},
    repofile::{Metadata, Node, NodeType, SnapshotFile},
};

use super::{
    ArchiveSettings, ArchiveSize, ArchivedSnapshot, absent, folder_of,
    location::shown,
    record::{Stored, named},
};
use crate::core::base::{
    clock,
    error::{Error, Result},
    owner::make_folder,
    progress::{OnProgress, Stage},
};
use failure::failed;
use gate::Gate;
pub(super) use gate::Stop;
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
    /// Where it is, without the secrets in it.
    location: String,
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveFlaw {
    /// What is wrong.
    pub what: String,
    /// Whether snapshots may be lost, rather than only room.
    pub is_severe: bool,
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
        let password = settings.password.read()?;
        Self::attend(on, |stop| {
            let gate = place::gate(location, settings, stop)?;
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
        let password = settings.password.read()?;
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
        Self::attend(on, |stop| {
            let gate = place::gate(location, settings, stop)?;
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
            location: shown(location),
        }
    }

    fn attend<T: Send>(
        on: OnProgress<'_>,
        work: impl FnOnce(&Stop) -> Result<T> + Send,
    ) -> Result<T> {
        let stop = Stop::default();
        stop.attend(on, Stage::Opening, (stop.passed(), 0), || work(&stop))
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

    /// Lists the snapshots that Unrewind or restic added, in no order.
    pub(super) fn snapshots(&self) -> Result<Vec<ArchivedSnapshot>> {
        let files = self.files()?;
        let (mut found, mut others) = (Vec::with_capacity(files.len()), Vec::new());
        for file in files {
            let stored = stored(&file);
            match stored.ours() {
                Some(one) => found.push(one),
                // Where nothing can be deleted they stay.
                None if stored.tags.iter().any(|tag| tag == add::PROBE) => {}
                None => others.push((file, stored)),
            }
        }
        if !others.is_empty() {
            let indexed = self.again()?.to_indexed_ids().map_err(self.failed())?;
            for (file, stored) in others {
                found.extend(self.walk(&indexed, &file, &stored)?);
            }
        }
        Ok(found)
    }

    fn files(&self) -> Result<Vec<SnapshotFile>> {
        self.open.get_all_snapshots().map_err(self.failed())
    }

    /// Finds the snapshots of a data folder among the files that restic backed up.
    fn walk<S: IndexedIds>(
        &self,
        indexed: &rustic_core::Repository<S>,
        file: &SnapshotFile,
        stored: &Stored,
    ) -> Result<Vec<ArchivedSnapshot>> {
        let root = Node::new_node("".as_ref(), NodeType::Dir, Metadata::default());
        let root = Node {
            subtree: Some(file.tree),
            ..root
        };
        let mut found = Vec::new();
        let nodes = indexed
            .ls(&root, &LsOptions::default())
            .map_err(self.failed())?;
        for node in nodes {
            let (path, node) = node.map_err(self.failed())?;
            let path = Path::new("/").join(path);
            if node.is_file() && named(&path).is_some() {
                let written = node
                    .meta
                    .mtime
                    .map_or(stored.added, |time| from_jiff(&time));
                found.extend(stored.found(path, node.meta.size, written));
            }
        }
        Ok(found)
    }

    /// Removes snapshots and what only they need.
    pub(super) fn forget(&self, gone: &HashSet<&str>, on: OnProgress<'_>) -> Result<()> {
        self.refuse_locked()?;
        let done = (self.gate.stop.passed(), 0);
        self.gate.stop.attend(on, Stage::Deleting, done, || {
            self.remove(gone)?;
            let options = PruneOptions::default();
            let plan = self.open.prune_plan(&options).map_err(self.failed())?;
            self.open.prune(&options, plan).map_err(self.failed())
        })
    }

    /// Removes snapshots, but nothing of what they hold.
    pub(super) fn remove(&self, gone: &HashSet<&str>) -> Result<()> {
        let mut ids: Vec<_> = self.files()?.iter().map(|file| file.id).collect();
        ids.retain(|id| gone.contains(&*id.to_string()));
        self.open.delete_snapshots(&ids).map_err(self.failed())
    }

    /// Checks the repository, and the bytes of a part of its packs.
    pub(super) fn check(
        &self,
        part: Option<(u32, u32)>,
        on: OnProgress<'_>,
    ) -> Result<Vec<super::ArchiveFlaw>> {
        let mut options = CheckOptions::default().read_data(part.is_some());
        options.read_data_subset = part.map_or(ReadSubsetOption::All, ReadSubsetOption::IdSubSet);
        let done = (self.gate.stop.passed(), 0);
        let found = self.gate.stop.attend(on, Stage::Verifying, done, || {
            // At some damage rustic panics.
            let checked = catch_unwind(AssertUnwindSafe(|| self.open.check(options)));
            checked.map_or(Ok(None), |found| found.map(Some).map_err(self.failed()))
        })?;
        let Some(found) = found else {
            return Ok(vec![ArchiveFlaw {
                what: "the check stopped at damaged data".to_owned(),
                is_severe: true,
            }]);
        };
        let found = found.0.into_iter().map(|found| ArchiveFlaw {
            what: failure::flaw(&found.1.to_string()),
            is_severe: CheckResults(vec![found]).is_ok().is_err(),
        });
        Ok(found.collect())
    }

    pub(super) fn size(&self) -> Result<ArchiveSize> {
        let infos = self.open.infos_files().map_err(self.failed())?;
        let of = |kind| infos.repo.iter().filter(move |info| info.tpe == kind);
        Ok(ArchiveSize {
            bytes: infos.repo.iter().map(|info| info.size).sum(),
            snapshots: of(FileType::Snapshot).map(|info| info.count).sum(),
        })
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

fn stored(file: &SnapshotFile) -> Stored {
    let began = file
        .summary
        .as_ref()
        .map(|summary| summary.backup_start.timestamp());
    Stored {
        restic_id: file.id.to_string(),
        description: file.description.clone(),
        tags: file.tags.iter().cloned().collect(),
        paths: file.paths.iter().map(PathBuf::from).collect(),
        host: file.hostname.clone(),
        bytes: file
            .summary
            .as_ref()
            .map(|summary| summary.total_bytes_processed),
        added: from_jiff(&began.unwrap_or_else(|| file.time.timestamp())),
    }
}

fn to_jiff(time: DateTime<Utc>) -> Zoned {
    let time = Timestamp::from_second(time.timestamp()).unwrap_or_default();
    time.to_zoned(TimeZone::UTC)
}

fn from_jiff(time: &Timestamp) -> DateTime<Utc> {
    clock::time(SystemTime::from(*time))
}
