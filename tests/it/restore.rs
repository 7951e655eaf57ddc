//! Restoring live to a snapshot: what comes back, and which snapshots are written. Submodules: keys,
//! references, rows, triggers, changed schemas, locks, stopped processes, and restores that are refused.

mod keys;
mod lock_wait;
mod references;
mod refused;
mod rows;
mod schema_diff;
// Signals stop its processes.
#[cfg(unix)]
mod stuck;
mod triggers;
mod versions;

use std::fs;

use unrewind::core::{Event, Kind, Safety, Scope, unattended};

use crate::sandbox::{Sandbox, age, at, now};

/// A chat that changed after a snapshot.
fn changed_chat() -> (Sandbox, unrewind::core::Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night, then.");
    sandbox.memory("Jo says good night first.");
    sandbox.sql(
        "UPDATE memories SET text = 'The lighthouse has 240 steps.' WHERE id = 4;
         INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021')",
    );
    (sandbox, snapshot)
}

fn texts(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| event.text.as_deref())
        .collect()
}

#[test]
fn a_full_restore_restores_tables_and_log() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.memory("The lighthouse has 242 steps.");
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Periodic, at(0));
    sandbox.event("Good night, then.");
    sandbox.sql("DELETE FROM memories; UPDATE bots SET name = 'Nobody'");
    assert_ne!(sandbox.dump(), before);
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(restored.last_event_id, 4);
    let tables = restored.tables.iter();
    let changed: Vec<_> = tables
        .map(|table| (&*table.name, table.added, table.changed, table.removed))
        .filter(|(_, added, changed, removed)| added + changed + removed > 0)
        .collect();
    let expected = [
        ("event_log", 0, 0, 1),
        ("bots", 0, 1, 0),
        ("memories", 1, 0, 0),
        ("chat_state", 0, 1, 0),
    ];
    assert_eq!(changed, expected);
}

#[test]
fn a_tables_restore_leaves_the_log_unchanged() {
    let (sandbox, snapshot) = changed_chat();
    let log = sandbox.dump().remove("event_log");
    let restored = sandbox.restore(&snapshot, Scope::Tables).unwrap();
    assert_eq!(sandbox.dump().remove("event_log"), log);
    assert!(
        restored
            .tables
            .iter()
            .all(|table| table.name != "event_log")
    );
    assert_eq!(sandbox.rows("SELECT id FROM memories"), ["4"]);
    assert_eq!(sandbox.rows("SELECT id FROM bots"), ["'mara'"]);
    // The log keeps its end; the tables are those after the snapshot's last event.
    assert_eq!((restored.last_event_id, restored.begins), (6, 4));
}

#[test]
fn events_of_a_rewind_come_back() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    let mut messages = vec![
        "It is.",
        "I climbed up to see it.",
        "All of it?",
        "All of it.",
    ];
    for text in &messages {
        sandbox.event(text);
    }
    let before = sandbox.dump();
    let snapshot = sandbox.rewind(3, at(0));
    sandbox.event("Hello?");
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let log = plan.log.as_ref().unwrap();
    assert_eq!(log.gone_from.events.count, 4);
    let last = messages.split_off(3);
    assert_eq!(
        (
            texts(&log.gone_from.events.first),
            texts(&log.gone_from.events.last)
        ),
        (messages, last)
    );
    assert_eq!(log.newer_from.count, 2);
    assert_eq!(texts(&log.newer_from.first).last(), Some(&"Hello?"));
    plan.apply(&sandbox.store(), Safety::default(), now(), &mut unattended)
        .unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn hidden_events_that_are_active_in_the_snapshot_come_back() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 3");
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let log = plan.log.unwrap();
    assert_eq!(
        texts(&log.gone_from.events.first),
        ["Is the lamp still burning?"]
    );
    assert_eq!(log.newer_from.count, 0);
}

#[test]
fn a_plan_changes_nothing() {
    let (sandbox, snapshot) = changed_chat();
    let (before, files) = (sandbox.dump(), sandbox.files());
    for scope in [Scope::Full, Scope::Tables] {
        assert!(!sandbox.plan(&snapshot, scope).unwrap().is_empty());
    }
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn the_safety_snapshot_equals_a_take_before_the_restore() {
    let (sandbox, snapshot) = changed_chat();
    let before = fs::read(sandbox.take(Kind::Rewind, at(5)).path).unwrap();
    let safety_snapshot = sandbox
        .restore(&snapshot, Scope::Full)
        .unwrap()
        .safety_snapshot
        .unwrap();
    assert_eq!(safety_snapshot.name(), "rewind/20210315T120000Z_safety");
    assert_eq!(fs::read(&safety_snapshot.path).unwrap(), before);
}

#[test]
fn a_safety_snapshot_notes_which_restore_it_was_taken_for() {
    let (sandbox, snapshot) = changed_chat();
    let safety_snapshot = sandbox
        .restore(&snapshot, Scope::Full)
        .unwrap()
        .safety_snapshot
        .unwrap();
    assert_eq!(
        safety_snapshot
            .note
            .restore
            .as_ref()
            .map(|restore| &*restore.of),
        Some("rewind/20210314T120000Z")
    );
    let listed = sandbox.list();
    let safety_snapshots: Vec<_> = listed
        .iter()
        .filter(|listed| listed.is_safety_snapshot())
        .collect();
    assert_eq!(safety_snapshots, [&safety_snapshot]);
}

#[test]
fn restoring_the_safety_snapshot_undoes_the_restore() {
    let (sandbox, snapshot) = changed_chat();
    let before = sandbox.dump();
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    let after = sandbox.dump();
    let safety = restored.safety_snapshot.unwrap();
    let undone = sandbox.restore(&safety, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    let safety = undone.safety_snapshot.unwrap();
    sandbox.restore(&safety, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), after);
}

#[test]
fn the_checkpoint_is_the_newest_periodic_and_equals_the_restored_state() {
    let (sandbox, snapshot) = changed_chat();
    sandbox.take(Kind::Periodic, at(10));
    let future = now() + chrono::TimeDelta::days(400);
    sandbox.take(Kind::Periodic, future);
    for scope in [Scope::Tables, Scope::Full] {
        let checkpoint = sandbox
            .restore(&snapshot, scope)
            .unwrap()
            .checkpoint
            .unwrap();
        assert_eq!(checkpoint.last_event_id, Some(4));
        let newest = sandbox
            .files()
            .into_iter()
            .rfind(|file| file.starts_with("periodic"));
        assert_eq!(newest, Some(checkpoint.name() + ".json"));
        let plan = sandbox.plan(&checkpoint, Scope::Full).unwrap();
        assert!(
            plan.is_empty(),
            "the checkpoint differs from the restored state"
        );
    }
}

#[test]
fn the_checkpoint_is_newer_than_a_damaged_file_from_the_future() {
    let (sandbox, snapshot) = changed_chat();
    sandbox.put(Kind::Periodic, now() + chrono::TimeDelta::days(1), "{");
    let checkpoint = sandbox.restore(&snapshot, Scope::Full).unwrap().checkpoint;
    let newest = sandbox
        .files()
        .into_iter()
        .rfind(|file| file.starts_with("periodic"));
    assert_eq!(newest, Some(checkpoint.unwrap().name() + ".json"));
}

#[test]
fn a_restore_that_changes_nothing_writes_a_checkpoint_but_no_safety_snapshot() {
    let (sandbox, _) = changed_chat();
    let snapshot = sandbox.take(Kind::Rewind, at(5));
    let before = sandbox.dump();
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(restored.safety_snapshot, None);
    assert_eq!(restored.checkpoint.unwrap().last_event_id, Some(6));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn safety_snapshot_and_checkpoint_can_be_omitted() {
    let (sandbox, snapshot) = changed_chat();
    let safety = Safety {
        safety_snapshot: false,
        checkpoint: false,
    };
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let restored = plan.apply(&sandbox.store(), safety, now(), &mut unattended);
    let restored = restored.unwrap();
    assert_eq!(
        (restored.safety_snapshot, restored.checkpoint),
        (None, None)
    );
    let files = [
        "rewind/20210314T120000Z.json",
        "rewind/20210315T120000Z_safety.note",
    ];
    assert_eq!(sandbox.files(), files);
    assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
}

#[test]
fn a_snapshot_outside_the_folders_can_be_restored() {
    let (sandbox, snapshot) = changed_chat();
    let elsewhere = sandbox.path().join("from a friend.json");
    fs::rename(&snapshot.path, &elsewhere).unwrap();
    age(&elsewhere, at(0));
    let found = sandbox.found(&elsewhere);
    let safety_snapshot = sandbox
        .restore(&found, Scope::Full)
        .unwrap()
        .safety_snapshot
        .unwrap();
    assert_eq!(sandbox.rows("SELECT max(id) FROM event_log"), ["4"]);
    let of = safety_snapshot.note.restore.unwrap().of;
    assert_eq!(of, elsewhere.display().to_string());
}

#[test]
fn the_plan_names_a_checkpoint_ahead_of_the_clock_and_the_file_that_forces_it() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Hello?");
    let name = snapshot.name();
    let ran = sandbox.run(&["restore", &name, "--dry-run"]);
    assert!(!ran.out.contains("ahead of the clock"), "{}", ran.out);
    let ahead = sandbox
        .data()
        .join("snapshots/periodic/20991231T235959Z.json");
    std::fs::create_dir_all(ahead.parent().unwrap()).unwrap();
    std::fs::copy(&snapshot.path, ahead).unwrap();
    let ran = sandbox.run(&["restore", &name, "--dry-run"]);
    let warning = "! the checkpoint will be periodic/20991231T235959Z_checkpoint, ahead of the clock, because it has to come after periodic/20991231T235959Z; until then the application starts from the checkpoint, not from newer snapshots of its own\n";
    assert!(ran.out.contains(warning), "{}", ran.out);
}
