//! Wakes the seats of a watch: one watcher of the file system for all of them, since a system allows few.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread,
    time::Duration,
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::calls::{Call, Calls};
use crate::{
    core::{Kind, Workspace},
    fs_watch::{self, CommitStamp},
};

/// The thread that has the system report changes. A folder whose file system does not respond may stop it; the other
/// folders are then looked at once a minute.
#[derive(Clone)]
pub(super) struct Waker {
    requests: Sender<Rearm>,
}

/// A seat to re-arm.
struct Rearm {
    seat: usize,
    data_dir: PathBuf,
    folders: Vec<PathBuf>,
    database: Option<PathBuf>,
    /// Gets a warning, or nothing.
    reply: Sender<Option<String>>,
}

impl Waker {
    /// How long a turn waits for it.
    const PATIENCE: Duration = Duration::from_secs(5);

    pub(super) fn new(calls: Sender<Calls>) -> Self {
        let (sender, requests) = mpsc::channel::<Rearm>();
        let work = move || {
            let mut changes = Changes::new(calls);
            for request in requests {
                // A turn that has given up needs no reply.
                let _ = request.reply.send(changes.rearm(&request));
            }
        };
        let thread = thread::Builder::new().name("changes".to_owned());
        if let Err(error) = thread.spawn(work) {
            log::warn!("no thread to notice changes: {error}");
        }
        Self { requests: sender }
    }

    /// Watches the folders of a workspace as they are now, since they may have been replaced, and re-arms the seat.
    /// Returns a warning, once, if the system reports no changes there.
    pub(super) fn rearm(
        &self,
        seat: usize,
        workspace: &Workspace,
        database: Option<&Path>,
    ) -> Option<String> {
        let (reply, replied) = mpsc::channel();
        let request = Rearm {
            seat,
            data_dir: workspace.data_dir.clone(),
            folders: folders(workspace, database),
            database: database.map(Path::to_owned),
            reply,
        };
        self.requests.send(request).ok()?;
        replied.recv_timeout(Self::PATIENCE).ok().flatten()
    }
}

/// Coalesces file-system events of each seat until that seat is re-armed.
struct Changes {
    watcher: Option<RecommendedWatcher>,
    routes: Arc<Mutex<Routes>>,
    /// Those whose user was warned that the system reports no changes.
    warned: Vec<usize>,
}

/// Which seats an event of a folder concerns.
#[derive(Default)]
struct Routes {
    folders: HashMap<PathBuf, Vec<usize>>,
    seats: HashMap<usize, Route>,
}

/// What is watched for a seat.
struct Route {
    folders: Vec<PathBuf>,
    database: Option<PathBuf>,
    /// The database as it was at the last event.
    seen: Option<CommitStamp>,
    /// Whether it was called since it was armed.
    called: bool,
}

impl Changes {
    fn new(calls: Sender<Calls>) -> Self {
        let routes = Arc::<Mutex<Routes>>::default();
        let goes_to = Arc::clone(&routes);
        let watcher = fs_watch::any_watcher(move |event: &Event| {
            let mut routes = goes_to.lock().unwrap_or_else(PoisonError::into_inner);
            for seat in routes.called_by(event) {
                // A receiver that is gone needs no call.
                let _ = calls.send((seat, Call::Change));
            }
        });
        Self {
            watcher: watcher.ok(),
            routes,
            warned: Vec::new(),
        }
    }

    fn rearm(&mut self, request: &Rearm) -> Option<String> {
        let Rearm {
            seat,
            data_dir,
            folders,
            database,
            ..
        } = request;
        let gone = self.routes().route(*seat, folders, database.as_deref());
        if let Some(watcher) = &mut self.watcher {
            for folder in gone {
                let _ = watcher.unwatch(&folder);
            }
        }
        if self.watch_folders(folders) || self.warned.contains(seat) || !data_dir.exists() {
            return None;
        }
        self.warned.push(*seat);
        let folder = data_dir.display();
        Some(format!(
            "the system does not report changes in {folder}: Unrewind checks it once a minute"
        ))
    }

    fn routes(&self) -> std::sync::MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Routes {
    /// Sets what concerns a seat; returns the folders that concern no seat any more.
    fn route(&mut self, seat: usize, folders: &[PathBuf], database: Option<&Path>) -> Vec<PathBuf> {
        let before = self.seats.remove(&seat);
        let is_same = |route: &&Route| route.database.as_deref() == database;
        let seen = before.as_ref().filter(is_same).map(|it| it.seen.clone());
        let route = Route {
            folders: folders.to_vec(),
            seen: seen.unwrap_or_else(|| database.map(CommitStamp::of)),
            database: database.map(Path::to_owned),
            called: false,
        };
        let mut gone = Vec::new();
        for folder in before.map_or_else(Vec::new, |before| before.folders) {
            if !folders.contains(&folder)
                && let Some(seats) = self.folders.get_mut(&folder)
            {
                seats.retain(|one| *one != seat);
                if seats.is_empty() {
                    self.folders.remove(&folder);
                    gone.push(folder);
                }
            }
        }
        for folder in folders {
            let seats = self.folders.entry(folder.clone()).or_default();
            if !seats.contains(&seat) {
                seats.push(seat);
            }
        }
        self.seats.insert(seat, route);
        gone
    }

    /// Returns the seats that an event concerns and that were not called since they were armed.
    fn called_by(&mut self, event: &Event) -> Vec<usize> {
        if matches!(event.kind, EventKind::Access(_)) {
            return Vec::new();
        }
        let concerns_snapshots = fs_watch::concerns_snapshots(event);
        let places = event
            .paths
            .iter()
            .flat_map(|path| [Some(&**path), path.parent()]);
        let seats = places.flatten().filter_map(|place| self.folders.get(place));
        let mut seats: Vec<usize> = seats.flatten().copied().collect();
        seats.sort_unstable();
        seats.dedup();
        seats.retain(|seat| {
            let Some(route) = self.seats.get_mut(seat) else {
                return false;
            };
            let now = route.database.as_deref().map(CommitStamp::of);
            let is_changed = std::mem::replace(&mut route.seen, now.clone()) != now;
            (is_changed || concerns_snapshots) && !std::mem::replace(&mut route.called, true)
        });
        seats
    }
}

/// Returns the folders to watch; not all need exist.
pub(super) fn folders(workspace: &Workspace, database: Option<&Path>) -> Vec<PathBuf> {
    let root = workspace.store.root();
    let mut folders = vec![workspace.data_dir.clone(), root.to_owned()];
    folders.extend(Kind::ALL.map(|kind| root.join(kind.name())));
    let beside = database.and_then(Path::parent).map(Path::to_owned);
    folders.extend(beside.filter(|folder| *folder != workspace.data_dir));
    // The system reports absolute paths.
    let absolute = |folder: PathBuf| std::path::absolute(&folder).unwrap_or(folder);
    folders.into_iter().map(absolute).collect()
}
