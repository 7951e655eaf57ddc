//! Tables as a new database, created as in live if that schema keeps the rows unchanged.

use std::fs;

use rusqlite::Connection;
use unrewind::core::{Kind, Tables};

use super::{AWKWARD, LOG, both_sides};
use crate::sandbox::{Ran, Sandbox, at};

/// Exports these tables, or all for none, into `out.db` and returns it.
#[track_caller]
fn exported(sandbox: &Sandbox, side: &str, tables: &[&str]) -> (Ran, Connection) {
    let path = sandbox.path().join("out.db");
    let _ = fs::remove_file(&path);
    let mut arguments = vec!["export", side, "--format", "sqlite", "--output", "out.db"];
    arguments.extend(tables.iter().flat_map(|table| ["--table", table]));
    let ran = sandbox.run(&arguments);
    assert_eq!((ran.code, &*ran.out), (0, ""), "{}", ran.err);
    (ran, Connection::open(path).unwrap())
}

/// The rows of a query, each value with its type and all its bits.
fn rows(database: &Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(sql).unwrap();
    let width = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let values = (0..width).map(|index| format!("{:?}", row.get_ref(index).unwrap()));
        Ok(values.collect::<Vec<_>>().join(" | "))
    };
    let rows = statement.query_map([], row).unwrap();
    rows.map(Result::unwrap).collect()
}

fn schema(database: &Connection) -> Vec<String> {
    rows(
        database,
        "SELECT name, sql FROM sqlite_schema ORDER BY rowid",
    )
}

#[test]
fn every_value_is_exported_into_a_table_like_lives() {
    let sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (id INTEGER PRIMARY KEY, value, twice AS (id * 2), CHECK (id > 0));
         INSERT INTO bots VALUES {AWKWARD}"
    ));
    let query = "SELECT id, value, twice, typeof(value) FROM bots";
    for side in both_sides(&sandbox) {
        let (ran, database) = exported(&sandbox, side, &["bots"]);
        assert_eq!(ran.err, "wrote out.db: bots: 16 rows\n");
        assert_eq!(rows(&database, query), rows(&sandbox.app, query));
        let made = "SELECT sql FROM sqlite_schema WHERE name = 'bots'";
        assert_eq!(rows(&database, made), rows(&sandbox.app, made));
        let check = rows(&database, "PRAGMA integrity_check");
        assert_eq!(check.len(), 1);
        assert!(check[0].contains("Text"), "{check:?}");
    }
}

#[test]
fn all_tables_are_exported_if_none_is_named() {
    let sandbox = Sandbox::new();
    sandbox.memory("the sea");
    sandbox.take(Kind::Rewind, at(0));
    for side in ["live", "latest"] {
        let (_, database) = exported(&sandbox, side, &[]);
        let query =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        assert_eq!(rows(&database, query).len(), 11);
        let query = "SELECT * FROM memories";
        assert_eq!(rows(&database, query), rows(&sandbox.app, query));
    }
}

#[test]
fn without_live_the_columns_are_plain_and_hold_every_value() {
    let mut sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE TABLE bots (id INTEGER PRIMARY KEY, value); INSERT INTO bots VALUES {AWKWARD}"
    ));
    sandbox.take(Kind::Rewind, at(0));
    let query = "SELECT id, value, typeof(value) FROM bots";
    let before = rows(&sandbox.app, query);
    sandbox.quit();
    fs::remove_file(sandbox.db()).unwrap();
    let (ran, database) = exported(&sandbox, "latest", &["bots", "event_log"]);
    assert_eq!(
        ran.err,
        "wrote out.db: bots: 16 rows, in plain columns; event_log: left out: it has no rows, and live lacks it\n"
    );
    assert_eq!(rows(&database, query), before);
    assert_eq!(schema(&database).len(), 1);
}

#[test]
fn an_empty_virtual_table_is_exported_with_its_columns() {
    let mut sandbox = Sandbox::with_schema(&format!(
        "{LOG} CREATE VIRTUAL TABLE found USING fts5 (title, body);
         CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1)"
    ));
    sandbox.profile.tables = Tables::Named(vec!["found".to_owned(), "boxes".to_owned()]);
    fs::write(
        sandbox.data().join("unrewind.toml"),
        "tables = [\"found\", \"boxes\"]",
    )
    .unwrap();
    for side in both_sides(&sandbox) {
        let (ran, database) = exported(&sandbox, side, &["found", "boxes"]);
        let message =
            "wrote out.db: found: 0 rows, in plain columns; boxes: 0 rows, in plain columns\n";
        assert_eq!(ran.err, message);
        for (table, columns) in [
            ("found", &["title", "body"][..]),
            ("boxes", &["id", "x0", "x1"]),
        ] {
            let query = format!("SELECT * FROM {table}");
            let statement = database.prepare(&query).unwrap();
            let names = statement.column_names().filter(|name| *name != "rowid");
            assert_eq!(names.collect::<Vec<_>>(), columns);
        }
    }
}

#[test]
fn lives_schema_is_not_used_if_it_would_change_or_refuse_rows() {
    let others = [
        // This one would store numbers.
        "CREATE TABLE bots (id INTEGER, value INTEGER)",
        "CREATE TABLE bots (id, value NOT NULL)",
        "CREATE TABLE bots (id)",
        "CREATE VIEW bots AS SELECT 1 AS id, 2 AS value",
    ];
    for other in others {
        let sandbox = Sandbox::with_schema(&format!(
            "{LOG} CREATE TABLE bots (id, value); INSERT INTO bots VALUES (1, '1'), (2, NULL), (3, 4)"
        ));
        let query = "SELECT id, value, typeof(value) FROM bots";
        let before = rows(&sandbox.app, query);
        sandbox.take(Kind::Rewind, at(0));
        sandbox.sql(&format!("DROP TABLE bots; {other}"));
        let (ran, database) = exported(&sandbox, "latest", &["bots"]);
        assert_eq!(
            ran.err, "wrote out.db: bots: 3 rows, in plain columns\n",
            "{other}"
        );
        assert_eq!(rows(&database, query), before, "{other}");
    }
}

#[test]
fn an_existing_database_is_never_replaced() {
    let sandbox = Sandbox::new();
    exported(&sandbox, "live", &["bots"]);
    let before = fs::read(sandbox.path().join("out.db")).unwrap();
    let again = ["export", "live", "--format", "sqlite", "-o", "out.db"];
    let ran = sandbox.run(&again);
    assert_eq!(
        (ran.code, &*ran.err),
        (1, "unrewind: out.db already exists\n")
    );
    assert_eq!(fs::read(sandbox.path().join("out.db")).unwrap(), before);
    let ran = sandbox.run(&["export", "live", "--format", "sqlite", "-o", "data/chat.db"]);
    assert_eq!(ran.code, 1, "not even live");
}
