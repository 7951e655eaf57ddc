//! Restores of tables with every form of key, and of rows without a usable key.

use unrewind::core::{Error, Kind, RestoreOptions, Scope, Unwritable};

use crate::sandbox::{Sandbox, at};

/// Creates the table, takes a snapshot of some rows, changes them, and asserts that a restore brings them back.
#[track_caller]
fn assert_restores(table: &str, rows: &str, changes: &str) {
    let log = "CREATE TABLE event_log (id INTEGER PRIMARY KEY);";
    let sandbox = Sandbox::with_schema(&format!("{log} {table}; {rows}"));
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(changes);
    let after = sandbox.dump();
    assert_ne!(after, before, "the changes have no effect");
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
    sandbox
        .restore(&restored.safety_snapshot.unwrap(), Scope::Full)
        .unwrap();
    assert_eq!(sandbox.dump(), after);
}

#[test]
fn rows_that_exchanged_unique_values_come_back() {
    assert_restores(
        "CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",
        "INSERT INTO bots VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')",
        "UPDATE bots SET name = name || '!';
         UPDATE bots SET name = CASE id WHEN 1 THEN 'b' WHEN 2 THEN 'c' WHEN 3 THEN 'a' ELSE 'd' END",
    );
}

#[test]
fn unique_values_move_between_added_changed_and_removed_rows() {
    assert_restores(
        "CREATE TABLE bots (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT);
         CREATE UNIQUE INDEX bots_b ON bots (lower(b)) WHERE b <> ''",
        "INSERT INTO bots VALUES (1, 'a', 'X'), (2, 'b', 'Y'), (3, 'c', '')",
        "DELETE FROM bots; INSERT INTO bots VALUES (2, 'c', 'x'), (3, 'b', ''), (4, 'a', 'y')",
    );
}

#[test]
fn rows_that_exchanged_ids_come_back() {
    assert_restores(
        "CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INTEGER)",
        "INSERT INTO bots VALUES (1, 'a', 7), (2, 'b', 8)",
        "UPDATE bots SET id = -id; UPDATE bots SET id = 3 + id",
    );
}

#[test]
fn text_keys() {
    assert_restores(
        "CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT)",
        r"INSERT INTO bots VALUES ('', 'empty'), ('a', 'a'), ('ä', 'umlaut'), ('a''b', 'quote'), ('A', 'upper'),
             (CAST(x'00' AS TEXT), 'NUL'), (CAST(x'6100' AS TEXT), 'a and NUL'), ('1', 'one'), ('01', 'other')",
        "UPDATE bots SET name = 'x'; DELETE FROM bots WHERE id IN ('a', 'ä'); INSERT INTO bots VALUES ('b', 'b')",
    );
}

#[test]
fn text_keys_that_ignore_case() {
    assert_restores(
        "CREATE TABLE bots (id TEXT COLLATE NOCASE PRIMARY KEY, name TEXT)",
        "INSERT INTO bots VALUES ('Mara', 'Mara'), ('Otto', 'Otto')",
        "UPDATE bots SET id = lower(id); UPDATE bots SET name = 'x' WHERE id = 'otto'",
    );
}

#[test]
fn composite_keys_in_another_order_than_the_columns() {
    assert_restores(
        "CREATE TABLE edges (weight REAL, target TEXT, source TEXT, PRIMARY KEY (source DESC, target))",
        "INSERT INTO edges VALUES (0.5, 'you', 'mara'), (1, 'mara', 'you'), (0, 'you', 'otto')",
        "UPDATE edges SET weight = 2 WHERE source = 'you'; UPDATE edges SET target = 'otto' WHERE source = 'mara';
         DELETE FROM edges WHERE source = 'otto'; INSERT INTO edges VALUES (NULL, 'a', 'b')",
    );
}

#[test]
fn tables_without_rowids() {
    assert_restores(
        "CREATE TABLE edges (a INTEGER, b TEXT, c BLOB, PRIMARY KEY (c, a)) WITHOUT ROWID",
        "INSERT INTO edges VALUES (1, 'x', x'00'), (2, 'y', x'00'), (1, 'z', x'0000'), (1, 'z', '')",
        "UPDATE edges SET c = x'ff' WHERE b = 'z' AND c = ''; UPDATE edges SET b = NULL WHERE a = 2;
         DELETE FROM edges WHERE b = 'x'; INSERT INTO edges VALUES (3, 'new', 'new')",
    );
}

#[test]
fn keys_with_null_that_repeat() {
    assert_restores(
        "CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT)",
        "INSERT INTO bots VALUES (NULL, 'a'), (NULL, 'a'), (NULL, NULL), (NULL, NULL), ('k', 'a')",
        "DELETE FROM bots WHERE rowid IN (1, 3); UPDATE bots SET name = 'b' WHERE id = 'k'; INSERT INTO bots VALUES (NULL, 'c')",
    );
    assert_restores(
        "CREATE TABLE edges (a TEXT, b TEXT, c INTEGER, PRIMARY KEY (a, b))",
        "INSERT INTO edges VALUES ('x', NULL, 1), ('x', NULL, 2), (NULL, NULL, 3), ('x', 'y', 4)",
        "UPDATE edges SET c = c + 1",
    );
}

#[test]
fn rows_without_a_key_come_back_in_their_number() {
    assert_restores(
        "CREATE TABLE chat_state (chat_id INTEGER, mood TEXT)",
        "INSERT INTO chat_state VALUES (2, 'calm'), (1, 'calm'), (2, 'calm'), (NULL, NULL), (NULL, NULL), (2, 'calm')",
        "DELETE FROM chat_state WHERE rowid IN (1, 3, 4); INSERT INTO chat_state VALUES (1, 'calm'), (1, 'calm'), (3, 'new')",
    );
}

#[test]
fn rows_that_differ_only_in_type() {
    assert_restores(
        "CREATE TABLE bots (a, b)",
        "INSERT INTO bots VALUES (1, 0), (1.0, 0), ('1', 0), (x'31', 0), (0.0, 0), (-0.0, 0), (0, 0), ('', 0), (x'', 0), (NULL, 0)",
        "DELETE FROM bots WHERE typeof(a) IN ('real', 'blob'); INSERT INTO bots VALUES ('1', 0), (-0.0, 0), (NULL, 0)",
    );
    assert_restores(
        "CREATE TABLE bots (id PRIMARY KEY, name)",
        "INSERT INTO bots VALUES (1, 1), ('1', 1.0), (x'31', '1'), (2.0, x'31'), (-0.0, NULL)",
        "UPDATE bots SET name = 1; UPDATE bots SET id = CAST(id AS INTEGER) WHERE typeof(id) = 'real'",
    );
}

#[test]
fn numbers_at_their_limits() {
    assert_restores(
        "CREATE TABLE bots (id INTEGER PRIMARY KEY, n)",
        "INSERT INTO bots VALUES (9223372036854775807, 5e-324), (-9223372036854775808, 1e999), (0, -1e999),
             (1, 1.7976931348623157e308), (2, 9007199254740993), (3, 0.1)",
        "UPDATE bots SET n = -n; DELETE FROM bots WHERE id IN (0, 9223372036854775807)",
    );
}

#[test]
fn rows_in_another_order() {
    assert_restores(
        "CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT)",
        "INSERT INTO bots VALUES ('a', '1'), ('b', '2'), ('c', '3'), ('d', '4')",
        "DELETE FROM bots; INSERT INTO bots VALUES ('c', '3'), ('d', 'x'), ('a', '1'), ('b', '2')",
    );
}

#[test]
fn columns_named_like_the_rowid() {
    assert_restores(
        "CREATE TABLE bots (rowid TEXT, oid INTEGER, name TEXT)",
        "INSERT INTO bots VALUES ('a', 1, 'x'), ('a', 1, 'x'), ('b', 2, 'y')",
        "DELETE FROM bots WHERE _rowid_ IN (1, 3); INSERT INTO bots VALUES ('c', 3, 'z')",
    );
}

#[test]
fn generated_columns_are_recomputed() {
    assert_restores(
        "CREATE TABLE bots (id INTEGER PRIMARY KEY, twice AS (id * 2), name TEXT, shout TEXT AS (upper(name)) STORED)",
        "INSERT INTO bots (id, name) VALUES (1, 'a'), (2, 'b')",
        "UPDATE bots SET name = 'x' WHERE id = 1; DELETE FROM bots WHERE id = 2",
    );
}

#[test]
fn a_key_twice_in_the_snapshot_is_refused() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY); CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT);
         INSERT INTO bots VALUES ('a', '1')",
    );
    let (before, rows) = (
        sandbox.dump(),
        r#"{"id": "b", "name": "1"}, {"id": "b", "name": "2"}"#,
    );
    let snapshot = sandbox.put(Kind::Rewind, at(0), format!(r#"{{"bots": [{rows}]}}"#));
    let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
    assert_eq!(error.to_string(), "table bots holds id = 'b' twice");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_plan_refuses_rows_of_which_a_migration_allows_only_one() {
    for (before, rows, after, one) in [
        (
            "(a, b, PRIMARY KEY (a, b))",
            "(1, 1), (1, 2)",
            "(a PRIMARY KEY, b)",
            "(1, 1)",
        ),
        (
            "(a, b, PRIMARY KEY (a, b))",
            "(1, 1), (2, 2), (1, 3)",
            "(a INTEGER PRIMARY KEY, b)",
            "(1, 1), (2, 2)",
        ),
        (
            "(a, b)",
            "('x', 1), ('x', 1)",
            "(a TEXT PRIMARY KEY, b)",
            "('x', 1)",
        ),
        (
            "(a PRIMARY KEY, b)",
            "('x', 1), ('X', 1)",
            "(a TEXT COLLATE NOCASE PRIMARY KEY, b)",
            "('x', 1)",
        ),
        (
            "(a PRIMARY KEY, b)",
            "('x', 1), ('y', 1)",
            "(a PRIMARY KEY, b UNIQUE)",
            "('x', 1)",
        ),
    ] {
        let sandbox = Sandbox::with_schema(&format!(
            "CREATE TABLE event_log (id INTEGER PRIMARY KEY); INSERT INTO event_log VALUES (1);
             CREATE TABLE bots {before}; INSERT INTO bots VALUES {rows}"
        ));
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        sandbox.sql(&format!(
            "DROP TABLE bots; CREATE TABLE bots {after}; INSERT INTO bots VALUES {one}"
        ));
        let error = sandbox.plan(&snapshot, Scope::Full).unwrap_err();
        assert!(matches!(error, Error::Row { .. }), "{after}: {error}");
        let left_out = RestoreOptions {
            unwritable: Unwritable::LeaveOut,
            ..RestoreOptions::default()
        };
        sandbox.restore(&snapshot, left_out).unwrap();
        sandbox.sql("DELETE FROM bots");
        assert!(sandbox.plan(&snapshot, Scope::Full).is_err(), "{after}");
    }
}
