//! `unrewind status`: what the application's next start will make of live, and what to do about it.

mod health;
mod start;

#[cfg(target_os = "linux")]
use std::process::{Child, Command, Stdio};

use chrono::TimeDelta;
use unrewind::core::{Error, Kind, Newer, RestoreOptions, Scope, Snapshot};

use crate::{
    chat,
    sandbox::{Sandbox, age, at},
};

/// A chat restored to its third event, with the two later events left in the log.
pub fn awaiting() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.take(Kind::Periodic, at(1));
    sandbox.event("Two.");
    sandbox.event("Three.");
    sandbox.restore(&early, keep_newer()).unwrap();
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["1"]);
    sandbox
}

pub fn keep_newer() -> RestoreOptions {
    RestoreOptions {
        newer: Newer::Keep,
        ..RestoreOptions::default()
    }
}

/// What `status` reports, without the processes that have the database open, such as this test.
pub fn status(sandbox: &Sandbox) -> (i32, serde_json::Value) {
    let ran = sandbox.run(&["status", "--json"]);
    let mut json = ran.json();
    for state in ["awaiting_replay", "in_doubt"] {
        if let Some(state) = json[state].as_object_mut() {
            state.remove("processes");
        }
    }
    (ran.code, json)
}

/// Restores with the command, while this program has the database open.
#[cfg(target_os = "linux")]
fn restore_while_open(sandbox: &Sandbox, name: &str) {
    let ran = sandbox.run(&["restore", name, "--keep-newer", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
}

/// Another process that has the database open until its input is closed. Only Linux shows such processes.
#[cfg(target_os = "linux")]
pub fn holder(sandbox: &Sandbox) -> Child {
    let mut holder = Command::new("sh")
        .args(["-c", "exec 3<\"$0\"; echo; read line"])
        .arg(sandbox.db())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = [0];
    std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut line).unwrap();
    holder
}

#[cfg(target_os = "linux")]
pub fn end(mut holder: Child) {
    drop(holder.stdin.take());
    holder.wait().unwrap();
}

pub fn ends(snapshot: &Snapshot) -> (Option<i64>, Option<i64>) {
    (snapshot.last_event_id, snapshot.ends_at())
}

#[test]
fn a_healthy_database_needs_no_attention() {
    let sandbox = Sandbox::new();
    let (code, json) = status(&sandbox);
    assert_eq!((code, &json["starts_from"]), (0, &serde_json::Value::Null));
    sandbox.take(Kind::Periodic, at(0));
    sandbox.event("Hello?");
    let (code, json) = status(&sandbox);
    assert_eq!((code, json["attention"].as_array().unwrap().len()), (0, 0));
    assert_eq!(json["starts_from"], "periodic/20210314T120000Z");
    let ran = sandbox.run(&["status"]);
    assert!(
        ran.out.ends_with("nothing needs attention\n"),
        "{}",
        ran.out
    );
}

#[test]
fn status_names_snapshots_ahead_of_the_clock_and_what_to_do() {
    let ahead = TimeDelta::days(400 * 365);
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    let taken = sandbox.take(Kind::Periodic, at(0) + ahead);
    sandbox.take(Kind::Rewind, at(0) + ahead);
    age(&taken.path, at(0));
    let (code, json) = status(&sandbox);
    let sentences = json["attention"].as_array().unwrap();
    assert_eq!((code, sentences.len()), (1, 2), "{sentences:?}");
    let text = sentences[0].as_str().unwrap();
    let delete = format!("`unrewind delete {}`", taken.name());
    assert!(
        text.contains(" is ahead of the clock") && text.contains(&delete),
        "{text}"
    );
    let (first, second) = (
        ["delete", &taken.name(), "--yes"],
        ["take", "--kind", "periodic"],
    );
    assert_eq!(
        (sandbox.run(&first).code, sandbox.run(&second).code),
        (0, 0)
    );
    let (_, json) = status(&sandbox);
    let left = json["attention"].as_array().unwrap();
    assert!(
        left.len() == 1 && left[0].as_str().unwrap().starts_with("rewind/"),
        "{left:?}"
    );
}

#[test]
fn a_file_dated_ahead_of_the_clock_is_reported_by_status_and_due() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Periodic, at(0));
    age(&taken.path, at(0) + TimeDelta::days(400 * 365));
    let (code, json) = status(&sandbox);
    let text = json["attention"][0].as_str().unwrap();
    assert!(
        code == 1 && text.contains("`unrewind take --kind periodic`"),
        "{json}"
    );
    let due = sandbox.run(&["due"]).out;
    assert!(
        due.contains("not due") && due.contains(" d ahead of the clock, with 0 events since"),
        "{due}"
    );
    assert_eq!(sandbox.run(&["take", "--kind", "periodic"]).code, 0);
    assert_eq!(status(&sandbox).0, 0);
}

#[test]
fn status_reports_a_start_that_only_unrewind_can_read() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Periodic, at(0));
    let bytes = std::fs::read_to_string(&taken.path).unwrap();
    std::fs::remove_file(taken.path.with_extension("note")).unwrap();
    sandbox.put(Kind::Periodic, at(1), format!("\u{feff}{bytes}"));
    let (code, json) = status(&sandbox);
    let sentence = "the application cannot load periodic/20210314T120100Z, from which the next start begins: take a periodic snapshot";
    assert_eq!((code, &json["attention"][0]), (1, &sentence.into()));
}

#[test]
fn status_without_a_database_exits_with_2() {
    let mut sandbox = Sandbox::new();
    sandbox.quit();
    std::fs::remove_file(sandbox.db()).unwrap();
    assert_eq!(sandbox.run(&["status"]).code, 2);
}

#[test]
fn status_of_an_unreadable_database_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    let sql = "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE bots (\u{1b}' WHERE name = 'bots'";
    sandbox.sql(sql);
    let ran = sandbox.run(&["status"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(
        ran.err.contains("is not a valid SQLite database"),
        "{}",
        ran.err
    );
    let other = Sandbox::new();
    let profile = "[log]\ntable = \"event_log\"\nid = \"number\"\n";
    std::fs::write(other.data().join("unrewind.toml"), profile).unwrap();
    let ran = other.run(&["status"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("it has no column number"), "{}", ran.err);
}

#[test]
fn status_counts_events_awaiting_replay_until_the_application_starts() {
    let sandbox = awaiting();
    let (code, json) = status(&sandbox);
    assert_eq!(code, 1);
    assert_eq!(json["awaiting_replay"]["events"], 2);
    assert_eq!(json["awaiting_replay"]["after"], 3);
    let report = sandbox.run(&["status"]).out;
    assert!(report.contains("it will replay 2 events"), "{report}");
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["3"]);
    let (code, json) = status(&sandbox);
    assert_eq!(
        (code, &json["awaiting_replay"]),
        (0, &serde_json::Value::Null)
    );
}

#[test]
fn snapshots_taken_while_events_await_replay_record_where_replay_begins() {
    let sandbox = awaiting();
    for kind in Kind::ALL {
        let taken = sandbox.take(kind, at(10));
        assert_eq!(ends(&taken), (Some(3), Some(5)));
    }
    let taken = sandbox.take(Kind::Periodic, at(20));
    let safety_snapshot = sandbox
        .restore(&taken, Scope::Full)
        .unwrap()
        .safety_snapshot;
    assert_eq!(safety_snapshot, None, "nothing changes");
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["3"]);
    let taken = sandbox.take(Kind::Rewind, at(30));
    assert_eq!(ends(&taken), (Some(5), Some(5)));
}

#[test]
fn a_restore_that_changes_nothing_leaves_events_awaiting_replay() {
    let sandbox = awaiting();
    let meanwhile = sandbox.take(Kind::Rewind, at(10));
    let restored = sandbox.restore(&meanwhile, keep_newer()).unwrap();
    assert_eq!(
        (restored.safety_snapshot, restored.checkpoint),
        (None, None)
    );
    assert_eq!(status(&sandbox).1["awaiting_replay"]["events"], 2);
    let taken = sandbox.take(Kind::Periodic, at(20));
    assert_eq!(ends(&taken), (Some(3), Some(5)));
}

#[test]
fn events_await_replay_again_after_undo_and_redo() {
    let sandbox = awaiting();
    assert_eq!(sandbox.run(&["undo", "--yes"]).code, 0);
    assert_eq!(status(&sandbox).0, 0);
    assert_eq!(sandbox.run(&["redo", "--yes"]).code, 0);
    let (code, json) = status(&sandbox);
    assert_eq!((code, &json["awaiting_replay"]["events"]), (1, &2.into()));
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["3"]);
}

#[test]
fn a_restore_without_the_log_is_refused_while_events_await_replay() {
    let sandbox = awaiting();
    let snapshot = sandbox.found_named("rewind/20210314T120000Z");
    for options in [
        Scope::Tables.into(),
        RestoreOptions {
            tables: vec!["edges".to_owned()],
            ..RestoreOptions::default()
        },
    ] {
        let error = sandbox.plan(&snapshot, options).unwrap_err();
        assert!(
            matches!(error, Error::AwaitsReplay { events: 2 }),
            "{error}"
        );
    }
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(status(&sandbox).0, 0);
}

#[test]
fn a_restore_that_leaves_events_to_replay_needs_its_checkpoint() {
    let sandbox = Sandbox::new();
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("One.");
    let arguments = ["--keep-newer", "--yes", "--no-checkpoint"];
    let before = sandbox.dump();
    let ran = sandbox.run(&[&["restore", &early.name()], &arguments[..]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("omit --no-checkpoint"), "{}", ran.err);
    assert_eq!(sandbox.dump(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn an_application_that_writes_without_a_restart_leaves_live_in_doubt() {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Two.");
    let application = holder(&sandbox);
    let name = "rewind/20210314T120000Z";
    restore_while_open(&sandbox, name);
    assert_eq!(status(&sandbox).1["awaiting_replay"]["events"], 1);
    // This projects an event onto tables that lack the one before.
    sandbox.event("Three.");
    let (code, json) = status(&sandbox);
    assert_eq!((code, &json["in_doubt"]["after"]), (1, &3.into()));
    let refused = sandbox.try_take(Kind::Periodic, at(10)).unwrap_err();
    let running = format!("sh (pid {})", application.id());
    assert!(refused.to_string().contains(&running), "{refused}");
    let snapshot = sandbox.found_named(name);
    let refused = sandbox.plan(&snapshot, Scope::Full).unwrap_err();
    assert!(matches!(refused, Error::InDoubt { .. }), "{refused}");
    end(application);
    chat::load_cold(&sandbox.app, &sandbox.data());
    // This test has the database open too, and has only restarted the application.
    assert_eq!(sandbox.run(&["status", "--restarted"]).code, 0);
    assert_eq!(sandbox.rows("SELECT message_count FROM chat_state"), ["3"]);
    assert_eq!(ends(&sandbox.take(Kind::Periodic, at(20))).0, Some(5));
}

#[cfg(target_os = "linux")]
#[test]
fn awaiting_ends_once_the_tables_changed_and_no_process_from_before_runs() {
    let sandbox = awaiting();
    // Only this test had it open, and a process does not count itself.
    chat::load_cold(&sandbox.app, &sandbox.data());
    let taken_for = "the tables have changed since the restore: Unrewind assumes that the application has started";
    assert!(sandbox.run(&["status"]).out.contains(taken_for));
    assert!(!sandbox.run(&["status"]).out.contains(taken_for));
    sandbox.event("Four.");
    assert_eq!(
        ends(&sandbox.take(Kind::Periodic, at(20))),
        (Some(6), Some(6))
    );
    assert_eq!(status(&sandbox).0, 0);
}

/// Live in doubt: the application was running during a restore, and goes on without a restart.
#[cfg(target_os = "linux")]
fn in_doubt() -> (Sandbox, Child) {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Two.");
    let application = holder(&sandbox);
    sandbox.restore(&early, keep_newer()).unwrap();
    sandbox.event("Three.");
    assert_eq!(status(&sandbox).1["in_doubt"]["after"], 3);
    (sandbox, application)
}

#[cfg(target_os = "linux")]
#[test]
fn live_stays_in_doubt_after_the_writer_ends_until_the_application_starts() {
    let (sandbox, application) = in_doubt();
    end(application);
    // Nothing has replayed the second event.
    assert_eq!(status(&sandbox).1["in_doubt"]["after"], 3);
    let refused = sandbox.try_take(Kind::Periodic, at(10)).unwrap_err();
    assert!(matches!(refused, Error::InDoubt { .. }), "{refused}");
    chat::load_cold(&sandbox.app, &sandbox.data());
    let application = holder(&sandbox);
    assert_eq!(status(&sandbox).0, 0);
    end(application);
    assert_eq!(ends(&sandbox.take(Kind::Periodic, at(20))).0, Some(5));
}

#[cfg(target_os = "linux")]
#[test]
fn doubt_ends_once_the_writer_has_ended_and_another_start_has_written() {
    let (sandbox, application) = in_doubt();
    sandbox.event("Four.");
    assert_eq!(status(&sandbox).1["in_doubt"]["after"], 3);
    end(application);
    assert_eq!(status(&sandbox).1["in_doubt"]["after"], 3);
    // The next start ends before Unrewind sees it.
    chat::load_cold(&sandbox.app, &sandbox.data());
    assert_eq!(status(&sandbox).0, 0);
    assert_eq!(ends(&sandbox.take(Kind::Periodic, at(20))).0, Some(6));
}

#[test]
fn snapshots_needed_by_the_next_start_are_not_pruned() {
    let sandbox = awaiting();
    let checkpoint = sandbox.list().remove(0);
    for minute in 0..8 {
        sandbox.take(Kind::Periodic, at(60 * 24 * 2 + minute));
    }
    let ran = sandbox.run(&["prune", "--kind", "periodic", "--keep", "1", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(checkpoint.path.exists());
    assert!(
        sandbox
            .files()
            .contains(&"periodic/20210314T120100Z.json".to_owned())
    );
}
