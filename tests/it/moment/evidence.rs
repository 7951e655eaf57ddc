//! What a moment takes from snapshots: the tables to begin with, and the flags of events that were rewound
//! later.

use std::{cell::Cell, ops::ControlFlow};

use chrono::TimeDelta;
use unrewind::core::{
    Anchor, Error, Kind, RestoreOptions, RestorePlan, Safety, Scope, When, unattended,
};

use super::{apply, find, plan, plan_from, until};
use crate::{
    chat,
    sandbox::{Sandbox, at, now},
};

/// The snapshot whose tables a plan begins with.
fn base(plan: &RestorePlan) -> String {
    let composed = plan.moment.as_ref().unwrap();
    composed.base.as_ref().unwrap().name()
}

/// How many events a plan names as uncertain.
fn uncertain(plan: &RestorePlan) -> u64 {
    plan.moment.as_ref().unwrap().uncertain.count
}

/// Id, hidden and superseded_by of the events after the third.
fn flags(sandbox: &Sandbox) -> Vec<String> {
    sandbox.rows("SELECT id, hidden, superseded_by FROM event_log WHERE id > 3")
}

#[test]
fn of_equal_snapshots_the_oldest_is_the_base() {
    let sandbox = Sandbox::new();
    until(&sandbox, 4);
    let oldest = sandbox.take(Kind::Periodic, at(0)).name();
    sandbox.take(Kind::Rewind, at(1));
    until(&sandbox, 6);
    assert_eq!(base(&plan(&sandbox, 5).unwrap()), oldest);
}

#[test]
fn a_snapshot_off_the_log_is_not_a_base() {
    let sandbox = Sandbox::new();
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.log(
        "felt",
        &serde_json::json!({ "bot": "mara", "feeling": "fond" }),
    );
    let restored = sandbox.restore(&early, Scope::Tables).unwrap();
    let stamp = now() + TimeDelta::hours(1);
    until(&sandbox, 4);
    sandbox.put(Kind::Periodic, stamp, chat::snapshot(&sandbox.app));
    until(&sandbox, 5);
    let safety_snapshot = restored.safety_snapshot.unwrap();
    assert_eq!(base(&plan(&sandbox, 5).unwrap()), safety_snapshot.name());
}

#[test]
fn replay_over_empty_tables_begins_before_the_first_event_and_at_most_at_0() {
    let sandbox = Sandbox::new();
    until(&sandbox, 6);
    sandbox.sql("DELETE FROM event_log WHERE id = 1");
    assert_eq!(plan(&sandbox, 6).unwrap().begins(), 0);
    sandbox.sql("UPDATE event_log SET id = -5 WHERE id = 2");
    assert_eq!(plan(&sandbox, 6).unwrap().begins(), -6);
}

#[test]
fn the_snapshot_that_ends_first_shows_the_flags() {
    let sandbox = Sandbox::new();
    until(&sandbox, 6);
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 4");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 0 WHERE id = 4");
    until(&sandbox, 8);
    sandbox.rewind(3, at(1));
    apply(&sandbox, plan(&sandbox, 5).unwrap(), 5);
    assert_eq!(flags(&sandbox), ["4 | 1 | NULL", "5 | 0 | NULL"]);
}

#[test]
fn a_snapshot_of_another_history_shows_no_flags() {
    let sandbox = Sandbox::new();
    until(&sandbox, 6);
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 5");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 4");
    until(&sandbox, 6);
    sandbox.sql("UPDATE event_log SET ts = '2021-03-15T09:00:00Z' WHERE id > 4");
    chat::rewind(&sandbox.app, 4);
    let options = RestoreOptions::default();
    let plan = plan_from(&sandbox, 6, Some(Anchor::Live), options).unwrap();
    assert_eq!(uncertain(&plan), 2);
    apply(&sandbox, plan, 5);
    let flags = flags(&sandbox);
    assert_eq!(flags[1..], ["5 | 0 | NULL", "6 | 0 | NULL"]);
}

#[test]
fn an_event_that_an_inverted_flag_rewinds_is_active_again() {
    let mut sandbox = Sandbox::new();
    sandbox.sql("ALTER TABLE event_log ADD COLUMN is_current INTEGER DEFAULT 1");
    sandbox.profile.log.as_mut().unwrap().active = Some("is_current".to_owned());
    until(&sandbox, 5);
    sandbox.sql("UPDATE event_log SET is_current = 7 WHERE id = 4");
    sandbox.take(Kind::Rewind, at(0));
    until(&sandbox, 6);
    sandbox.sql("UPDATE event_log SET is_current = 0 WHERE id IN (4, 6)");
    let current = "SELECT id, is_current FROM event_log WHERE id > 3";

    let composed = plan(&sandbox, 6).unwrap();
    // No snapshot ends at or after event 6.
    assert_eq!(uncertain(&composed), 2);
    drop(composed);
    apply(&sandbox, plan(&sandbox, 5).unwrap(), 5);
    assert_eq!(sandbox.rows(current), ["4 | 7", "5 | 1"]);
    sandbox.undo().unwrap();
    apply(&sandbox, plan(&sandbox, 6).unwrap(), 200);
    assert_eq!(sandbox.rows(current)[2], "6 | 1");
}

#[test]
fn a_plan_is_of_live_before_a_write_while_the_moment_is_composed() {
    let sandbox = Sandbox::new();
    until(&sandbox, 4);
    sandbox.take(Kind::Periodic, at(0));
    until(&sandbox, 6);
    let moment = find(&sandbox, When::Event(6), None).unwrap();
    let (database, store) = (sandbox.database(), sandbox.store());
    let is_written = Cell::new(false);
    let on = &mut |_| {
        if !is_written.replace(true) {
            sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 3");
        }
        ControlFlow::Continue(())
    };
    let options = RestoreOptions::default();
    let plan = RestorePlan::of_moment(database, &sandbox.profile, &store, &moment, options, on);
    assert!(is_written.get());
    let applied = plan
        .unwrap()
        .apply(&store, Safety::default(), at(1), &mut unattended);
    assert!(matches!(applied, Err(Error::Stale { .. })), "{applied:?}");
}
