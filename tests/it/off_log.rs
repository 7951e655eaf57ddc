//! Live off the log: its tables come from a restore without the event log.

use chrono::TimeDelta;
use unrewind::core::{Kind, RestoreOptions, Scope, Snapshot};

use crate::{
    chat,
    sandbox::{Sandbox, age, at, now},
    status::status,
};

/// Whether live is off the log, and which snapshots were written while it was.
fn off_log(sandbox: &Sandbox) -> (bool, Vec<String>) {
    let listed = sandbox.run(&["list", "--json"]).json();
    let listed = listed.as_array().unwrap().iter();
    let marked = listed.filter(|snapshot| snapshot["off_log"] == true);
    let mut names: Vec<String> = marked
        .map(|snapshot| snapshot["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    (status(sandbox).1["off_log"] == true, names)
}

/// A snapshot, and a live database that has one edge more, by a logged event.
fn with_an_edge() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    let early = sandbox.take(Kind::Rewind, at(-60 * 24));
    sandbox.log(
        "felt",
        &serde_json::json!({ "bot": "mara", "feeling": "fond" }),
    );
    (sandbox, early)
}

/// Restores only the edges.
fn edges() -> RestoreOptions {
    RestoreOptions {
        tables: vec!["edges".to_owned()],
        ..RestoreOptions::default()
    }
}

#[test]
fn the_services_snapshots_are_off_the_log_until_the_undo() {
    let (sandbox, early) = with_an_edge();
    let service = |at| sandbox.put(Kind::Periodic, at, chat::snapshot(&sandbox.app));
    service(at(0));
    let restored = sandbox.restore(&early, edges()).unwrap();
    // The service's pruning deletes it.
    std::fs::remove_file(restored.checkpoint.unwrap().path).unwrap();
    let during = service(now() + TimeDelta::minutes(30));
    let name = during.id.unwrap().name();
    assert_eq!(off_log(&sandbox), (true, vec![name.clone()]));
    let undone = sandbox.undo().unwrap();
    std::fs::remove_file(undone.checkpoint.unwrap().path).unwrap();
    service(now() + TimeDelta::minutes(90));
    let (is_off, names) = off_log(&sandbox);
    assert!(!is_off && names.contains(&name));
    assert_eq!(
        names.len(),
        2,
        "the undo's safety snapshot is the second: {names:?}"
    );
    sandbox.redo().unwrap();
    assert!(off_log(&sandbox).0);
    sandbox.restore(&early, Scope::Full).unwrap();
    assert!(!off_log(&sandbox).0);
    // The service's snapshot from then contains those tables.
    let during = sandbox.found_named(&during.name());
    sandbox.restore(&during, Scope::Full).unwrap();
    assert!(off_log(&sandbox).0);
}

#[test]
fn live_stays_off_the_log_until_the_last_of_two_restores_is_undone() {
    let (sandbox, early) = with_an_edge();
    sandbox.sql("UPDATE chat_state SET mood = 'wary'");
    sandbox.restore(&early, edges()).unwrap();
    let mood = RestoreOptions {
        tables: vec!["chat_state".to_owned()],
        ..RestoreOptions::default()
    };
    sandbox.restore(&early, mood).unwrap();
    for still in [true, false] {
        sandbox.undo().unwrap();
        assert_eq!(off_log(&sandbox).0, still);
    }
}

#[test]
fn a_tables_restore_of_a_safety_snapshot_leaves_live_off_the_log() {
    let (sandbox, early) = with_an_edge();
    let safety = sandbox
        .restore(&early, Scope::Full)
        .unwrap()
        .safety_snapshot
        .unwrap();
    sandbox.restore(&safety, edges()).unwrap();
    assert!(off_log(&sandbox).0);
}

#[test]
fn a_snapshot_taken_off_the_log_brings_that_state_back() {
    let sandbox = Sandbox::new();
    let early = sandbox.take(Kind::Rewind, at(0));
    sandbox.log(
        "felt",
        &serde_json::json!({ "bot": "mara", "feeling": "fond" }),
    );
    let tables = RestoreOptions {
        tables: vec!["edges".to_owned()],
        ..RestoreOptions::default()
    };
    sandbox.restore(&early, tables).unwrap();
    assert!(off_log(&sandbox).0);
    let taken = sandbox.take(Kind::Periodic, at(60 * 24 * 2));
    assert!(taken.off_log && off_log(&sandbox).0);
    sandbox.restore(&early, Scope::Full).unwrap();
    assert!(!off_log(&sandbox).0);
    sandbox.restore(&taken, Scope::Full).unwrap();
    assert!(off_log(&sandbox).0);
}

#[test]
fn the_services_snapshots_are_off_the_log_though_a_stamp_is_ahead_of_the_clock() {
    let (sandbox, early) = with_an_edge();
    let ahead = now() + TimeDelta::days(365);
    let ahead = sandbox.put(Kind::Rewind, ahead, chat::snapshot(&sandbox.app));
    age(&ahead.path, at(0));
    let restored = sandbox.restore(&early, edges()).unwrap();
    let safety = restored.safety_snapshot.unwrap();
    assert!(
        safety.taken_at() >= ahead.taken_at(),
        "its stamp has to come after the other"
    );
    age(&safety.path, now());
    std::fs::remove_file(restored.checkpoint.unwrap().path).unwrap();
    let during = sandbox.put(
        Kind::Periodic,
        now() + TimeDelta::minutes(30),
        chat::snapshot(&sandbox.app),
    );
    assert_eq!(off_log(&sandbox), (true, vec![during.id.unwrap().name()]));
}

#[test]
fn an_undo_of_tables_alone_is_off_a_log_that_was_rewound_since() {
    let (sandbox, early) = with_an_edge();
    let safety = sandbox
        .restore(&early, Scope::Tables)
        .unwrap()
        .safety_snapshot;
    chat::rewind(&sandbox.app, 2);
    let ran = sandbox.run(&["undo", "--dry-run"]);
    let message =
        "! the event log has changed since that restore: the tables will not follow from it";
    assert!(ran.out.contains(message), "{ran:?}");
    sandbox.undo().unwrap();
    assert!(off_log(&sandbox).0);
    sandbox.restore(&safety.unwrap(), Scope::Full).unwrap();
    assert!(!off_log(&sandbox).0);
}

#[test]
fn an_undo_of_one_table_is_off_a_log_that_has_grown_since() {
    let (sandbox, early) = with_an_edge();
    sandbox.restore(&early, edges()).unwrap();
    sandbox.event("Hello?");
    sandbox.undo().unwrap();
    assert!(off_log(&sandbox).0);
}
