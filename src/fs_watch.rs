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

/// Creates a watcher that calls `on_change` when this database or a snapshot changes in the folders
/// it watches.
pub fn watcher(
    database: Option<PathBuf>,
    mut on_change: impl FnMut() + Send + 'static,
) -> notify::Result<RecommendedWatcher> {
    // Without a thread for it, notify would panic later.
    let thread = Builder::new().spawn(|| {}).map_err(notify::Error::io)?;
    let _ = thread.join();
    let mut seen = database.as_deref().map(CommitStamp::of);
    notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        let now = database.as_deref().map(CommitStamp::of);
        let database_changed = std::mem::replace(&mut seen, now.clone()) != now;
        if database_changed || concerns_snapshots(&event) {
            on_change();
        }
    })
}

fn concerns_snapshots(event: &Event) -> bool {
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
        }
    }
}
