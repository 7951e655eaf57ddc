//! The application's next start: it loads the newest periodic snapshot and replays the events after it. It
//! must give the state that the restore promised.

use std::fs;

use chrono::TimeDelta;
use unrewind::core::{Kind, Missing, Newer, RestoreOptions, Scope, Snapshot};

use crate::{
    chat,
    sandbox::{Dump, Sandbox, at, now},
};

/// A chat with a rewind snapshot, periodic snapshots before and after it, and then a rewind and more: only a
/// start from the restore's own checkpoint gives the restored state.
fn eventful_chat() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.take(Kind::Periodic, at(0));
    sandbox.event("Is the lamp still burning?");
    sandbox.sql("UPDATE chat_state SET mood = 'curious'");
    let snapshot = sandbox.take(Kind::Rewind, at(10));
    sandbox.memory("Jo says good night first.");
    sandbox.take(Kind::Periodic, at(20));
    sandbox.rewind(2, at(30));
    sandbox.event("Hello?");
    sandbox.sql("UPDATE chat_state SET mood = 'wary'; INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021')");
    sandbox.take(Kind::Periodic, at(40));
    sandbox.event("Is anybody there?");
    (sandbox, snapshot)
}

/// Starts the application and returns its state, without moods, which are not in the log.
#[track_caller]
fn state_after_start(sandbox: &Sandbox) -> Dump {
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert!(sandbox.rows("PRAGMA foreign_key_check").is_empty());
    assert!(sandbox.full_text_is_sound());
    sandbox.dump()
}

#[track_caller]
fn assert_start_keeps_state(sandbox: &Sandbox) {
    let before = sandbox.dump();
    assert_eq!(state_after_start(sandbox), before);
}

fn keep_newer() -> RestoreOptions {
    RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    }
}

#[test]
fn without_a_restore_a_start_changes_nothing() {
    assert_start_keeps_state(&eventful_chat().0);
}

#[test]
fn a_start_keeps_a_full_restore() {
    let (sandbox, snapshot) = eventful_chat();
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT mood FROM chat_state"), ["'curious'"]);
    assert_start_keeps_state(&sandbox);
    // Only what is written from here on is replayed.
    sandbox.memory("Otto bakes.");
    assert_start_keeps_state(&sandbox);
}

#[test]
fn a_start_without_the_checkpoint_loses_a_full_restore() {
    let (sandbox, snapshot) = eventful_chat();
    let checkpoint = sandbox.restore(&snapshot, Scope::Full).unwrap().checkpoint;
    std::fs::remove_file(checkpoint.unwrap().path).unwrap();
    let before = sandbox.dump();
    assert_ne!(state_after_start(&sandbox), before);
}

#[test]
fn a_start_replays_the_newer_events_that_a_full_restore_kept() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.memory("Jo says good night first.");
    sandbox.event("Good night.");
    let whole = sandbox.dump();
    sandbox.sql("UPDATE memories SET text = 'rubbish'; UPDATE event_log SET hidden = 1 WHERE id = 2; UPDATE chats SET title = 'x'");
    sandbox.take(Kind::Periodic, at(10));
    let restored = sandbox.restore(&snapshot, keep_newer()).unwrap();
    assert_eq!(restored.checkpoint.unwrap().last_event_id, Some(3));
    assert_eq!(sandbox.rows("SELECT id FROM memories"), ["3"]);
    assert_eq!(state_after_start(&sandbox), whole);
}

#[test]
fn a_start_replays_newer_events_after_a_tables_restore() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.memory("Jo says good night first.");
    let whole = sandbox.dump();
    sandbox.sql("UPDATE memories SET text = 'rubbish'; UPDATE chats SET title = 'x'");
    sandbox.take(Kind::Periodic, at(10));
    sandbox.restore(&snapshot, Scope::Tables).unwrap();
    assert_eq!(sandbox.rows("SELECT id FROM memories"), ["3"]);
    assert_eq!(state_after_start(&sandbox), whole);
}

#[test]
fn a_start_keeps_the_tables_that_a_restore_left_out() {
    let (sandbox, snapshot) = eventful_chat();
    let before = sandbox.dump();
    let tables = vec!["chat_state".to_owned()];
    let options = RestoreOptions {
        tables,
        ..RestoreOptions::default()
    };
    let restored = sandbox.restore(&snapshot, options).unwrap();
    let last = sandbox.rows("SELECT max(id) FROM event_log");
    assert_eq!(
        restored
            .checkpoint
            .unwrap()
            .last_event_id
            .unwrap()
            .to_string(),
        last[0]
    );
    let mut expected = before;
    expected.insert(
        "chat_state".to_owned(),
        sandbox.rows("SELECT * FROM chat_state"),
    );
    assert_eq!(sandbox.rows("SELECT mood FROM chat_state"), ["'curious'"]);
    assert_eq!(sandbox.dump(), expected);
    assert_eq!(state_after_start(&sandbox), expected);
}

#[test]
fn a_start_keeps_the_state_after_undo_and_after_redo() {
    let restores = [Scope::Full.into(), Scope::Tables.into(), keep_newer()];
    for options in restores {
        let (sandbox, snapshot) = eventful_chat();
        let before = sandbox.dump();
        sandbox.restore(&snapshot, options).unwrap();
        sandbox.undo().unwrap();
        assert_start_keeps_state(&sandbox);
        assert_eq!(sandbox.dump(), before);
        // What awaited replay after the restore awaits it again after the redo.
        sandbox.redo().unwrap();
        let replayed = state_after_start(&sandbox);
        assert_eq!(state_after_start(&sandbox), replayed);
        sandbox.undo().unwrap();
        assert_eq!(state_after_start(&sandbox), before);
    }
}

#[test]
fn a_start_keeps_recovered_events() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    sandbox.event("Is the lamp still burning?");
    sandbox.memory("Jo says good night first.");
    let before = sandbox.dump();
    sandbox.rewind(2, at(10));
    sandbox.take(Kind::Periodic, at(20));
    sandbox.event("Hello?");
    let ran = sandbox.run(&["recover", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(state_after_start(&sandbox), before);
}

#[test]
fn a_start_keeps_recovered_and_newer_events() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.rewind(2, at(10));
    sandbox.memory("Somebody called.");
    sandbox.take(Kind::Periodic, at(20));
    let ran = sandbox.run(&["recover", "--yes", "--keep-newer"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    state_after_start(&sandbox);
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["1"]);
    assert_eq!(
        sandbox.rows("SELECT text FROM memories"),
        ["'Somebody called.'"]
    );
    let current = "SELECT id FROM event_log WHERE superseded_by IS NULL ORDER BY id";
    assert_eq!(sandbox.rows(current), ["1", "2", "3", "5"]);
}

#[test]
fn a_start_keeps_a_restore_despite_a_periodic_snapshot_from_the_future() {
    let (sandbox, snapshot) = eventful_chat();
    let future = now() + TimeDelta::days(4000);
    sandbox.take(Kind::Periodic, future);
    sandbox.event("Good night.");
    let before = sandbox.dump();
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_start_keeps_state(&sandbox);
    assert_eq!(sandbox.rows("SELECT mood FROM chat_state"), ["'curious'"]);
    // The next restore's checkpoint must be later than the first one's, which is in the future too.
    sandbox.undo().unwrap();
    assert_start_keeps_state(&sandbox);
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_start_keeps_a_restore_that_left_columns_out() {
    let (sandbox, snapshot) = eventful_chat();
    sandbox.sql("ALTER TABLE chat_state DROP COLUMN mood; ALTER TABLE bots ADD COLUMN face TEXT DEFAULT ':)'");
    let missing = Missing::LeaveOut;
    let options = RestoreOptions {
        missing,
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(sandbox.rows("SELECT face FROM bots"), ["':)'"]);
    assert_start_keeps_state(&sandbox);
}

#[test]
#[cfg_attr(
    windows,
    ignore = "Windows does not show which processes have a database open"
)]
fn a_snapshot_ends_with_its_last_event_not_where_replay_begins() {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Two.");
    sandbox.event("Three.");
    sandbox.sql("UPDATE chat_state SET mood = 'wary'");
    // The checkpoint's tables are those after the third event; its log ends with the fifth.
    let restored = sandbox.restore(&early, keep_newer()).unwrap();
    let checkpoint = restored.checkpoint.unwrap();
    assert_eq!(checkpoint.last_event_id, Some(3));
    sandbox.event("Four.");
    let plan = sandbox.plan(&checkpoint, keep_newer()).unwrap();
    assert_eq!(plan.merge.as_ref().unwrap().kept.count, 1);
    assert_eq!(plan.log.as_ref().unwrap().newer_from.count, 0);
    let plan = sandbox.plan(&checkpoint, Scope::Full).unwrap();
    assert_eq!(plan.log.as_ref().unwrap().newer_from.count, 1);
}

#[test]
fn the_plan_warns_of_a_checkpoint_that_the_application_cannot_load() {
    let warns = |sandbox: &Sandbox, arguments: &[&str]| {
        let ran = sandbox.run(&[&["restore", "20210314T120000Z", "--dry-run"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out.contains("bots holds BLOBs or broken text")
    };
    let sandbox = Sandbox::new();
    sandbox.sql("UPDATE bots SET persona = '{\"$blob\": \"AA==\"}'");
    sandbox.take(Kind::Rewind, at(0));
    assert!(!warns(&sandbox, &[]), "text is no BLOB");
    sandbox.sql("UPDATE bots SET persona = x'00'");
    assert!(warns(&sandbox, &["--tables", "edges"]), "live has it");
    assert!(!warns(&sandbox, &[]));
    let sandbox = Sandbox::new();
    sandbox.sql("UPDATE bots SET persona = x'00'");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE bots SET persona = ''");
    assert!(warns(&sandbox, &[]));
    assert!(!warns(&sandbox, &["--no-checkpoint"]));
    sandbox.sql("UPDATE bots SET persona = CAST(x'ff' AS TEXT)");
    sandbox.take(Kind::Rewind, at(10));
    let ran = sandbox.run(&["restore", "20210314T121000Z", "--dry-run"]);
    assert!(
        ran.out.contains("bots holds BLOBs or broken text"),
        "{}",
        ran.out
    );
}

#[test]
fn the_checkpoint_of_a_snapshot_with_a_byte_order_mark_has_none() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Rewind, at(0));
    let bytes = fs::read(&taken.path).unwrap();
    let marked = sandbox.put(Kind::Rewind, at(1), [&b"\xef\xbb\xbf"[..], &bytes].concat());
    sandbox.memory("The lamp burns.");
    let restored = sandbox.restore(&marked, Scope::Full).unwrap();
    assert_eq!(fs::read(restored.checkpoint.unwrap().path).unwrap(), bytes);
}

#[test]
fn a_restore_of_the_log_without_its_tables_warns_of_the_rows() {
    let sandbox = Sandbox::rewound();
    let warns = |tables: &str| {
        let ran = sandbox.run(&["restore", "latest:rewind", "--tables", tables, "--dry-run"]);
        let message = "! the rows of these events come back in the chosen tables only";
        ran.out.contains(message)
    };
    assert!(warns("event_log"));
    assert!(!warns("edges"));
}

#[test]
fn tables_of_events_after_the_logs_last_are_warned_of() {
    let sandbox = Sandbox::new();
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.memory("The lamp burns.");
    let late = sandbox.take(Kind::Rewind, at(1));
    sandbox.restore(&early, Scope::Full).unwrap();
    let warns = |snapshot: &Snapshot| {
        let name = snapshot.name();
        let ran = sandbox.run(&["restore", &name, "--scope", "tables", "--dry-run"]);
        ran.out
            .contains("! the tables may hold rows of events up to 3, but the log ends at 2: ")
    };
    assert!(warns(&late));
    sandbox.sql("UPDATE bots SET name = 'x'");
    assert!(!warns(&early));
}
