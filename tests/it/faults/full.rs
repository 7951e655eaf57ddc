//! A disk that takes no more, at every write of a take and of a restore. The limit that a process can
//! set on the size of its files stands in for it, swept over so many sizes that each write fails once.
#![cfg(unix)]

use std::fs;

use unrewind::core::{Kind, Origin, Scope, Snapshot};

use crate::{
    crash,
    sandbox::{Ran, Sandbox, at},
};

/// A chat of some 40 kilobytes, and a snapshot of it from before half of it changed.
fn went_on(journal: &str) -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH n (n) AS (VALUES (10) UNION ALL SELECT n + 1 FROM n WHERE n < 100)
         INSERT INTO memories SELECT n, 1, NULL, printf('number %0300d', n), 0.5, '2021' FROM n",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "UPDATE memories SET text = 'another' WHERE id % 2; DELETE FROM memories WHERE id > 95",
    );
    sandbox.event("Good night.");
    sandbox.sql(&format!(
        "PRAGMA wal_checkpoint (TRUNCATE); PRAGMA journal_mode = {journal}"
    ));
    (sandbox, snapshot)
}

/// Runs the program where no file may grow beyond so many blocks of 512 bytes.
fn run_within(sandbox: &Sandbox, blocks: u32, arguments: &[&str]) -> Ran {
    let program = sandbox.command(&[]);
    let mut command = std::process::Command::new("sh");
    command
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"",
            &blocks.to_string(),
        ])
        .arg(program.get_program())
        .args(arguments)
        .current_dir(sandbox.path())
        .env_clear()
        .env("HOME", sandbox.path())
        .stdin(std::process::Stdio::null());
    Ran::of(command)
}

#[track_caller]
fn is_sound(sandbox: &Sandbox) {
    assert_eq!(
        sandbox
            .another()
            .query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
            .unwrap(),
        "ok"
    );
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
}

/// A restore that fails leaves nothing; only if its commit failed, so that it may be done all the same, it
/// leaves the safety snapshot, and the checkpoint for the next command to judge.
#[track_caller]
fn left_nothing_in_vain(sandbox: &Sandbox, before: &[String], said: &str) {
    let left = || {
        let mut left = sandbox.files();
        left.retain(|file| !before.contains(file));
        left
    };
    if said.contains("the commit failed, so the restore may or may not be done") {
        let ran = sandbox.run(&["show", "live"]);
        assert_eq!((ran.code, crash::unrelated(&ran.err)), (0, ""));
        sandbox.let_time_pass();
        let snapshots = sandbox.list();
        // What was not committed leaves its safety snapshot as one like any other.
        let is_own = |snapshot: &&Snapshot| snapshot.id.unwrap().origin == Origin::Safety;
        let safety = snapshots.iter().filter(is_own);
        let files = safety.map(|safety| safety.name() + ".json");
        assert_eq!(left(), files.collect::<Vec<_>>(), "{said}");
        for file in left() {
            let path = sandbox.data().join("snapshots").join(file);
            fs::remove_file(path.with_extension("note")).unwrap();
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(left(), [""; 0], "{said}");
}

#[test]
fn a_take_that_finds_no_room_leaves_nothing() {
    for journal in ["WAL", "DELETE"] {
        let (sandbox, _) = went_on(journal);
        let (before, files) = (sandbox.dump(), sandbox.files());
        let mut codes = Vec::new();
        for blocks in (0..120).step_by(10) {
            let ran = run_within(&sandbox, blocks, &["take"]);
            codes.push(ran.code);
            is_sound(&sandbox);
            assert_eq!(sandbox.dump(), before);
            if ran.code == 0 {
                assert_eq!(sandbox.files().len(), files.len() + 1);
                break;
            }
            assert!(ran.out.is_empty() && ran.err.contains("data"), "{ran:?}");
            assert_eq!(sandbox.files(), files, "{ran:?}");
        }
        assert!(codes.len() > 3 && codes.ends_with(&[1, 0]), "{codes:?}");
    }
}

#[test]
fn a_restore_that_finds_no_room_changes_nothing() {
    // Without a safety snapshot and a checkpoint, which are as long as the snapshot, the database's own writes fail.
    let manners: [&[&str]; 3] = [
        &[],
        &["--no-safety-snapshot"],
        &["--no-safety-snapshot", "--no-checkpoint"],
    ];
    for journal in ["WAL", "DELETE"] {
        for manner in manners {
            let (sandbox, snapshot) = went_on(journal);
            let (before, files) = (sandbox.dump(), sandbox.files());
            let name = snapshot.name();
            let arguments = [&["restore", &name, "--yes"], manner].concat();
            let mut said = Vec::new();
            for blocks in (0..400).step_by(12) {
                let ran = run_within(&sandbox, blocks, &arguments);
                is_sound(&sandbox);
                if ran.code == 0 {
                    said.push("restored".to_owned());
                    break;
                }
                assert!(ran.err.starts_with("unrewind: "), "{ran:?}");
                assert_eq!(sandbox.dump(), before, "{ran:?}");
                left_nothing_in_vain(&sandbox, &files, &ran.err);
                said.push(ran.err);
            }
            assert_eq!(
                said.last().map(String::as_str),
                Some("restored"),
                "{said:?}"
            );
            let failed = |file: &str| said.iter().any(|said| said.contains(file));
            assert!(failed("data/chat.db"), "{said:?}");
            assert_eq!(
                failed("rewind/.unrewind-draft"),
                manner.is_empty(),
                "{said:?}"
            );
            assert_ne!(sandbox.dump(), before);
            let ran = sandbox.run(&["restore", &name, "--dry-run"]);
            assert!(
                ran.out
                    .contains("the live database already equals the snapshot"),
                "{ran:?}"
            );
        }
    }
}

#[test]
fn a_copy_that_finds_no_room_leaves_nothing() {
    for journal in ["WAL", "DELETE"] {
        let (sandbox, snapshot) = went_on(journal);
        let live = fs::read(sandbox.db()).unwrap();
        let name = snapshot.name();
        fs::create_dir(sandbox.path().join("copies")).unwrap();
        let arguments = ["restore", &name, "--into", "copies/copy.db"];
        let mut codes = Vec::new();
        for blocks in (0..1000).step_by(40) {
            let ran = run_within(&sandbox, blocks, &arguments);
            codes.push(ran.code);
            let left: Vec<_> = fs::read_dir(sandbox.path().join("copies"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            if ran.code == 0 {
                assert_eq!(left, ["copy.db"]);
                break;
            }
            assert!(ran.err.starts_with("unrewind: "), "{ran:?}");
            assert!(left.is_empty(), "{left:?} after {}", ran.err);
        }
        assert!(codes.len() > 3 && codes.ends_with(&[1, 0]), "{codes:?}");
        assert!(fs::read(sandbox.db()).unwrap() == live);
    }
}

#[test]
fn an_interrupted_restore_that_cannot_be_finished_is_reported_until_it_is() {
    let (sandbox, snapshot) = went_on("WAL");
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    let note = restored
        .safety_snapshot
        .unwrap()
        .path
        .with_extension("note");
    let said = fs::read_to_string(&note).unwrap();
    fs::write(&note, said.replace("\"done\"", "\"prepared\"")).unwrap();
    let says = "was interrupted, and cannot be finished or cleared away now: ";
    let hint = "run `unrewind status` before the application starts";
    for _ in 0..2 {
        let ran = run_within(&sandbox, 0, &["status"]);
        assert!(ran.out.contains(says) && ran.out.contains(hint), "{ran:?}");
        assert_eq!(ran.code, 1);
        let ran = run_within(&sandbox, 0, &["list"]);
        assert!(ran.err.contains(says) && ran.code == 0, "{ran:?}");
    }
    let ran = sandbox.run(&["status"]);
    assert!(ran.out.contains("it is done now"), "{ran:?}");
    assert_eq!(sandbox.run(&["status"]).code, 0);
}
