//! Live's rows in the order of their keys, whatever the key, also while live changes.

use std::ops::ControlFlow;

use unrewind::core::{Database, Error, Rows, Side, SparseIndex, unattended};

use super::{assert_windows, window};
use crate::sandbox::Sandbox;

const LOG: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY);";

/// Bots with the numbers `n` from 1 to 3000, whose values these SQL expressions compute.
fn filled(schema: &str, values: &str) -> Sandbox {
    let sandbox = Sandbox::with_schema(&format!("{LOG}{schema}"));
    sandbox.sql(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000)
         INSERT INTO bots SELECT {values} FROM numbers ORDER BY n * 7919 % 3001"
    ));
    sandbox
}

fn sparse_index(sandbox: &Sandbox, database: &Database) -> SparseIndex {
    SparseIndex::of(database, &sandbox.profile, "bots", &mut unattended).unwrap()
}

/// Asserts that windows, with and without an index, have the rows of the query in its order.
#[track_caller]
fn assert_windows_of(sandbox: &Sandbox, query: &str) {
    let database = sandbox.database();
    let rows = || Rows::of(Side::Live(&database), &sandbox.profile, "bots").unwrap();
    let whole = window(&rows(), 0, u64::MAX).unwrap();
    let read: Vec<_> = whole.iter().map(|(_, words)| words.as_str()).collect();
    assert_eq!(read, sandbox.rows(query));
    assert_windows(&rows(), &whole);
    let sparse_index = sparse_index(sandbox, &database);
    assert_windows(&rows().by(Some(&sparse_index)), &whole);
}

#[test]
fn rows_come_in_the_order_of_their_rowid() {
    let sandbox = filled("CREATE TABLE bots (a, b TEXT);", "n * 3, 'bot ' || n");
    sandbox
        .sql("DELETE FROM bots WHERE rowid % 5 = 0; UPDATE bots SET rowid = -rowid WHERE a < 99");
    assert_windows_of(&sandbox, "SELECT a, b FROM bots ORDER BY rowid");
}

#[test]
fn a_column_called_rowid_is_not_the_rowid() {
    let sandbox = filled("CREATE TABLE bots (rowid, oid);", "n % 7, n");
    assert_windows_of(&sandbox, "SELECT rowid, oid FROM bots ORDER BY _rowid_");
    let sandbox = filled("CREATE TABLE bots (rowid, oid, _rowid_);", "n % 7, n, 1");
    assert_windows_of(&sandbox, "SELECT rowid, oid, _rowid_ FROM bots");
}

#[test]
fn rows_without_rowid_come_in_the_order_of_their_primary_key() {
    let keys = [
        "PRIMARY KEY (a, b)",
        "PRIMARY KEY (b, a)",
        "PRIMARY KEY (b DESC, a)",
        "PRIMARY KEY (a COLLATE BINARY, b)",
    ];
    for key in keys {
        let sandbox = filled(
            &format!("CREATE TABLE bots (a TEXT COLLATE NOCASE, b, c, {key}) WITHOUT ROWID;"),
            "char(65 + n % 58), n / 29, n",
        );
        let order = match key {
            "PRIMARY KEY (a, b)" => "a, b",
            "PRIMARY KEY (a COLLATE BINARY, b)" => "a COLLATE BINARY, b",
            _ => "b, a",
        };
        assert_windows_of(
            &sandbox,
            &format!("SELECT a, b, c FROM bots ORDER BY {order}"),
        );
    }
}

#[test]
fn a_view_has_rows_too() {
    let sandbox = filled(
        "CREATE TABLE beings (a); CREATE VIEW bots AS SELECT a * 2 AS b FROM beings;
         CREATE TRIGGER t INSTEAD OF INSERT ON bots BEGIN INSERT INTO beings VALUES (new.b); END;",
        "n",
    );
    assert_windows_of(&sandbox, "SELECT b FROM bots");
}

#[test]
fn windows_of_a_changing_table_are_in_order_without_duplicates() {
    let sandbox = filled("CREATE TABLE bots (id INTEGER PRIMARY KEY);", "n * 10");
    let database = sandbox.database();
    let sparse_index = sparse_index(&sandbox, &database);
    let rows = Rows::of(Side::Live(&database), &sandbox.profile, "bots").unwrap();
    let rows = rows.by(Some(&sparse_index));
    let ids = |first| -> Vec<String> {
        let window = window(&rows, first, 3).unwrap();
        window.into_iter().map(|(_, words)| words).collect()
    };
    assert_eq!(ids(1_000), ["10010", "10020", "10030"]);
    // The indexed row is among those deleted.
    sandbox.sql("DELETE FROM bots WHERE id BETWEEN 7000 AND 10010");
    assert_eq!(ids(768), ["10020", "10030", "10040"]);
    sandbox.sql("INSERT INTO bots VALUES (10025)");
    assert_eq!(ids(768), ["10020", "10025", "10030"]);
    assert_eq!(ids(0), ["10", "20", "30"]);
    sandbox.sql("DELETE FROM bots");
    assert_eq!(ids(2_000), Vec::<String>::new());
    assert_eq!(
        rows.count().unwrap(),
        3_000,
        "the count at the time of indexing"
    );
}

#[test]
fn indexing_reports_its_progress_and_can_be_cancelled() {
    let sandbox = filled("CREATE TABLE bots (id INTEGER PRIMARY KEY);", "n");
    let database = sandbox.database();
    let mut reports = Vec::new();
    let cancelled = SparseIndex::of(&database, &sandbox.profile, "bots", &mut |progress| {
        reports.push((progress.done, progress.total));
        if progress.done < 1_000 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    let expected = [
        (0, 3_000),
        (256, 3_000),
        (512, 3_000),
        (768, 3_000),
        (1_024, 3_000),
    ];
    assert_eq!(reports, expected);
    assert_eq!(sparse_index(&sandbox, &database).count(), 3_000);
}
