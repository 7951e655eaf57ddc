//! The rounds of a watch, each on a thread of its own.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Sender,
    },
    thread,
    time::Instant,
};

use super::{
    calls::{Call, Calls, Ran},
    seat::Seat,
};
use crate::core::{Watch, Workspace, now};

/// Begins a round of a seat, which reports its end by a call.
pub(super) fn begin(number: usize, seat: &mut Seat, stop: &Arc<AtomicBool>, calls: &Sender<Calls>) {
    let (Some(workspace), Some(watch)) = (seat.workspace.clone(), seat.watch.take()) else {
        return;
    };
    seat.look();
    seat.running = Some(Instant::now());
    let (database, stop, calls) = (seat.database.clone(), Arc::clone(stop), calls.clone());
    let round = move || {
        let ran = || round(watch, &workspace, database, &stop);
        let ran = catch_unwind(AssertUnwindSafe(ran));
        let call = ran.map_or(Call::Lost, |ran| Call::Ran(Box::new(ran)));
        // A watch that has ended needs no call.
        let _ = calls.send((number, call));
    };
    let thread = thread::Builder::new().name("round".to_owned());
    if let Err(error) = thread.spawn(round) {
        log::warn!("no thread for a round: {error}");
        seat.running = None;
    }
}

fn round(
    mut watch: Watch,
    workspace: &Workspace,
    database: Option<PathBuf>,
    stop: &AtomicBool,
) -> Ran {
    let began = now();
    let database = database.map_or_else(|| workspace.database_path(), Ok);
    let known = database.as_ref().ok().cloned();
    let live = || {
        let there = workspace.to_builder().database(database?);
        there.clock(began).build().own_database()
    };
    let round = watch.run(live, began, &mut |_| {
        if stop.load(Ordering::SeqCst) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    Ran {
        watch,
        round,
        repaired: workspace.take_repaired(),
        database: known,
        began,
        ended: now(),
    }
}
