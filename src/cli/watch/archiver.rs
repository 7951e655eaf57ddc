//! The thread that works at the archive beside a running watch, and the lines about it.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
};

use super::calls::{Call, Calls};
use crate::{
    core::{ArchiveStep, ArchiveWork, Error, Result, Workspace},
    text,
};

/// Begins the work on a thread of its own, which reports by calls: each step, then the end.
pub(super) fn begin(
    number: usize,
    work: ArchiveWork,
    workspace: &Workspace,
    stop: &Arc<AtomicBool>,
    calls: &Sender<Calls>,
) -> Result<()> {
    let (workspace, stop, calls) = (workspace.clone(), Arc::clone(stop), calls.clone());
    let stopped = move || stop.load(Ordering::SeqCst);
    let call = move |call| {
        // A watch that has ended needs no call.
        let _ = calls.send((number, call));
    };
    let work = move || {
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let on_step = |step| call(Call::ArchiveStepped(Box::new(step)));
            let mut on = |_| {
                if stopped() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            workspace.do_archive_work(&work, &mut on, on_step)
        }));
        call(Call::ArchiveEnded(ended.unwrap_or_else(|_| {
            Err(Error::Archive {
                what: "archiving stopped unexpectedly".to_owned(),
                hint: "`unrewind archive check` checks whether it is whole",
            })
        })));
    };
    let spawned = thread::Builder::new()
        .name("archive".to_owned())
        .spawn(work);
    spawned.map(drop).map_err(|source| Error::Thread { source })
}

/// Describes a step, a line for each of its parts.
pub(super) fn lines(step: &ArchiveStep) -> Vec<String> {
    match step {
        ArchiveStep::Added { snapshot, stored } => vec![format!(
            "archived {} ({}): the archive grew by {}",
            snapshot.name(),
            text::size(snapshot.size),
            text::size(*stored)
        )],
        ArchiveStep::Refused { snapshot, error } => {
            vec![format!("! {} was not archived: {error}", snapshot.name())]
        }
        ArchiveStep::Unproven { snapshot, error } => vec![format!(
            "! {} was kept: the archive did not return it: {error}",
            snapshot.name()
        )],
        ArchiveStep::Checked(flaws) => {
            let found = flaws.iter().filter(|flaw| flaw.is_severe);
            let mut lines: Vec<String> = found
                .map(|flaw| format!("! the archive is damaged: {}", flaw.what))
                .collect();
            let next = "the archive forgets nothing until the next check finds no damage; `unrewind archive check --read-data` finds all of it and shows how to repair the archive";
            lines.extend((!lines.is_empty()).then(|| text::runnable(next)));
            lines
        }
        ArchiveStep::Forgot(gone) => {
            let names = gone
                .iter()
                .map(|one| one.id.to_string())
                .collect::<Vec<_>>();
            vec![format!(
                "removed from the archive by the keep policy: {}",
                text::list(&names)
            )]
        }
        ArchiveStep::Spared { gone, of } => vec![text::runnable(&format!(
            "! the keep policy would remove {gone} of {of} archived snapshots at once, so the watch removed none: `unrewind archive forget` shows them and asks"
        ))],
        _ => Vec::new(),
    }
}
