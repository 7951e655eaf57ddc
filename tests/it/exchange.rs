//! Unrewind and the application's own service take turns: either goes on from what the other wrote.

use std::fs;

use serde_json::json;
use unrewind::core::{Id, Kind, Scope, Stamp, take, unattended};

use crate::{
    chat,
    sandbox::{Dump, Sandbox, at, now},
};

/// An evening with a periodic snapshot, events after it, and a rewind that took too much back.
fn evening() -> Sandbox {
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

/// The application ends and starts again; what is in its tables then.
fn restarted(sandbox: &Sandbox) -> Dump {
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert!(sandbox.full_text_is_sound());
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
    sandbox.dump()
}

/// The service's own file, where a snapshot of live would be.
fn golden(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/goldens");
    fs::read(format!("{folder}/{name}")).unwrap()
}

#[test]
fn a_start_from_a_snapshot_that_unrewind_took_changes_nothing() {
    let sandbox = evening();
    let before = sandbox.dump();
    assert_eq!(restarted(&sandbox), before, "events are replayed");
    sandbox.take(Kind::Periodic, at(10));
    assert_eq!(restarted(&sandbox), before, "no event is replayed");
}

#[test]
fn a_restored_state_lasts_past_the_next_start() {
    let sandbox = evening();
    let before = sandbox.dump();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.event("Hello?");
    sandbox.take(Kind::Periodic, at(20));
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(restarted(&sandbox), before);
}

#[test]
fn without_a_checkpoint_a_restored_state_is_lost_at_the_next_start() {
    let sandbox = evening();
    let before = sandbox.dump();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.take(Kind::Periodic, at(20));
    let checkpoint = sandbox.restore(&snapshot, Scope::Full).unwrap().checkpoint;
    fs::remove_file(checkpoint.unwrap().path).unwrap();
    assert_ne!(restarted(&sandbox), before);
}

#[test]
fn after_a_restore_the_application_goes_on() {
    let sandbox = evening();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.event("Hello?");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    sandbox.event("You are back!");
    sandbox.memory("Jo came back.");
    let before = sandbox.dump();
    assert_eq!(restarted(&sandbox), before);
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["3"]);
}

#[test]
fn restored_tables_are_brought_up_to_date_with_the_log_at_the_next_start() {
    let sandbox = evening();
    let before = sandbox.dump();
    let snapshot = sandbox.list().remove(0);
    sandbox.sql("UPDATE chat_state SET mood = 'broken'; DELETE FROM memories");
    sandbox.restore(&snapshot, Scope::Tables).unwrap();
    assert_ne!(sandbox.dump(), before, "events are still to be replayed");
    assert_eq!(restarted(&sandbox), before);
}

#[test]
fn an_undone_restore_lasts_past_the_next_start_too() {
    let sandbox = evening();
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
    assert_eq!(restarted(&sandbox), before);
}

#[test]
fn a_start_after_a_wrong_clock_finds_the_checkpoint_all_the_same() {
    let sandbox = evening();
    sandbox.take(Kind::Periodic, now() + chrono::TimeDelta::days(900));
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    let before = sandbox.dump();
    assert_eq!(restarted(&sandbox), before);
}

#[test]
fn the_services_snapshot_is_restored_over_whatever_came_since() {
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
    assert_eq!(restarted(&sandbox), before);
}

#[test]
fn the_services_snapshots_stand_in_one_list_with_unrewinds() {
    let sandbox = Sandbox::without_tables();
    sandbox.sql(&String::from_utf8(golden("chat.sql")).unwrap());
    let service = sandbox.put(Kind::Periodic, at(0), golden("chat.json"));
    let unrewind = sandbox.take(Kind::Periodic, at(10));
    assert_eq!(service.last_event_id, Some(57));
    assert_eq!(sandbox.list(), [unrewind.clone(), service]);
    assert!(fs::read(unrewind.path).unwrap() == golden("chat.json"));
}

#[test]
fn files_that_unrewind_keeps_beside_the_snapshots_are_not_the_services() {
    let sandbox = evening();
    let snapshot = sandbox.rewind(3, at(10));
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    sandbox.store().pin(&snapshot, &mut unattended).unwrap();
    let folder = sandbox.data().join("snapshots/rewind");
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
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
fn five_periodic_snapshots_stay_whoever_took_them() {
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
