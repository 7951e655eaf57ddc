//! Standard output that cannot be written: what was done is not called failed.

use std::{fs::File, process::Stdio};

use unrewind::core::Kind;

use crate::sandbox::{Ran, Sandbox, at};

/// Runs the program with a full disk as its output.
fn run_full(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command(arguments);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let program = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let output = program.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::new(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_result_that_cannot_be_printed_says_what_was_done() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    sandbox.take(Kind::Rewind, at(1));
    sandbox.event("Hello?");
    let failed = "unrewind: that was done, but could not be printed: no space left on the disk that holds standard output\n";
    for (arguments, done) in [
        (
            &["restore", "latest:rewind", "--yes"][..],
            "restored rewind/20210314T120100Z into ",
        ),
        (&["undo", "--yes"], "restored rewind/"),
        (&["redo", "--yes", "--json"], "\"safety_snapshot\": \""),
        (
            &["restore", "latest:rewind", "--into", "copy.db", "--yes"],
            " into copy.db: ",
        ),
        (&["take"], "took rewind/"),
        (
            &["take", "--kind", "periodic", "--json"],
            "\"kind\": \"periodic\"",
        ),
        (&["label", "20210314T120100Z", "x"], "20210314T120100Z"),
        (
            &["pin", "20210314T120100Z"],
            "pinned rewind/20210314T120100Z\n",
        ),
        (
            &["unpin", "20210314T120100Z"],
            "unpinned rewind/20210314T120100Z\n",
        ),
        (
            &["prune", "--kind", "periodic", "--keep", "1", "--yes"],
            "deleted ",
        ),
        (&["init"], "table = \"event_log\""),
    ] {
        let ran = run_full(&sandbox, arguments);
        assert_eq!(ran.code, 1, "{arguments:?}");
        assert!(ran.err.contains(done), "{arguments:?}: {}", ran.err);
        assert!(ran.err.ends_with(failed), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_command_that_changes_nothing_only_fails() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Rewind, at(0));
    for arguments in [
        &["list"][..],
        &["restore", "latest", "--dry-run"],
        &["init", "--dry-run"],
    ] {
        let ran = run_full(&sandbox, arguments);
        assert!(
            ran.err.starts_with("unrewind: no space left on the disk"),
            "{arguments:?}: {}",
            ran.err
        );
    }
}
