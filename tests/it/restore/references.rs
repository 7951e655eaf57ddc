//! Restores of tables that refer to one another: rows come and go in any order, and no new dangling reference
//! is left.

use unrewind::core::{Dangling, Kind, RestoreOptions, Scope};

use crate::sandbox::{Sandbox, at};

#[test]
fn rows_come_back_before_the_rows_that_they_refer_to() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "INSERT INTO containers VALUES (1, 1, 'Harbour');
         INSERT INTO scenes VALUES (1, 1, 'Arrival', '2021', NULL)",
    );
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.sql("UPDATE memories SET scene_id = 1");
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM memories; DELETE FROM bots;
         INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021');
         INSERT INTO chats VALUES (2, 'otto', 'Bread', '2021')",
    );
    assert_eq!(sandbox.rows("SELECT count(*) FROM scenes"), ["0"]);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
}

#[test]
fn rows_that_refer_to_their_own_table_come_back() {
    let sandbox = Sandbox::new();
    for text in ["one", "two", "three"] {
        sandbox.event(text);
    }
    sandbox.sql("UPDATE event_log SET superseded_by = id + 1 WHERE id IN (3, 4)");
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM event_log WHERE id > 2");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_removed_row_cascades_to_no_other() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let json = std::fs::read_to_string(&snapshot.path).unwrap();
    sandbox.sql(
        "CREATE TABLE notes (bot_id TEXT DEFAULT 'mara' REFERENCES bots (id) ON DELETE CASCADE, text TEXT);
         INSERT INTO notes (text) VALUES ('likes the sea')",
    );
    // The bot's row is deleted and inserted again, because its new name is still another's.
    sandbox.sql("CREATE UNIQUE INDEX bot_names ON bots (name)");
    let json = json.replace(
        r#"{"id": "mara", "name": "Mara""#,
        r#"{"id": "anna", "name": "Mara", "persona": "", "created_at": ""}, {"id": "mara", "name": "Anna""#,
    );
    sandbox.sql("INSERT INTO bots (id, name, created_at) VALUES ('anna', 'Anna', '')");
    let snapshot = sandbox.put(Kind::Rewind, at(5), json);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT id, name FROM bots ORDER BY id"),
        ["'anna' | 'Mara'", "'mara' | 'Anna'"]
    );
    assert_eq!(sandbox.rows("SELECT text FROM notes"), ["'likes the sea'"]);
}

#[test]
fn a_restore_that_would_leave_a_dangling_reference_is_refused() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "CREATE TABLE notes (bot_id TEXT REFERENCES bots (id) ON DELETE CASCADE, text TEXT);
         INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021');
         INSERT INTO notes VALUES ('otto', 'bakes')",
    );
    let (before, files) = (sandbox.dump(), sandbox.files());
    let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
    assert_eq!(
        error.to_string(),
        "after the restore the row with bot_id = 'otto', text = 'bakes' of table notes would refer to a row of bots that does not exist; nothing was changed"
    );
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
}

#[test]
fn a_snapshot_with_a_dangling_reference_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let json = std::fs::read_to_string(&snapshot.path).unwrap();
    let json = json.replace(
        r#""chat_id": 1, "scene_id": null"#,
        r#""chat_id": 7, "scene_id": null"#,
    );
    let snapshot = sandbox.put(Kind::Rewind, at(5), json);
    let (before, files) = (sandbox.dump(), sandbox.files());
    for scope in [Scope::Tables, Scope::Full] {
        let error = sandbox.restore(&snapshot, scope).unwrap_err().to_string();
        assert!(
            error.contains("of table memories would refer to a row of chats"),
            "{error}"
        );
        assert_eq!(
            (sandbox.dump(), sandbox.files()),
            (before.clone(), files.clone())
        );
    }
}

#[test]
fn a_reference_that_was_dangling_before_is_allowed() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "CREATE TABLE notes (bot_id TEXT REFERENCES bots (id), text TEXT);
         PRAGMA foreign_keys = OFF; INSERT INTO notes VALUES ('nobody', 'x'); PRAGMA foreign_keys = ON",
    );
    sandbox.event("Hello?");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT count(*) FROM event_log"), ["2"]);
}

/// An application that never enabled foreign keys, and has dangling references.
fn without_foreign_keys() -> Sandbox {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE bots (id TEXT PRIMARY KEY, boss TEXT REFERENCES bots (id));
         CREATE TABLE edges (source TEXT REFERENCES bots (id), target TEXT REFERENCES nowhere (id));
         CREATE TABLE chats (name TEXT, bot TEXT REFERENCES bots (boss))",
    );
    sandbox.sql("PRAGMA foreign_keys = OFF");
    sandbox.sql(
        "INSERT INTO event_log VALUES (1); INSERT INTO bots VALUES ('a', 'lost'), ('b', 'a');
         INSERT INTO edges VALUES ('a', 'b'), ('lost', 'b'), ('lost', 'b'); INSERT INTO chats VALUES ('x', 'a')",
    );
    sandbox
}

#[test]
fn a_safety_snapshot_with_dangling_references_is_restored() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("PRAGMA foreign_keys = OFF; UPDATE memories SET chat_id = 77");
    let without_foreign_keys = without_foreign_keys();
    let intact = without_foreign_keys.take(Kind::Rewind, at(0));
    without_foreign_keys.sql("DELETE FROM edges; DELETE FROM bots; DELETE FROM chats");
    for (sandbox, snapshot) in [(sandbox, snapshot), (without_foreign_keys, intact)] {
        let before = sandbox.dump();
        let options = RestoreOptions {
            dangling: Dangling::Keep,
            ..RestoreOptions::default()
        };
        let safety_snapshot = sandbox
            .restore(&snapshot, options)
            .unwrap()
            .safety_snapshot
            .unwrap();
        let restored = sandbox.dump();
        assert_ne!(restored, before);
        let again = sandbox
            .restore(&safety_snapshot, Scope::Full)
            .unwrap()
            .safety_snapshot
            .unwrap();
        assert_eq!(sandbox.dump(), before);
        sandbox.restore(&again, Scope::Full).unwrap();
        assert_eq!(sandbox.dump(), restored);
    }
}

#[test]
fn dangling_references_come_back_with_keep_dangling() {
    let sandbox = without_foreign_keys();
    let before = sandbox.dump();
    let name = sandbox.take(Kind::Rewind, at(0)).name();
    sandbox.sql("DELETE FROM edges; UPDATE bots SET boss = NULL");
    let destroyed = sandbox.dump();
    let ran = sandbox.run(&["restore", &name, "--yes"]);
    assert!(ran.err.contains("--keep-dangling"), "{}", ran.err);
    assert_eq!((ran.code, sandbox.dump()), (1, destroyed));
    let ran = sandbox.run(&["restore", &name, "--yes", "--keep-dangling"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_reference_to_columns_that_are_not_unique_is_ignored() {
    let sandbox = without_foreign_keys();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let before = sandbox.dump();
    sandbox.sql("UPDATE chats SET name = 'y'");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_new_dangling_reference_is_found_among_old_ones() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "CREATE TABLE notes (bot_id TEXT PRIMARY KEY REFERENCES bots (id)) WITHOUT ROWID;
         PRAGMA foreign_keys = OFF; INSERT INTO notes VALUES ('nobody'); PRAGMA foreign_keys = ON;
         INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021');
         INSERT INTO notes VALUES ('otto')",
    );
    let before = sandbox.dump();
    let error = sandbox.restore(&snapshot, Scope::Full).unwrap_err();
    assert_eq!(
        error.to_string(),
        "after the restore the row with bot_id = 'otto' of table notes would refer to a row of bots that does not exist; nothing was changed"
    );
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn references_to_a_few_of_many_removed_rows_are_found() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, bot_id TEXT REFERENCES bots (id));
         WITH numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
         INSERT INTO bots (id, name, created_at) SELECT 'bot ' || n, n, '2021' FROM numbers;
         INSERT INTO notes VALUES (1, 'mara'), (2, 'bot 7'), (3, NULL), (4, 'bot 250')",
    );
    let before = sandbox.dump();
    let error = sandbox.plan(&snapshot, Scope::Full).unwrap_err();
    assert_eq!(
        error.to_string(),
        "after the restore the row with id = 2 of table notes would refer to a row of bots that does not exist, and so would 1 more; nothing was changed"
    );
    sandbox.sql("DELETE FROM notes WHERE id IN (2, 4)");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_ne!(sandbox.dump(), before);
}

#[test]
fn references_equal_only_by_the_parents_affinity_or_collation_are_found() {
    for (parent, child, refers) in [("TEXT", "", "5"), ("TEXT COLLATE NOCASE", "TEXT", "'otto'")] {
        let sandbox = Sandbox::with_schema(&format!(
            "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
             CREATE TABLE bots (id {parent} PRIMARY KEY);
             CREATE TABLE chats (name TEXT, bot {child} REFERENCES bots (id));
             INSERT INTO event_log VALUES (1); INSERT INTO bots VALUES ('mara')"
        ));
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        sandbox.sql(&format!(
            "INSERT INTO bots VALUES ('5'), ('Otto'); INSERT INTO chats VALUES ('x', {refers})"
        ));
        let options = RestoreOptions {
            tables: vec!["bots".to_owned()],
            ..RestoreOptions::default()
        };
        let error = sandbox.plan(&snapshot, options).unwrap_err().to_string();
        let message = "of table chats would refer to a row of bots that does not exist";
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn undo_brings_back_references_that_were_dangling_before() {
    let sandbox = without_foreign_keys();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("INSERT INTO edges VALUES ('gone', 'gone')");
    let before = sandbox.dump();
    let options = RestoreOptions {
        tables: vec!["edges".to_owned(), "chats".to_owned()],
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_ne!(sandbox.dump(), before);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_row_with_a_dangling_reference_may_change() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.sql("PRAGMA foreign_keys = OFF; UPDATE memories SET scene_id = 77");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let before = sandbox.rows("SELECT * FROM memories");
    sandbox.sql("UPDATE memories SET text = 'It has 243.'");
    let options = RestoreOptions {
        tables: vec!["memories".to_owned()],
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(sandbox.rows("SELECT * FROM memories"), before);
}

#[test]
fn the_plan_names_dangling_references_that_it_keeps() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.sql(
        "INSERT INTO containers VALUES (1, 1, 'Harbour'); INSERT INTO scenes VALUES (5, 1, 'Quay', '2021', NULL); UPDATE memories SET scene_id = 5",
    );
    let name = sandbox.take(Kind::Rewind, at(0)).name();
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes");
    let ran = sandbox.run(&["restore", &name, "--tables", "memories", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let keeping = ["restore", &name, "--tables", "memories", "--keep-dangling"];
    let ran = sandbox.run(&[&keeping[..], &["--dry-run"]].concat());
    let message =
        "! the row with id = 3 of table memories will refer to a row of scenes that does not exist";
    assert!(ran.out.contains(message), "{}{}", ran.out, ran.err);
    let ran = sandbox.run(&[&keeping[..], &["--yes"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(sandbox.rows("SELECT scene_id FROM memories"), ["5"]);
}
