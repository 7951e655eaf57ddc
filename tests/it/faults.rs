//! What is around Unrewind fails: the disk is full, the snapshot goes bad while it is read, the database
//! is locked, read-only or none, another Unrewind restores at the same time. Whatever happens, live is
//! as it was or as in the snapshot, and nothing is left half done.

mod full;
mod snapshot;
mod together;

use std::fs;

use unrewind::core::{
    Access, Contents, Database, Difference, Error, Kind, RestorePlan, Scope, Side, Snapshot, take,
    unattended,
};

use crate::sandbox::{Sandbox, at};

/// A chat that went on after a snapshot.
fn went_on() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Good night, then.");
    (sandbox, snapshot)
}

/// Every command that opens the database, by what it is given.
const COMMANDS: [&[&str]; 7] = [
    &["take"],
    &["show", "live"],
    &["diff", "latest"],
    &["restore", "latest", "--yes"],
    &["restore", "latest", "--into", "copy.db"],
    &["recover", "--yes"],
    &["due"],
];

#[test]
fn a_lock_held_for_too_long_is_told_as_such() {
    let (sandbox, snapshot) = went_on();
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
fn every_command_says_that_the_database_is_locked() {
    let (sandbox, _) = went_on();
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
fn a_lock_released_in_time_is_waited_for() {
    let (mut sandbox, snapshot) = went_on();
    sandbox.sql("PRAGMA journal_mode = DELETE");
    sandbox.profile.busy_timeout = std::time::Duration::from_secs(60);
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
fn a_file_that_is_no_database_is_told_as_such_and_not_touched() {
    let (sandbox, _) = went_on();
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
fn where_there_is_no_database_every_command_says_so() {
    let (sandbox, _) = went_on();
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
fn a_read_only_database_is_left_as_it_was_or_restored_by_one_who_may() {
    for journal in ["WAL", "DELETE"] {
        let (sandbox, snapshot) = went_on();
        sandbox.sql(&format!("PRAGMA journal_mode = {journal}"));
        let (before, files) = (sandbox.dump(), sandbox.files());
        let writable = fs::metadata(sandbox.db()).unwrap().permissions();
        let mut read_only = writable.clone();
        read_only.set_readonly(true);
        fs::set_permissions(sandbox.db(), read_only).unwrap();
        assert!(
            sandbox.plan(&snapshot, Scope::Full).is_ok(),
            "reading needs no more than that"
        );
        let result = sandbox.restore(&snapshot, Scope::Full);
        fs::set_permissions(sandbox.db(), writable).unwrap();
        match result {
            // Who is root is stopped by no permission.
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
fn a_file_in_the_place_of_a_folder_is_named() {
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
