//! A take beside other writers: it is of the second of its name, and never of a time before a restore that was
//! done meanwhile.

use std::ops::ControlFlow;

use unrewind::core::{Kind, Restored, Scope};

use super::{long, take_with};
use crate::sandbox::at;

#[test]
fn a_take_whose_name_is_in_use_is_repeated() {
    let sandbox = long("WAL");
    let last = sandbox.take(Kind::Rewind, at(0)).last_event_id.unwrap();
    let mut written = false;
    let taken = take_with(&sandbox, Kind::Rewind, |_| {
        if !std::mem::replace(&mut written, true) {
            sandbox.event("Hello?");
        }
        ControlFlow::Continue(())
    });
    let taken = taken.unwrap().snapshot;
    assert_eq!(taken.name(), "rewind/20210314T120001Z");
    assert_eq!(taken.last_event_id, Some(last + 1));
}

#[test]
fn a_take_is_repeated_if_a_restore_was_done_meanwhile() {
    for kind in Kind::ALL {
        let sandbox = long("WAL");
        let snapshot = sandbox.take(Kind::Rewind, at(-10));
        sandbox.event("Hello?");
        let mut restored: Option<Restored> = None;
        let taken = take_with(&sandbox, kind, |_| {
            restored.get_or_insert_with(|| sandbox.restore(&snapshot, Scope::Full).unwrap());
            ControlFlow::Continue(())
        });
        let taken = taken.unwrap().snapshot;
        assert!(restored.is_some());
        assert_eq!(taken.last_event_id, snapshot.last_event_id, "{kind}");
    }
}
