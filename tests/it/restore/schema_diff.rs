//! Restores into a schema that has changed since the snapshot: what is new gets its default, what is
//! gone is refused.

use unrewind::core::{Kind, SchemaDiff, Scope, Snapshot};

use crate::sandbox::{Sandbox, at};

fn snapshot_of_two() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, kind TEXT);
         CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT);
         CREATE TABLE chats (id INTEGER PRIMARY KEY, title TEXT);
         INSERT INTO event_log VALUES (1, 'started');
         INSERT INTO bots VALUES ('mara', 'Mara'), ('otto', 'Otto')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    (sandbox, snapshot)
}

#[test]
fn a_column_added_since_keeps_its_values_and_gets_its_default_in_rows_that_come_back() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql("INSERT INTO bots VALUES ('vera', 'Vera')");
    let of_three = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql(
        "ALTER TABLE bots ADD COLUMN mood TEXT NOT NULL DEFAULT 'it''s calm';
         ALTER TABLE bots ADD COLUMN weight REAL DEFAULT 2;
         ALTER TABLE bots ADD COLUMN face BLOB DEFAULT x'00ff';
         ALTER TABLE bots ADD COLUMN about TEXT;
         UPDATE bots SET mood = 'wary', weight = 1, about = 'a baker';
         UPDATE bots SET name = 'Vera the second' WHERE id = 'vera';
         DELETE FROM bots WHERE id = 'mara'",
    );
    let plan = sandbox.plan(&of_three, Scope::Full).unwrap();
    let bots = plan
        .tables
        .iter()
        .find(|table| table.table.name == "bots")
        .unwrap();
    let only_from = ["mood", "weight", "face", "about"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(
        bots.drift,
        SchemaDiff {
            only_from,
            only_to: Vec::new()
        }
    );
    assert_eq!((bots.added, bots.changed), (1, 1));
    sandbox.restore(&of_three, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT * FROM bots ORDER BY id"),
        [
            "'mara' | 'Mara' | 'it\\'s calm' | 2.0 | x[00, ff] | NULL",
            "'otto' | 'Otto' | 'wary' | 1.0 | x[00, ff] | 'a baker'",
            "'vera' | 'Vera' | 'wary' | 1.0 | x[00, ff] | 'a baker'"
        ]
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT id, mood FROM bots ORDER BY id"),
        ["'mara' | 'it\\'s calm'", "'otto' | 'wary'"]
    );
}

#[test]
fn a_row_that_exchanges_a_unique_value_keeps_what_the_snapshot_does_not_know() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE bots (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
         INSERT INTO bots VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "UPDATE bots SET name = name || '!';
         UPDATE bots SET name = CASE id WHEN 1 THEN 'b' WHEN 2 THEN 'c' ELSE 'a' END;
         ALTER TABLE bots ADD COLUMN mood TEXT DEFAULT 'calm';
         UPDATE bots SET mood = 'wild ' || id",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT * FROM bots"),
        [
            "1 | 'a' | 'wild 1'",
            "2 | 'b' | 'wild 2'",
            "3 | 'c' | 'wild 3'"
        ]
    );
}

#[test]
fn a_key_that_the_snapshot_does_not_know_tells_no_rows_apart() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE bots (text TEXT);
         INSERT INTO bots VALUES ('a'), ('a'), ('b'), ('c')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "ALTER TABLE bots RENAME TO old;
         CREATE TABLE bots (id INTEGER PRIMARY KEY, text TEXT, mood TEXT);
         INSERT INTO bots (id, text, mood) SELECT rowid * 10, text, 'wild' FROM old; DROP TABLE old;
         DELETE FROM bots WHERE id IN (20, 30); INSERT INTO bots VALUES (7, 'x', 'wild')",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT text, mood FROM bots ORDER BY text, mood"),
        ["'a' | NULL", "'a' | 'wild'", "'b' | NULL", "'c' | 'wild'"]
    );
}

#[test]
fn a_row_in_which_only_a_new_column_differs_does_not_change() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql(
        "ALTER TABLE bots ADD COLUMN weight REAL DEFAULT 2; UPDATE bots SET weight = 7;
         ALTER TABLE event_log ADD COLUMN device TEXT DEFAULT ''",
    );
    assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
}

#[test]
fn a_default_that_is_another_each_time_is_left_to_the_database() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql(
        "DROP TABLE bots;
         CREATE TABLE bots (seen TEXT DEFAULT CURRENT_TIMESTAMP, id TEXT PRIMARY KEY, code INTEGER DEFAULT (abs(-7)), name TEXT);
         INSERT INTO bots VALUES ('long ago', 'otto', 1, 'Otto'), ('never', 'vesna', 2, 'Vesna')",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT id, name, code FROM bots ORDER BY id"),
        ["'mara' | 'Mara' | 7", "'otto' | 'Otto' | 1"]
    );
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM bots WHERE seen IS NULL"),
        ["0"]
    );
}

#[test]
fn a_column_added_to_the_log_gets_its_default() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql(
        "ALTER TABLE event_log ADD COLUMN device TEXT DEFAULT 'phone';
         DELETE FROM event_log; INSERT INTO event_log VALUES (9, 'later', 'desk')",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT * FROM event_log"),
        ["1 | 'started' | 'phone'"]
    );
}

#[test]
fn columns_in_another_order_are_the_same() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql(
        "DROP TABLE bots; CREATE TABLE bots (NAME TEXT, ID TEXT PRIMARY KEY);
         INSERT INTO bots VALUES ('Mara', 'mara'), ('Otto', 'otto')",
    );
    assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
    sandbox.sql("UPDATE bots SET name = 'x'");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT id, name FROM bots"),
        ["'mara' | 'Mara'", "'otto' | 'Otto'"]
    );
}

#[test]
fn a_column_that_is_gone_is_refused() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql("ALTER TABLE bots DROP COLUMN name; ALTER TABLE event_log DROP COLUMN kind");
    let (before, files) = (sandbox.dump(), sandbox.files());
    let cases = [
        (Scope::Full, "column event_log.kind, column bots.name"),
        (Scope::Tables, "column bots.name"),
    ];
    for (scope, missing) in cases {
        let error = sandbox.restore(&snapshot, scope).unwrap_err();
        let message =
            format!("the snapshot has tables or columns that the database lacks: {missing}");
        assert_eq!(error.to_string(), message);
        assert_eq!(
            (sandbox.dump(), sandbox.files()),
            (before.clone(), files.clone())
        );
    }
}

#[test]
fn a_table_that_is_gone_is_refused_if_the_snapshot_has_rows_for_it() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql("DROP TABLE chats; UPDATE bots SET name = 'x'");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    sandbox.sql("DROP TABLE bots");
    let files = sandbox.files();
    let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the snapshot has tables or columns that the database lacks: table bots (2 rows)"
    );
    assert_eq!(sandbox.files(), files);
}

#[test]
fn a_table_added_since_is_emptied() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql("CREATE TABLE scenes (id INTEGER PRIMARY KEY); INSERT INTO scenes VALUES (1)");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT count(*) FROM scenes"), ["0"]);
}

#[test]
fn a_row_that_lacks_what_a_new_column_wants_is_refused_by_the_plan() {
    let (sandbox, snapshot) = snapshot_of_two();
    sandbox.sql(
        "DROP TABLE bots; CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT, mood TEXT NOT NULL);
         INSERT INTO bots VALUES ('otto', 'Otto', 'wary')",
    );
    let error = sandbox.plan(&snapshot, Scope::Full).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot restore table bots, id = 'mara': NOT NULL constraint failed: bots.mood; nothing was changed"
    );
}
