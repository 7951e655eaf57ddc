//! Unrewind and the application's own service take turns: each continues from what the other wrote.

use std::fs;

use serde_json::json;
use unrewind::core::{Id, Kind, Scope, Stamp, take, unattended};

use crate::{
    chat,
    sandbox::{Dump, Sandbox, at, now},
    system::is_folder_lock,
};

/// A chat with a periodic snapshot and events after it.
fn chat_with_periodic_snapshot() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.memory("The lamp burns.");
    sandbox.log("felt", &json!({ "bot": "mara", "feeling": "fond" }));
    sandbox.take(Kind::Periodic, at(0));
    sandbox.event("It is. I climbed up to see it.");
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.log("felt", &json!({ "bot": "mara", "feeling": "proud" }));
    sandbox
}

/// Restarts the application and returns its tables.
fn state_after_restart(sandbox: &Sandbox) -> Dump {
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert!(sandbox.full_text_is_sound());
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
    sandbox.dump()
}

/// A file that the service itself wrote.
fn golden(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/goldens");
    fs::read(format!("{folder}/{name}")).unwrap()
}

#[test]
fn a_start_from_unrewinds_snapshot_changes_nothing() {
    let sandbox = chat_with_periodic_snapshot();
    let before = sandbox.dump();
    assert_eq!(state_after_restart(&sandbox), before, "events are replayed");
    sandbox.take(Kind::Periodic, at(10));
    assert_eq!(
        state_after_restart(&sandbox),
        before,
        "no event is replayed"
    );
}

#[test]
fn a_restored_state_survives_the_next_start() {
    let sandbox = chat_with_periodic_snapshot();
    let before = sandbox.dump();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.event("Hello?");
    sandbox.take(Kind::Periodic, at(20));
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(state_after_restart(&sandbox), before);
}

#[test]
fn a_restored_state_without_its_checkpoint_is_lost_at_the_next_start() {
    let sandbox = chat_with_periodic_snapshot();
    let before = sandbox.dump();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.take(Kind::Periodic, at(20));
    let checkpoint = sandbox.restore(&snapshot, Scope::Full).unwrap().checkpoint;
    fs::remove_file(checkpoint.unwrap().path).unwrap();
    assert_ne!(state_after_restart(&sandbox), before);
}

#[test]
fn events_after_a_restore_survive_the_next_start() {
    let sandbox = chat_with_periodic_snapshot();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.event("Hello?");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    sandbox.event("You are back!");
    sandbox.memory("Jo came back.");
    let before = sandbox.dump();
    assert_eq!(state_after_restart(&sandbox), before);
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["3"]);
}

#[test]
fn the_next_start_replays_the_log_over_restored_tables() {
    let sandbox = chat_with_periodic_snapshot();
    let before = sandbox.dump();
    let snapshot = sandbox.list().remove(0);
    sandbox.sql("UPDATE chat_state SET mood = 'broken'; DELETE FROM memories");
    sandbox.restore(&snapshot, Scope::Tables).unwrap();
    assert_ne!(sandbox.dump(), before, "events are still to be replayed");
    assert_eq!(state_after_restart(&sandbox), before);
}

#[test]
fn a_restored_safety_snapshot_survives_the_next_start() {
    let sandbox = chat_with_periodic_snapshot();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.event("Hello?");
    let before = sandbox.dump();
    let safety_snapshot = sandbox
        .restore(&snapshot, Scope::Full)
        .unwrap()
        .safety_snapshot
        .unwrap();
    assert_ne!(sandbox.dump(), before);
    sandbox.restore(&safety_snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(state_after_restart(&sandbox), before);
}

#[test]
fn a_start_finds_the_checkpoint_despite_a_snapshot_from_the_future() {
    let sandbox = chat_with_periodic_snapshot();
    sandbox.take(Kind::Periodic, now() + chrono::TimeDelta::days(900));
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    let before = sandbox.dump();
    assert_eq!(state_after_restart(&sandbox), before);
}

#[test]
fn a_service_snapshot_is_restored_over_later_changes() {
    let sandbox = Sandbox::without_tables();
    sandbox.sql(&String::from_utf8(golden("chat.sql")).unwrap());
    let before = sandbox.dump();
    let snapshot = sandbox.put(Kind::Rewind, at(0), golden("chat.json"));
    sandbox.sql(
        "UPDATE event_log SET superseded_by = 57 WHERE id BETWEEN 22 AND 56;
         DELETE FROM memories WHERE id > 3; UPDATE edges SET weight = -weight;
         DELETE FROM bots WHERE id = 'vesna'; UPDATE chats SET title = 'x'",
    );
    sandbox.event("Hello?");
    assert_ne!(sandbox.dump(), before);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(state_after_restart(&sandbox), before);
}

#[test]
fn the_list_has_the_snapshots_of_the_service_and_of_unrewind() {
    let sandbox = Sandbox::without_tables();
    sandbox.sql(&String::from_utf8(golden("chat.sql")).unwrap());
    let service = sandbox.put(Kind::Periodic, at(0), golden("chat.json"));
    let unrewind = sandbox.take(Kind::Periodic, at(10));
    assert_eq!(service.last_event_id, Some(57));
    assert_eq!(sandbox.list(), [unrewind.clone(), service]);
    assert!(fs::read(unrewind.path).unwrap() == golden("chat.json"));
}

#[test]
fn unrewinds_files_beside_the_snapshots_do_not_end_in_json() {
    let sandbox = chat_with_periodic_snapshot();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    sandbox
        .store()
        .pin(&snapshot, &sandbox.profile, None, &mut unattended)
        .unwrap();
    let folder = sandbox.data().join("snapshots/rewind");
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| !is_folder_lock(name));
    let names = names.map(|name| name.into_string().unwrap());
    let mut beside: Vec<String> = names.filter(|name| !name.ends_with(".json")).collect();
    beside.sort();
    let expected = [
        "20210314T121000Z.note",
        "20210314T121000Z.pinned",
        "20210315T120000Z_safety.note",
    ];
    assert_eq!(beside, expected);
}

#[test]
fn five_periodic_snapshots_are_kept_whoever_took_them() {
    let sandbox = Sandbox::without_tables();
    sandbox.sql(&String::from_utf8(golden("chat.sql")).unwrap());
    for minute in 0..5 {
        sandbox.put(Kind::Periodic, at(minute), golden("chat.json"));
    }
    let (database, store) = (sandbox.database(), sandbox.store());
    let taken = take(
        &database,
        &sandbox.profile,
        &store,
        Kind::Periodic,
        at(5),
        &mut unattended,
    );
    let stamp = Stamp::at(at(0));
    let kind = Kind::Periodic;
    assert_eq!(
        taken.unwrap().pruned,
        [sandbox.store().path(Id::plain(kind, stamp))]
    );
}
