//! Failures after live has changed, and during the repair: nothing of the restore is lost, and the next
//! command finishes it.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    time::Duration,
};

use rusqlite::Connection;
use serde_json::Value as Json;
use unrewind::core::{
    Clock, Kind, Repaired, RestoreOptions, Safety, Scope, Snapshot, Status, finish_interrupted,
    unattended,
};

use crate::{
    chat,
    sandbox::{Sandbox, at, now},
};

/// A chat with a checkpoint, a rewind, and a snapshot from before that rewind.
fn rewound() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.rewind(2, at(0));
    sandbox.memory("It has 240 steps.");
    sandbox.take(Kind::Periodic, at(10));
    (sandbox, snapshot)
}

fn memories() -> RestoreOptions {
    RestoreOptions {
        scope: Scope::Tables,
        tables: vec!["memories".to_owned()],
        ..RestoreOptions::default()
    }
}

/// Sets the note of the last restore back to its state before live changed.
fn set_prepared(safety: &Snapshot) {
    let note = safety.path.with_extension("note");
    let mut json: Json = serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
    json["restore"]["state"] = "prepared".into();
    fs::write(note, json.to_string()).unwrap();
}

#[test]
fn a_committed_restore_whose_note_was_not_updated_can_be_undone() {
    for options in [Scope::Full.into(), memories()] {
        let (sandbox, snapshot) = rewound();
        let before = sandbox.dump();
        let restored = sandbox.restore(&snapshot, options).unwrap();
        set_prepared(&restored.safety_snapshot.unwrap());
        let after = sandbox.dump();
        sandbox.event("Good.");
        let json = sandbox.run(&["status", "--json"]).json();
        let repaired = &json["repaired"][0];
        assert_eq!(repaired["was_committed"], true);
        let checkpoint = restored.checkpoint.unwrap();
        assert_eq!(repaired["checkpoint"], checkpoint.name());
        assert_eq!(sandbox.rows("SELECT * FROM memories"), after["memories"]);
        sandbox.undo().unwrap();
        assert_eq!(sandbox.dump()["memories"], before["memories"]);
    }
}

#[test]
fn a_dead_restore_without_a_checkpoint_is_judged_by_its_snapshot() {
    for options in [Scope::Full.into(), memories()] {
        for continued in [false, true] {
            let (sandbox, snapshot) = rewound();
            let before = sandbox.dump();
            let kept = chat::copy(&sandbox.app);
            let safety = Safety {
                checkpoint: false,
                ..Safety::default()
            };
            let plan = sandbox.plan(&snapshot, options.clone()).unwrap();
            let restored = plan.apply(&sandbox.store(), safety, now(), &mut unattended);
            let safety = restored.unwrap().safety_snapshot.unwrap();
            set_prepared(&safety);
            if continued {
                sandbox.event("Good.");
            }
            let ran = sandbox.run(&["list"]);
            let message = "was interrupted after it had changed the database; it is done now";
            assert!(ran.err.contains(message), "{options:?}: {}", ran.err);
            sandbox.undo().unwrap();
            assert_eq!(sandbox.dump()["memories"], before["memories"]);
            // The same again, with live unchanged.
            set_prepared(&safety);
            overwrite_live(&sandbox, &kept);
            if continued {
                sandbox.event("Good.");
            }
            let ran = sandbox.run(&["list"]);
            let message = "was interrupted before it changed the database";
            assert!(ran.err.contains(message), "{options:?}: {}", ran.err);
        }
    }
}

/// Sets live to the content of a copy.
fn overwrite_live(sandbox: &Sandbox, copy: &Connection) {
    let mut live = sandbox.another();
    let backup = rusqlite::backup::Backup::new(copy, &mut live).unwrap();
    backup
        .run_to_completion(1000, Duration::ZERO, None)
        .unwrap();
}

#[test]
fn after_a_panic_behind_the_commit_the_next_command_names_the_checkpoint() {
    let (sandbox, snapshot) = rewound();
    let before = sandbox.dump();
    let database = sandbox.db();
    let is_changed = move || {
        let live = Connection::open(&database).unwrap();
        !Sandbox::rows_of(&live, "SELECT 1 FROM memories WHERE text LIKE '%242%'").is_empty()
    };
    let clock = Clock::new(move || {
        assert!(!is_changed(), "a defect");
        now()
    });
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let store = sandbox.store();
    let apply = || plan.apply(&store, Safety::default(), clock, &mut unattended);
    assert!(catch_unwind(AssertUnwindSafe(apply)).is_err());
    let after = sandbox.dump();
    assert_ne!(after, before);
    let ran = sandbox.run(&["status"]);
    let message = "was interrupted after it had changed the database; it is done now";
    assert!(ran.out.contains(message), "{}", ran.out);
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.dump(), after);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
}

/// Restores, except that the checkpoint does not get its name; returns the note of the restore.
fn restore_and_die(sandbox: &Sandbox, snapshot: &Snapshot) -> PathBuf {
    let restored = sandbox.restore(snapshot, Scope::Full).unwrap();
    let safety = restored.safety_snapshot.unwrap();
    let note = safety.path.with_extension("note");
    let json: Json = serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
    let draft = json["restore"]["checkpoint"].as_str().unwrap();
    let checkpoint = restored.checkpoint.unwrap().path;
    // Another file: a program that another test starts may hold the lock of this one for a moment.
    fs::copy(&checkpoint, checkpoint.with_file_name(draft)).unwrap();
    fs::remove_file(&checkpoint).unwrap();
    fs::remove_file(checkpoint.with_extension("note")).unwrap();
    note
}

#[track_caller]
fn assert_unfinished(repaired: &[Repaired]) {
    assert!(
        matches!(repaired, [Repaired::Unfinished { .. }]),
        "{repaired:?}"
    );
}

#[test]
fn an_unreadable_note_does_not_lose_the_checkpoint() {
    let (sandbox, snapshot) = rewound();
    let note = restore_and_die(&sandbox, &snapshot);
    let (files, content) = (sandbox.files(), fs::read(&note).unwrap());
    fs::write(&note, "{").unwrap();
    let repair = || {
        let (database, store) = (sandbox.database(), sandbox.store());
        finish_interrupted(&database, &sandbox.profile, &store, now()).unwrap()
    };
    assert_unfinished(&repair());
    assert_eq!(sandbox.files(), files);
    fs::write(&note, content).unwrap();
    let repaired = repair();
    let [Repaired::Finished { checkpoint, .. }] = &repaired[..] else {
        panic!("{repaired:?}");
    };
    assert!(checkpoint.is_some());
}

#[test]
fn a_repair_blocked_by_a_lock_is_done_by_a_later_command() {
    let (mut sandbox, snapshot) = rewound();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    restore_and_die(&sandbox, &snapshot);
    let files = sandbox.files();
    let (patient, store) = (sandbox.database(), sandbox.store());
    sandbox.profile.busy_timeout = Duration::from_millis(10);
    let database = sandbox.database();
    let other = sandbox.another();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let repaired = finish_interrupted(&database, &sandbox.profile, &store, now()).unwrap();
    assert_unfinished(&repaired);
    assert_eq!(sandbox.files(), files);
    other.execute_batch("ROLLBACK").unwrap();
    sandbox.profile.busy_timeout = Duration::from_mins(1);
    let repaired = finish_interrupted(&patient, &sandbox.profile, &store, now()).unwrap();
    let named = |repaired: &Repaired| {
        matches!(
            repaired,
            Repaired::Finished {
                checkpoint: Some(_),
                ..
            }
        )
    };
    assert!(
        repaired.len() == 1 && repaired.iter().all(named),
        "{repaired:?}"
    );
}

#[test]
fn no_restore_begins_before_an_interrupted_one_is_repaired() {
    let (sandbox, snapshot) = rewound();
    let note = restore_and_die(&sandbox, &snapshot);
    let content = fs::read(&note).unwrap();
    fs::write(&note, "{").unwrap();
    let before = sandbox.dump();
    let ran = sandbox.run(&["restore", &snapshot.name(), "--yes"]);
    let message = "an interrupted restore is neither finished nor cleaned up: cannot read the note";
    assert!(ran.code == 1 && ran.err.contains(message), "{ran:?}");
    let status = sandbox.run(&["status"]);
    let message = format!(
        "{}: repair or delete it",
        note.file_name().unwrap().display()
    );
    assert!(
        status.code == 1 && status.out.contains(&message),
        "{status:?}"
    );
    assert_eq!(sandbox.dump(), before);
    fs::write(&note, content).unwrap();
    sandbox.undo().unwrap();
}

#[test]
fn status_reports_a_restore_neither_finished_nor_cleared_away() {
    let (sandbox, snapshot) = rewound();
    restore_and_die(&sandbox, &snapshot);
    let (database, store) = (sandbox.database(), sandbox.store());
    let status = || {
        Status::of(
            &database,
            &sandbox.profile,
            &store,
            chrono::Utc::now(),
            &mut unattended,
        )
        .unwrap()
    };
    assert!(status().interrupted.is_some() && !status().is_well());
    finish_interrupted(&database, &sandbox.profile, &store, now()).unwrap();
    assert!(status().interrupted.is_none() && status().is_well());
}
