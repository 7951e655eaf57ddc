//! Restores into a copy: live is not touched, and the copy appears whole or not at all, with nothing left
//! beside it.

use std::{cell::Cell, fs, ops::ControlFlow, path::Path};

use rusqlite::Connection;
use unrewind::core::{
    Error, Kind, OnProgress, RestoreOptions, Restored, Result, Scope, Snapshot, Stage,
    restore_into, unattended,
};

use super::tables;
use crate::sandbox::{Sandbox, at};

/// A chat that changed after a snapshot, large enough that every stage of a restore reports progress.
fn changed_chat(journal: &str) -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.sql(&format!("PRAGMA journal_mode = {journal}"));
    sandbox.sql(
        "WITH n (n) AS (VALUES (10) UNION ALL SELECT n + 1 FROM n WHERE n < 1300)
         INSERT INTO memories SELECT n, 1, NULL, 'number ' || n, 0.5, '2021' FROM n",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night.");
    sandbox.sql("UPDATE memories SET text = text || '!' WHERE id % 2");
    (sandbox, snapshot)
}

fn into(sandbox: &Sandbox, path: &Path, snapshot: &Snapshot) -> Result<Restored> {
    into_by(sandbox, path, snapshot, Scope::Full.into(), &mut unattended)
}

fn into_by(
    sandbox: &Sandbox,
    path: &Path,
    snapshot: &Snapshot,
    options: RestoreOptions,
    on: OnProgress<'_>,
) -> Result<Restored> {
    let (live, profile) = (sandbox.database(), &sandbox.profile);
    restore_into(path, &live, profile, snapshot, options, on)
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The bytes of the database and of its write-ahead log.
fn bytes(sandbox: &Sandbox) -> [Option<Vec<u8>>; 2] {
    ["chat.db", "chat.db-wal"].map(|name| fs::read(sandbox.data().join(name)).ok())
}

/// Checks that a copy is sound and returns its rows.
fn dump_of(sandbox: &mut Sandbox, copy: &Path) -> crate::sandbox::Dump {
    let live = std::mem::replace(&mut sandbox.app, Connection::open(copy).unwrap());
    assert_eq!(sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
    assert!(sandbox.full_text_is_sound());
    let dump = sandbox.dump();
    sandbox.app = live;
    dump
}

#[test]
fn a_restore_into_a_copy_leaves_live_untouched() {
    for journal in ["WAL", "DELETE"] {
        let (mut sandbox, snapshot) = changed_chat(journal);
        let (before, files) = (bytes(&sandbox), sandbox.files());
        let folder = sandbox.path().join("copies");
        fs::create_dir(&folder).unwrap();
        let copy = folder.join("copy.db");
        let restored = into(&sandbox, &copy, &snapshot).unwrap();
        assert_eq!(
            (restored.safety_snapshot, restored.checkpoint),
            (None, None)
        );
        assert_eq!(bytes(&sandbox), before);
        assert_eq!(sandbox.files(), files);
        assert_eq!(names(&folder), ["copy.db"]);
        let copied = dump_of(&mut sandbox, &copy);
        sandbox.restore(&snapshot, Scope::Full).unwrap();
        assert_eq!(copied, sandbox.dump());
    }
}

#[test]
fn a_copy_keeps_what_no_snapshot_holds() {
    let (mut sandbox, snapshot) = changed_chat("WAL");
    sandbox.sql(
        "CREATE TABLE notes (text); INSERT INTO notes VALUES ('kept'); PRAGMA user_version = 7",
    );
    let copy = sandbox.path().join("copy.db");
    into(&sandbox, &copy, &snapshot).unwrap();
    assert_eq!(dump_of(&mut sandbox, &copy)["notes"], ["'kept'"]);
    let copied = Connection::open(&copy).unwrap();
    let version: i64 = copied
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 7);
}

#[test]
fn a_restore_into_a_copy_takes_the_same_options() {
    let (mut sandbox, snapshot) = changed_chat("WAL");
    let live = sandbox.dump();
    let copy = sandbox.path().join("a.db");
    let options = tables(&["memories"]);
    into_by(&sandbox, &copy, &snapshot, options, &mut unattended).unwrap();
    let copied = dump_of(&mut sandbox, &copy);
    assert_eq!(copied["event_log"], live["event_log"]);
    assert_ne!(copied["memories"], live["memories"]);
    assert_eq!(copied["chat_state"], live["chat_state"]);
}

#[test]
fn a_restore_into_a_copy_never_replaces_a_file() {
    let (sandbox, snapshot) = changed_chat("WAL");
    let (file, folder, link) = (
        sandbox.path().join("a"),
        sandbox.path().join("b"),
        sandbox.path().join("c"),
    );
    fs::write(&file, "precious").unwrap();
    fs::create_dir(&folder).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    #[cfg(not(unix))]
    fs::write(&link, "").unwrap();
    let before = names(sandbox.path());
    for path in [file.clone(), folder, link, sandbox.db()] {
        let error = into(&sandbox, &path, &snapshot).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{} already exists", path.display())
        );
    }
    assert_eq!(fs::read(file).unwrap(), b"precious");
    assert_eq!(names(sandbox.path()), before);
}

#[test]
fn a_file_created_during_the_restore_is_not_replaced() {
    let (sandbox, snapshot) = changed_chat("WAL");
    let copy = sandbox.path().join("copy.db");
    let mut on = |progress: unrewind::core::Progress| {
        if progress.stage == Stage::Proving {
            fs::write(&copy, "precious").unwrap();
        }
        ControlFlow::Continue(())
    };
    let error = into_by(&sandbox, &copy, &snapshot, Scope::Full.into(), &mut on).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error}");
    assert_eq!(fs::read(&copy).unwrap(), b"precious");
    assert_eq!(names(sandbox.path()), ["copy.db", "data"]);
}

#[test]
fn a_refused_copy_leaves_nothing() {
    for journal in ["WAL", "DELETE"] {
        let (sandbox, snapshot) = changed_chat(journal);
        sandbox.sql("DELETE FROM memories; CREATE UNIQUE INDEX one ON memories (importance)");
        let copy = sandbox.path().join("copy.db");
        let error = into(&sandbox, &copy, &snapshot).unwrap_err();
        assert!(matches!(error, Error::Row { .. }), "{error}");
        let cut = sandbox.put(Kind::Rewind, at(5), "{\"event_log\": [");
        into(&sandbox, &copy, &cut).unwrap_err();
        sandbox.sql("ALTER TABLE edges DROP COLUMN feeling");
        let wide = sandbox.put(Kind::Rewind, at(6), r#"{"edges": [{"source": "a", "target": "b", "feeling": "c", "weight": 0, "updated_at": ""}]}"#);
        let error = into(&sandbox, &copy, &wide).unwrap_err();
        assert!(matches!(error, Error::SchemaDrift { .. }), "{error}");
        assert_eq!(names(sandbox.path()), ["data"]);
    }
}

#[test]
fn a_copy_cancelled_at_any_moment_leaves_nothing() {
    let (sandbox, snapshot) = changed_chat("WAL");
    let (before, copy) = (bytes(&sandbox), sandbox.path().join("copy.db"));
    let mut stages = Vec::new();
    for moment in 0.. {
        let calls = Cell::new(0);
        let mut cancel = |progress: unrewind::core::Progress| {
            calls.set(calls.get() + 1);
            if calls.get() <= moment {
                return ControlFlow::Continue(());
            }
            stages.push(progress.stage);
            ControlFlow::Break(())
        };
        let Err(error) = into_by(&sandbox, &copy, &snapshot, Scope::Full.into(), &mut cancel)
        else {
            break;
        };
        assert!(matches!(error, Error::Cancelled), "{error}");
        assert_eq!(
            names(sandbox.path()),
            ["data"],
            "cancelled while {:?}",
            stages.last()
        );
    }
    stages.dedup();
    assert_eq!(
        stages,
        [
            Stage::Reading,
            Stage::Comparing,
            Stage::Applying,
            Stage::Proving
        ]
    );
    assert_eq!(bytes(&sandbox), before);
}

#[test]
fn a_missing_target_folder_is_named() {
    let (sandbox, snapshot) = changed_chat("WAL");
    let copy = sandbox.path().join("nowhere/copy.db");
    let error = into(&sandbox, &copy, &snapshot).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn the_command_prints_where_the_copy_is() {
    let (mut sandbox, snapshot) = changed_chat("WAL");
    let before = bytes(&sandbox);
    let ran = sandbox.run(&["restore", &snapshot.name(), "--into", "copy.db"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let message = format!("restored {} into copy.db: ", snapshot.name());
    assert!(ran.out.starts_with(&message), "{}", ran.out);
    assert_eq!(bytes(&sandbox), before);
    let copy = sandbox.path().join("copy.db");
    assert_eq!(dump_of(&mut sandbox, &copy)["event_log"].len(), 2);
    let ran = sandbox.run(&["restore", &snapshot.name(), "--into", "copy.db"]);
    assert_eq!(
        (ran.code, &*ran.out, &*ran.err),
        (1, "", "unrewind: copy.db already exists\n")
    );
    let ran = sandbox.run(&[
        "restore",
        &snapshot.name(),
        "--into",
        "other.db",
        "--dry-run",
    ]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    // What Unrewind remembers of the folder.
    let memory = if cfg!(windows) { "cache" } else { ".local" };
    assert_eq!(names(sandbox.path()), [memory, "copy.db", "data"]);
}
