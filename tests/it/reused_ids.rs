//! Logs that reuse the ids of deleted events: the same id may name different events on the two sides.

use unrewind::core::{
    Due, Error, Event, EventChange, EventDiff, EventHistory, Events, ExclusiveRows, Kind, Newer,
    RestoreOptions, Rewind, Snapshot, read_events, unattended,
};

use crate::{
    sandbox::{Sandbox, at},
    search,
};

/// A chat with five messages, which are the events 3 to 7, and a rewind snapshot of it.
fn five_messages() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    for text in ["one", "two", "three", "four", "five"] {
        sandbox.event(text);
    }
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    (sandbox, snapshot)
}

/// Deletes the events after 4, and adds these messages a day later.
fn rewind(sandbox: &Sandbox, texts: &[&str]) {
    sandbox.sql("DELETE FROM event_log WHERE id > 4");
    add_later(sandbox, texts);
}

fn add_later(sandbox: &Sandbox, texts: &[&str]) {
    for text in texts {
        let id = sandbox.event(text);
        sandbox.sql(&format!(
            "UPDATE event_log SET ts = replace(ts, '-14T', '-15T') WHERE id = {id}"
        ));
    }
}

fn keep_newer() -> RestoreOptions {
    RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    }
}

fn texts(events: &Events) -> Vec<&str> {
    let shown = events.first.iter().chain(&events.last);
    shown.map(Event::summary).collect()
}

/// The event difference of a restore's plan.
fn planned(sandbox: &Sandbox, snapshot: &Snapshot) -> EventDiff {
    let plan = sandbox.plan(snapshot, RestoreOptions::default()).unwrap();
    plan.log.unwrap()
}

/// The rewind to recover from, if any.
fn found(sandbox: &Sandbox) -> Option<Rewind> {
    sandbox.find_rewind().unwrap().rewind
}

#[track_caller]
fn assert_keep_newer_refused(sandbox: &Sandbox, snapshot: &Snapshot, ids: &str) {
    let before = sandbox.dump();
    match sandbox.plan(snapshot, keep_newer()) {
        Err(error @ Error::OldIds { .. }) => {
            assert!(error.to_string().contains(ids), "{error}");
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn two_events_with_one_id_are_one_lost_and_one_newer() {
    let (sandbox, snapshot) = five_messages();
    let before = sandbox.dump();
    rewind(&sandbox, &["new a", "new b"]);
    let log = planned(&sandbox, &snapshot);
    assert_eq!(texts(&log.gone_from.events), ["three", "four"]);
    assert_eq!(log.gone_from.lost, 2);
    assert_eq!(texts(&log.newer_from), ["new a", "new b"]);
    assert_eq!(texts(&log.newer_to), ["five"]);
    assert_eq!(log.reused.runs, [(5, 6)]);
    assert_eq!(log.edited.count, 0);
    sandbox
        .restore(&snapshot, RestoreOptions::default())
        .unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn recover_finds_lost_events_however_many_were_added_since() {
    for messages in [&["a"][..], &["a", "b", "c"], &["a", "b", "c", "d", "e"]] {
        let (sandbox, snapshot) = five_messages();
        let before = sandbox.dump();
        assert_eq!(found(&sandbox), None);
        rewind(&sandbox, messages);
        let rewind = found(&sandbox).expect("a rewind");
        assert_eq!((rewind.snapshot, rewind.gone.lost), (snapshot, 3));
        let ran = sandbox.run(&["recover", "--yes"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert_eq!(sandbox.dump(), before);
        assert_eq!(found(&sandbox), None);
    }
}

#[test]
fn newer_events_with_reused_ids_cannot_be_kept() {
    let (sandbox, snapshot) = five_messages();
    rewind(&sandbox, &["new a", "new b"]);
    assert_keep_newer_refused(&sandbox, &snapshot, "events 5, 6");
    let ran = sandbox.run(&["recover", "--keep-newer", "--yes"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.contains("events 5, 6"), "{}", ran.err);
    let kept = sandbox.rows("SELECT count(*) FROM event_log WHERE payload_json LIKE '%new%'");
    assert_eq!(kept, ["2"]);
}

#[test]
fn newer_events_with_ids_below_the_snapshots_last_stay() {
    let (sandbox, _) = five_messages();
    sandbox.sql("UPDATE event_log SET id = 40 WHERE id = 7");
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM event_log WHERE id = 40");
    sandbox.event("new");
    let before = sandbox.rows("SELECT id FROM event_log");
    sandbox.restore(&snapshot, keep_newer()).unwrap();
    let mut both = before.clone();
    both.push("40".to_owned());
    assert_eq!(sandbox.rows("SELECT id FROM event_log ORDER BY id"), both);
}

#[test]
fn a_change_of_other_columns_is_an_edit_of_the_same_event() {
    let (sandbox, snapshot) = five_messages();
    sandbox.sql("UPDATE event_log SET payload_json = '{\"text\": \"edited\"}' WHERE id = 5");
    let log = planned(&sandbox, &snapshot);
    assert_eq!(texts(&log.edited), ["three"]);
    assert_eq!((log.reused.count, log.gone_from.events.count), (0, 0));
    assert_eq!(found(&sandbox), None);
    sandbox.restore(&snapshot, keep_newer()).unwrap();
}

#[test]
fn another_time_branch_or_kind_is_another_event() {
    for change in [
        "ts = '2022'",
        "branch_id = 2",
        "kind = 'felt'",
        "ts = CAST(ts AS BLOB)",
    ] {
        let (sandbox, snapshot) = five_messages();
        sandbox.sql(&format!("UPDATE event_log SET {change} WHERE id IN (3, 5)"));
        let log = planned(&sandbox, &snapshot);
        assert_eq!(log.reused.runs, [(3, 3), (5, 5)], "{change}");
        assert_keep_newer_refused(&sandbox, &snapshot, "events 3, 5");
    }
}

#[test]
fn without_a_time_all_columns_but_the_flags_identify_the_event() {
    let reused = |sandbox: &Sandbox, snapshot: &Snapshot, change: &str| {
        sandbox.sql(&format!("UPDATE event_log SET {change} WHERE id = 5"));
        planned(sandbox, snapshot).reused.count
    };
    let (mut sandbox, snapshot) = five_messages();
    sandbox.profile.log.as_mut().unwrap().time = None;
    assert_eq!(reused(&sandbox, &snapshot, "superseded_by = 7"), 0);
    assert_eq!(
        reused(&sandbox, &snapshot, "superseded_by = NULL, hidden = 1"),
        0
    );
    assert_eq!(reused(&sandbox, &snapshot, "payload_json = '{}'"), 1);
    // A time column that is NULL on both sides does not count.
    let (sandbox, _) = five_messages();
    sandbox.sql("CREATE TABLE logs AS SELECT * FROM event_log; DROP TABLE event_log;
        CREATE TABLE event_log (id INTEGER PRIMARY KEY, branch_id, ts, kind, payload_json, superseded_by, hidden);
        INSERT INTO event_log SELECT id, branch_id, NULL, kind, payload_json, superseded_by, hidden FROM logs;
        DROP TABLE logs");
    let snapshot = sandbox.take(Kind::Rewind, at(1));
    assert_eq!(reused(&sandbox, &snapshot, "payload_json = '{}'"), 1);
    assert_eq!(history(&sandbox, &snapshot).1, [5]);
}

#[test]
fn a_column_that_one_side_lacks_does_not_identify_events() {
    let (sandbox, snapshot) = five_messages();
    sandbox.sql("ALTER TABLE event_log ADD COLUMN mood TEXT; UPDATE event_log SET mood = 'calm'");
    let log = planned(&sandbox, &snapshot);
    assert_eq!((log.reused.count, log.gone_from.events.count), (0, 0));
    let (mut sandbox, snapshot) = five_messages();
    sandbox.profile.log.as_mut().unwrap().time = Some("said_at".to_owned());
    sandbox.sql("ALTER TABLE event_log ADD COLUMN said_at TEXT; UPDATE event_log SET said_at = id");
    assert_eq!(planned(&sandbox, &snapshot).reused.count, 0);
    sandbox.sql("UPDATE event_log SET payload_json = '{}' WHERE id = 5");
    assert_eq!(planned(&sandbox, &snapshot).reused.count, 1);
}

/// The events of both sides, each with what became of it, and the ids that occur twice.
fn history(sandbox: &Sandbox, snapshot: &Snapshot) -> (Vec<(i64, EventChange, String)>, Vec<i64>) {
    let contents = unrewind::core::Contents::open(&snapshot.path, &mut unattended).unwrap();
    let live = sandbox.database();
    let profile = &sandbox.profile;
    let (live, contents) = (Some(&live), Some(&contents));
    let history = EventHistory::of(live, contents, profile, None, &mut unattended).unwrap();
    let entries: Vec<_> = history.entries().collect();
    let read = read_events(live, contents, profile, &entries).unwrap();
    let events = read
        .into_iter()
        .map(|(entry, event)| (entry.id, history.change(&entry), event.summary().to_owned()));
    let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    let twice = ids.windows(2).filter(|pair| pair[0] == pair[1]);
    (events.collect(), twice.map(|pair| pair[0]).collect())
}

#[test]
fn both_events_of_a_reused_id_are_in_the_history_and_on_the_screen() {
    let (sandbox, snapshot) = five_messages();
    rewind(&sandbox, &["new a"]);
    let event = |id, change, text: &str| (id, change, text.to_owned());
    assert_eq!(
        history(&sandbox, &snapshot).0[3..],
        [
            event(4, EventChange::Same, "two"),
            event(5, EventChange::Gone, "three"),
            event(5, EventChange::Newer, "new a"),
            event(6, EventChange::Gone, "four"),
            event(7, EventChange::Gone, "five"),
        ]
    );
    let frame = sandbox.tui(100, 30).keys("e").frame();
    assert!(
        frame.contains("“three”") && frame.contains("“new a”"),
        "{frame}"
    );
}

#[test]
fn events_with_reused_ids_count_for_the_next_periodic_snapshot() {
    let (sandbox, _) = five_messages();
    sandbox.take(Kind::Periodic, at(1));
    let events = |sandbox: &Sandbox| match sandbox.due(2) {
        Due::NotYet { events, .. } => events,
        due => panic!("{due:?}"),
    };
    assert_eq!(events(&sandbox), 0);
    rewind(&sandbox, &["a", "b"]);
    assert_eq!(events(&sandbox), 2);
    add_later(&sandbox, &["c", "d", "e"]);
    assert_eq!(events(&sandbox), 5);
}

#[test]
fn an_event_whose_id_was_reused_counts_as_held_nowhere_else() {
    let (sandbox, snapshot) = five_messages();
    let other = sandbox.take(Kind::Periodic, at(1));
    rewind(&sandbox, &["a", "b", "c", "d"]);
    let (database, profile) = (sandbox.database(), &sandbox.profile);
    let exclusive = |kept: &[Snapshot]| {
        let deleted = std::slice::from_ref(&snapshot);
        ExclusiveRows::find(deleted, kept, &database, profile, &mut unattended).unwrap()
    };
    assert_eq!(exclusive(&[]).tables, [("event_log".to_owned(), 3)]);
    assert!(exclusive(&[other]).is_empty());
}

#[test]
fn a_search_finds_each_event_of_a_reused_id() {
    let (sandbox, _) = five_messages();
    sandbox.event("a wave");
    sandbox.take(Kind::Rewind, at(1));
    sandbox.sql("DELETE FROM event_log WHERE id = 8");
    add_later(&sandbox, &["another wave"]);
    let findings = search::found(&sandbox, &search::query("wave"));
    let found = findings
        .rows()
        .iter()
        .map(|row| (row.is_in_live(), row.count()));
    assert_eq!(found.collect::<Vec<_>>(), [(true, 0), (false, 1)]);
}
