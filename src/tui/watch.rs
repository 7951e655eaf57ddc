//! Telling the UI that snapshots or the database changed on disk.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::Sender,
    time::SystemTime,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::ModifyKind};

use super::msg::Msg;
use crate::workplace::Workplace;

/// Watches the data folder and the database's. It goes on until what is returned is dropped; where
/// the system cannot watch, the user reloads by hand.
pub fn watch(workplace: &Workplace, messages: Sender<Msg>) -> Option<RecommendedWatcher> {
    let database = workplace.database_path().ok();
    let mut seen = database.as_deref().map(Seen::of);
    let watched = database.clone();
    let mut handle = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let now = watched.as_deref().map(Seen::of);
        let database_changed = std::mem::replace(&mut seen, now.clone()) != now;
        if database_changed || concerns_snapshots(&event) {
            // The UI is gone: so is the watcher soon.
            let _ = messages.send(Msg::Changed);
        }
    })
    .ok()?;
    handle
        .watch(&workplace.data_dir, RecursiveMode::Recursive)
        .ok()?;
    if let Some(folder) = database.as_deref().and_then(Path::parent)
        && !folder.starts_with(&workplace.data_dir)
    {
        handle.watch(folder, RecursiveMode::NonRecursive).ok()?;
    }
    Some(handle)
}

fn concerns_snapshots(event: &notify::Event) -> bool {
    let is_snapshot = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| ["json", "note", "pinned"].iter().any(|known| extension == *known))
    };
    match event.kind {
        EventKind::Access(_) => false,
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
struct Seen {
    database: Option<(u64, SystemTime)>,
    log: Option<(u64, SystemTime)>,
}

impl Seen {
    fn of(path: &Path) -> Self {
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
