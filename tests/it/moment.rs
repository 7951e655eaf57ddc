//! A moment between snapshots: the log as it was just after an event, and tables from which the
//! application's next start replays the rest.

mod evidence;

use unrewind::core::{
    Anchor, Error, Kind, Moment, Newer, RestoreOptions, RestorePlan, Restored, Result, Safety,
    Scope, When, unattended,
};

use crate::{
    chat,
    replay::{history, tables},
    sandbox::{Sandbox, at},
};

const LOG: &str = "SELECT * FROM event_log ORDER BY id";

fn find(sandbox: &Sandbox, when: When, from: Option<Anchor>) -> Result<Moment> {
    let (database, store) = (sandbox.database(), sandbox.store());
    Moment::find(
        when,
        from,
        Some(&database),
        &sandbox.profile,
        &store,
        &mut unattended,
    )
}

fn plan(sandbox: &Sandbox, event: i64) -> Result<RestorePlan> {
    plan_from(sandbox, event, None, RestoreOptions::default())
}

fn plan_from(
    sandbox: &Sandbox,
    event: i64,
    from: Option<Anchor>,
    options: RestoreOptions,
) -> Result<RestorePlan> {
    let moment = find(sandbox, When::Event(event), from)?;
    let (database, store) = (sandbox.database(), sandbox.store());
    let on = &mut unattended;
    RestorePlan::of_moment(database, &sandbox.profile, &store, &moment, options, on)
}

fn apply(sandbox: &Sandbox, plan: RestorePlan, minute: i64) -> Restored {
    let store = sandbox.store();
    plan.apply(&store, Safety::default(), at(minute), &mut unattended)
        .unwrap()
}

#[test]
fn every_event_of_a_history_can_be_restored_and_the_restore_undone() {
    for seed in 1..=4 {
        let (sandbox, logs) = history(seed);
        let before = sandbox.dump();
        for (index, (event, log)) in logs.iter().enumerate() {
            let minute = 100 + 2 * i64::try_from(index).unwrap();
            let restored = apply(&sandbox, plan(&sandbox, *event).unwrap(), minute);
            assert_eq!(&sandbox.rows(LOG), log, "seed {seed}, event {event}");
            assert_eq!(restored.last_event_id, *event);

            // The application's next start.
            let started = chat::copy(&sandbox.app);
            chat::load_cold(&started, &sandbox.data());
            let promised = chat::projected(&sandbox.app, None, 0);
            assert_eq!(
                tables(&started),
                tables(&promised),
                "seed {seed}, event {event}"
            );

            if restored.safety_snapshot.is_some() {
                sandbox.undo().unwrap();
            }
            assert_eq!(sandbox.dump(), before, "seed {seed}, event {event}");
        }
    }
}

/// Adds events up to this one.
pub fn until(sandbox: &Sandbox, last: i64) {
    while sandbox.event("Hello?") < last {}
}

/// Periodic at 60; a rewind snapshot at 90; event 91 rewinds 71 to 90; then 92 and 93.
pub fn rewound_at_91() -> Sandbox {
    let sandbox = Sandbox::new();
    until(&sandbox, 60);
    sandbox.take(Kind::Periodic, at(0));
    until(&sandbox, 90);
    sandbox.rewind(70, at(1));
    until(&sandbox, 93);
    sandbox
}

#[test]
fn a_snapshot_with_rewound_events_is_not_a_base() {
    let sandbox = rewound_at_91();
    let plan = plan(&sandbox, 93).unwrap();
    let base = plan.moment.as_ref().unwrap().base.as_ref().unwrap();
    assert_eq!((base.kind(), plan.begins()), (Some(Kind::Periodic), 60));
    // 61 to 70, the rewind, 92 and 93.
    assert_eq!(plan.replays, 13);
}

#[test]
fn a_snapshot_of_exactly_the_event_leaves_nothing_to_replay() {
    let sandbox = rewound_at_91();
    let plan = plan(&sandbox, 90).unwrap();
    let base = plan.moment.as_ref().unwrap().base.as_ref().unwrap();
    assert_eq!((base.kind(), plan.begins()), (Some(Kind::Rewind), 90));
    assert_eq!(plan.replays, 0);
}

#[test]
fn the_application_replays_every_event_without_a_base() {
    let sandbox = rewound_at_91();
    let plan = plan(&sandbox, 50).unwrap();
    assert!(plan.moment.as_ref().unwrap().base.is_none());
    assert_eq!((plan.begins(), plan.replays), (0, 50));
    apply(&sandbox, plan, 5);
    assert_eq!(
        sandbox.rows("SELECT count(*), max(id) FROM event_log"),
        ["50 | 50"]
    );
}

#[test]
fn a_plan_says_if_live_is_at_the_moment_already() {
    let sandbox = rewound_at_91();
    let warning = "! live stands at this moment already";
    let now = sandbox.run(&["restore", "--at", "93", "--dry-run"]);
    assert!(now.out.contains(warning), "{}", now.out);
    for before in ["92", "70"] {
        let earlier = sandbox.run(&["restore", "--at", before, "--dry-run"]);
        assert!(!earlier.out.contains(warning), "{}", earlier.out);
    }
}

#[test]
fn a_plan_leaves_no_scratch_file() {
    let sandbox = rewound_at_91();
    let before = sandbox.files();
    drop(plan(&sandbox, 65).unwrap());
    assert_eq!(sandbox.files(), before);
}

#[test]
fn a_revived_event_is_hidden_if_the_next_snapshot_of_its_history_hides_it() {
    let sandbox = Sandbox::new();
    until(&sandbox, 6);
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 4");
    sandbox.rewind(2, at(0));
    // The application shows the rewound event again.
    sandbox.sql("UPDATE event_log SET hidden = 0 WHERE id = 4");
    let composed = plan(&sandbox, 5).unwrap();
    assert_eq!(composed.moment.as_ref().unwrap().uncertain.count, 0);
    apply(&sandbox, composed, 5);
    let shown = sandbox.rows("SELECT id, hidden, superseded_by FROM event_log WHERE id > 3");
    assert_eq!(shown, ["4 | 1 | NULL", "5 | 0 | NULL"]);
}

#[test]
fn a_revived_event_in_no_snapshot_is_visible_and_uncertain() {
    let sandbox = Sandbox::new();
    until(&sandbox, 6);
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 4");
    chat::rewind(&sandbox.app, 3);
    let composed = plan(&sandbox, 5).unwrap();
    // 4 and 5.
    assert_eq!(composed.moment.as_ref().unwrap().uncertain.count, 2);
    apply(&sandbox, composed, 5);
    let shown = sandbox.rows("SELECT id, hidden, superseded_by FROM event_log WHERE id > 3");
    assert_eq!(shown, ["4 | 0 | NULL", "5 | 0 | NULL"]);
}

/// Live has lost event 6 of a snapshot, and has another event with that id.
pub fn two_histories() -> Sandbox {
    let sandbox = Sandbox::new();
    until(&sandbox, 6);
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 5");
    sandbox.event("after");
    sandbox.sql("UPDATE event_log SET ts = '2021-03-15T09:00:00Z' WHERE id > 5");
    sandbox
}

#[test]
fn an_event_of_several_histories_needs_a_named_history() {
    let sandbox = two_histories();
    match find(&sandbox, When::Event(6), None) {
        Err(error @ Error::SeveralMoments { .. }) => {
            assert_eq!(
                error.to_string(),
                "several histories have such an event: live: event 6 of 2021-03-15T09:00:00Z, after; rewind/20210314T120000Z: event 6 of 2021-03-14T09:05:00Z, Hello?"
            );
        }
        other => panic!("{other:?}"),
    }
    // They share the events before it.
    assert_eq!(
        find(&sandbox, When::Event(5), None).unwrap().anchor,
        Anchor::Live
    );

    let snapshot = Anchor::Snapshot(Box::new(sandbox.list().remove(0)));
    let plan = plan_from(&sandbox, 6, Some(snapshot), RestoreOptions::default()).unwrap();
    apply(&sandbox, plan, 5);
    let text = "SELECT payload_json ->> 'text' FROM event_log WHERE id = 6";
    assert_eq!(sandbox.rows(text), ["'Hello?'"]);
}

#[test]
fn a_time_selects_the_last_event_up_to_it() {
    let sandbox = rewound_at_91();
    // Event 65 was 64 minutes after nine.
    let time = |text: &str| When::Time(text.parse().unwrap());
    let found = find(&sandbox, time("2021-03-14T10:04:59Z"), None).unwrap();
    assert_eq!((found.event, found.anchor), (65, Anchor::Live));
    let found = find(&sandbox, time("2022-01-01T00:00:00Z"), None).unwrap();
    assert_eq!(found.event, 93);
    let early = find(&sandbox, time("2021-03-14T08:00:00Z"), None);
    assert!(matches!(early, Err(Error::Moment { .. })), "{early:?}");
}

#[test]
fn a_later_event_of_a_snapshot_makes_a_time_ambiguous() {
    let sandbox = Sandbox::new();
    until(&sandbox, 6);
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 4");
    let late = When::Time("2022-01-01T00:00:00Z".parse().unwrap());
    let error = find(&sandbox, late, None).unwrap_err().to_string();
    assert!(error.contains("live: event 4 of"), "{error}");
    assert!(
        error.contains("rewind/20210314T120000Z: event 6 of"),
        "{error}"
    );
    assert_eq!(find(&sandbox, late, Some(Anchor::Live)).unwrap().event, 4);
}

#[test]
fn a_moment_whose_events_nothing_replays_is_refused() {
    let mut sandbox = rewound_at_91();
    let before = sandbox.dump();
    let tables = RestoreOptions::from(Scope::Tables);
    let newer = RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    };
    for options in [tables.clone(), newer] {
        let refused = plan_from(&sandbox, 93, None, options);
        assert!(matches!(refused, Err(Error::Moment { .. })), "{refused:?}");
    }
    sandbox.profile.replays_on_start = false;
    let refused = plan(&sandbox, 93).unwrap_err();
    insta::assert_snapshot!(refused, @"no snapshot has the tables as of event 93, and neither the application's start nor a replay command makes them; the nearest earlier event with tables is 60, of periodic/20210314T120000Z");
    // The rewind snapshot has the tables of exactly this event.
    plan_from(&sandbox, 90, None, tables).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_damaged_snapshot_is_not_a_base() {
    let sandbox = Sandbox::new();
    for minute in 0..2 {
        sandbox.event("Hello?");
        sandbox.take(Kind::Periodic, at(minute));
    }
    until(&sandbox, 5);
    let newest = sandbox.list().remove(0);
    let mut bytes = std::fs::read(&newest.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&newest.path, bytes).unwrap();
    let plan = plan(&sandbox, 5).unwrap();
    assert_eq!(plan.begins(), 3);
}

#[test]
fn the_command_line_names_the_moment_and_its_base() {
    let sandbox = rewound_at_91();
    let ran = sandbox.run(&["restore", "--at", "65", "--dry-run"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (message, _) = ran.out.split_once("28 newer").unwrap();
    insta::assert_snapshot!(message, @r"
    restore event 65 into data/chat.db

    the event log becomes that of live just after event 65, 2021-03-14T10:04:00Z
    the tables become those of periodic/20210314T120000Z, as of event 60; the application replays 5 events to 65 when it starts
    ");
    let json = sandbox
        .run(&["restore", "--at", "2021-03-14 10:04", "--dry-run", "--json"])
        .json();
    assert_eq!(json["at"]["event"], 65);
    assert_eq!(json["at"]["base"], "periodic/20210314T120000Z");
    assert_eq!(json["snapshot"], serde_json::Value::Null);
    for (when, message) in [
        (
            "94",
            "unrewind: neither live nor a snapshot has an event 94\n",
        ),
        (
            "25:00",
            "unrewind: invalid moment \"25:00\": try an event's id such as 1445, or 07:30, \"yesterday 18:00\", \"2026-11-29 07:30\" or 20m\n",
        ),
    ] {
        let ran = sandbox.run(&["restore", "--at", when, "--yes"]);
        assert_eq!((ran.code, &*ran.err), (1, message));
    }
    let both = sandbox.run(&["restore", "latest", "--at", "65"]);
    assert_eq!(both.code, 2);
}

#[test]
fn the_command_line_restores_a_moment_and_undoes_it() {
    let sandbox = rewound_at_91();
    let before = sandbox.dump();
    let ran = sandbox.run(&["restore", "--at", "65", "--yes"]);
    assert!(
        ran.out.contains("restored event 65 into data/chat.db: "),
        "{ran:?}"
    );
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["65"]);
    let undone = sandbox.run(&["undo", "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(sandbox.dump(), before);
}
