//! Asks file systems whether they respond, on threads, so that one that hangs does not stop the loop of a watch.

use std::{fs, sync::mpsc::Sender, thread, time::Instant};

use super::{
    calls::{Call, Calls},
    seat::{Response, Seat},
};

/// Asks for the folder and the database of a seat; a call follows once both have responded, whatever they say.
pub(super) fn ask(number: usize, seat: &mut Seat, calls: &Sender<Calls>) {
    let paths = [Some(seat.data_dir.clone()), seat.database.clone()];
    let calls = calls.clone();
    let ask = move || {
        for path in paths.into_iter().flatten() {
            let _ = fs::metadata(path);
        }
        // A watch that has ended needs no call.
        let _ = calls.send((number, Call::Reached));
    };
    seat.reach = Response::Asked(Instant::now(), false);
    let thread = thread::Builder::new().name("reach".to_owned());
    if let Err(error) = thread.spawn(ask) {
        log::warn!("no thread to ask a file system: {error}");
        seat.reach = Response::Responds;
    }
}
