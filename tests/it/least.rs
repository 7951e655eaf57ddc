//! A restore changes what differs and nothing else: rows, columns, and the pages of the database.

use std::fs;

use unrewind::core::{Kind, RestoreOptions, Scope, Snapshot};

use crate::sandbox::{Sandbox, at};

/// A trigger that notes each row of a table that is touched, and how. It notes that in a full-text index,
/// since of all triggers only those for such run in a restore.
fn watched(sandbox: &Sandbox, tables: &[(&str, &str)]) {
    sandbox.sql("CREATE VIRTUAL TABLE touched USING fts5 (what)");
    for (table, id) in tables {
        for (change, row) in [("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")] {
            sandbox.sql(&format!(
                "CREATE TRIGGER {table}_{change} AFTER {change} ON {table} BEGIN
                     INSERT INTO touched VALUES ('{change} {table} ' || {row}.{id});
                 END"
            ));
        }
    }
}

fn touched(sandbox: &Sandbox) -> Vec<String> {
    let mut touched = sandbox.rows("SELECT what FROM touched");
    touched.sort();
    touched
}

/// Bytes of the write-ahead log.
fn wal(sandbox: &Sandbox) -> u64 {
    fs::metadata(sandbox.data().join("chat.db-wal"))
        .unwrap()
        .len()
}

/// A log of twenty thousand events with as many memories, and a snapshot from before the last hundred.
fn long_log() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH n (n) AS (VALUES (3) UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
         INSERT INTO event_log (id, ts, kind, payload_json) SELECT n, '2021', 'memory_added', printf('{\"text\": \"%0100d\"}', n) FROM n;
         INSERT INTO memories (id, chat_id, text, created_at) SELECT id, 1, 'number ' || id, '2021' FROM event_log",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    for number in 0..100 {
        sandbox.memory(&format!("another {number}"));
    }
    sandbox.sql("PRAGMA wal_checkpoint (TRUNCATE)");
    assert_eq!(wal(&sandbox), 0);
    (sandbox, snapshot)
}

#[test]
fn the_write_ahead_log_grows_with_the_difference_and_not_with_the_database() {
    let (sandbox, snapshot) = long_log();
    let size = fs::metadata(sandbox.db()).unwrap().len();
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    let rows: u64 = restored
        .tables
        .iter()
        .map(|table| table.added + table.changed + table.removed)
        .sum();
    assert_eq!(rows, 200);
    // A page of 4096 bytes and its header.
    let pages = wal(&sandbox) / 4120;
    println!("{rows} rows, {pages} pages of {}", size / 4096);
    assert!(
        pages > 0 && pages < rows,
        "{pages} pages of the log for {rows} rows"
    );
    assert!(
        pages < size / 4096 / 10,
        "{pages} pages of the log for {size} bytes"
    );
}

#[test]
fn rows_spread_over_the_whole_table_cost_a_few_pages_each() {
    let (sandbox, _) = long_log();
    let snapshot = sandbox.take(Kind::Rewind, at(5));
    sandbox.sql(
        "UPDATE event_log SET hidden = 1 WHERE id % 1000 = 0; PRAGMA wal_checkpoint (TRUNCATE)",
    );
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(restored.tables[0].changed, 20);
    assert!(
        wal(&sandbox) < 40 * 4120,
        "{} bytes of the log for 20 rows",
        wal(&sandbox)
    );
}

#[test]
fn where_nothing_differs_nothing_is_written() {
    let (sandbox, _) = long_log();
    let snapshot = sandbox.take(Kind::Rewind, at(5));
    for options in [Scope::Full, Scope::Tables] {
        sandbox.restore(&snapshot, options).unwrap();
        assert_eq!(wal(&sandbox), 0);
    }
}

#[test]
fn only_rows_that_differ_are_touched() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "WITH n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 50)
         INSERT INTO bots (id, name, created_at) SELECT 'bot ' || n, n, '2021' FROM n ORDER BY n % 7",
    );
    sandbox.memory("The lamp burns.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let gone = sandbox.memory("Jo says good night.");
    sandbox
        .sql("DELETE FROM bots WHERE id = 'bot 7'; UPDATE bots SET name = 'x' WHERE id = 'bot 8'");
    watched(
        &sandbox,
        &[
            ("event_log", "id"),
            ("bots", "id"),
            ("memories", "id"),
            ("chats", "id"),
            ("chat_state", "chat_id"),
        ],
    );
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let planned = plan.changes();
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    let expected = [
        format!("'DELETE event_log {gone}'"),
        format!("'DELETE memories {gone}'"),
        "'INSERT bots bot 7'".to_owned(),
        "'UPDATE bots bot 8'".to_owned(),
    ];
    assert_eq!(touched(&sandbox), expected);
    let counted = planned
        .iter()
        .map(|table| table.added + table.changed + table.removed);
    assert_eq!(counted.sum::<u64>(), 4);
}

#[test]
fn only_columns_that_differ_are_set() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "UPDATE bots SET name = 'Anna';
         CREATE VIRTUAL TABLE touched USING fts5 (what);
         CREATE TRIGGER names AFTER UPDATE OF name ON bots BEGIN INSERT INTO touched VALUES ('name'); END;
         CREATE TRIGGER others AFTER UPDATE OF id, persona, created_at ON bots BEGIN INSERT INTO touched VALUES ('other'); END",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(touched(&sandbox), ["'name'"]);
}

#[test]
fn of_rows_that_are_alike_only_as_many_as_differ_are_touched() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (name TEXT);
         INSERT INTO bots VALUES ('a'), ('b'), ('a'), ('a'), ('b')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM bots WHERE rowid = 3; INSERT INTO bots VALUES ('b')");
    watched(&sandbox, &[("bots", "name")]);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(touched(&sandbox), ["'DELETE bots b'", "'INSERT bots a'"]);
}

#[test]
fn rows_that_are_not_restored_are_not_touched() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.memory("Jo says good night.");
    sandbox.sql("UPDATE bots SET name = 'Anna'");
    watched(
        &sandbox,
        &[("event_log", "id"), ("bots", "id"), ("memories", "id")],
    );
    let tables = vec!["memories".to_owned()];
    let options = RestoreOptions {
        tables,
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(touched(&sandbox), ["'DELETE memories 3'"]);
    sandbox.restore(&snapshot, Scope::Tables).unwrap();
    assert_eq!(
        touched(&sandbox),
        ["'DELETE memories 3'", "'UPDATE bots mara'"]
    );
}
