//! Wakes a sleeping watch.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::{
    core::{ArchiveStep, Kind, Result, Workspace},
    fs_watch,
};

/// Why it is woken.
#[derive(Debug)]
pub(super) enum Call {
    /// The database or the snapshots changed.
    Change,
    /// It must stop.
    Stop,
    /// The work at the archive made a step.
    ArchiveStepped(Box<ArchiveStep>),
    /// The work at the archive ended.
    ArchiveEnded(Result<()>),
}

/// Coalesces file-system events until it is re-armed.
pub(super) struct Waker {
    calls: Sender<Call>,
    called: Arc<AtomicBool>,
    watcher: Option<RecommendedWatcher>,
    database: Option<PathBuf>,
    /// Whether the user was warned that the system reports no changes.
    warned: bool,
}

impl Waker {
    pub(super) fn new(calls: Sender<Call>) -> Self {
        Self {
            calls,
            called: Arc::default(),
            watcher: None,
            database: None,
            warned: false,
        }
    }

    /// Watches the workspace's folders as they are now, since they may have been replaced, and
    /// re-arms. Returns a warning, once, if the system reports no changes there.
    pub(super) fn rearm(
        &mut self,
        workspace: &Workspace,
        database: Option<&Path>,
    ) -> Option<String> {
        self.called.store(false, Ordering::SeqCst);
        if self.watcher.is_none() || self.database.as_deref() != database {
            self.database = database.map(Path::to_owned);
            self.watcher = self.watcher();
        }
        let is_watching = self.watch_folders(&folders(workspace, database));
        if is_watching || self.warned || !workspace.data_dir.exists() {
            return None;
        }
        self.warned = true;
        let folder = workspace.data_dir.display();
        Some(format!(
            "the system does not report changes in {folder}: Unrewind checks it once a minute"
        ))
    }

    fn watcher(&self) -> Option<RecommendedWatcher> {
        let (calls, called) = (self.calls.clone(), Arc::clone(&self.called));
        let on_change = move || {
            if !called.swap(true, Ordering::SeqCst) {
                // A receiver that is gone needs no call.
                let _ = calls.send(Call::Change);
            }
        };
        fs_watch::watcher(self.database.clone(), on_change).ok()
    }

    /// Returns whether the first folder can be watched.
    fn watch_folders(&mut self, folders: &[PathBuf]) -> bool {
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        let mut watch = |folder: &PathBuf| {
            // A watch on that name may still be on a replaced folder.
            let _ = watcher.unwatch(folder);
            watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()
        };
        let watched: Vec<bool> = folders.iter().map(&mut watch).collect();
        watched.first() == Some(&true)
    }
}

/// Returns the folders to watch; not all need exist.
fn folders(workspace: &Workspace, database: Option<&Path>) -> Vec<PathBuf> {
    let root = workspace.store.root();
    let mut folders = vec![workspace.data_dir.clone(), root.to_owned()];
    folders.extend(Kind::ALL.map(|kind| root.join(kind.name())));
    let beside = database.and_then(Path::parent).map(Path::to_owned);
    folders.extend(beside.filter(|folder| *folder != workspace.data_dir));
    folders
}
