//! Doing one task, plainly: the library does the work, and what it returns is the reply.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{Planning, Reply, Report, Restorable, Task, about, count};
use crate::{
    core::{
        self, AnewPlan, Archived, Error, ExclusiveRows, Kind, Moment, OnProgress, Operation,
        Process, Progress, RestoreOptions, RestorePlan, Result, RewoundRange, Safety, Snapshot,
        Stage, UndoStep, Verification, When, Workspace, make_anew,
    },
    tui::live::{LiveView, RestoreDone},
};

/// Does a task and reports its replies, [`Reply::Ended`] last.
pub fn perform(task: Task, workspace: &Workspace, now: DateTime<Utc>, report: Report<'_>) {
    let reply = work(task, workspace, now, report);
    // A plan goes on with the connection that it was made on.
    workspace.retire_cancellation();
    let repaired = workspace.take_repaired();
    let _ = report(reply);
    if !repaired.is_empty() {
        let _ = report(Reply::Repaired(repaired));
    }
    let _ = report(Reply::Ended);
}

fn work(task: Task, workspace: &Workspace, now: DateTime<Utc>, report: Report<'_>) -> Reply {
    let Workspace {
        profile,
        store,
        cache,
        ..
    } = workspace;
    let database = || workspace.database();
    let on = &mut |progress| report(Reply::Progress(progress));
    match task {
        Task::Refresh => {
            let found = store.list_all(&Kind::ALL);
            let mut known = match &found {
                Ok(found) => found.snapshots.clone(),
                Err(_) => Vec::new(),
            };
            known.retain(|snapshot| !snapshot.is_only_archived());
            let _ = report(Reply::Snapshots(found));
            Reply::Live(LiveView::of(workspace, &known, now))
        }
        Task::Count(snapshot) => count::whole(*snapshot, workspace, report),
        Task::About(requests) => {
            about::about(requests, workspace, report);
            Reply::Ended
        }
        Task::CountCached(snapshots) => Reply::CachedCounts(count::cached(snapshots, cache, on)),
        Task::FindRewind(rewinds) => Reply::Rewind(database().and_then(|database| {
            core::find_rewind(&database, profile, &rewinds, (store, Archived::Here), on)
        })),
        Task::CountRewound => {
            Reply::RewoundCount(database().and_then(|database| core::rewound(&database, profile)))
        }
        Task::FindRewoundRanges(ends) => Reply::RewoundRanges(
            database().and_then(|database| RewoundRange::by_rewinds(&database, profile, &ends)),
        ),
        Task::FindExclusiveRows(going, staying) => {
            Reply::ExclusiveRows(database().and_then(|database| {
                database.refuse_corrupt()?;
                ExclusiveRows::find(&going, &staying, &database, profile, on)
            }))
        }
        Task::Plan(source, options, how) => plan((&source, how), options, workspace, now, on),
        Task::PlanStep(operation) => {
            Reply::PlannedStep(operation, plan_step(operation, workspace, on))
        }
        Task::FindMoments(when) => Reply::Moments(
            database().and_then(|live| Moment::find_all(when, Some(&live), profile, store, on)),
        ),
        Task::Take(kind) => Reply::Taken(
            database().and_then(|database| core::take(&database, profile, store, kind, now, on)),
        ),
        Task::Restore(plan) => Reply::Restored(restore(*plan, workspace, now, report)),
        Task::MakeAnew(plan) => {
            let made = make_anew(&plan.database, store, profile, &plan.snapshot, now, on);
            Reply::MadeAnew(plan, made.map(Box::new))
        }
        Task::Delete(plan) => Reply::Deleted(workspace.prune_with(plan, on)),
        Task::Label(snapshot, label) => Reply::Noted(store.label(&snapshot, label)),
        Task::Pin(snapshots) => {
            let live = database().ok();
            let mut pin = |one| store.pin(one, profile, live.as_ref(), on);
            Reply::Noted(snapshots.iter().try_for_each(&mut pin))
        }
        Task::Unpin(snapshots) => {
            Reply::Noted(snapshots.iter().try_for_each(|one| store.unpin(one)))
        }
        Task::Verify(snapshots) => Reply::Verified(verify(
            snapshots,
            workspace,
            database().ok().as_ref(),
            now,
            on,
        )),
        Task::Export(request) => Reply::Exported(request.write(workspace, on)),
        Task::Changes(request) => Reply::Changes(request.fetch(workspace, report)),
        Task::Diff(request) => Reply::Diff(request.fetch(workspace, report)),
        Task::Events(request) => Reply::Events(request.fetch(workspace, report)),
        Task::History(request) => Reply::History(request.fetch(workspace, report)),
        Task::Rows(request) => Reply::Rows(request.fetch(workspace, report)),
        Task::Search(request) => Reply::Search(request.fetch(workspace, report)),
    }
}

/// Plans a restore; if there is no live to restore into, plans to make it anew if that is possible.
fn plan(
    (source, how): (&Restorable, Planning),
    options: RestoreOptions,
    workspace: &Workspace,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Reply {
    let (profile, store) = (&workspace.profile, &workspace.store);
    let planned = workspace.own_database().and_then(|database| {
        let plan = match source {
            Restorable::Snapshot(snapshot) => match how {
                Planning::AsAsked => {
                    let snapshot = (**snapshot).clone();
                    RestorePlan::of_snapshot(database, profile, store, snapshot, options, on)
                }
                Planning::Suggested => {
                    RestorePlan::suggested(database, profile, store, snapshot, options, on)
                }
            },
            Restorable::Moment(event, anchor) => {
                let (when, from) = (When::Event(*event), Some(anchor.clone()));
                let moment = Moment::find(when, from, Some(&database), profile, store, on)?;
                RestorePlan::of_moment(database, profile, store, &moment, options, on)
            }
        };
        plan?.checked(store, now, on)
    });
    let (gone, snapshot) = match (planned, source) {
        (
            Err(gone @ (Error::NoDatabase { .. } | Error::NotADatabase { .. })),
            Restorable::Snapshot(snapshot),
        ) => (gone, snapshot),
        (planned, _) => return Reply::Planned(planned.map(Box::new)),
    };
    let anew = |path: PathBuf| AnewPlan::compute(&path, store, profile, snapshot);
    match workspace.own_database_path().and_then(anew) {
        Ok(anew) => Reply::PlannedAnew(gone, Box::new(anew)),
        // The missing database is the error that the user can do something about.
        Err(_) => Reply::Planned(Err(gone)),
    }
}

/// Finds what is undone or redone next, and plans it.
fn plan_step(
    operation: Operation,
    workspace: &Workspace,
    on: OnProgress<'_>,
) -> Result<(Box<UndoStep>, Box<RestorePlan>)> {
    let (plan, step) = workspace.plan_step(operation, on)?;
    Ok((Box::new(step), Box::new(plan)))
}

/// Applies a plan, and reports who is writing to the database if it has to wait.
fn restore(
    plan: RestorePlan,
    workspace: &Workspace,
    now: DateTime<Utc>,
    report: Report<'_>,
) -> Result<Box<RestoreDone>> {
    let store = &workspace.store;
    let database = plan.database().to_owned();
    let mut waits = false;
    let on = &mut |progress: Progress| {
        if progress.stage == Stage::Waiting && !std::mem::replace(&mut waits, true) {
            let _ = report(Reply::Writers(Process::writing(&database)));
        }
        report(Reply::Progress(progress))
    };
    let restored = plan.apply(store, Safety::default(), now, on)?;
    let shadows = if restored.starts_from_checkpoint {
        store.shadowing().unwrap_or_default()
    } else {
        Vec::new()
    };
    Ok(Box::new(RestoreDone {
        restored,
        database,
        shadows,
    }))
}

/// Verifies each snapshot and writes the result into its note.
fn verify(
    snapshots: Vec<Snapshot>,
    workspace: &Workspace,
    live: Option<&core::Database>,
    now: DateTime<Utc>,
    on: OnProgress<'_>,
) -> Result<Vec<(Snapshot, Result<Verification>)>> {
    let mut verified = Vec::new();
    for snapshot in snapshots {
        let unpacked = workspace.store.unpack(&snapshot, on);
        let found =
            unpacked.and_then(|_| core::verify(&snapshot, &workspace.profile, live, None, on));
        let found = match found {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // The result is reported even if its note cannot be written.
            Ok(found) => Ok(found).inspect(|found| drop(found.remember(&snapshot, now))),
            Err(error) => Err(error),
        };
        verified.push((snapshot, found));
    }
    Ok(verified)
}
