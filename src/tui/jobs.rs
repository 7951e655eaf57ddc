//! Doing what the UI wants done: [`perform`] does one job, plainly; [`Jobs`] does it on a thread.

mod preview;

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::mpsc::Sender,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use super::{
    live::{LiveView, RestoreDone},
    msg::{Job, Msg, News, Purpose},
    screen::{Interim, Request},
};
use crate::{
    core::Workspace,
    core::{
        self, AnewPlan, CancellationToken, ColdLoad, Counts, Due, Error, ExclusiveRows, Kind,
        OnProgress, Operation, Process, Profile, Progress, RestoreOptions, RestorePlan, Result,
        RewoundRange, Safety, Snapshot, Stage, UndoStep, Verification, make_anew, start_of,
        unattended,
    },
    logging,
};

/// Does a job and tells of it. `tell` answers whether the job goes on; a job asks only by progress.
pub fn perform(
    job: Job,
    workspace: &Workspace,
    now: DateTime<Utc>,
    tell: &mut dyn FnMut(News) -> ControlFlow<()>,
) {
    let Workspace {
        profile,
        store,
        cache,
        ..
    } = workspace;
    let mut on = |progress: Progress| tell(News::Progress(progress));
    let news = match job {
        Job::Look => {
            let snapshots = store.list(&Kind::ALL);
            let known = snapshots.as_deref().unwrap_or_default().to_vec();
            let _ = tell(News::Listed(snapshots));
            News::Seen(look(workspace, &known, now))
        }
        Job::Count(path) => preview::count(path, workspace, tell),
        Job::Recall(snapshots) => News::Recalled(preview::recall(snapshots, cache, &mut on)),
        Job::FindRewind(rewinds) => {
            let database = workspace.database();
            let find = |database| core::find_rewind(&database, profile, &rewinds, &mut on);
            News::Rewind(database.and_then(find))
        }
        Job::CountRewound => {
            let database = workspace.database();
            let count = |database| core::rewound(&database, profile);
            News::Rewound(database.and_then(count))
        }
        Job::FindTakenBack(ends) => {
            let database = workspace.database();
            let find = |database| RewoundRange::by_rewinds(&database, profile, &ends);
            News::TakenBack(database.and_then(find))
        }
        Job::FindUnique(going, staying) => {
            let database = workspace.database();
            let find =
                |database| ExclusiveRows::find(&going, &staying, &database, profile, &mut on);
            News::Unique(database.and_then(find))
        }
        Job::Plan(snapshot, options) => plan(&snapshot, options, workspace, now, &mut on),
        Job::PlanStep(operation) => {
            News::PlannedStep(operation, plan_step(operation, workspace, &mut on))
        }
        Job::Take(kind) => {
            let database = workspace.database();
            News::Taken(
                database
                    .and_then(|database| core::take(&database, profile, store, kind, now, &mut on)),
            )
        }
        Job::Restore(plan) => {
            let database = plan.database().to_owned();
            let mut waits = false;
            let on = &mut |progress: Progress| {
                if progress.stage == Stage::Waiting && !std::mem::replace(&mut waits, true) {
                    let _ = tell(News::Writers(Process::writing(&database)));
                }
                tell(News::Progress(progress))
            };
            let restored = plan.apply(store, Safety::default(), now, on);
            let shadows = || store.shadowing().unwrap_or_default();
            News::Restored(restored.map(|restored| {
                Box::new(RestoreDone {
                    restored,
                    database,
                    shadows: shadows(),
                })
            }))
        }
        Job::MakeAnew(plan) => {
            let made = make_anew(&plan.database, store, profile, &plan.snapshot, now, &mut on);
            News::MadeAnew(plan, made.map(Box::new))
        }
        Job::Delete(plan) => News::Deleted(plan.apply(&mut on)),
        Job::Label(snapshot, label) => News::Noted(store.label(&snapshot, label)),
        Job::Pin(snapshots) => {
            let mut pins = snapshots.iter();
            News::Noted(pins.try_for_each(|snapshot| store.pin(snapshot, &mut on)))
        }
        Job::Unpin(snapshots) => {
            let mut pins = snapshots.iter();
            News::Noted(pins.try_for_each(|snapshot| store.unpin(snapshot)))
        }
        Job::Verify(snapshots) => News::Verified(verify(snapshots, profile, now, &mut on)),
        Job::Read(_, request) => read(request, workspace, tell),
    };
    // A plan goes on with the connection that it was made on.
    workspace.retire_cancellation();
    let repaired = workspace.take_repaired();
    let _ = tell(news);
    if !repaired.is_empty() {
        let _ = tell(News::Repaired(repaired));
    }
    let _ = tell(News::Ended);
}

/// Reads for a screen.
fn read(
    request: Request,
    workspace: &Workspace,
    tell: &mut dyn FnMut(News) -> ControlFlow<()>,
) -> News {
    let tell = &mut |interim| match interim {
        Interim::Progress(progress) => tell(News::Progress(progress)),
        Interim::Reply(reply) => tell(News::Screen(reply)),
    };
    News::Screen(request.fetch(workspace, tell))
}

/// Plans a restore; where there is no live to restore into, plans to make it anew if that can be done.
fn plan(
    snapshot: &Snapshot,
    options: RestoreOptions,
    workspace: &Workspace,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> News {
    let (profile, store) = (&workspace.profile, &workspace.store);
    let planned = workspace.database().and_then(|database| {
        RestorePlan::compute(database, profile, snapshot.clone(), options, on)?
            .checked(store, now, on)
    });
    let gone = match planned {
        Err(gone @ (Error::NoDatabase { .. } | Error::NotADatabase { .. })) => gone,
        planned => return News::Planned(planned.map(Box::new)),
    };
    let anew = |path: PathBuf| AnewPlan::compute(&path, store, profile, snapshot);
    match workspace.database_path().and_then(anew) {
        Ok(anew) => News::PlannedAnew(gone, Box::new(anew)),
        // That live is gone is what there is to do something about.
        Err(_) => News::Planned(Err(gone)),
    }
}

/// Finds what is undone or redone next, and plans it.
fn plan_step(
    operation: Operation,
    workspace: &Workspace,
    on: OnProgress<'_>,
) -> Result<(Box<UndoStep>, Box<RestorePlan>)> {
    // An interrupted restore is repaired first, since it may be the one to undo.
    let database = workspace.database()?;
    let history = workspace.store.history()?;
    let step = match operation {
        Operation::Redo => history.redo()?,
        _ => history.undo()?,
    };
    let plan = RestorePlan::of_step(database, &workspace.profile, &step, on)?;
    Ok((Box::new(step), Box::new(plan)))
}

/// Verifies each snapshot and notes what was found.
fn verify(
    snapshots: Vec<Snapshot>,
    profile: &Profile,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Result<Vec<(Snapshot, Result<Verification>)>> {
    let mut verified = Vec::new();
    for snapshot in snapshots {
        let found = match core::verify(&snapshot, profile, None, on) {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // Where nothing can be written, what was found is told all the same.
            Ok(found) => Ok(found).inspect(|found| drop(found.remember(&snapshot, now))),
            Err(error) => Err(error),
        };
        verified.push((snapshot, found));
    }
    Ok(verified)
}

fn look(workspace: &Workspace, snapshots: &[Snapshot], now: DateTime<Utc>) -> Result<LiveView> {
    let database = workspace.database()?;
    let profile = &workspace.profile;
    let counts = Counts::of_live(&database, profile, &workspace.cache, now)?;
    let since = |newest| Due::events_since(&database, profile, &workspace.cache, newest);
    let known = |snapshot: &&Snapshot| snapshot.last_event_id.is_some();
    let since_newest = match snapshots.iter().find(known) {
        Some(newest) => since(Some(newest))?,
        None => None,
    };
    let since_periodic = since(Due::newest(snapshots))?;
    let cold_load = ColdLoad::of(&database, profile, &workspace.store, &mut unattended)?;
    let start = start_of(snapshots).filter(|_| profile.replays_on_start);
    let rows_back = match start.and_then(|start| start.last_event_id) {
        Some(end) => RewoundRange::since(&database, profile, end)?,
        None => 0,
    };
    Ok(LiveView {
        replay: cold_load.replay,
        rows_back,
        path: database.path().to_owned(),
        size: database.size(),
        counts,
        since_newest,
        since_periodic,
        coverage: database.coverage(profile)?,
    })
}

/// The jobs under way, each on a thread of its own.
#[derive(Debug)]
pub struct Jobs {
    workspace: Workspace,
    messages: Sender<Msg>,
    running: BTreeMap<Purpose, RunningJob>,
}

#[derive(Debug)]
struct RunningJob {
    stop: CancellationToken,
    thread: JoinHandle<()>,
}

impl Jobs {
    /// Jobs in a workspace; their news go to `messages`.
    pub fn new(workspace: Workspace, messages: Sender<Msg>) -> Self {
        Self {
            workspace,
            messages,
            running: BTreeMap::new(),
        }
    }

    /// Starts a job, and cancels an older one of its purpose.
    pub fn start(&mut self, purpose: Purpose, ticket: u64, job: Job) {
        self.cancel(purpose);
        let stop = CancellationToken::default();
        let teller = Teller {
            purpose,
            ticket,
            messages: self.messages.clone(),
            stop: stop.clone(),
            told: None,
        };
        let workspace = self
            .workspace
            .to_builder()
            .cancelled_by(stop.clone())
            .build();
        let failed = self.messages.clone();
        let thread = thread::spawn(move || {
            let mut teller = teller;
            let began = Instant::now();
            let work = || perform(job, &workspace, Utc::now(), &mut |news| teller.tell(news));
            let ended = panic::catch_unwind(AssertUnwindSafe(work));
            if purpose == Purpose::Act {
                log::info!(
                    "what the UI did took {:.3} s",
                    began.elapsed().as_secs_f32()
                );
            }
            if ended.is_err() {
                // The terminal is restored by then; should the UI be gone, so is the need to tell it.
                let _ = failed.send(Msg::Failed);
            }
        });
        self.running.insert(purpose, RunningJob { stop, thread });
    }

    /// Asks the job of this purpose to stop. What it is doing in the database's commit it finishes.
    pub fn cancel(&self, purpose: Purpose) {
        if let Some(running) = self.running.get(&purpose) {
            running.stop.cancel();
        }
    }

    /// Cancels every job and waits for the one that changes something, so that it clears up.
    pub fn end(&mut self) {
        for running in self.running.values() {
            running.stop.cancel();
        }
        if let Some(act) = self.running.remove(&Purpose::Act) {
            // A panic of the job was shown where it happened.
            let _ = act.thread.join();
        }
    }
}

struct Teller {
    purpose: Purpose,
    ticket: u64,
    messages: Sender<Msg>,
    stop: CancellationToken,
    told: Option<Instant>,
}

impl Teller {
    /// As often as a screen is worth drawing again.
    const EVERY: Duration = Duration::from_millis(50);

    fn tell(&mut self, news: News) -> ControlFlow<()> {
        if let News::Progress(_) = news {
            if self.stop.is_cancelled() {
                return ControlFlow::Break(());
            }
            if self.told.is_some_and(|told| told.elapsed() < Self::EVERY) {
                return ControlFlow::Continue(());
            }
            self.told = Some(Instant::now());
        }
        if let Some(error) = news.error() {
            logging::trouble(error);
        }
        let msg = Msg::Job {
            purpose: self.purpose,
            ticket: self.ticket,
            news: Box::new(news),
        };
        match self.messages.send(msg) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}
