//! The thread that verifies snapshots beside a running watch.

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

use super::calls::{Call, Calls, Drilled};
use crate::core::{Depth, Snapshot, Workspace, now};

/// Begins to verify these snapshots deeply; returns whether there is a thread for it. It reports each by a call, and
/// the end.
pub(super) fn begin(
    number: usize,
    snapshots: Vec<Snapshot>,
    workspace: &Workspace,
    stop: &Arc<AtomicBool>,
    calls: &Sender<Calls>,
) -> bool {
    let (stop, calls) = (Arc::clone(stop), calls.clone());
    let stopped = move || stop.load(Ordering::SeqCst);
    let is_stopped = stopped.clone();
    let flow = move |_| {
        if stopped() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let workspace = workspace.to_builder().on_progress(flow).build();
    let work = move || {
        // A watch that has ended needs no call.
        let call = |call| drop(calls.send((number, call)));
        let _ = catch_unwind(AssertUnwindSafe(|| {
            for snapshot in snapshots {
                if is_stopped() {
                    break;
                }
                call(Call::Drilled(Box::new(verified(snapshot, &workspace))));
            }
        }));
        call(Call::DrillEnded);
    };
    let thread = thread::Builder::new().name("drill".to_owned());
    thread.spawn(work).is_ok()
}

fn verified(snapshot: Snapshot, workspace: &Workspace) -> Drilled {
    let began = now();
    let found = workspace.verify(&snapshot, Depth::Deep);
    if let Ok(found) = &found
        && let Err(error) = found.remember(&snapshot, now())
    {
        log::info!("{}: cannot save the result: {error}", snapshot.name());
    }
    Drilled {
        snapshot,
        found,
        began,
        ended: now(),
    }
}
