//! `unrewind run`: the snapshot before a command, the command's own input, output and end, and the way back.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, ExitStatus, Stdio},
};

use unrewind::core::Kind;

use crate::sandbox::{Ran, Sandbox};

/// A command that waits for a line while a test changes the database, and then fails.
pub const WAITS_AND_FAILS: &str = "echo ready; read line; exit 3";

/// A running `unrewind run` with pipes.
struct Running {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Running {
    /// Starts a shell script, and waits until it prints `ready`.
    fn start(sandbox: &Sandbox, options: &[&str], script: &str) -> Self {
        let words = [&["run"], options, &["--", "sh", "-c", script]].concat();
        let mut command = sandbox.command(&words);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { child, out }
    }

    /// Gives it a line; returns how it ended, and what it printed to each stream.
    fn end(mut self) -> (ExitStatus, String, String) {
        let mut stdin = self.child.stdin.take().unwrap();
        // A script that a signal ended reads no line.
        let _ = stdin.write_all(b"go\n");
        drop(stdin);
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        let mut errors = self.child.stderr.take().unwrap();
        errors.read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap(), out, err)
    }
}

fn run(sandbox: &Sandbox, script: &str) -> Ran {
    sandbox.run(&["run", "--", "sh", "-c", script])
}

#[test]
fn a_command_that_succeeds_leaves_a_labelled_snapshot_and_one_line() {
    let sandbox = Sandbox::new();
    let ran = run(&sandbox, "printf 'a\\0b'");
    let [snapshot] = &sandbox.list()[..] else {
        panic!("{ran:?}")
    };
    assert_eq!((ran.code, &*ran.out), (0, "a\0b"));
    assert_eq!(ran.err, format!("took {} before sh\n", snapshot.name()));
    assert_eq!(snapshot.kind(), Some(Kind::Rewind));
    assert_eq!(snapshot.note.label.as_ref().unwrap().as_str(), "before sh");
    let ran = sandbox.run(&["run", "--label", "migration 7", "true"]);
    assert_eq!(ran.code, 0);
    let newest = sandbox.found_named("latest");
    assert_eq!(newest.note.label.unwrap().as_str(), "migration 7");
}

#[test]
fn a_failure_without_a_change_is_passed_on() {
    let sandbox = Sandbox::new();
    let running = Running::start(&sandbox, &[], "echo ready; cat; exit 7");
    let (status, out, err) = running.end();
    assert_eq!((status.code(), &*out), (Some(7), "go\n"));
    let name = sandbox.found_named("latest").name();
    let expected = format!(
        "took {name} before sh\n! sh failed with exit code 7\nthe database is as it was in {name}\n"
    );
    assert_eq!(err, expected);
}

#[test]
fn a_failure_shows_what_changed_and_the_command_that_undoes_it() {
    let sandbox = Sandbox::new();
    let before = sandbox.dump();
    let running = Running::start(&sandbox, &[], WAITS_AND_FAILS);
    sandbox.event("Half a migration.");
    let (status, out, err) = running.end();
    assert_eq!((status.code(), &*out), (Some(3), ""));
    let name = sandbox.found_named("latest").name();
    let changed = format!("since {name}: 1 row added, 1 row changed in event_log, chat_state:\n");
    assert!(err.contains(&changed), "{err}");
    assert!(err.contains("TABLE") && err.contains("event_log"), "{err}");
    let undo = format!("to undo it: `unrewind restore {name}`\n");
    assert!(err.ends_with(&undo), "{err}");
    assert_ne!(sandbox.dump(), before);
    sandbox.run(&["restore", &name, "--yes"]);
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn with_yes_a_failure_is_undone_and_a_success_is_not() {
    let sandbox = Sandbox::new();
    let before = sandbox.dump();
    let running = Running::start(&sandbox, &["--yes"], WAITS_AND_FAILS);
    sandbox.event("Half a migration.");
    let changed = sandbox.dump();
    let (status, out, err) = running.end();
    assert_eq!((status.code(), &*out), (Some(3), ""));
    assert!(err.contains("`unrewind undo` brings that back"), "{err}");
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.run(&["undo", "--yes"]).code, 0);
    assert_eq!(sandbox.dump(), changed);
    let running = Running::start(&sandbox, &["--yes"], "echo ready; read line");
    sandbox.event("A whole migration.");
    let changed = sandbox.dump();
    let (status, _, err) = running.end();
    assert_eq!((status.code(), sandbox.dump()), (Some(0), changed), "{err}");
}

#[test]
fn with_ask_a_success_shows_what_changed() {
    let sandbox = Sandbox::new();
    let running = Running::start(&sandbox, &["--ask"], "echo ready; read line");
    sandbox.event("A whole migration.");
    let (status, _, err) = running.end();
    assert_eq!(status.code(), Some(0));
    assert!(err.contains("! sh succeeded\n"), "{err}");
    assert!(err.contains("to undo it: `unrewind restore "), "{err}");
}

#[test]
fn what_cannot_be_undone_leaves_the_exit_code_to_the_command() {
    let sandbox = Sandbox::new();
    let running = Running::start(&sandbox, &["--yes"], WAITS_AND_FAILS);
    sandbox.sql("ALTER TABLE chats RENAME TO talks");
    let (status, _, err) = running.end();
    assert_eq!(status.code(), Some(3));
    let name = sandbox.found_named("latest").name();
    assert!(err.contains("\nunrewind: "), "{err}");
    assert!(err.contains(&format!("`unrewind restore {name}`")), "{err}");
}

#[test]
fn a_signal_that_ends_the_command_ends_the_program() {
    let sandbox = Sandbox::new();
    for (name, number) in [("TERM", 15), ("INT", 2), ("KILL", 9)] {
        let script = format!("kill -s {name} $$");
        let mut command = sandbox.command(&["run", "--", "sh", "-c", &script]);
        let output = command.output().unwrap();
        assert_eq!(output.status.signal(), Some(number), "{output:?}");
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(
            err.contains(&format!("sh was ended by SIG{name}\n")),
            "{err}"
        );
    }
}

#[test]
fn a_signal_to_the_program_is_passed_to_the_command() {
    let sandbox = Sandbox::new();
    for name in ["TERM", "INT"] {
        let script = format!("trap 'exit 4' {name}; echo ready; while :; do read line; done");
        let running = Running::start(&sandbox, &[], &script);
        let kill = format!("kill -s {name} {}", running.child.id());
        let kill = std::process::Command::new("sh")
            .args(["-c", &kill])
            .status();
        assert!(kill.unwrap().success());
        let (status, _, err) = running.end();
        assert_eq!(status.code(), Some(4), "{err}");
    }
}

#[test]
fn a_command_that_cannot_be_started_has_the_exit_code_of_a_shell() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["run", "--", "./none", "--yes"]);
    assert_eq!((ran.code, &*ran.out), (127, ""));
    assert!(
        ran.err.contains("unrewind: cannot start ./none: "),
        "{ran:?}"
    );
    std::fs::write(sandbox.path().join("none"), "").unwrap();
    assert_eq!(sandbox.run(&["run", "./none"]).code, 126);
}

#[test]
fn without_a_snapshot_the_command_does_not_run() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.data().join("snapshots"), "in the way").unwrap();
    let ran = run(&sandbox, "echo ran");
    assert_eq!((ran.code, &*ran.out), (125, ""));
    let elsewhere = ["run", "--data-dir", "none", "--", "echo", "ran"];
    let ran = sandbox.run(&elsewhere);
    assert_eq!((ran.code, &*ran.out), (125, ""));
}
