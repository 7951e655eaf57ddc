//! Keys and references that SQLite takes for equal though their bytes differ: by a collation, or because a
//! column converts what it is compared with.

use unrewind::core::{Dependents, Kind, Parents, Snapshot};

use super::{application, rows};
use crate::sandbox::{Sandbox, at};

const LOG: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts, kind, payload_json);";

/// Declarations of a parent's key and of a column that refers to it, with values that match.
const MATCHING: [(&str, &str, &str, &str); 5] = [
    ("TEXT COLLATE NOCASE", "TEXT", "'Mara'", "'MARA'"),
    ("TEXT COLLATE RTRIM", "TEXT", "'Mara'", "'Mara  '"),
    ("TEXT", "", "'5'", "5"),
    ("INTEGER", "TEXT", "5", "'5'"),
    ("REAL", "", "5.0", "5"),
];

/// A parent and a child that live has lost, and the snapshot that has them.
fn lost(parent: &str, child: &str, values: [&str; 2]) -> (Sandbox, Snapshot) {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE bots (id {parent} PRIMARY KEY, name);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, bot {child} REFERENCES bots (id));
         INSERT INTO bots VALUES ({}, 'a bot'); INSERT INTO notes VALUES (1, {})",
        values[0], values[1],
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM notes; DELETE FROM bots");
    (sandbox, snapshot)
}

#[test]
fn a_reference_is_followed_where_sqlite_matches_it() {
    for (parent, child, id, refers) in MATCHING {
        let (sandbox, snapshot) = lost(parent, child, [id, refers]);
        let mut note = rows(&[("notes", "1")]);
        let error = sandbox.plan(&snapshot, note.clone()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("1 row of bots"), "{parent}: {error}");
        note.parents = Parents::Insert;
        sandbox.restore(&snapshot, note).unwrap();
        assert_eq!(sandbox.rows("SELECT name FROM bots"), ["'a bot'"]);
        assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);

        let (sandbox, snapshot) = lost(parent, child, [id, refers]);
        let mut bot = rows(&[("bots", refers.trim_matches('\''))]);
        bot.dependents = Dependents::Insert;
        sandbox.restore(&snapshot, bot).unwrap();
        assert_eq!(sandbox.rows("SELECT id FROM notes"), ["1"], "{parent}");
    }
}

#[test]
fn a_row_is_chosen_by_any_key_that_sqlite_takes_for_equal() {
    for (key, id, written) in [
        ("TEXT PRIMARY KEY COLLATE NOCASE", "'Mara'", "mARA"),
        ("TEXT PRIMARY KEY COLLATE RTRIM", "'Mara '", "Mara"),
        ("INTEGER PRIMARY KEY", "5", "\"5\""),
        ("REAL PRIMARY KEY", "5.0", "\"5\""),
        ("TEXT PRIMARY KEY", "'5'", "5"),
    ] {
        let sandbox = application(&format!(
            "{LOG} CREATE TABLE bots (id {key}, mood); INSERT INTO bots VALUES ({id}, 'calm')"
        ));
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        let chosen = rows(&[("bots", written)]);
        assert!(sandbox.plan(&snapshot, chosen.clone()).unwrap().is_empty());
        sandbox.sql("UPDATE bots SET mood = 'sad'");
        sandbox.restore(&snapshot, chosen.clone()).unwrap();
        assert_eq!(sandbox.rows("SELECT mood FROM bots"), ["'calm'"], "{key}");
        sandbox.sql("DELETE FROM bots");
        sandbox.restore(&snapshot, chosen).unwrap();
        assert_eq!(sandbox.rows("SELECT mood FROM bots"), ["'calm'"], "{key}");
    }
}

#[test]
fn a_row_whose_key_got_another_case_comes_back_and_the_undo_finds_it() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE bots (id TEXT PRIMARY KEY COLLATE NOCASE, mood) WITHOUT ROWID;
         INSERT INTO bots VALUES ('Mara', 'calm'), ('Otto', 'calm')"
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE bots SET id = upper(id), mood = 'sad'");
    let before = sandbox.dump();
    let plan = sandbox.plan(&snapshot, rows(&[("bots", "mara")])).unwrap();
    let diff = &plan.tables[0];
    assert_eq!((diff.added, diff.removed, diff.changed), (0, 0, 1));
    sandbox
        .restore(&snapshot, rows(&[("bots", "mara")]))
        .unwrap();
    let moods = "SELECT id || ' ' || mood FROM bots ORDER BY 1";
    assert_eq!(sandbox.rows(moods), ["'Mara calm'", "'OTTO sad'"]);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
    sandbox.redo().unwrap();
    assert_eq!(sandbox.rows(moods), ["'Mara calm'", "'OTTO sad'"]);
}
