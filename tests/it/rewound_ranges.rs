//! What each rewind took back, as live's log tells.

use unrewind::core::{Kind, RewoundRange, Scope, rewinds};

use crate::sandbox::{Sandbox, at};

fn taken_back(sandbox: &Sandbox) -> Vec<(i64, i64)> {
    let rewinds = rewinds(&sandbox.list()).into_iter();
    let ends: Vec<i64> = rewinds
        .filter_map(|rewind| rewind.snapshot.last_event_id)
        .collect();
    let taken = RewoundRange::by_rewinds(&sandbox.database(), &sandbox.profile, &ends).unwrap();
    taken
        .into_iter()
        .map(|taken| (taken.first, taken.last))
        .collect()
}

#[test]
fn every_rewind_tells_from_where_to_where_it_went_back() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("the sea");
    let [lost, last] = ["the stairs", "the lamp"].map(|text| sandbox.event(text));
    sandbox.rewind(first, at(1));
    assert_eq!(taken_back(&sandbox), [(lost, last)]);
    sandbox.event("the window");
    let only = sandbox.event("the door");
    sandbox.take(Kind::Periodic, at(2));
    sandbox.take(Kind::Rewind, at(3));
    let by = sandbox.event("rewound");
    sandbox.sql(&format!(
        "UPDATE event_log SET superseded_by = {by} WHERE id = {only}"
    ));
    assert_eq!(taken_back(&sandbox), [(only, only), (lost, last)]);
}

#[test]
fn a_rewind_may_go_back_far() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("the sea");
    for _ in 0..700 {
        sandbox.event("the stairs");
    }
    let last = sandbox.event("the lamp");
    let snapshot = sandbox.rewind(first, at(1));
    assert_eq!(taken_back(&sandbox), [(first + 1, last)]);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(taken_back(&sandbox), [], "it was taken back itself");
}

#[test]
fn where_the_log_does_not_tell_there_is_nothing() {
    let mut sandbox = Sandbox::new();
    let first = sandbox.event("the sea");
    sandbox.event("the stairs");
    sandbox.rewind(first, at(1));
    assert_eq!(taken_back(&sandbox).len(), 1);
    let log = sandbox.profile.log.clone();
    sandbox.profile.log.as_mut().unwrap().superseded_by = Some("undone_by".to_owned());
    assert_eq!(taken_back(&sandbox), []);
    sandbox.profile.log.as_mut().unwrap().superseded_by = None;
    assert_eq!(taken_back(&sandbox), []);
    sandbox.profile.log = None;
    assert_eq!(taken_back(&sandbox), []);
    sandbox.profile.log = log;
    sandbox.sql("DELETE FROM event_log");
    assert_eq!(taken_back(&sandbox), []);
}
