//! The range of events that each rewind rewound, according to live's log.

use unrewind::core::{Kind, RewoundRange, Scope, rewinds};

use crate::sandbox::{Sandbox, at};

fn ranges(sandbox: &Sandbox) -> Vec<(i64, i64)> {
    let rewinds = rewinds(&sandbox.list()).into_iter();
    let ends: Vec<i64> = rewinds
        .filter_map(|rewind| rewind.snapshot.last_event_id)
        .collect();
    let range = RewoundRange::by_rewinds(&sandbox.database(), &sandbox.profile, &ends).unwrap();
    range
        .into_iter()
        .map(|range| (range.first, range.last))
        .collect()
}

#[test]
fn each_rewind_has_the_range_that_it_rewound() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("the sea");
    let [lost, last] = ["the stairs", "the lamp"].map(|text| sandbox.event(text));
    sandbox.rewind(first, at(1));
    assert_eq!(ranges(&sandbox), [(lost, last)]);
    sandbox.event("the window");
    let only = sandbox.event("the door");
    sandbox.take(Kind::Periodic, at(2));
    sandbox.take(Kind::Rewind, at(3));
    let by = sandbox.event("rewound");
    sandbox.sql(&format!(
        "UPDATE event_log SET superseded_by = {by} WHERE id = {only}"
    ));
    assert_eq!(ranges(&sandbox), [(only, only), (lost, last)]);
}

#[test]
fn a_rewind_may_have_a_long_range() {
    let sandbox = Sandbox::new();
    let first = sandbox.event("the sea");
    for _ in 0..700 {
        sandbox.event("the stairs");
    }
    let last = sandbox.event("the lamp");
    let snapshot = sandbox.rewind(first, at(1));
    assert_eq!(ranges(&sandbox), [(first + 1, last)]);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(ranges(&sandbox), [], "the rewind itself is undone");
}

#[test]
fn a_log_without_the_needed_columns_gives_no_ranges() {
    let mut sandbox = Sandbox::new();
    let first = sandbox.event("the sea");
    sandbox.event("the stairs");
    sandbox.rewind(first, at(1));
    assert_eq!(ranges(&sandbox).len(), 1);
    let log = sandbox.profile.log.clone();
    sandbox.profile.log.as_mut().unwrap().superseded_by = Some("undone_by".to_owned());
    assert_eq!(ranges(&sandbox), []);
    sandbox.profile.log.as_mut().unwrap().superseded_by = None;
    assert_eq!(ranges(&sandbox), []);
    sandbox.profile.log = None;
    assert_eq!(ranges(&sandbox), []);
    sandbox.profile.log = log;
    sandbox.sql("DELETE FROM event_log");
    assert_eq!(ranges(&sandbox), []);
}
