//! A turn of a folder: everything of a watch that touches its file system, on a thread of its own, so that one that
//! does not respond stops nothing else.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::Instant,
};

use chrono::{DateTime, Utc};

use super::{
    archiver,
    calls::{Call, Calls, Ran, Turned},
    rest::{RestingState, SeenState},
    seat::{Seat, watch},
    waker::Waker,
};
use crate::{
    cli::each_folder::Progressing,
    config::WatchSettings,
    core::{Kind, Snapshot, Watch, Workspace, now},
};

/// How the workspace of a folder is opened.
pub(super) type Open = Arc<dyn Fn(&Path) -> anyhow::Result<Workspace> + Send + Sync>;

/// What the turns of all folders share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) open: Open,
    pub(super) settings: Arc<WatchSettings>,
    pub(super) waker: Waker,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) calls: Sender<Calls>,
    /// Whether the hook for success is called, which gets to know what snapshots there are.
    pub(super) lists: bool,
}

/// A turn that runs.
pub(super) struct Turn {
    pub(super) began: Instant,
    pub(super) progress: Progressing,
    /// Whether it was reported that it makes none.
    pub(super) is_stuck: bool,
}

/// How many snapshots there are, and when the newest was taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Listed {
    pub(super) snapshots: usize,
    pub(super) newest: Option<DateTime<Utc>>,
}

impl Listed {
    /// Lists the snapshots of a workspace.
    pub(super) fn of(workspace: &Workspace) -> Self {
        let listed = workspace.list(&Kind::ALL).unwrap_or_default();
        let newest = listed.iter().find(|one| one.is_intact());
        Self {
            snapshots: listed.len(),
            newest: newest.map(Snapshot::taken_at),
        }
    }
}

/// What a turn needs of its folder.
struct Work {
    number: usize,
    data_dir: PathBuf,
    workspace: Option<Workspace>,
    watch: Option<Watch>,
    database: Option<PathBuf>,
    rest: Option<RestingState>,
    progress: Progressing,
    shared: Shared,
}

/// Begins a turn of a seat, which reports its end by a call.
pub(super) fn begin(number: usize, seat: &mut Seat, shared: &Shared) {
    let progress = Progressing::begin();
    let work = Work {
        number,
        data_dir: seat.data_dir.clone(),
        workspace: seat.workspace.clone(),
        watch: seat.watch.take(),
        database: seat.database.take(),
        rest: seat.rest.take(),
        progress: progress.clone(),
        shared: shared.clone(),
    };
    seat.running = Some(Turn {
        began: progress.last(),
        progress,
        is_stuck: false,
    });
    let calls = shared.calls.clone();
    let turn = move || {
        let turned = catch_unwind(AssertUnwindSafe(|| work.run()));
        let call = turned.map_or(Call::Lost, |turned| Call::Turned(Box::new(turned)));
        // A watch that has ended needs no call.
        let _ = calls.send((number, call));
    };
    let thread = thread::Builder::new().name("turn".to_owned());
    if let Err(error) = thread.spawn(turn) {
        log::warn!("no thread for a turn: {error}");
        seat.running = None;
    }
}

impl Work {
    fn run(self) -> anyhow::Result<Turned> {
        let workspace = match self.workspace {
            Some(workspace) if self.watch.is_some() => workspace,
            _ => (self.shared.open)(&self.data_dir)?,
        };
        let mut watch = match self.watch {
            Some(watch) => watch,
            None => watch(&workspace, &self.shared.settings)?,
        };
        let began = now();
        self.shared
            .begin_archiving(self.number, &mut watch, &workspace);
        let drill = watch.drill(began);
        let database = self.database.or_else(|| workspace.database_path().ok());
        let is_resting = |rest: &RestingState| rest.lasts(&workspace, database.as_deref(), began);
        if let Some(rest) = self.rest.filter(is_resting) {
            return Ok(Turned {
                workspace,
                watch,
                database,
                drill,
                rest: Some(rest),
                ran: None,
            });
        }
        let known = database.as_deref();
        let warning = self.shared.waker.rearm(self.number, &workspace, known);
        // What is seen from here on is noticed, here or by the waker.
        let before = known.map(|database| SeenState::of(&workspace, database));
        let database = known.map_or_else(|| workspace.database_path(), |known| Ok(known.into()));
        let found = database.as_ref().ok().cloned();
        let live = || {
            let there = workspace.to_builder().database(database?);
            there.clock(began).build().own_database()
        };
        let round = watch.run(live, began, &mut |_| {
            self.progress.note();
            self.shared.flow()
        });
        if !round.acts.is_empty() {
            // What was taken goes into the archive at once.
            self.shared
                .begin_archiving(self.number, &mut watch, &workspace);
        }
        let ran = Ran {
            round,
            warning,
            before,
            repaired: workspace.take_repaired(),
            listed: self.shared.lists.then(|| Listed::of(&workspace)),
            began,
            ended: now(),
        };
        Ok(Turned {
            watch,
            database: found,
            drill,
            rest: None,
            ran: Some(ran),
            workspace,
        })
    }
}

impl Shared {
    fn flow(&self) -> ControlFlow<()> {
        if self.stop.load(Ordering::SeqCst) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Begins the work at the archive that is due, if any.
    fn begin_archiving(&self, number: usize, watch: &mut Watch, workspace: &Workspace) {
        let Some(work) = watch.archive_work(now()) else {
            return;
        };
        let begun = archiver::begin(number, work, workspace, &self.stop, &self.calls);
        let call = begun.map_or_else(|error| Call::ArchiveEnded(Err(error)), |()| Call::Archives);
        // A watch that has ended needs no call.
        let _ = self.calls.send((number, call));
    }
}
