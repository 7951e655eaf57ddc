//! Failures around Unrewind: a full disk, a snapshot that changes while it is read, a database that is locked,
//! read-only or not a database, another Unrewind that restores at the same time. Live is always either unchanged
//! or as in the snapshot, and nothing is left half done.

mod concurrent;
mod full;
mod snapshot;

use std::fs;

use unrewind::core::{
    Access, Contents, Database, Difference, Error, Kind, RestorePlan, Scope, Side, Snapshot, take,
    unattended,
};

use crate::sandbox::{Sandbox, at};

/// A chat that changed after a snapshot.
fn changed_chat() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night, then.");
    (sandbox, snapshot)
}

/// The arguments of every command that opens the database.
const COMMANDS: [&[&str]; 11] = [
    &["take"],
    &["show", "live"],
    &["diff", "latest"],
    &["restore", "latest", "--yes"],
    &["restore", "latest", "--merge", "--yes"],
    &["restore", "latest", "--missing-only", "--yes"],
    &["restore", "latest", "--row", "memories=3", "--yes"],
    &["restore", "--at", "2", "--yes"],
    &["restore", "latest", "--into", "copy.db"],
    &["recover", "--yes"],
    &["due"],
];

#[test]
fn a_lock_held_for_too_long_is_an_error() {
    let (sandbox, snapshot) = changed_chat();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let files = sandbox.files();
    let other = sandbox.another();
    let database = sandbox.database();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (profile, store) = (&sandbox.profile, sandbox.store());
    let contents = Contents::open(&snapshot.path, &mut unattended).unwrap();
    let sides = (Side::Snapshot(&contents), Side::Live(&database));
    let on = &mut unattended;
    let errors = [
        take(&database, profile, &store, Kind::Rewind, at(5), on).unwrap_err(),
        Difference::compute(sides.0, sides.1, profile, Some(&database), &[], on).unwrap_err(),
        Database::open(&sandbox.db(), Access::Read, profile.busy_timeout).unwrap_err(),
        RestorePlan::compute(database, profile, snapshot, Scope::Full, on).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::Locked { .. }), "{error}");
    }
    assert_eq!(sandbox.files(), files);
}

#[test]
fn every_command_reports_a_locked_database() {
    let (sandbox, _) = changed_chat();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let files = sandbox.files();
    let config = sandbox.path().join("config.toml");
    fs::write(&config, "[database]\nbusy_timeout = \"30ms\"").unwrap();
    let other = sandbox.another();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for command in COMMANDS {
        let ran = sandbox.run(
            &[
                &["--config", "config.toml", "--db", "data/chat.db"],
                command,
            ]
            .concat(),
        );
        let message =
            "unrewind: the database data/chat.db is locked by another process: waited 0.03 s\n";
        assert!(ran.err.starts_with(message), "{command:?}: {}", ran.err);
        assert!(matches!(ran.code, 1 | 2) && ran.out.is_empty(), "{ran:?}");
    }
    assert_eq!(sandbox.files(), files);
    assert!(!sandbox.path().join("copy.db").exists());
}

#[test]
fn a_plan_waits_for_a_lock_that_is_released_in_time() {
    let (mut sandbox, snapshot) = changed_chat();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    sandbox.profile.busy_timeout = std::time::Duration::from_mins(1);
    let (database, other) = (sandbox.database(), sandbox.another());
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let plan = std::thread::scope(|scope| {
        let planned = scope.spawn(|| {
            RestorePlan::compute(
                database,
                &sandbox.profile,
                snapshot,
                Scope::Full,
                &mut unattended,
            )
        });
        other.execute_batch("COMMIT").unwrap();
        planned.join().unwrap()
    });
    assert!(!plan.unwrap().is_empty());
}

#[test]
fn every_command_reports_a_file_that_is_not_a_database_and_leaves_it_untouched() {
    let (sandbox, _) = changed_chat();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    let files = sandbox.files();
    let whole = fs::read(sandbox.db()).unwrap();
    let cases: [(&str, Vec<u8>); 5] = [
        (
            "noise",
            b"this is no database, but it is long enough to be one".repeat(200),
        ),
        ("empty", Vec::new()),
        ("half", whole[..whole.len() / 2].to_vec()),
        (
            "page",
            [&whole[..4096], &vec![0xa5; whole.len() - 4096][..]].concat(),
        ),
        ("head", [&[0; 100][..], &whole[100..]].concat()),
    ];
    for (name, bytes) in cases {
        let path = sandbox.path().join(name);
        fs::write(&path, &bytes).unwrap();
        for command in COMMANDS {
            if command.contains(&"--into") {
                continue;
            }
            let ran = sandbox.run(&[&["--db", name], command].concat());
            assert!(matches!(ran.code, 1 | 2), "{name}, {command:?}: {ran:?}");
            assert!(
                ran.err.starts_with("unrewind: ") && ran.err.contains(name),
                "{ran:?}"
            );
            assert!(
                fs::read(&path).unwrap() == bytes,
                "{command:?} changed {name}"
            );
        }
    }
    assert_eq!(sandbox.files(), files);
    assert!(!sandbox.path().join("copy.db").exists());
}

#[test]
fn every_command_reports_a_missing_database() {
    let (sandbox, _) = changed_chat();
    for command in COMMANDS {
        if command.contains(&"--into") {
            continue;
        }
        let ran = sandbox.run(&[&["--db", "nowhere.db"], command].concat());
        assert!(matches!(ran.code, 1 | 2), "{command:?}: {ran:?}");
        assert!(
            ran.err
                .starts_with("unrewind: there is no database nowhere.db\n"),
            "{ran:?}"
        );
        let ran = sandbox.run(&[&["--db", "data"], command].concat());
        assert!(
            ran.err
                .contains("data is not a valid SQLite database: it is not a file"),
            "{ran:?}"
        );
    }
    assert!(!sandbox.path().join("nowhere.db").exists());
}

#[test]
fn a_read_only_database_is_unchanged_or_restored_by_root() {
    for journal in ["WAL", "DELETE"] {
        let (sandbox, snapshot) = changed_chat();
        sandbox.sql(&format!("PRAGMA journal_mode = {journal}"));
        let (before, files) = (sandbox.dump(), sandbox.files());
        let writable = fs::metadata(sandbox.db()).unwrap().permissions();
        let mut read_only = writable.clone();
        read_only.set_readonly(true);
        fs::set_permissions(sandbox.db(), read_only).unwrap();
        assert!(
            sandbox.plan(&snapshot, Scope::Full).is_ok(),
            "planning only reads"
        );
        let result = sandbox.restore(&snapshot, Scope::Full);
        fs::set_permissions(sandbox.db(), writable).unwrap();
        match result {
            // Permissions do not stop root.
            Ok(_) => assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty()),
            Err(error) => {
                assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
                assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
            }
        }
        assert_eq!(sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
    }
}

#[test]
fn a_file_in_place_of_a_snapshot_folder_is_named() {
    for place in ["snapshots", "snapshots/rewind"] {
        let sandbox = Sandbox::new();
        let path = sandbox.data().join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "in the way").unwrap();
        let error = sandbox
            .try_take(Kind::Rewind, at(0))
            .unwrap_err()
            .to_string();
        let folder = sandbox.data().join("snapshots/rewind");
        let names = error.contains(&*folder.parent().unwrap().to_string_lossy());
        assert!(names && error.contains("not a directory"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"in the way");
    }
}
