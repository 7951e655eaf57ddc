//! The application's next start: the newest periodic snapshot, then the events after it. Whatever was
//! restored, that is the state it starts with.

use chrono::TimeDelta;
use unrewind::core::{Kind, Missing, Newer, RestoreOptions, Scope, Snapshot};

use crate::{
    chat,
    sandbox::{Dump, Sandbox, at, now},
};

/// A chat with a snapshot that is no checkpoint, checkpoints before and after it, and then a rewind
/// and more: a start from any but the restore's own checkpoint would be another state.
fn restless() -> (Sandbox, Snapshot) {
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

/// Starts the application; the state it then has, but for moods, of which the log knows nothing.
#[track_caller]
fn started(sandbox: &Sandbox) -> Dump {
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert!(sandbox.rows("PRAGMA foreign_key_check").is_empty());
    assert!(sandbox.full_text_is_sound());
    sandbox.dump()
}

#[track_caller]
fn starts_as_it_is(sandbox: &Sandbox) {
    let before = sandbox.dump();
    assert_eq!(started(sandbox), before);
}

fn keep_newer() -> RestoreOptions {
    RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    }
}

#[test]
fn without_a_restore_the_start_is_as_it_was() {
    starts_as_it_is(&restless().0);
}

#[test]
fn after_a_full_restore() {
    let (sandbox, snapshot) = restless();
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT mood FROM chat_state"), ["'curious'"]);
    starts_as_it_is(&sandbox);
    // What is written from here on is replayed, and nothing else.
    sandbox.memory("Otto bakes.");
    starts_as_it_is(&sandbox);
}

#[test]
fn after_a_full_restore_without_a_checkpoint_the_start_would_be_another() {
    let (sandbox, snapshot) = restless();
    let checkpoint = sandbox.restore(&snapshot, Scope::Full).unwrap().checkpoint;
    std::fs::remove_file(checkpoint.unwrap().path).unwrap();
    let before = sandbox.dump();
    assert_ne!(started(&sandbox), before);
}

#[test]
fn after_a_full_restore_that_kept_newer_events_these_are_replayed() {
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
    assert_eq!(started(&sandbox), whole);
}

#[test]
fn after_a_restore_of_the_tables_newer_events_are_replayed() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.memory("Jo says good night first.");
    let whole = sandbox.dump();
    sandbox.sql("UPDATE memories SET text = 'rubbish'; UPDATE chats SET title = 'x'");
    sandbox.take(Kind::Periodic, at(10));
    sandbox.restore(&snapshot, Scope::Tables).unwrap();
    assert_eq!(sandbox.rows("SELECT id FROM memories"), ["3"]);
    assert_eq!(started(&sandbox), whole);
}

#[test]
fn after_a_restore_of_some_tables_the_others_are_as_they_were() {
    let (sandbox, snapshot) = restless();
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
    assert_eq!(started(&sandbox), expected);
}

#[test]
fn after_a_restore_of_some_tables_that_kept_newer_events() {
    let (sandbox, snapshot) = restless();
    for table in ["event_log", "memories"] {
        let tables = vec![table.to_owned()];
        sandbox
            .restore(
                &snapshot,
                RestoreOptions {
                    tables,
                    ..keep_newer()
                },
            )
            .unwrap();
        starts_as_it_is(&sandbox);
    }
}

#[test]
fn after_undo_and_after_undoing_that() {
    let restores = [Scope::Full.into(), Scope::Tables.into(), keep_newer()];
    for options in restores {
        let (sandbox, snapshot) = restless();
        let before = sandbox.dump();
        sandbox.restore(&snapshot, options).unwrap();
        sandbox.undo().unwrap();
        starts_as_it_is(&sandbox);
        assert_eq!(sandbox.dump(), before);
        // What awaited replay after the restore awaits it again.
        sandbox.redo().unwrap();
        let replayed = started(&sandbox);
        assert_eq!(started(&sandbox), replayed);
        sandbox.undo().unwrap();
        assert_eq!(started(&sandbox), before);
    }
}

#[test]
fn after_recover_the_lost_events_are_there() {
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
    assert_eq!(started(&sandbox), before);
}

#[test]
fn after_recover_that_kept_newer_events_both_are_there() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.rewind(2, at(10));
    sandbox.memory("Somebody called.");
    sandbox.take(Kind::Periodic, at(20));
    let ran = sandbox.run(&["recover", "--yes", "--keep-newer"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    started(&sandbox);
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["1"]);
    assert_eq!(
        sandbox.rows("SELECT text FROM memories"),
        ["'Somebody called.'"]
    );
    let current = "SELECT id FROM event_log WHERE superseded_by IS NULL ORDER BY id";
    assert_eq!(sandbox.rows(current), ["1", "2", "3", "5"]);
}

#[test]
fn after_a_restore_where_a_wrong_clock_named_a_periodic_snapshot() {
    let (sandbox, snapshot) = restless();
    let future = now() + TimeDelta::days(4000);
    sandbox.take(Kind::Periodic, future);
    sandbox.event("Good night.");
    let before = sandbox.dump();
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    starts_as_it_is(&sandbox);
    assert_eq!(sandbox.rows("SELECT mood FROM chat_state"), ["'curious'"]);
    // The next restore must come after the first one's checkpoint, which had to be in the future too.
    sandbox.undo().unwrap();
    starts_as_it_is(&sandbox);
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn after_a_restore_that_left_columns_out() {
    let (sandbox, snapshot) = restless();
    sandbox.sql("ALTER TABLE chat_state DROP COLUMN mood; ALTER TABLE bots ADD COLUMN face TEXT DEFAULT ':)'");
    let missing = Missing::LeaveOut;
    let options = RestoreOptions {
        missing,
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(sandbox.rows("SELECT face FROM bots"), ["':)'"]);
    starts_as_it_is(&sandbox);
}

#[test]
fn newer_events_cannot_stay_where_no_start_replays_them() {
    let (mut sandbox, snapshot) = restless();
    sandbox.profile.replays_on_start = false;
    let before = sandbox.dump();
    let error = sandbox.plan(&snapshot, keep_newer()).unwrap_err();
    let says = "newer events cannot be kept: the application does not replay events when it starts";
    assert_eq!(error.to_string(), says);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_ne!(sandbox.dump(), before);
}

#[test]
fn a_snapshot_ends_with_its_last_event_and_not_where_replay_begins() {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Two.");
    sandbox.event("Three.");
    sandbox.sql("UPDATE chat_state SET mood = 'wary'");
    // The checkpoint's tables stand at the third event, and its log ends with the fifth.
    let restored = sandbox.restore(&early, keep_newer()).unwrap();
    let checkpoint = restored.checkpoint.unwrap();
    assert_eq!(checkpoint.last_event_id, Some(3));
    sandbox.event("Four.");
    let plan = sandbox.plan(&checkpoint, keep_newer()).unwrap();
    assert_eq!(plan.kept.count, 1);
    assert_eq!(plan.log.as_ref().unwrap().newer_from.count, 0);
    let plan = sandbox.plan(&checkpoint, Scope::Full).unwrap();
    assert_eq!(plan.log.as_ref().unwrap().newer_from.count, 1);
}

#[test]
fn a_checkpoint_that_the_application_cannot_load_is_said_in_the_plan() {
    let says = |sandbox: &Sandbox, arguments: &[&str]| {
        let ran = sandbox.run(&[&["restore", "20210314T120000Z", "--dry-run"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out.contains("bots holds BLOBs or broken text")
    };
    let sandbox = Sandbox::new();
    sandbox.sql("UPDATE bots SET persona = '{\"$blob\": \"AA==\"}'");
    sandbox.take(Kind::Rewind, at(0));
    assert!(!says(&sandbox, &[]), "text is no BLOB");
    sandbox.sql("UPDATE bots SET persona = x'00'");
    assert!(says(&sandbox, &["--tables", "edges"]), "live has it");
    assert!(!says(&sandbox, &[]));
    let sandbox = Sandbox::new();
    sandbox.sql("UPDATE bots SET persona = x'00'");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE bots SET persona = ''");
    assert!(says(&sandbox, &[]));
    assert!(!says(&sandbox, &["--no-checkpoint"]));
    sandbox.sql("UPDATE bots SET persona = CAST(x'ff' AS TEXT)");
    sandbox.take(Kind::Rewind, at(10));
    let ran = sandbox.run(&["restore", "20210314T121000Z", "--dry-run"]);
    assert!(
        ran.out.contains("bots holds BLOBs or broken text"),
        "{}",
        ran.out
    );
}
