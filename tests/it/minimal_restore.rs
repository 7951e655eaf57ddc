//! A restore writes only what differs: rows, columns, and pages of the database.

use std::fs;

use unrewind::core::{Kind, RestoreOptions, Scope, Snapshot};

use crate::sandbox::{Sandbox, at};

/// Triggers that record each change of a row. They record it in a full-text index, because a restore runs
/// only triggers that maintain such an index.
fn record_changes(sandbox: &Sandbox, tables: &[(&str, &str)]) {
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

fn changes(sandbox: &Sandbox) -> Vec<String> {
    let mut changes = sandbox.rows("SELECT what FROM touched");
    changes.sort();
    changes
}

/// The length of the write-ahead log.
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
fn the_write_ahead_log_grows_with_the_difference_not_the_database() {
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
fn scattered_rows_cost_at_most_two_pages_each() {
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
fn a_restore_without_differences_writes_nothing() {
    let (sandbox, _) = long_log();
    let snapshot = sandbox.take(Kind::Rewind, at(5));
    for options in [Scope::Full, Scope::Tables] {
        sandbox.restore(&snapshot, options).unwrap();
        assert_eq!(wal(&sandbox), 0);
    }
}

#[test]
fn only_different_rows_change() {
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
    record_changes(
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
    assert_eq!(changes(&sandbox), expected);
    let counted = planned
        .iter()
        .map(|table| table.added + table.changed + table.removed);
    assert_eq!(counted.sum::<u64>(), 4);
}

#[test]
fn only_different_columns_are_set() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "UPDATE bots SET name = 'Anna';
         CREATE VIRTUAL TABLE touched USING fts5 (what);
         CREATE TRIGGER names AFTER UPDATE OF name ON bots BEGIN INSERT INTO touched VALUES ('name'); END;
         CREATE TRIGGER others AFTER UPDATE OF id, persona, created_at ON bots BEGIN INSERT INTO touched VALUES ('other'); END",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(changes(&sandbox), ["'name'"]);
}

#[test]
fn of_equal_rows_only_the_surplus_changes() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (name TEXT);
         INSERT INTO bots VALUES ('a'), ('b'), ('a'), ('a'), ('b')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM bots WHERE rowid = 3; INSERT INTO bots VALUES ('b')");
    record_changes(&sandbox, &[("bots", "name")]);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(changes(&sandbox), ["'DELETE bots b'", "'INSERT bots a'"]);
}

#[test]
fn rows_outside_the_scope_do_not_change() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.memory("Jo says good night.");
    sandbox.sql("UPDATE bots SET name = 'Anna'");
    record_changes(
        &sandbox,
        &[("event_log", "id"), ("bots", "id"), ("memories", "id")],
    );
    let tables = vec!["memories".to_owned()];
    let options = RestoreOptions {
        tables,
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(changes(&sandbox), ["'DELETE memories 3'"]);
    sandbox.restore(&snapshot, Scope::Tables).unwrap();
    assert_eq!(
        changes(&sandbox),
        ["'DELETE memories 3'", "'UPDATE bots mara'"]
    );
}
