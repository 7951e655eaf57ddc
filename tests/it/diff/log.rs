//! What became of the events between two sides: rewound, hidden, lost, newer.

use unrewind::core::{EventDiff, EventStatus, Events, Gone, Kind, Snapshot};

use super::difference;
use crate::{
    chat,
    sandbox::{Sandbox, at},
};

/// A chat with five messages, which are the events 3 to 7, and a snapshot of it.
fn five_messages() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    for text in ["one", "two", "three", "four", "five"] {
        sandbox.event(text);
    }
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    (sandbox, snapshot)
}

/// The log's difference from the snapshot to live. Asserts that the reverse mirrors it.
#[track_caller]
fn since(sandbox: &Sandbox, snapshot: &Snapshot) -> EventDiff {
    let log = |from, to| difference(sandbox, from, to).unwrap().log.unwrap();
    let there = log(Some(snapshot), None);
    let back = log(None, Some(snapshot));
    assert_eq!(
        (&there.gone_from, &there.gone_to),
        (&back.gone_to, &back.gone_from)
    );
    assert_eq!(
        (&there.newer_from, &there.newer_to),
        (&back.newer_to, &back.newer_from)
    );
    assert_eq!(
        (&there.reused, there.edited.count),
        (&back.reused, back.edited.count)
    );
    let after = sandbox.take(Kind::Periodic, at(60));
    assert_eq!(there, log(Some(snapshot), Some(&after)));
    there
}

fn ids(events: &Events) -> (u64, Vec<i64>) {
    let shown = events.first.iter().chain(&events.last);
    (events.count, shown.map(|event| event.id).collect())
}

/// Which events are gone, and how many are lost, rewound and hidden.
fn gone(gone: &Gone) -> (Vec<i64>, [u64; 3]) {
    (ids(&gone.events).1, [gone.lost, gone.rewound, gone.hidden])
}

const NONE: (Vec<i64>, [u64; 3]) = (Vec::new(), [0; 3]);

#[test]
fn equal_logs_have_no_difference() {
    let (sandbox, snapshot) = five_messages();
    assert_eq!(since(&sandbox, &snapshot), EventDiff::default());
}

#[test]
fn events_of_a_rewind_are_rewound() {
    let (sandbox, snapshot) = five_messages();
    chat::rewind(&sandbox.app, 4);
    let log = since(&sandbox, &snapshot);
    assert_eq!(gone(&log.gone_to), (vec![5, 6, 7], [0, 3, 0]));
    assert_eq!(gone(&log.gone_from), NONE);
    assert_eq!(ids(&log.newer_to), (1, vec![8]));
    assert_eq!(log.newer_from.count, 0);
    let shown = &log.gone_to.events.first[0];
    assert_eq!(
        (shown.summary(), shown.kind.as_deref(), shown.status),
        ("three", Some("message"), EventStatus::Active)
    );
}

#[test]
fn hidden_events_are_gone() {
    let (sandbox, snapshot) = five_messages();
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id IN (3, 6)");
    let log = since(&sandbox, &snapshot);
    assert_eq!(gone(&log.gone_to), (vec![3, 6], [0, 0, 2]));
    assert_eq!(gone(&log.gone_from), NONE);
}

#[test]
fn events_missing_from_the_log_are_lost() {
    let (sandbox, snapshot) = five_messages();
    sandbox.sql("DELETE FROM event_log WHERE id IN (4, 5)");
    let log = since(&sandbox, &snapshot);
    assert_eq!(gone(&log.gone_to), (vec![4, 5], [2, 0, 0]));
    assert_eq!((log.newer_from.count, log.newer_to.count), (0, 0));
}

#[test]
fn events_missing_at_the_end_are_newer() {
    let (sandbox, snapshot) = five_messages();
    sandbox.sql("DELETE FROM event_log WHERE id > 5");
    let log = since(&sandbox, &snapshot);
    assert_eq!(ids(&log.newer_from), (2, vec![6, 7]));
    assert_eq!((gone(&log.gone_to), gone(&log.gone_from)), (NONE, NONE));
}

#[test]
fn events_active_again_are_gone_from_the_other_side() {
    let (sandbox, _) = five_messages();
    sandbox.sql("UPDATE event_log SET superseded_by = 7 WHERE id = 4; UPDATE event_log SET hidden = 1 WHERE id = 5");
    let snapshot = sandbox.take(Kind::Rewind, at(10));
    sandbox.sql("UPDATE event_log SET superseded_by = NULL, hidden = 0; UPDATE event_log SET hidden = 1 WHERE id = 3");
    let log = since(&sandbox, &snapshot);
    assert_eq!(gone(&log.gone_from), (vec![4, 5], [0, 1, 1]));
    assert_eq!(gone(&log.gone_to), (vec![3], [0, 0, 1]));
}

#[test]
fn an_event_active_on_neither_side_is_not_gone() {
    let (sandbox, _) = five_messages();
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id IN (4, 5)");
    let snapshot = sandbox.take(Kind::Rewind, at(10));
    sandbox.sql(
        "UPDATE event_log SET superseded_by = 7 WHERE id = 4; DELETE FROM event_log WHERE id = 5",
    );
    let log = since(&sandbox, &snapshot);
    assert_eq!((gone(&log.gone_to), gone(&log.gone_from)), (NONE, NONE));
}

#[test]
fn an_event_with_another_payload_is_edited() {
    let (sandbox, snapshot) = five_messages();
    sandbox.sql("UPDATE event_log SET payload_json = '{}' WHERE id = 4");
    let log = since(&sandbox, &snapshot);
    assert_eq!(gone(&log.gone_to), NONE);
    assert_eq!(ids(&log.edited), (1, vec![4]));
}

#[test]
fn events_after_the_other_sides_last_are_newer() {
    let (sandbox, snapshot) = five_messages();
    sandbox.sql("UPDATE event_log SET id = id + 10 WHERE id > 5");
    let log = since(&sandbox, &snapshot);
    // The snapshot ends with 7, live with 17: events that only the snapshot has are lost, not newer.
    assert_eq!(ids(&log.newer_to), (2, vec![16, 17]));
    assert_eq!(gone(&log.gone_to), (vec![6, 7], [2, 0, 0]));
}

#[test]
fn of_many_events_the_first_and_last_three_are_kept() {
    let (sandbox, snapshot) = five_messages();
    for number in 0..20 {
        sandbox.event(&format!("number {number}"));
    }
    let log = since(&sandbox, &snapshot);
    assert_eq!(ids(&log.newer_to), (20, vec![8, 9, 10, 25, 26, 27]));
    assert_eq!(log.newer_to.last[2].summary(), "number 19");
}
