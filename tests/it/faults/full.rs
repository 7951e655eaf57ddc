//! A full disk, at every write of a take and of a restore. A limit on the size of the process's files stands in
//! for it, swept over enough sizes that each write fails once.
#![cfg(unix)]

use std::fs;

use unrewind::core::{Kind, Origin, Scope, Snapshot};

use crate::{
    crash,
    forms::Form,
    sandbox::{Ran, Sandbox, at},
};

/// A chat of some 40 kilobytes, and a snapshot from before half of it changed.
fn changed_chat(journal: &str) -> (Sandbox, Snapshot) {
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

/// Runs the program with file sizes limited to this many blocks of 512 bytes.
fn run_within(sandbox: &Sandbox, blocks: u32, arguments: &[&str]) -> Ran {
    let program = sandbox.command(&[]);
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "ulimit -f \"$0\"; exec \"$@\"", &blocks.to_string()])
        .arg(program.get_program())
        .args(arguments)
        .current_dir(sandbox.path())
        .env_clear()
        .env("HOME", sandbox.path())
        .stdin(std::process::Stdio::null());
    Ran::run(command)
}

#[track_caller]
fn assert_sound(sandbox: &Sandbox) {
    assert_eq!(
        sandbox
            .another()
            .query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
            .unwrap(),
        "ok"
    );
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
}

/// Asserts that a failed restore left nothing. If its commit failed, so that it may be done all the same, it left
/// the safety snapshot, and the checkpoint for the next command to judge.
#[track_caller]
fn assert_nothing_left(sandbox: &Sandbox, before: &[String], error: &str) {
    let left = || {
        let mut left = sandbox.files();
        left.retain(|file| !before.contains(file));
        left
    };
    if error.contains("the commit failed, so the restore may or may not be done") {
        let ran = sandbox.run(&["show", "live"]);
        assert_eq!((ran.code, crash::unrelated(&ran.err)), (0, ""));
        sandbox.let_time_pass();
        let snapshots = sandbox.list();
        // An uncommitted restore leaves its safety snapshot as an ordinary one.
        let is_own = |snapshot: &&Snapshot| snapshot.id.unwrap().origin == Origin::Safety;
        let safety = snapshots.iter().filter(is_own);
        let files = safety.map(|safety| safety.name() + ".json");
        assert_eq!(left(), files.collect::<Vec<_>>(), "{error}");
        for file in left() {
            let path = sandbox.data().join("snapshots").join(file);
            fs::remove_file(path.with_extension("note")).unwrap();
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(left(), [""; 0], "{error}");
}

#[test]
fn a_take_on_a_full_disk_leaves_nothing() {
    for journal in ["WAL", "DELETE"] {
        let (sandbox, _) = changed_chat(journal);
        let (before, files) = (sandbox.dump(), sandbox.files());
        let mut codes = Vec::new();
        for blocks in (0..120).step_by(10) {
            let ran = run_within(&sandbox, blocks, &["take"]);
            codes.push(ran.code);
            assert_sound(&sandbox);
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
fn without_room_to_read_the_database_the_error_says_so() {
    let (sandbox, _) = changed_chat("WAL");
    sandbox.sql("PRAGMA wal_checkpoint (TRUNCATE)");
    // Nothing has it open, so it has no `-shm`.
    let folder = sandbox.path().join("other");
    fs::create_dir_all(folder.join("snapshots")).unwrap();
    fs::copy(sandbox.db(), folder.join("chat.db")).unwrap();
    let ran = run_within(&sandbox, 1, &["take", "--data-dir", "other"]);
    assert_eq!(ran.code, 1);
    let message =
        "unrewind: no space left on the disk that holds other/chat.db\nhint: free some space";
    assert!(ran.err.starts_with(message), "{ran:?}");
}

/// Runs a restore with more and more room until it succeeds. Asserts that no other changed anything, and that it
/// did the same as with all room; returns the errors.
#[track_caller]
fn fill_the_disk(journal: &str, form: Form, options: &[&str]) -> Vec<String> {
    let scene = || {
        let (mut sandbox, snapshot) = changed_chat(journal);
        form.prepare(&mut sandbox);
        let mut arguments = form.arguments(&snapshot);
        arguments.extend(options.iter().map(|&option| option.to_owned()));
        (sandbox, arguments)
    };
    let (sandbox, arguments) = scene();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = sandbox.run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    let then = sandbox.dump();
    let (sandbox, _) = scene();
    let (before, files) = (sandbox.dump(), sandbox.files());
    assert_ne!(before, then);
    let mut errors = Vec::new();
    for blocks in (0..400).step_by(12) {
        let ran = run_within(&sandbox, blocks, &arguments);
        assert_sound(&sandbox);
        if ran.code == 0 {
            assert_eq!(sandbox.dump(), then, "{form:?}");
            return errors;
        }
        assert!(ran.err.starts_with("unrewind: "), "{ran:?}");
        assert_eq!(sandbox.dump(), before, "{form:?}: {ran:?}");
        assert_nothing_left(&sandbox, &files, &ran.err);
        errors.push(ran.err);
    }
    panic!("{form:?} never succeeds: {errors:?}");
}

#[test]
fn a_restore_on_a_full_disk_changes_nothing() {
    // Without safety snapshot and checkpoint, which are as long as the snapshot, the database's own writes fail.
    let option_sets: [&[&str]; 3] = [
        &[],
        &["--no-safety-snapshot"],
        &["--no-safety-snapshot", "--no-checkpoint"],
    ];
    for journal in ["WAL", "DELETE"] {
        for options in option_sets {
            let errors = fill_the_disk(journal, Form::Full, options);
            let failed = |file: &str| errors.iter().any(|error| error.contains(file));
            assert!(failed("data/chat.db"), "{errors:?}");
            let draft = failed("rewind/.unrewind-draft");
            assert_eq!(draft, options.is_empty(), "{errors:?}");
        }
    }
}

#[test]
fn no_form_of_a_restore_changes_anything_on_a_full_disk() {
    let forms = [
        Form::MergedRows,
        Form::MissingOnly,
        Form::OneRow(11),
        Form::Moment(3),
    ];
    for form in forms {
        let errors = fill_the_disk("WAL", form, &[]);
        let failed = |file: &str| errors.iter().any(|error| error.contains(file));
        assert!(failed("/.unrewind-draft"), "{form:?}: {errors:?}");
    }
}

#[test]
fn a_copy_on_a_full_disk_leaves_nothing() {
    for journal in ["WAL", "DELETE"] {
        let (sandbox, snapshot) = changed_chat(journal);
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
fn an_interrupted_restore_is_reported_until_it_can_be_finished() {
    let (sandbox, snapshot) = changed_chat("WAL");
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    let note = restored
        .safety_snapshot
        .unwrap()
        .path
        .with_extension("note");
    let content = fs::read_to_string(&note).unwrap();
    fs::write(&note, content.replace("\"done\"", "\"prepared\"")).unwrap();
    let report = "was interrupted, and cannot be finished or cleaned up now: ";
    let hint = "run `unrewind status` before the application starts";
    for _ in 0..2 {
        let ran = run_within(&sandbox, 0, &["status"]);
        assert!(
            ran.out.contains(report) && ran.out.contains(hint),
            "{ran:?}"
        );
        assert_eq!(ran.code, 1);
        let ran = run_within(&sandbox, 0, &["list"]);
        assert!(ran.err.contains(report) && ran.code == 0, "{ran:?}");
    }
    let ran = sandbox.run(&["status"]);
    assert!(ran.out.contains("it is done now"), "{ran:?}");
    assert_eq!(sandbox.run(&["status"]).code, 0);
}
