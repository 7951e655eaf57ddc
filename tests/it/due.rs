//! When a periodic snapshot is due, which is the service's own policy.

use chrono::TimeDelta;
use unrewind::core::{Due, Kind};

use crate::sandbox::{Sandbox, age, at};

fn events(sandbox: &Sandbox, count: usize) {
    for _ in 0..count {
        sandbox.event("Hello?");
    }
}

#[test]
fn the_first_snapshot_is_due_once_there_is_an_event() {
    let sandbox = Sandbox::with_schema(crate::chat::SCHEMA);
    assert_eq!(sandbox.due(0), Due::NoEvents);
    assert!(!Due::NoEvents.is_due());
    events(&sandbox, 1);
    assert_eq!(sandbox.due(0), Due::First);
    assert!(Due::First.is_due());
}

#[test]
fn a_snapshot_is_due_after_exactly_thirty_minutes() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Periodic, at(0));
    let (age_of_29, events) = (TimeDelta::minutes(29), 0);
    assert_eq!(
        sandbox.due(29),
        Due::NotYet {
            age: age_of_29,
            events
        }
    );
    assert_eq!(sandbox.due(30), Due::Age(TimeDelta::minutes(30)));
    assert!(sandbox.due(30).is_due() && !sandbox.due(29).is_due());
    age(&snapshot.path, at(0) + TimeDelta::seconds(1));
    assert!(!sandbox.due(30).is_due());
}

#[test]
fn the_age_counts_from_the_files_time_not_the_stamp() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Periodic, at(0));
    age(&snapshot.path, at(100));
    assert!(!sandbox.due(129).is_due());
    let snapshot = sandbox.take(Kind::Periodic, at(120));
    age(&snapshot.path, at(20));
    assert_eq!(sandbox.due(129), Due::Age(TimeDelta::minutes(109)));
}

#[test]
fn a_snapshot_is_due_after_a_hundred_events() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    events(&sandbox, 99);
    let age = TimeDelta::minutes(1);
    assert_eq!(sandbox.due(1), Due::NotYet { age, events: 99 });
    events(&sandbox, 1);
    assert_eq!(sandbox.due(1), Due::Events(100));
    assert!(sandbox.due(1).is_due());
}

#[test]
fn rewound_and_hidden_events_count() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    events(&sandbox, 100);
    sandbox.sql("UPDATE event_log SET superseded_by = 1, hidden = 1 WHERE id > 2");
    assert_eq!(sandbox.due(1), Due::Events(100));
}

#[test]
fn the_profile_sets_the_policy() {
    let mut sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    events(&sandbox, 3);
    sandbox.profile.periodic.due_events = 3;
    assert_eq!(sandbox.due(1), Due::Events(3));
    sandbox.profile.periodic.due_age = std::time::Duration::from_mins(1);
    assert_eq!(sandbox.due(1), Due::Age(TimeDelta::minutes(1)));
}

#[test]
fn rewind_snapshots_and_damaged_files_do_not_count() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    sandbox.put(Kind::Periodic, at(1), "");
    assert_eq!(sandbox.due(2), Due::First);
    sandbox.take(Kind::Periodic, at(0));
    events(&sandbox, 1);
    assert_eq!(
        sandbox.due(2),
        Due::NotYet {
            age: TimeDelta::minutes(2),
            events: 1
        }
    );
}

#[test]
fn the_last_event_is_found_anywhere_in_the_file() {
    let sandbox = Sandbox::new();
    events(&sandbox, 150);
    let log = "x".repeat(10_000);
    let text = format!(
        r#"{{"event_log": [{{"id": 152, "kind": "message", "hidden": "{log}"}}], "last_event_id": 152, "bots": [{{"id": "{log}"}}]}}"#
    );
    sandbox.put(Kind::Periodic, at(0), text);
    assert_eq!(
        sandbox.due(1),
        Due::NotYet {
            age: TimeDelta::minutes(1),
            events: 0
        }
    );
}
