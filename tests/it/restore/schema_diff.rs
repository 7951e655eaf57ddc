//! Restores into a schema that has changed since the snapshot: new columns get their defaults, missing ones are
//! refused.

use unrewind::core::{Error, Kind, SchemaDiff, Scope, Snapshot};

use crate::sandbox::{Sandbox, at};

fn two_bots() -> (Sandbox, Snapshot) {
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
fn a_new_column_keeps_its_values_and_gets_its_default_in_returning_rows() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("INSERT INTO bots VALUES ('vera', 'Vera')");
    let three_bots = sandbox.take(Kind::Rewind, at(1));
    sandbox.sql(
        "ALTER TABLE bots ADD COLUMN mood TEXT NOT NULL DEFAULT 'it''s calm';
         ALTER TABLE bots ADD COLUMN weight REAL DEFAULT 2;
         ALTER TABLE bots ADD COLUMN face BLOB DEFAULT x'00ff';
         ALTER TABLE bots ADD COLUMN about TEXT;
         UPDATE bots SET mood = 'wary', weight = 1, about = 'a baker';
         UPDATE bots SET name = 'Vera the second' WHERE id = 'vera';
         DELETE FROM bots WHERE id = 'mara'",
    );
    let plan = sandbox.plan(&three_bots, Scope::Full).unwrap();
    let bots = plan
        .tables
        .iter()
        .find(|table| table.table.name == "bots")
        .unwrap();
    let only_from = ["mood", "weight", "face", "about"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(
        bots.schema_diff,
        SchemaDiff {
            only_from,
            only_to: Vec::new()
        }
    );
    assert_eq!((bots.added, bots.changed), (1, 1));
    sandbox.restore(&three_bots, Scope::Full).unwrap();
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
fn rows_that_exchange_unique_values_keep_their_new_columns() {
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
fn rows_are_matched_by_value_if_the_key_is_new() {
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
fn a_row_that_differs_only_in_a_new_column_does_not_change() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql(
        "ALTER TABLE bots ADD COLUMN weight REAL DEFAULT 2; UPDATE bots SET weight = 7;
         ALTER TABLE event_log ADD COLUMN device TEXT DEFAULT ''",
    );
    assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
}

#[test]
fn a_default_that_is_computed_is_left_to_the_database() {
    let (sandbox, snapshot) = two_bots();
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
fn a_new_column_of_the_log_gets_its_default() {
    let (sandbox, snapshot) = two_bots();
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
fn the_order_of_columns_does_not_matter() {
    let (sandbox, snapshot) = two_bots();
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
fn a_missing_column_is_refused() {
    let (sandbox, snapshot) = two_bots();
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
fn a_missing_table_is_refused_if_the_snapshot_has_rows_for_it() {
    let (sandbox, snapshot) = two_bots();
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
fn a_new_table_is_emptied() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("CREATE TABLE scenes (id INTEGER PRIMARY KEY); INSERT INTO scenes VALUES (1)");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT count(*) FROM scenes"), ["0"]);
}

#[test]
fn the_plan_refuses_a_row_without_a_value_for_a_new_required_column() {
    let (sandbox, snapshot) = two_bots();
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

#[test]
fn a_value_that_a_column_alters_is_refused_by_the_plan() {
    let log = "CREATE TABLE event_log (id INTEGER PRIMARY KEY);";
    let rows = "INSERT INTO bots VALUES (1, -0.0)";
    let sandbox = Sandbox::with_schema(&format!(
        "{log} CREATE TABLE bots (id INTEGER PRIMARY KEY, n); {rows}"
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DROP TABLE bots; CREATE TABLE bots (id INTEGER PRIMARY KEY, n REAL)");
    sandbox.sql(rows);
    let error = sandbox.plan(&snapshot, Scope::Full).unwrap_err();
    assert!(matches!(error, Error::Unequal { .. }), "{error}");
}

#[test]
fn a_log_that_is_a_view_is_refused_but_not_the_tables() {
    let sandbox = Sandbox::new();
    sandbox.event("One.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.event("Two.");
    sandbox.sql("ALTER TABLE event_log RENAME TO log; CREATE VIEW event_log AS SELECT * FROM log");
    let error = sandbox.plan(&snapshot, Scope::Full).unwrap_err();
    assert!(error.to_string().contains("it is a view"), "{error}");
    sandbox.plan(&snapshot, Scope::Tables).unwrap();
}

#[test]
fn a_table_that_has_become_a_view_is_named() {
    let (sandbox, snapshot) = two_bots();
    assert!(
        sandbox
            .plan(&snapshot, Scope::Full)
            .unwrap()
            .views
            .is_empty()
    );
    sandbox.sql(
        "ALTER TABLE bots RENAME TO beings; DELETE FROM beings;
         CREATE VIEW bots AS SELECT id, name FROM beings; INSERT INTO chats VALUES (1, 'New')",
    );
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    assert_eq!(plan.views, ["bots"]);
    let plan = sandbox.run(&["restore", "latest", "--dry-run"]).out;
    let warning = "! bots is a view in the live database: it is not restored, its rows follow from other tables\n";
    assert!(plan.contains(warning), "{plan}");
}
