//! The log file: what is done and what fails, without the content of any row.

use std::fs;

use unrewind::core::Kind;

use crate::{
    sandbox::{Sandbox, at},
    system::slashed,
};

/// The lines of the log, without their times and processes.
fn log(sandbox: &Sandbox) -> Vec<String> {
    let text = fs::read_to_string(sandbox.path().join("unrewind.log")).unwrap();
    let line = |line: &str| {
        let (time, rest) = line.split_once(' ').unwrap();
        let _: chrono::DateTime<chrono::Utc> = time.parse().unwrap();
        let (process, rest) = rest.split_once("] ").unwrap();
        let _: u32 = process.strip_prefix('[').unwrap().parse().unwrap();
        rest.to_owned()
    };
    text.lines().map(line).collect()
}

#[test]
fn commands_append_their_actions_and_outcome_to_the_log() {
    let sandbox = Sandbox::new();
    let memory = sandbox.memory("The lighthouse has 242 steps.");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM memories");
    for arguments in [
        &["--log", "unrewind.log", "restore", "latest", "--yes"][..],
        &["prune", "--yes", "--log", "unrewind.log"],
        &["list", "--log", "unrewind.log"],
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    let lines = log(&sandbox);
    let text = slashed(&lines.join("\n"));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(lines[0], format!("INFO  restore: unrewind {version}"));
    for line in [
        "INFO  wrote rewind/20",
        "INFO  restored memories: 1 rows added, 0 changed, 0 removed\n",
        "INFO  wrote periodic/20",
        "INFO  restore: done in ",
        "INFO  prune: done in ",
        "INFO  deleted data/snapshots/rewind/20210314T120000Z.json\n",
        "INFO  list: done in ",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("lighthouse"), "{text} {memory:?}");
}

#[test]
fn errors_are_logged_without_their_row() {
    let sandbox = Sandbox::new();
    sandbox
        .sql("INSERT INTO bots (id, name, created_at) SELECT 'otto', name, created_at FROM bots");
    sandbox.run(&["take"]);
    sandbox.sql("DELETE FROM bots WHERE id = 'mara'; CREATE UNIQUE INDEX names ON bots (name)");
    let ran = sandbox.run(&["restore", "latest", "--yes", "--log", "unrewind.log"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("mara"), "{}", ran.err);
    let lines = log(&sandbox);
    let last = lines.last().unwrap();
    assert!(last.starts_with("ERROR restore: failed after "), "{last}");
    assert!(
        last.ends_with(" s: cannot restore a row of table bots: UNIQUE constraint failed"),
        "{last}"
    );
    assert!(!lines.join("\n").contains("mara"));
}

#[test]
fn an_unwritable_log_is_an_error_before_the_command_does_anything() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(&["take", "--log", "nowhere/unrewind.log"]);
    let message = "unrewind: cannot write the log nowhere/unrewind.log: ";
    assert!(ran.code == 1 && ran.err.starts_with(message), "{ran:?}");
    assert_eq!(sandbox.files(), [""; 0]);
}
