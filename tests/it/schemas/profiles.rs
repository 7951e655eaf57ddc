//! Profiles: logs by rowid, no log at all, excluded tables, and a snapshot of another profile.

use chrono::TimeDelta;
use unrewind::core::{Due, Error, Kind, RestoreOptions, Scope, Tables, unattended};

use super::{any, difference_count, log_of};
use crate::sandbox::{Sandbox, age, at};

fn exclude(patterns: &[&str]) -> Tables {
    Tables::Auto {
        exclude: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
    }
}

/// An application whose events have only their rowid as id.
fn by_rowid() -> Sandbox {
    let mut sandbox = Sandbox::with_schema(
        "CREATE TABLE stored (stream TEXT, version INTEGER, state BLOB, PRIMARY KEY (stream, version));
         INSERT INTO stored (rowid, stream, version, state) VALUES (3, 'b', 1, x'7b7d'), (7, 'a', 1, x'00'), (9, 'b', 2, NULL)",
    );
    sandbox.profile.log = Some(log_of("stored", "rowid"));
    sandbox.profile.tables = exclude(&[]);
    sandbox
}

#[test]
fn events_without_an_id_are_identified_by_rowid() {
    let sandbox = by_rowid();
    let rows = || sandbox.rows("SELECT rowid, * FROM stored");
    let before = rows();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    assert_eq!(
        std::fs::read_to_string(&snapshot.path).unwrap(),
        r#"{"last_event_id": 9, "stored": [{"rowid": 3, "stream": "b", "version": 1, "state": {"$blob": "e30="}}, {"rowid": 7, "stream": "a", "version": 1, "state": {"$blob": "AA=="}}, {"rowid": 9, "stream": "b", "version": 2, "state": null}]}"#
    );
    sandbox.sql(
        "DELETE FROM stored WHERE rowid > 3; UPDATE stored SET rowid = 1;
         INSERT INTO stored VALUES ('a', 1, x'01'), ('c', 1, NULL)",
    );
    assert_eq!(difference_count(&sandbox, &snapshot), 5);
    let rewind = sandbox.find_rewind();
    // Two are missing, and the third's id is now another event's.
    assert_eq!(rewind.unwrap().rewind.unwrap().gone.lost, 3);
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(rows(), before);
    sandbox
        .restore(&restored.safety_snapshot.unwrap(), Scope::Full)
        .unwrap();
    assert_eq!(
        sandbox.rows("SELECT rowid, stream FROM stored ORDER BY rowid"),
        ["1 | 'b'", "2 | 'a'", "3 | 'c'"]
    );
}

#[test]
fn an_events_text_is_read_from_json_bytes() {
    let mut sandbox = by_rowid();
    if let Some(log) = &mut sandbox.profile.log {
        log.payload = Some("state".to_owned());
    }
    sandbox.sql(
        "UPDATE stored SET state = CAST('{\"note\": \"the lamp burns\"}' AS BLOB) WHERE rowid = 9",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM stored WHERE rowid > 3");
    let log = sandbox.plan(&snapshot, Scope::Full).unwrap().log.unwrap();
    let events = log.newer_to.first.iter();
    let texts: Vec<_> = events.map(|event| event.text.as_deref()).collect();
    assert_eq!(texts, [Some("a blob of 1 bytes"), Some("the lamp burns")]);
}

#[test]
fn newer_events_of_a_log_by_rowid_can_be_kept() {
    let sandbox = by_rowid();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM stored WHERE rowid = 7; INSERT INTO stored VALUES ('n', 1, NULL)");
    let options = RestoreOptions {
        newer: unrewind::core::Newer::Keep,
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(
        sandbox.rows("SELECT rowid FROM stored ORDER BY rowid"),
        ["3", "7", "9", "10"]
    );
}

#[test]
fn a_log_without_rowids_is_refused() {
    let mut sandbox =
        Sandbox::with_schema("CREATE TABLE stored (id TEXT PRIMARY KEY) WITHOUT ROWID");
    sandbox.profile.log = Some(log_of("stored", "rowid"));
    let error = sandbox
        .try_take(Kind::Rewind, at(0))
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("it has no column rowid, which the profile names as its id"),
        "{error}"
    );
}

#[test]
fn rowids_named_by_the_profile_are_restored() {
    let mut sandbox = any(
        "CREATE TABLE notes (text TEXT); CREATE TABLE places (name TEXT PRIMARY KEY, rowid TEXT);
         INSERT INTO notes (rowid, text) VALUES (5, 'a'), (9, 'a'), (12, 'b');
         INSERT INTO places (oid, name, rowid) VALUES (4, 'x', 'no'), (2, 'y', 'no')",
    );
    sandbox.profile.rowids = vec!["Notes".to_owned(), "places".to_owned()];
    let rows = || {
        [
            sandbox.rows("SELECT rowid, * FROM notes"),
            sandbox.rows("SELECT oid, * FROM places ORDER BY oid"),
        ]
    };
    let before = rows();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let text = std::fs::read_to_string(&snapshot.path).unwrap();
    assert!(
        text.contains(r#""notes": [{"rowid": 5, "text": "a"}"#),
        "{text}"
    );
    assert!(
        text.contains(r#""places": [{"_rowid_": 2, "name": "y", "rowid": "no"}"#),
        "{text}"
    );
    sandbox.sql(
        "DELETE FROM notes; INSERT INTO notes VALUES ('a'), ('c'); UPDATE places SET oid = -oid",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(rows(), before);
    // A profile without these rowids has no column for them.
    sandbox.profile.rowids.clear();
    let error = sandbox
        .restore(&snapshot, Scope::Full)
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("column notes.rowid, column places._rowid_"),
        "{error}"
    );
}

#[test]
fn without_a_log_everything_but_recover_works() {
    let mut sandbox =
        Sandbox::with_schema("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)");
    sandbox.profile.log = None;
    sandbox.profile.tables = exclude(&[]);
    assert_eq!(sandbox.due(0), Due::NoRows);
    sandbox.sql("INSERT INTO notes VALUES (1, 'a'), (2, 'b')");
    assert_eq!(sandbox.due(0), Due::First);
    let snapshot = sandbox.take(Kind::Periodic, at(0));
    age(&snapshot.path, at(0));
    assert_eq!(
        std::fs::read_to_string(&snapshot.path).unwrap(),
        r#"{"last_event_id": 0, "notes": [{"id": 1, "text": "a"}, {"id": 2, "text": "b"}]}"#
    );
    assert_eq!(sandbox.due(29), Due::Young(TimeDelta::minutes(29)));
    assert_eq!(sandbox.due(31), Due::Unchanged(TimeDelta::minutes(31)));
    sandbox.sql("UPDATE notes SET text = 'x' WHERE id = 2");
    assert_eq!(sandbox.due(31), Due::Age(TimeDelta::minutes(31)));
    assert!(!Due::Unchanged(TimeDelta::zero()).is_due() && !Due::NoRows.is_due());
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    sandbox.sql("UPDATE notes SET text = 'y' WHERE id = 2");
    let stale = plan.apply(
        &sandbox.store(),
        unrewind::core::Safety::default(),
        at(40),
        &mut unattended,
    );
    assert!(matches!(stale, Err(Error::Stale { .. })));
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT text FROM notes"), ["'a'", "'b'"]);
    sandbox
        .restore(&restored.safety_snapshot.unwrap(), Scope::Full)
        .unwrap();
    assert_eq!(sandbox.rows("SELECT text FROM notes"), ["'a'", "'y'"]);
    let rewind = sandbox.find_rewind();
    assert!(matches!(rewind, Err(Error::NoLog)));
}

#[test]
fn excluded_tables_are_neither_taken_nor_restored() {
    let mut sandbox = any(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY); CREATE TABLE cache_1 (id INTEGER PRIMARY KEY); CREATE TABLE \"CACHE_[2]\" (id INTEGER PRIMARY KEY)",
    );
    sandbox.profile.tables = exclude(&["Cache_[1[]*"]);
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let text = std::fs::read_to_string(&snapshot.path).unwrap();
    assert!(
        text.contains("notes") && !text.to_lowercase().contains("cache"),
        "{text}"
    );
    sandbox.sql("INSERT INTO cache_1 VALUES (1); INSERT INTO \"CACHE_[2]\" VALUES (1); INSERT INTO notes VALUES (1)");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    for (table, rows) in [("cache_1", "1"), ("\"CACHE_[2]\"", "1"), ("notes", "0")] {
        assert_eq!(
            sandbox.rows(&format!("SELECT count(*) FROM {table}")),
            [rows]
        );
    }
}

#[test]
fn a_snapshot_of_another_profile_is_refused() {
    let mut sandbox =
        any("CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1)");
    let whole = sandbox.take(Kind::Rewind, at(0));
    sandbox.profile.tables = exclude(&["notes"]);
    sandbox.sql("INSERT INTO notes VALUES (2)");
    let before = sandbox.dump();
    let error = sandbox
        .restore(&whole, Scope::Full)
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("that the profile does not name: table notes (1 row)"),
        "{error}"
    );
    sandbox.profile.log = None;
    sandbox.profile.tables = exclude(&["events"]);
    let without_log = sandbox.take(Kind::Rewind, at(1));
    let error = sandbox
        .restore(&whole, Scope::Full)
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("that the profile does not name: table events (2 rows)"),
        "{error}"
    );
    sandbox.profile.log = Some(log_of("events", "id"));
    sandbox.profile.tables = exclude(&[]);
    let error = sandbox.restore(&without_log, Scope::Full).unwrap_err();
    assert!(matches!(error, Error::OtherProfile { .. }), "{error}");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_table_without_rows_of_its_own_cannot_be_named() {
    let mut sandbox = any("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
         CREATE VIRTUAL TABLE found USING fts5 (text, content=notes, content_rowid=id);
         CREATE VIRTUAL TABLE terms USING fts5 (text, content='');
         CREATE VIRTUAL TABLE words USING fts5vocab (found, row)");
    for (name, what) in [
        (
            "found",
            "table found is a full-text index of notes and has no rows of its own: name notes instead",
        ),
        (
            "Terms",
            "name its shadow tables instead: terms_config, terms_data, terms_docsize, terms_idx",
        ),
        (
            "words",
            "table words shows what other tables hold and has no rows of its own",
        ),
    ] {
        sandbox.profile.tables = Tables::Named(vec![name.to_owned()]);
        let error = sandbox
            .try_take(Kind::Rewind, at(0))
            .unwrap_err()
            .to_string();
        assert!(error.ends_with(what), "{error}");
    }
}

#[test]
fn a_column_that_live_computes_may_be_in_the_snapshot() {
    let sandbox = any(
        "CREATE TABLE sums (id INTEGER PRIMARY KEY, twice AS (id * 2)); INSERT INTO sums (id) VALUES (1)",
    );
    let text = r#"{"last_event_id": 2, "events": [{"id": 1, "what": "began"}, {"id": 2, "what": "went on"}], "sums": [{"id": 4, "twice": 8}]}"#;
    let snapshot = sandbox.put(Kind::Rewind, at(0), text);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT * FROM sums"), ["4 | 8"]);
}

#[test]
fn a_snapshot_without_the_profiles_rowids_is_matched_by_key() {
    let mut sandbox = any(
        "CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT); INSERT INTO notes VALUES ('a', 'x'), ('b', 'y'), ('c', 'z')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.profile.rowids = vec!["notes".to_owned()];
    sandbox
        .sql("DELETE FROM notes WHERE name = 'a'; UPDATE notes SET text = 'new' WHERE name = 'c'");
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    let notes = plan.changes().pop().unwrap();
    assert_eq!((notes.added, notes.changed, notes.removed), (1, 1, 0));
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT rowid, * FROM notes WHERE name <> 'a'"),
        ["2 | 'b' | 'y'", "3 | 'c' | 'z'"]
    );
    assert_eq!(
        sandbox.rows("SELECT text FROM notes WHERE name = 'a'"),
        ["'x'"]
    );
}

#[test]
fn an_event_log_with_the_name_of_a_snapshots_own_key_is_refused() {
    let sandbox = Sandbox::with_schema("CREATE TABLE last_event_id (id INTEGER PRIMARY KEY)");
    let configuration = "tables = []\n[log]\ntable = \"last_event_id\"\nid = \"id\"";
    std::fs::write(sandbox.data().join("unrewind.toml"), configuration).unwrap();
    let ran = sandbox.run(&["status"]);
    let reason = "the configuration names a table last_event_id, which is the name of a snapshot's own first key";
    assert!(ran.code == 2 && ran.err.contains(reason), "{ran:?}");
    assert!(sandbox.list().is_empty());
}
