//! Watches the file system for changes of the snapshots or the database.
//!
//! SQLite commits by writing to the database or its write-ahead log, and the system reports that.
//! Only the log's index is written through memory, and it is ignored. Where the system reports
//! nothing, as for a folder on another machine, the caller must poll.

use std::{
    fs,
    path::{Path, PathBuf},
    thread::Builder,
    time::SystemTime,
};

use notify::{Event, EventKind, RecommendedWatcher, event::ModifyKind};

use crate::core::{CommitMark, FileId};

/// Creates a watcher that calls `on_change` when this database or a snapshot changes in the folders
/// it watches.
pub fn watcher(
    database: Option<PathBuf>,
    mut on_change: impl FnMut() + Send + 'static,
) -> notify::Result<RecommendedWatcher> {
    let mut seen = database.as_deref().map(CommitStamp::of);
    any_watcher(move |event: &Event| {
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        let now = database.as_deref().map(CommitStamp::of);
        let database_changed = std::mem::replace(&mut seen, now.clone()) != now;
        if database_changed || concerns_snapshots(event) {
            on_change();
        }
    })
}

/// Creates a watcher that calls `on_event` at each event in the folders it watches.
pub fn any_watcher(
    mut on_event: impl FnMut(&Event) + Send + 'static,
) -> notify::Result<RecommendedWatcher> {
    // Without a thread for it, notify would panic later.
    let thread = Builder::new().spawn(|| {}).map_err(notify::Error::io)?;
    let _ = thread.join();
    notify::recommended_watcher(move |event: notify::Result<Event>| {
        if let Ok(event) = event {
            on_event(&event);
        }
    })
}

/// Returns whether an event is about a snapshot, its note or its pin.
pub fn concerns_snapshots(event: &Event) -> bool {
    let is_snapshot = |path: &PathBuf| {
        path.extension().is_some_and(|extension| {
            ["json", "note", "pinned"]
                .iter()
                .any(|known| extension == *known)
        })
    };
    match event.kind {
        // Files in a new folder before it is watched are reported by nothing else.
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) => event
            .paths
            .iter()
            .any(|path| is_snapshot(path) || path.is_dir()),
        _ => event.paths.iter().any(is_snapshot),
    }
}

/// Values that change with every commit: the size and time of the database file and of its
/// write-ahead log. Readers create and delete an empty log, which is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStamp {
    database: Option<(u64, SystemTime)>,
    log: Option<(u64, SystemTime)>,
    /// What changes even if the times come late.
    mark: CommitMark,
}

impl CommitStamp {
    /// Reads the values for the database at a path.
    pub fn of(path: &Path) -> Self {
        let stat = |path: &Path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.len(), metadata.modified().ok()?)).filter(|(length, _)| *length > 0)
        };
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        Self {
            database: stat(path),
            log: stat(Path::new(&log)),
            mark: CommitMark::of(path),
        }
    }
}

/// Values that change whenever a snapshot is written, renamed or deleted, or the folders are replaced: the times
/// and the identities of the folders. A file that is written in place does not change them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldersStamp(Vec<Option<(SystemTime, Option<FileId>, u64)>>);

impl FoldersStamp {
    /// Reads the values of these folders.
    pub fn of(folders: &[PathBuf]) -> Self {
        let stamp = |folder: &PathBuf| {
            let found = fs::metadata(folder).ok()?;
            Some((found.modified().ok()?, FileId::at(folder), names(folder)))
        };
        Self(folders.iter().map(stamp).collect())
    }
}

/// Returns 0: a folder's time comes with the change.
#[cfg(not(windows))]
fn names(_: &std::path::Path) -> u64 {
    0
}

/// Returns a number for the names in a folder and the sizes of the files, since the folder's time may come late.
#[cfg(windows)]
fn names(folder: &std::path::Path) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};

    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: &fs::DirEntry| entry.metadata().map_or(0, |found| found.len());
    let mut found: Vec<_> = entries
        .map(|entry| (entry.file_name(), size(&entry)))
        .collect();
    found.sort_unstable();
    let mut hasher = DefaultHasher::new();
    found.hash(&mut hasher);
    hasher.finish()
}
