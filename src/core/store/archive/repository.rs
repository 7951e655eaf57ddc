//! The restic repository of an archive; the only user of rustic_core. It knows nothing of data folders:
//! [`super::Archive`] decides whose a snapshot is.

mod failure;

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use rustic_backend::BackendOptions;
use rustic_core::{
    BackupOptions, CheckOptions, CheckResults, ConfigOptions, Credentials, FileType, IndexedIds,
    KeepOptions, KeyOptions, LsOptions, ParentOptions, PruneOptions, ReadSubsetOption,
    RepositoryBackends, RepositoryOptions, SnapshotOptions, StringList,
    jiff::{Span, Timestamp, Zoned, tz::TimeZone},
    repofile::{Metadata, Node, NodeType, SnapshotFile},
};

use super::{
    Added, ArchiveRetention, ArchiveSize, ArchivedSnapshot,
    password::Secret,
    record::{LABELLED, OURS, PINNED, Record, Stored, named},
    source::{SnapshotSource, Watched},
};
use crate::core::{
    base::{
        clock,
        error::{Error, Result},
        owner::make_folder,
        progress::{OnProgress, Stage, report},
        worker::{join, spawn},
    },
    file::checksum::{Checksum, RunningChecksum},
};
use failure::{cut_short, failed};

type Open = rustic_core::Repository<rustic_core::OpenStatus>;

/// An opened repository.
#[derive(Debug)]
pub(super) struct Repository {
    open: Open,
    location: String,
}

/// A snapshot and what a policy decides about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The snapshot.
    pub snapshot: ArchivedSnapshot,
    /// Whether it stays.
    pub keep: bool,
    /// Why it stays, such as `daily`; empty if it goes.
    pub reasons: Vec<String>,
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
    const LOCK_LASTS: Duration = Duration::from_secs(30 * 60);

    /// Opens a repository.
    pub(super) fn open(location: &str, password: &Secret) -> Result<Self> {
        let (options, backends) = backends(location)?;
        let closed = rustic_core::Repository::new(&options, &backends).map_err(failed(location))?;
        let credentials = Credentials::password(password.reveal());
        Ok(Self {
            open: closed.open(&credentials).map_err(failed(location))?,
            location: location.to_owned(),
        })
    }

    /// Creates a repository with chunks that suit snapshots, or opens an existing one; returns whether it is
    /// new. A folder of this machine gets the owner, group and mode of `like`.
    pub(super) fn create(
        location: &str,
        password: &Secret,
        append_only: bool,
        like: &Path,
    ) -> Result<(Self, bool)> {
        if super::is_local(location) {
            make_private(Path::new(location.trim_start_matches("local:")), like)?;
        }
        let (options, backends) = backends(location)?;
        let closed = rustic_core::Repository::new(&options, &backends).map_err(failed(location))?;
        if closed.config_id().map_err(failed(location))?.is_some() {
            return Self::open(location, password).map(|opened| (opened, false));
        }
        let [min, average, max] = Self::CHUNKS.map(bytesize::ByteSize::kib);
        let config = ConfigOptions::default()
            .set_chunk_min_size(min)
            .set_chunk_size(average)
            .set_chunk_max_size(max)
            .set_append_only(append_only);
        let credentials = Credentials::password(password.reveal());
        let open = closed
            .init(&credentials, &KeyOptions::default(), &config)
            .map_err(failed(location))?;
        let location = location.to_owned();
        Ok((Self { open, location }, true))
    }

    /// Opens the repository once more with its key, to read the index as it is now.
    fn again(&self) -> Result<Open> {
        let (options, backends) = backends(&self.location)?;
        let closed = rustic_core::Repository::new(&options, &backends).map_err(self.failed())?;
        let key = Credentials::Masterkey(self.open.key());
        closed.open(&key).map_err(self.failed())
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

    /// Adds a snapshot's file and note; removes what it stored if the file's bytes are not those of the record.
    pub(super) fn add(
        &self,
        file: File,
        path: &Path,
        record: &Record,
        on: OnProgress<'_>,
    ) -> Result<Added> {
        self.refuse_locked()?;
        let watched = Arc::new(Watched::default());
        let note = record.note();
        let expected = record.written.size + note.as_ref().map_or(0, |note| note.len() as u64);
        let mut paths = vec![path.to_owned()];
        paths.extend(note.as_ref().map(|_| path.with_extension("note")));
        let source = SnapshotSource::new(file, path, note, &watched);
        let mut snapshot = self.labelled(record)?;
        snapshot.time = to_jiff(record.id().stamp.time());
        let indexed = self.again()?.to_indexed_ids().map_err(self.failed())?;
        let stored = thread::scope(|scope| {
            let (done, finished) = mpsc::channel();
            let worker = spawn(scope, move || {
                let result = archive(&indexed, &source, snapshot, &paths);
                // The receiver waits for it.
                let _ = done.send(());
                result
            })?;
            let mut cancelled = Ok(());
            while finished.recv_timeout(Duration::from_millis(50))
                == Err(mpsc::RecvTimeoutError::Timeout)
            {
                if cancelled.is_ok() {
                    let (done, size) = (watched.bytes(), record.written.size);
                    cancelled =
                        report(on, Stage::Archiving, done, size).inspect_err(|_| watched.cancel());
                }
            }
            cancelled.and(join(worker).map_err(self.failed()))
        });
        let summed = watched.checksum().map_err(Error::io("read", path));
        // What rustic could not read is not in what it stored.
        let whole = |stored: &SnapshotFile| {
            let summary = stored.summary.as_ref();
            summary.is_some_and(|summary| summary.total_bytes_processed == expected)
        };
        match (stored, summed) {
            (Ok(stored), Ok(sum)) if whole(&stored) && sum == record.written.checksum => {
                let summary = stored.summary.unwrap_or_default();
                let (size, stored) = (record.written.size, summary.data_added_packed);
                Ok(Added { size, stored })
            }
            (Ok(stored), sum) => {
                self.remove(&[stored.id])?;
                let damage = sum?.mismatch(Some(record.written.checksum));
                Err(damage.map_or_else(
                    || Error::ChangedWhileRead {
                        path: path.to_owned(),
                    },
                    |damage| Error::Damaged {
                        path: path.to_owned(),
                        damage,
                    },
                ))
            }
            (Err(error), _) => Err(error),
        }
    }

    fn labelled(&self, record: &Record) -> Result<SnapshotFile> {
        let mut options = SnapshotOptions::default()
            .command("unrewind archive add".to_owned())
            .description(record.description());
        options.label = record.label();
        options.tags = vec![tags(record.tags())];
        let mut snapshot = options.to_snapshot().map_err(self.failed())?;
        snapshot.program_version = concat!("unrewind ", env!("CARGO_PKG_VERSION")).to_owned();
        Ok(snapshot)
    }

    /// Writes the file of an archived snapshot to `to`, which errors call `path`; returns its checksum.
    pub(super) fn get(
        &self,
        archived: &ArchivedSnapshot,
        to: &File,
        path: &Path,
        on: OnProgress<'_>,
    ) -> Result<Checksum> {
        let mut writer = GetWriter {
            to: io::BufWriter::new(to),
            sum: RunningChecksum::default(),
            done: 0,
            total: archived.size.unwrap_or_default(),
            on,
            failed: None,
        };
        let result = self.dump(&archived.restic_id, &archived.path, &mut writer);
        let flushed = writer.to.flush().map_err(Error::io("write", path));
        match writer.failed {
            Some(WriteFailure::Cancelled) => Err(Error::Cancelled),
            Some(WriteFailure::Io(error)) => Err(Error::io("write", path)(error)),
            None => result.and(flushed).map(|()| writer.sum.checksum()),
        }
    }

    fn dump(&self, restic_id: &str, path: &Path, to: &mut impl Write) -> Result<()> {
        let indexed = self.again()?.to_indexed().map_err(self.failed())?;
        let snapshot = indexed.get_snapshots(&[restic_id]).map_err(self.failed())?;
        let [snapshot] = &snapshot[..] else {
            return Err(failure::missing(restic_id));
        };
        let path = path.to_str().ok_or_else(|| failure::missing(restic_id))?;
        let node = indexed
            .node_from_snapshot_and_path(snapshot, path)
            .map_err(self.failed())?;
        indexed.dump(&node, to).map_err(self.failed())
    }

    /// Judges snapshots by a policy. Rustic counts back from the newest.
    pub(super) fn judge(
        &self,
        snapshots: Vec<ArchivedSnapshot>,
        keep: &ArchiveRetention,
        now: DateTime<Utc>,
    ) -> Result<Vec<Judged>> {
        let files = self.files()?;
        let known = |id: &String| files.iter().find(|file| file.id.to_string() == *id);
        let judged: Vec<_> = snapshots
            .iter()
            .filter_map(|one| known(&one.restic_id).cloned())
            .collect();
        let verdicts = if keep.keeps_all() {
            Vec::new()
        } else {
            options(keep)
                .apply(judged, &to_jiff(now))
                .map_err(self.failed())?
        };
        let verdict = |one: ArchivedSnapshot| {
            let of = verdicts
                .iter()
                .find(|it| it.snapshot.id.to_string() == one.restic_id);
            Judged {
                keep: of.is_none_or(|of| of.keep),
                reasons: of.map(|of| of.reasons.clone()).unwrap_or_default(),
                snapshot: one,
            }
        };
        Ok(snapshots.into_iter().map(verdict).collect())
    }

    /// Removes snapshots and what only they need.
    pub(super) fn forget(&self, gone: &[ArchivedSnapshot], on: OnProgress<'_>) -> Result<()> {
        self.refuse_locked()?;
        report(on, Stage::Deleting, 0, gone.len() as u64)?;
        self.remove_copies(gone)?;
        report(on, Stage::Deleting, gone.len() as u64, gone.len() as u64)?;
        let options = PruneOptions::default();
        let plan = self.open.prune_plan(&options).map_err(self.failed())?;
        self.open.prune(&options, plan).map_err(self.failed())
    }

    /// Removes snapshots, but nothing of what they hold.
    pub(super) fn remove_copies(&self, gone: &[ArchivedSnapshot]) -> Result<()> {
        let is_gone = |id: String| gone.iter().any(|one| one.restic_id == id);
        let mut ids: Vec<_> = self.files()?.iter().map(|file| file.id).collect();
        ids.retain(|id| is_gone(id.to_string()));
        self.remove(&ids)
    }

    fn remove(&self, ids: &[rustic_core::repofile::SnapshotId]) -> Result<()> {
        self.open.delete_snapshots(ids).map_err(self.failed())
    }

    /// Checks the repository, and the bytes of a part of its packs.
    pub(super) fn check(
        &self,
        part: Option<(u32, u32)>,
        on: OnProgress<'_>,
    ) -> Result<Vec<super::ArchiveFlaw>> {
        report(on, Stage::Checking, 0, 0)?;
        let mut options = CheckOptions::default().read_data(part.is_some());
        options.read_data_subset = part.map_or(ReadSubsetOption::All, ReadSubsetOption::IdSubSet);
        let found = self.open.check(options).map_err(self.failed())?;
        let found = found.0.into_iter().map(|found| ArchiveFlaw {
            what: cut_short(&found.1.to_string()),
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

    /// Writes, reads and deletes a small file; returns whether the deletion was allowed.
    pub(super) fn probe(&self) -> Result<bool> {
        let (path, bytes) = (
            PathBuf::from("/unrewind-probe"),
            format!("{:?}", SystemTime::now()),
        );
        let source = SnapshotSource::of_bytes(path.clone(), bytes.clone().into_bytes());
        let mut options = SnapshotOptions::default().command("unrewind archive init".to_owned());
        options.tags = vec![tags(vec![OURS.to_owned(), "probe".to_owned()])];
        let snapshot = options.to_snapshot().map_err(self.failed())?;
        let indexed = self.again()?.to_indexed_ids().map_err(self.failed())?;
        let stored =
            archive(&indexed, &source, snapshot, &[path.clone()]).map_err(self.failed())?;
        let mut read = Vec::new();
        self.dump(&stored.id.to_string(), &path, &mut read)?;
        if read != bytes.as_bytes() {
            return Err(Error::Archive {
                what: format!(
                    "the archive {} does not return what was written to it",
                    self.location
                ),
                hint: "choose another place, or check the disk",
            });
        }
        Ok(self.remove(&[stored.id]).is_ok())
    }

    /// Fails while restic holds a lock: its prune could delete what is being added. Locks can be seen in a
    /// folder only.
    fn refuse_locked(&self) -> Result<()> {
        if !super::is_local(&self.location) {
            return Ok(());
        }
        let locks = Path::new(self.location.trim_start_matches("local:")).join("locks");
        let Ok(entries) = locks.read_dir() else {
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

fn archive<S: IndexedIds>(
    repository: &rustic_core::Repository<S>,
    source: &SnapshotSource,
    snapshot: SnapshotFile,
    paths: &[PathBuf],
) -> rustic_core::RusticResult<SnapshotFile> {
    let options = BackupOptions::default()
        .no_scan(true)
        // Without a parent no file is passed over for its time.
        .parent_opts(ParentOptions::default().force(true));
    repository.archive(&options, source, snapshot, paths)
}

fn backends(location: &str) -> Result<(RepositoryOptions, RepositoryBackends)> {
    let is_local = super::is_local(location);
    let named = if is_local && !location.starts_with("local:") {
        format!("local:{location}")
    } else {
        location.to_owned()
    };
    let backends = BackendOptions::default().repository(named).to_backends();
    let options = RepositoryOptions::default().no_cache(is_local);
    Ok((options, backends.map_err(failed(location))?))
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

fn options(keep: &ArchiveRetention) -> KeepOptions {
    let count = |count: Option<u32>| count.map(|count| i32::try_from(count).unwrap_or(i32::MAX));
    let mut options = KeepOptions::default();
    options.keep_hourly = count(keep.hourly);
    options.keep_daily = count(keep.daily);
    options.keep_weekly = count(keep.weekly);
    options.keep_monthly = count(keep.monthly);
    options.keep_yearly = count(keep.yearly);
    options.keep_within = keep.within.map(|within| {
        let seconds = i64::try_from(within.as_secs()).unwrap_or(i64::MAX);
        Span::new()
            .try_seconds(seconds)
            .unwrap_or_else(|_| Span::new().years(100))
    });
    options.keep_tags = vec![
        tags(vec![PINNED.to_owned()]),
        tags(vec![LABELLED.to_owned()]),
    ];
    options
}

fn tags(tags: Vec<String>) -> StringList {
    let mut list = StringList::default();
    tags.into_iter().for_each(|tag| list.add(tag));
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

/// Why a write of what the repository returns failed.
enum WriteFailure {
    Cancelled,
    Io(io::Error),
}

/// Receives an archived file: sums its bytes, reports progress, and remembers why it failed.
struct GetWriter<'w, 'on> {
    to: io::BufWriter<&'w File>,
    sum: RunningChecksum,
    done: u64,
    total: u64,
    on: OnProgress<'on>,
    failed: Option<WriteFailure>,
}

impl Write for GetWriter<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.done + bytes.len() as u64;
        if report(self.on, Stage::Unpacking, done, self.total).is_err() {
            self.failed = Some(WriteFailure::Cancelled);
            return Err(io::Error::other("cancelled"));
        }
        if let Err(error) = self.to.write_all(bytes) {
            let copy = error.raw_os_error().map_or_else(
                || io::Error::new(error.kind(), error.to_string()),
                io::Error::from_raw_os_error,
            );
            self.failed = Some(WriteFailure::Io(error));
            return Err(copy);
        }
        self.sum.add(bytes);
        self.done = done;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
