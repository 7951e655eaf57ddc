//! Which snapshots are deleted and which are kept, each with its reason. Its submodules include the deletion.

mod deleting;
mod exclusive_rows;
mod lost;
mod own;

use std::{fs, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use unrewind::core::{Fate, Kind, PrunePlan, Reason, Retention, Scope, Snapshot, unattended};

use crate::sandbox::{Sandbox, age, at};

const WHOLE: &str = r#"{"last_event_id": 0, "event_log": []}"#;
const SAFETY_SNAPSHOTS: &str = r#"{"restore": {"sequence": 1, "state": "done", "operation": "restore", "of": "periodic/20210101T000000Z", "log": true}}"#;
const KEEP: Fate = Fate::Keep;
const DELETE: Fate = Fate::Delete;

fn days(days: i64) -> DateTime<Utc> {
    at(0) + TimeDelta::days(days)
}

fn span(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}

fn newest(keep: usize) -> Retention {
    Retention {
        keep: Some(keep),
        keep_within: None,
    }
}

fn within(days: u64) -> Retention {
    Retention {
        keep: None,
        keep_within: Some(span(days)),
    }
}

/// Writes the note of a snapshot.
fn note(snapshot: &Snapshot, json: &str) {
    fs::write(snapshot.path.with_extension("note"), json).unwrap();
}

/// The verdicts on a kind at noon of day 0, newest first.
fn verdicts(sandbox: &Sandbox, kind: Kind, retention: Retention) -> Vec<(Fate, Reason)> {
    let plan = PrunePlan::by_retention(&sandbox.list(), kind, retention, at(0));
    plan.verdicts
        .iter()
        .map(|verdict| (verdict.fate, verdict.reason))
        .collect()
}

#[test]
fn the_newest_five_periodic_snapshots_are_kept() {
    let sandbox = Sandbox::new();
    for day in -7..0 {
        sandbox.put(Kind::Periodic, days(day), WHOLE);
        sandbox.put(Kind::Rewind, days(day), WHOLE);
    }
    let policy = Retention::of(Kind::Periodic, &sandbox.profile);
    assert_eq!(policy, newest(5));
    let mut expected: Vec<_> = (1..=5).map(|place| (KEEP, Reason::Newest(place))).collect();
    expected.extend([(DELETE, Reason::TooMany(5)); 2]);
    assert_eq!(verdicts(&sandbox, Kind::Periodic, policy), expected);
}

#[test]
fn rewind_snapshots_are_kept_for_fourteen_days() {
    let sandbox = Sandbox::new();
    for day in [-13, -14, -15, -100] {
        sandbox.put(Kind::Rewind, days(day), WHOLE);
    }
    sandbox.put(Kind::Rewind, days(-14) - TimeDelta::seconds(1), WHOLE);
    let policy = Retention::of(Kind::Rewind, &sandbox.profile);
    assert_eq!(policy, within(14));
    let (young, old) = (
        (KEEP, Reason::Within(span(14))),
        (DELETE, Reason::TooOld(span(14))),
    );
    assert_eq!(
        verdicts(&sandbox, Kind::Rewind, policy),
        [young, young, old, old, old]
    );
}

#[test]
fn the_later_of_stamp_and_file_time_counts() {
    let sandbox = Sandbox::new();
    let times = [(-1, -100), (-20, -1), (-100, -14), (-101, -15)];
    for (stamp, written) in times {
        let snapshot = sandbox.put(Kind::Rewind, days(stamp), WHOLE);
        age(&snapshot.path, days(written));
    }
    let (young, old) = (
        (KEEP, Reason::Within(span(14))),
        (DELETE, Reason::TooOld(span(14))),
    );
    assert_eq!(
        verdicts(&sandbox, Kind::Rewind, within(14)),
        [young, young, young, old]
    );
}

#[test]
fn a_snapshot_from_the_future_is_kept_and_does_not_count() {
    let sandbox = Sandbox::new();
    for kind in Kind::ALL {
        for day in [-40, -30, 1, 3000] {
            let snapshot = sandbox.put(kind, days(day), WHOLE);
            age(&snapshot.path, days(-50));
        }
    }
    let future = (KEEP, Reason::Future);
    let expected = [
        future,
        future,
        (KEEP, Reason::Newest(1)),
        (DELETE, Reason::TooMany(1)),
    ];
    assert_eq!(verdicts(&sandbox, Kind::Periodic, newest(1)), expected);
    let old = (DELETE, Reason::TooOld(span(14)));
    assert_eq!(
        verdicts(&sandbox, Kind::Rewind, within(14)),
        [future, future, old, old]
    );
}

#[test]
fn the_newest_safety_snapshot_is_kept_beyond_its_age() {
    let sandbox = Sandbox::new();
    for day in [-20, -30, -40] {
        let snapshot = sandbox.put(Kind::Rewind, days(day), WHOLE);
        if day < -20 {
            note(&snapshot, SAFETY_SNAPSHOTS);
        }
    }
    let old = (DELETE, Reason::TooOld(span(14)));
    assert_eq!(
        verdicts(&sandbox, Kind::Rewind, within(14)),
        [old, (KEEP, Reason::SafetySnapshot), old]
    );
}

#[test]
fn the_safety_snapshot_of_the_last_restore_is_kept() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, days(-3));
    sandbox.event("Hello?");
    let safety_snapshot = sandbox
        .restore(&snapshot, Scope::Full)
        .unwrap()
        .safety_snapshot
        .unwrap();
    let plan = PrunePlan::by_retention(&sandbox.list(), Kind::Rewind, within(14), days(4000));
    let safety_snapshots: Vec<_> = plan
        .kept()
        .map(|kept| (&kept.snapshot.path, kept.reason))
        .collect();
    assert_eq!(
        safety_snapshots,
        [(&safety_snapshot.path, Reason::SafetySnapshot)]
    );
}

#[test]
fn a_damaged_safety_snapshot_does_not_replace_an_intact_one() {
    let sandbox = Sandbox::new();
    for (day, bytes) in [(-20, "{"), (-30, WHOLE)] {
        let snapshot = sandbox.put(Kind::Rewind, days(day), bytes);
        note(&snapshot, SAFETY_SNAPSHOTS);
    }
    let expected = [
        (DELETE, Reason::TooOld(span(14))),
        (KEEP, Reason::SafetySnapshot),
    ];
    assert_eq!(verdicts(&sandbox, Kind::Rewind, within(14)), expected);
}

#[test]
fn a_pinned_snapshot_and_one_with_an_unreadable_note_are_kept() {
    let sandbox = Sandbox::new();
    let pinned = sandbox.put(Kind::Rewind, days(-20), WHOLE);
    sandbox
        .store()
        .pin(&pinned, &sandbox.profile, None, &mut unattended)
        .unwrap();
    for (day, json) in [(-30, r#"{"label": "x"#), (-40, "{}")] {
        note(&sandbox.put(Kind::Rewind, days(day), WHOLE), json);
    }
    let (pinned, old) = ((KEEP, Reason::Pinned), (DELETE, Reason::TooOld(span(14))));
    assert_eq!(
        verdicts(&sandbox, Kind::Rewind, within(14)),
        [pinned, pinned, old]
    );
}

#[test]
fn damaged_files_do_not_count_among_the_newest() {
    let sandbox = Sandbox::new();
    for (day, bytes) in [
        (-1, "{"),
        (-2, WHOLE),
        (-3, ""),
        (-4, WHOLE),
        (-5, "{"),
        (-6, WHOLE),
    ] {
        sandbox.put(Kind::Periodic, days(day), bytes);
    }
    let (damaged, many) = ((KEEP, Reason::Damaged), (DELETE, Reason::TooMany(2)));
    let expected = [
        damaged,
        (KEEP, Reason::Newest(1)),
        damaged,
        (KEEP, Reason::Newest(2)),
        many,
        many,
    ];
    assert_eq!(verdicts(&sandbox, Kind::Periodic, newest(2)), expected);
}

#[test]
fn with_two_rules_a_snapshot_kept_by_either_is_kept() {
    let sandbox = Sandbox::new();
    for day in [-20, -30, -40] {
        sandbox.put(Kind::Rewind, days(day), WHOLE);
    }
    let both = Retention {
        keep: Some(1),
        keep_within: Some(span(30)),
    };
    let expected = [
        (KEEP, Reason::Newest(1)),
        (KEEP, Reason::Within(span(30))),
        (DELETE, Reason::TooOld(span(30))),
    ];
    assert_eq!(verdicts(&sandbox, Kind::Rewind, both), expected);
}

#[test]
fn the_policies_judge_both_kinds_in_one_list() {
    let sandbox = Sandbox::new();
    for day in -20..0 {
        sandbox.put(Kind::Periodic, days(day), WHOLE);
        sandbox.put(Kind::Rewind, days(day), WHOLE);
    }
    let (snapshots, profile) = (sandbox.list(), &sandbox.profile);
    let plan = PrunePlan::by_policy(&snapshots, profile, at(0));
    let judged: Vec<_> = plan
        .verdicts
        .iter()
        .map(|verdict| &verdict.snapshot)
        .collect();
    assert_eq!(judged, snapshots.iter().collect::<Vec<_>>());
    assert_eq!(
        (plan.kept().count(), plan.deleted().count()),
        (5 + 14, 15 + 6)
    );
    assert_eq!(plan.freed(), 21 * WHOLE.len() as u64);
}

#[test]
fn a_policy_that_keeps_nothing_is_refused() {
    let both_zero = Retention {
        keep: Some(0),
        keep_within: Some(Duration::ZERO),
    };
    for retention in [newest(0), within(0), both_zero, Retention::default()] {
        let error = PrunePlan::check(Kind::Rewind, retention).unwrap_err();
        assert_eq!(
            error.to_string(),
            "keeping 0 rewind snapshots would delete every one of them"
        );
    }
    let one_zero = Retention {
        keep: Some(0),
        keep_within: Some(span(1)),
    };
    for retention in [newest(1), within(1), one_zero] {
        PrunePlan::check(Kind::Rewind, retention).unwrap();
    }
}
