//! What wakes a watch that sleeps.

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
    core::{Kind, Workspace},
    fs_watch,
};

/// Why it is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// The database or the snapshots changed.
    Change,
    /// It is to stop.
    Stop,
}

/// Ears that call once for all that changed since they were last pricked up.
pub(super) struct Waker {
    calls: Sender<Call>,
    called: Arc<AtomicBool>,
    listener: Option<RecommendedWatcher>,
    database: Option<PathBuf>,
    /// Whether it was told that nothing can be heard.
    deaf: bool,
}

impl Waker {
    pub(super) fn new(calls: Sender<Call>) -> Self {
        Self {
            calls,
            called: Arc::default(),
            listener: None,
            database: None,
            deaf: false,
        }
    }

    /// Listens from now on to the folders of the workspace as they are now: they may have been replaced.
    /// Says so, once, if the system tells nothing of them.
    pub(super) fn listen(
        &mut self,
        workspace: &Workspace,
        database: Option<&Path>,
    ) -> Option<String> {
        self.called.store(false, Ordering::SeqCst);
        if self.listener.is_none() || self.database.as_deref() != database {
            self.database = database.map(Path::to_owned);
            self.listener = self.listener();
        }
        let heard = self.turn_to(&folders(workspace, database));
        if heard || self.deaf || !workspace.data_dir.exists() {
            return None;
        }
        self.deaf = true;
        let folder = workspace.data_dir.display();
        Some(format!(
            "the system tells of no changes in {folder}: it is looked at once a minute"
        ))
    }

    fn listener(&self) -> Option<RecommendedWatcher> {
        let (calls, called) = (self.calls.clone(), Arc::clone(&self.called));
        let tell = move || {
            if !called.swap(true, Ordering::SeqCst) {
                // Whoever is gone need not be woken.
                let _ = calls.send(Call::Change);
            }
        };
        fs_watch::listener(self.database.clone(), tell).ok()
    }

    /// Whether the first of the folders can be listened to.
    fn turn_to(&mut self, folders: &[PathBuf]) -> bool {
        let Some(listener) = &mut self.listener else {
            return false;
        };
        let mut turn = |folder: &PathBuf| {
            // What is known of a folder of that name may be about another.
            let _ = listener.unwatch(folder);
            listener.watch(folder, RecursiveMode::NonRecursive).is_ok()
        };
        let turned: Vec<bool> = folders.iter().map(&mut turn).collect();
        turned.first() == Some(&true)
    }
}

/// Those in which there is something to hear; not all need be there.
fn folders(workspace: &Workspace, database: Option<&Path>) -> Vec<PathBuf> {
    let root = workspace.store.root();
    let mut folders = vec![workspace.data_dir.clone(), root.to_owned()];
    folders.extend(Kind::ALL.map(|kind| root.join(kind.name())));
    let beside = database.and_then(Path::parent).map(Path::to_owned);
    folders.extend(beside.filter(|folder| *folder != workspace.data_dir));
    folders
}
