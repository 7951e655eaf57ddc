//! Being told that snapshots or the database changed on disk.
//!
//! What is relied on: SQLite commits by writing to the database or to its write-ahead log, which the
//! system tells of. Only the log's index is written through memory, and that is not looked at. Where
//! the system tells nothing, as of a folder on another machine, whoever listens has to look by itself.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use notify::{Event, EventKind, RecommendedWatcher, event::ModifyKind};

/// A listener that tells of changes of this database and of snapshots, in the folders that it is made
/// to watch.
pub fn listener(
    database: Option<PathBuf>,
    mut tell: impl FnMut() + Send + 'static,
) -> notify::Result<RecommendedWatcher> {
    let mut seen = database.as_deref().map(CommitStamp::of);
    notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        let now = database.as_deref().map(CommitStamp::of);
        let database_changed = std::mem::replace(&mut seen, now.clone()) != now;
        if database_changed || concerns_snapshots(&event) {
            tell();
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
        // What is in a new folder before it is watched, nothing else tells.
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) => event
            .paths
            .iter()
            .any(|path| is_snapshot(path) || path.is_dir()),
        _ => event.paths.iter().any(is_snapshot),
    }
}

/// What changes with every commit: the database file or its write-ahead log. Readers make and remove
/// an empty log, which is no change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStamp {
    database: Option<(u64, SystemTime)>,
    log: Option<(u64, SystemTime)>,
}

impl CommitStamp {
    /// Looks at the database at a path.
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
