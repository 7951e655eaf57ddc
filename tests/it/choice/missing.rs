//! Tables and columns that the snapshot holds and live lacks: refused, or left out with `--drop-missing`.

use unrewind::core::{Error, Kind, Missing, RestoreOptions, Scope, Snapshot};

use super::tables;
use crate::sandbox::{Sandbox, at};

/// A snapshot with columns and a table that live has dropped since.
fn dropped_columns() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, kind TEXT, device TEXT);
         CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT, mood TEXT);
         CREATE TABLE chats (id INTEGER PRIMARY KEY);
         INSERT INTO event_log VALUES (1, 'started', 'phone');
         INSERT INTO bots VALUES ('mara', 'Mara', 'calm'), ('otto', 'Otto', 'calm');
         INSERT INTO chats VALUES (1), (2)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "ALTER TABLE event_log DROP COLUMN device; ALTER TABLE bots DROP COLUMN mood; DROP TABLE chats;
         UPDATE bots SET name = 'x'; INSERT INTO event_log VALUES (2, 'went on')",
    );
    (sandbox, snapshot)
}

fn leave_out_missing() -> RestoreOptions {
    RestoreOptions {
        missing: Missing::LeaveOut,
        ..RestoreOptions::default()
    }
}

#[test]
fn missing_tables_and_columns_are_left_out_and_the_rest_is_restored() {
    let (sandbox, snapshot) = dropped_columns();
    let plan = sandbox.plan(&snapshot, leave_out_missing()).unwrap();
    let left_out = [
        "table chats (2 rows)",
        "column event_log.device",
        "column bots.mood",
    ];
    assert_eq!(plan.left_out, left_out);
    sandbox.restore(&snapshot, leave_out_missing()).unwrap();
    assert_eq!(
        sandbox.rows("SELECT * FROM bots"),
        ["'mara' | 'Mara'", "'otto' | 'Otto'"]
    );
    assert_eq!(sandbox.rows("SELECT * FROM event_log"), ["1 | 'started'"]);
    assert!(
        sandbox
            .plan(&snapshot, leave_out_missing())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn nothing_is_left_out_by_default() {
    let (sandbox, snapshot) = dropped_columns();
    let (before, files) = (sandbox.dump(), sandbox.files());
    let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
    assert!(matches!(error, Error::SchemaDrift { .. }), "{error}");
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn only_chosen_tables_are_checked_for_missing_columns() {
    let (sandbox, snapshot) = dropped_columns();
    let error = sandbox.plan(&snapshot, tables(&["bots"])).unwrap_err();
    let message = "the snapshot has tables or columns that the database lacks: column bots.mood";
    assert_eq!(error.to_string(), message);
    let options = RestoreOptions {
        missing: Missing::LeaveOut,
        ..tables(&["bots"])
    };
    assert_eq!(
        sandbox.plan(&snapshot, options).unwrap().left_out,
        ["column bots.mood"]
    );
    let scope = Scope::Tables;
    let options = RestoreOptions {
        scope,
        ..leave_out_missing()
    };
    let left_out = ["table chats (2 rows)", "column bots.mood"];
    assert_eq!(sandbox.plan(&snapshot, options).unwrap().left_out, left_out);
}

#[test]
fn rows_that_differ_only_in_a_left_out_column_are_equal() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (name TEXT, mood TEXT);
         INSERT INTO bots VALUES ('Mara', 'calm'), ('Mara', 'wary'), ('Otto', NULL)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("ALTER TABLE bots DROP COLUMN mood");
    assert!(
        sandbox
            .plan(&snapshot, leave_out_missing())
            .unwrap()
            .is_empty()
    );
    sandbox.sql("DELETE FROM bots WHERE rowid = 1");
    sandbox.restore(&snapshot, leave_out_missing()).unwrap();
    assert_eq!(
        sandbox.rows("SELECT name FROM bots ORDER BY name"),
        ["'Mara'", "'Mara'", "'Otto'"]
    );
}

#[test]
fn the_safety_snapshot_of_a_restore_with_columns_left_out_restores_live() {
    let (sandbox, snapshot) = dropped_columns();
    let before = sandbox.dump();
    let safety_snapshot = sandbox
        .restore(&snapshot, leave_out_missing())
        .unwrap()
        .safety_snapshot
        .unwrap();
    sandbox.restore(&safety_snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn the_command_refuses_or_with_drop_missing_prints_what_it_leaves_out() {
    let (sandbox, _) = dropped_columns();
    let missing = "table chats (2 rows), column event_log.device, column bots.mood";
    let ran = sandbox.run(&["restore", "latest", "--yes"]);
    let message = format!(
        "unrewind: the snapshot has tables or columns that the database lacks: {missing}\n"
    );
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.starts_with(&message), "{}", ran.err);
    let ran = sandbox.run(&["restore", "latest", "--drop-missing", "--dry-run"]);
    let line = format!("! left out, because the database or its profile lacks it: {missing}");
    assert!(
        ran.out.lines().any(|printed| printed == line),
        "{}",
        ran.out
    );
    let ran = sandbox.run(&["restore", "latest", "--drop-missing", "--yes"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(sandbox.rows("SELECT name FROM bots"), ["'Mara'", "'Otto'"]);
}
