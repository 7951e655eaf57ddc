//! Restores of chosen rows: what comes back and what stays, the rows that they refer to or that refer to them,
//! rows that live has no place for, and the undo. Submodules: awkward keys and references, keys that SQLite takes
//! for equal, and random rows of random databases.

mod awkward;
mod equal_keys;
mod random;

use unrewind::core::{
    Dependents, Error, Existing, Kind, Parents, RestoreOptions, RowKey, RowOf, Safety, Snapshot,
    Tables,
};

use crate::sandbox::{Sandbox, at};

/// Options that restore these rows, each a table and a key.
fn rows(rows: &[(&str, &str)]) -> RestoreOptions {
    let row = |(table, key): &(&str, &str)| RowOf {
        table: (*table).to_owned(),
        key: RowKey::parse(key),
    };
    RestoreOptions {
        rows: rows.iter().map(row).collect(),
        ..RestoreOptions::default()
    }
}

/// Another application, whose profile names no tables.
fn application(schema: &str) -> Sandbox {
    let mut sandbox = Sandbox::with_schema(schema);
    sandbox.profile.tables = Tables::Auto {
        exclude: Vec::new(),
    };
    sandbox
}

/// A chat with a scene and four memories in it, and a snapshot; then the scene and two memories are gone, one
/// memory was edited, and one is new.
fn edited() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "INSERT INTO containers VALUES (1, 1, 'Harbour');
         INSERT INTO scenes VALUES (7, 1, 'Arrival', '2021', NULL);
         INSERT INTO memories VALUES (1, 1, 7, 'The lighthouse has 242 steps.', 0.5, '2021'),
             (2, 1, 7, 'Jo says good night first.', 0.5, '2021'),
             (3, 1, NULL, 'The lamp burns.', 0.5, '2021'), (4, 1, NULL, 'The bell rings.', 0.5, '2021')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM memories WHERE id < 3; DELETE FROM scenes;
         UPDATE memories SET text = 'The lamp is out.' WHERE id = 3;
         INSERT INTO memories VALUES (5, 1, NULL, 'Snow.', 0.5, '2021')",
    );
    (sandbox, snapshot)
}

/// The memories of [`edited`] once those that were deleted are back.
const COMPLETED: [&str; 5] = [
    "1 The lighthouse has 242 steps.",
    "2 Jo says good night first.",
    "3 The lamp is out.",
    "4 The bell rings.",
    "5 Snow.",
];

fn memories(sandbox: &Sandbox) -> Vec<String> {
    texts(sandbox, "SELECT id || ' ' || text FROM memories")
}

fn texts(sandbox: &Sandbox, sql: &str) -> Vec<String> {
    let texts = sandbox.rows(sql).into_iter();
    texts
        .map(|text| text.trim_matches('\'').to_owned())
        .collect()
}

#[test]
fn chosen_rows_come_back_and_no_other_row_changes() {
    let (sandbox, snapshot) = edited();
    sandbox.sql("DELETE FROM memories WHERE id = 4");
    let before = sandbox.dump();
    let chosen = rows(&[("memories", "3"), ("memories", "4")]);
    let restored = sandbox.restore(&snapshot, chosen).unwrap();
    assert_eq!(
        memories(&sandbox),
        ["3 The lamp burns.", "4 The bell rings.", "5 Snow."]
    );
    let changes = restored.tables.iter().find(|table| !table.is_empty());
    let changes = changes.unwrap();
    assert_eq!((changes.added, changes.changed, changes.removed), (1, 1, 0));
    let mut after = sandbox.dump();
    after.insert("memories".to_owned(), before["memories"].clone());
    assert_eq!(after, before, "only memories differ");
    assert!(sandbox.full_text_is_sound());
}

#[test]
fn a_row_that_the_snapshot_lacks_is_an_error() {
    let (sandbox, snapshot) = edited();
    let before = sandbox.dump();
    let error = |chosen| sandbox.plan(&snapshot, chosen).unwrap_err().to_string();
    insta::assert_snapshot!(error(rows(&[("memories", "5")])), @"only the live database has the row 5 of table memories; a restore of rows deletes nothing");
    insta::assert_snapshot!(error(rows(&[("memories", "3"), ("memories", "9")])), @"neither the snapshot nor the live database has a row 9 in table memories");
    insta::assert_snapshot!(error(rows(&[("edges", "mara")])), @"the key of table edges has 2 columns, source, target: write their values as a JSON array, as in [1, \"two\"]");
    insta::assert_snapshot!(error(rows(&[("memoris", "3")])), @"there is no table memoris to restore: did you mean memories?");
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_chosen_row_that_does_not_differ_changes_nothing() {
    let (sandbox, snapshot) = edited();
    let plan = sandbox.plan(&snapshot, rows(&[("memories", "4")])).unwrap();
    assert!(plan.is_empty());
}

#[test]
fn rows_that_chosen_ones_refer_to_come_along_only_on_request() {
    let (sandbox, snapshot) = edited();
    sandbox.sql("UPDATE containers SET name = 'Bay'");
    let chosen = rows(&[("memories", "1")]);
    let refused = sandbox.plan(&snapshot, chosen.clone()).unwrap_err();
    let Error::Parents { rows } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(rows, "1 row of scenes (id = 7)");
    let with_parents = chosen.conceding(&refused).unwrap();
    assert_eq!(with_parents.parents, Parents::Insert);
    sandbox.restore(&snapshot, with_parents).unwrap();
    assert_eq!(sandbox.rows("SELECT id FROM scenes"), ["7"]);
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
    let bay = ["'Bay'"];
    assert_eq!(
        sandbox.rows("SELECT name FROM containers"),
        bay,
        "a row that live has stays"
    );
    assert_eq!(
        sandbox.rows("SELECT id FROM memories"),
        ["1", "3", "4", "5"]
    );
}

#[test]
fn rows_that_refer_to_chosen_ones_come_along_on_request() {
    let (sandbox, snapshot) = edited();
    let mut chosen = rows(&[("containers", "1")]);
    chosen.dependents = Dependents::Insert;
    let plan = sandbox.plan(&snapshot, chosen.clone()).unwrap();
    assert_eq!(plan.related(), [("memories", 2), ("scenes", 1)]);
    sandbox.restore(&snapshot, chosen).unwrap();
    assert_eq!(memories(&sandbox), COMPLETED);
}

#[test]
fn missing_rows_come_back_and_others_stay_as_live_has_them() {
    let (sandbox, snapshot) = edited();
    sandbox.event("Good night, then.");
    let log = sandbox.rows("SELECT id FROM event_log");
    let options = RestoreOptions {
        existing: Existing::Keep,
        ..RestoreOptions::default()
    };
    let plan = sandbox.plan(&snapshot, options.clone()).unwrap();
    assert_eq!(plan.left_alone(), 2, "memory 3 and the state of the chat");
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(memories(&sandbox), COMPLETED);
    assert_eq!(sandbox.rows("SELECT id FROM event_log"), log);
}

#[test]
fn missing_events_come_back_only_if_the_log_is_named() {
    let sandbox = Sandbox::new();
    for text in ["one", "two"] {
        sandbox.event(text);
    }
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id = 3; UPDATE event_log SET hidden = 1 WHERE id = 4");
    let options = RestoreOptions {
        existing: Existing::Keep,
        tables: vec!["event_log".to_owned()],
        ..RestoreOptions::default()
    };
    let plan = sandbox.plan(&snapshot, options.clone()).unwrap();
    let back = &plan.log.as_ref().unwrap().gone_from;
    assert_eq!((back.events.count, back.lost, back.hidden), (1, 1, 0));
    sandbox.restore(&snapshot, options).unwrap();
    let events = texts(
        &sandbox,
        "SELECT id || ' ' || hidden FROM event_log WHERE id > 2",
    );
    assert_eq!(events, ["3 0", "4 1"]);
}

#[test]
fn a_missing_row_that_meets_a_unique_value_is_left_out_with_those_that_refer_to_it() {
    let sandbox = application(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts, kind, payload_json);
         CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT UNIQUE);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people (id));
         INSERT INTO people VALUES (1, 'ann@example.org'), (2, 'ben@example.org');
         INSERT INTO notes VALUES (1, 1), (2, 2)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM notes; DELETE FROM people; INSERT INTO people VALUES (3, 'ann@example.org')",
    );
    let options = RestoreOptions {
        existing: Existing::Keep,
        ..RestoreOptions::default()
    };
    let restored = sandbox.restore(&snapshot, options).unwrap();
    let left_out = restored.refused.iter();
    let left_out: Vec<String> = left_out
        .map(|row| format!("{} {}: {}", row.table, row.key_text, row.why))
        .collect();
    assert_eq!(
        left_out,
        [
            "people id = 1: the row with id = 3 has the same unique values",
            "notes id = 1: it refers to a row that is left out"
        ]
    );
    assert_eq!(sandbox.rows("SELECT id FROM people"), ["2", "3"]);
    assert_eq!(sandbox.rows("SELECT id FROM notes"), ["2"]);
}

#[test]
fn undo_takes_back_exactly_the_restored_rows_and_redo_brings_them_again() {
    let (sandbox, snapshot) = edited();
    let mut chosen = rows(&[("memories", "1"), ("memories", "3")]);
    chosen.parents = Parents::Insert;
    sandbox.restore(&snapshot, chosen).unwrap();
    let restored = memories(&sandbox);
    sandbox.sql(
        "UPDATE memories SET text = 'More snow.' WHERE id = 5;
         INSERT INTO memories VALUES (6, 1, NULL, 'Thaw.', 0.5, '2021')",
    );
    sandbox.undo().unwrap();
    assert_eq!(
        memories(&sandbox),
        [
            "3 The lamp is out.",
            "4 The bell rings.",
            "5 More snow.",
            "6 Thaw."
        ]
    );
    assert_eq!(sandbox.rows("SELECT id FROM scenes"), [""; 0]);
    sandbox.redo().unwrap();
    assert_eq!(memories(&sandbox)[..2], restored[..2]);
    assert_eq!(memories(&sandbox).len(), 5);
}

#[test]
fn a_number_may_be_a_text_and_a_text_needs_no_quotes() {
    let sandbox = application(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts, kind, payload_json);
         CREATE TABLE settings (name TEXT PRIMARY KEY, value);
         CREATE TABLE weights (weight REAL PRIMARY KEY, value);
         CREATE TABLE files (hash BLOB PRIMARY KEY, value);
         INSERT INTO settings VALUES ('7', 1), ('theme', 1), ('null', 1);
         INSERT INTO weights VALUES (7, 1); INSERT INTO files VALUES (x'00ff', 1)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let before = sandbox.dump();
    sandbox.sql("UPDATE settings SET value = 2; DELETE FROM weights; DELETE FROM files");
    let chosen = rows(&[
        ("settings", "7"),
        ("settings", "theme"),
        ("settings", r#""null""#),
        ("weights", "7"),
        ("files", r#"{"$blob": "AP8="}"#),
    ]);
    sandbox.restore(&snapshot, chosen).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn the_plan_shows_old_and_new_and_a_program_gets_them_as_json() {
    let (sandbox, _) = edited();
    let before = sandbox.dump();
    let arguments = [
        "restore",
        "latest",
        "--row",
        "memories=3",
        "--row",
        "memories=2",
    ];
    let refused = sandbox.run(&arguments);
    assert_eq!(refused.code, 1);
    insta::assert_snapshot!(refused.err, @"
    unrewind: the chosen rows refer to rows that the live database lacks: 1 row of scenes (id = 7)
    hint: insert these, too, with --with-references
    ");
    let dry_run = [&arguments[..], &["--with-references", "--dry-run"]].concat();
    let plan = sandbox.run(&dry_run).out;
    let (rows, _) = plan.split_once("\n!").unwrap();
    insta::assert_snapshot!(rows, @"
    restore rewind/20210314T120000Z into data/chat.db

    2 rows come back:
        + memories id = 2: text = 'Jo says good night first.'
        + scenes id = 7: summary = 'Arrival'
    1 of these rows is restored because of a foreign key: 1 of scenes
    1 row is overwritten with the snapshot's content:
        ~ memories id = 3: text: 'The lamp is out.' → 'The lamp burns.'
    ");
    let json = sandbox.run(&[&dry_run[..], &["--json"]].concat()).json();
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let edited = rows.iter().find(|row| row["key"] == 3).unwrap();
    assert_eq!(edited["table"], "memories");
    assert_eq!(edited["changed"]["columns"], serde_json::json!(["text"]));
    assert_eq!(edited["changed"]["from"]["text"], "The lamp is out.");
    assert_eq!(edited["changed"]["to"]["text"], "The lamp burns.");
    assert_eq!(sandbox.dump(), before);
    let into = sandbox.path().join("copy.db");
    let arguments = [
        &arguments[..],
        &["--with-references", "--into", into.to_str().unwrap()],
    ];
    let copied = sandbox.run(&arguments.concat());
    assert_eq!((copied.code, copied.err.as_str()), (0, ""));
    assert_eq!(sandbox.dump(), before);
    let copy = rusqlite::Connection::open(into).unwrap();
    let texts = Sandbox::rows_of(&copy, "SELECT id || ' ' || text FROM memories");
    let expected = [
        "'2 Jo says good night first.'",
        "'3 The lamp burns.'",
        "'4 The bell rings.'",
        "'5 Snow.'",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn related_rows_without_chosen_ones_are_wrong_usage() {
    let (sandbox, _) = edited();
    for flag in ["--with-references", "--with-dependents"] {
        let ran = sandbox.run(&["restore", "latest", flag, "--dry-run"]);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
}

#[test]
fn the_next_rewind_is_named_only_where_the_application_makes_its_tables_anew() {
    let (mut sandbox, snapshot) = edited();
    let warns = |sandbox: &Sandbox| {
        let plan = sandbox.plan(&snapshot, rows(&[("memories", "3")])).unwrap();
        let points = unrewind::text::plan(&plan, Safety::default());
        let mut points = points.iter();
        points.any(|point| {
            point
                .sentence
                .contains("the application's next rewind removes rows")
        })
    };
    assert!(warns(&sandbox));
    sandbox.profile.replays_on_start = false;
    assert!(!warns(&sandbox));
}
