//! The snapshot's file: which bytes are written for which database. Its submodule is about reading
//! it.

mod reading;

use std::{fs, path::PathBuf};

use unrewind::core::{Kind, Scope, Tables};

use crate::sandbox::{Sandbox, at};

/// The databases for which the service's own bytes are recorded: the statements that create each, and its
/// snapshot.
fn goldens() -> Vec<(PathBuf, PathBuf)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/goldens");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut goldens: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|sql| (sql.clone(), sql.with_extension("json")))
        .collect();
    goldens.sort();
    assert!(goldens.len() >= 12, "goldens are missing");
    goldens
}

/// A database created by these statements alone.
fn created_by(sql: &str) -> Sandbox {
    let sandbox = Sandbox::without_tables();
    sandbox.sql(sql);
    sandbox
}

fn taken_text(sandbox: &Sandbox) -> String {
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    fs::read_to_string(snapshot.path).unwrap()
}

#[test]
fn a_snapshot_equals_the_services_byte_for_byte() {
    for (sql, json) in goldens() {
        let sandbox = created_by(&fs::read_to_string(&sql).unwrap());
        let (taken, expected) = (taken_text(&sandbox), fs::read_to_string(json).unwrap());
        let same = taken
            .bytes()
            .zip(expected.bytes())
            .take_while(|(a, b)| a == b);
        let same = same.count();
        let around = |text: &str| {
            let bytes = &text.as_bytes()[same.saturating_sub(80)..];
            String::from_utf8_lossy(&bytes[..bytes.len().min(160)]).into_owned()
        };
        assert!(
            taken == expected,
            "{} differs from byte {same} on:\n  taken    …{}\n  expected …{}",
            sql.display(),
            around(&taken),
            around(&expected)
        );
    }
}

#[test]
fn a_service_file_equals_the_database_it_was_taken_from() {
    for (sql, json) in goldens() {
        let sandbox = created_by(&fs::read_to_string(&sql).unwrap());
        let snapshot = sandbox.put(Kind::Periodic, at(0), fs::read(&json).unwrap());
        let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
        for table in plan.tables {
            let diff = table;
            assert!(diff.is_empty(), "{}: {diff:?}", json.display());
        }
    }
}

#[test]
fn a_service_file_restores_emptied_tables() {
    for (sql, json) in goldens() {
        let sandbox = created_by(&fs::read_to_string(&sql).unwrap());
        let snapshot = sandbox.put(Kind::Periodic, at(0), fs::read(&json).unwrap());
        let before = sandbox.dump();
        sandbox.sql("PRAGMA foreign_keys = OFF");
        let Tables::Named(tables) = &sandbox.profile.tables else {
            panic!("the chat application's tables have names");
        };
        for table in tables {
            // Some of them are views or missing.
            let _ = sandbox.app.execute(&format!("DELETE FROM {table}"), []);
        }
        sandbox.sql("DELETE FROM event_log");
        sandbox.restore(&snapshot, Scope::Full).unwrap();
        assert_eq!(sandbox.dump(), before, "{}", json.display());
    }
}

#[test]
fn a_blob_is_written_as_base64() {
    let sandbox = created_by(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, payload_json);
         CREATE TABLE bots (face BLOB);
         INSERT INTO event_log VALUES (1, x'');
         INSERT INTO bots VALUES (x'00'), (x'fbff'), (x'68656c6c6f')",
    );
    let text = taken_text(&sandbox);
    let log = r#""event_log": [{"id": 1, "payload_json": {"$blob": ""}}]"#;
    assert!(text.contains(log), "{text}");
    let bots = r#""bots": [{"face": {"$blob": "AA=="}}, {"face": {"$blob": "+/8="}}, {"face": {"$blob": "aGVsbG8="}}]"#;
    assert!(text.contains(bots), "{text}");
}

#[test]
fn extra_columns_of_the_log_follow_the_known_ones() {
    let sandbox = created_by(
        "CREATE TABLE event_log (
             author TEXT, hidden INTEGER, id INTEGER PRIMARY KEY, kind TEXT, \"device id\" TEXT, ts TEXT
         );
         INSERT INTO event_log VALUES ('jo', 0, 7, 'message', 'phone', 'noon')",
    );
    let text = taken_text(&sandbox);
    let log = r#"{"last_event_id": 7, "event_log": [{"id": 7, "ts": "noon", "kind": "message", "hidden": 0, "author": "jo", "device id": "phone"}], "bots": []"#;
    assert!(text.starts_with(log), "{text}");
}

#[test]
fn table_and_column_names_may_be_any_text() {
    let mut sandbox = created_by(
        r#"CREATE TABLE event_log (id INTEGER PRIMARY KEY);
           CREATE TABLE "order" ("select" TEXT, "a ""b"" c" TEXT, "d'e" TEXT, "f.g[h]" TEXT, "größe" TEXT);
           INSERT INTO "order" VALUES ('1', '2', '3', '4', '5');
           CREATE TABLE "my table; --" ("" TEXT);
           INSERT INTO "my table; --" VALUES ('nameless')"#,
    );
    sandbox.profile.tables = Tables::Named(vec!["order".to_owned(), "my table; --".to_owned()]);
    let rows = concat!(
        r#"{"last_event_id": 0, "event_log": [], "order": [{"select": "1", "a \"b\" c": "2", "d'e": "3", "#,
        r#""f.g[h]": "4", "gr\u00f6\u00dfe": "5"}], "my table; --": [{"": "nameless"}]}"#
    );
    assert_eq!(taken_text(&sandbox), rows);
    let (before, snapshot) = (sandbox.dump(), sandbox.list().remove(0));
    sandbox.sql(r#"UPDATE "order" SET "a ""b"" c" = 'x'; DELETE FROM "my table; --""#);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn text_that_is_not_utf8_is_written_as_base64_and_restored() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.sql(
        "DROP TRIGGER memories_au;
         UPDATE memories SET text = CAST(x'6cff00' AS TEXT);
         INSERT INTO edges VALUES ('mara', CAST(x'c3' AS TEXT), 'fond', 1, '');
         UPDATE event_log SET payload_json = CAST(x'eda080' AS TEXT) WHERE id = 3",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let text = fs::read_to_string(&snapshot.path).unwrap();
    for value in [
        r#""payload_json": {"$text": "7aCA"}"#,
        r#""target": {"$text": "ww=="}"#,
        r#""text": {"$text": "bP8A"}"#,
    ] {
        assert!(text.contains(value), "{value} in {text}");
    }
    assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
    let dump = |sandbox: &Sandbox| {
        sandbox.rows(
            "SELECT hex(text) FROM memories UNION ALL SELECT hex(target) FROM edges
             UNION ALL SELECT hex(payload_json) FROM event_log UNION ALL SELECT typeof(text) FROM memories",
        )
    };
    let before = dump(&sandbox);
    sandbox.sql(
        "UPDATE memories SET text = x'6cff00'; DELETE FROM edges;
         INSERT INTO edges VALUES ('mara', CAST(x'c4' AS TEXT), 'fond', 1, '');
         UPDATE event_log SET payload_json = CAST(x'eda081' AS TEXT) WHERE id = 3",
    );
    let after = dump(&sandbox);
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(dump(&sandbox), before);
    sandbox
        .restore(&restored.safety_snapshot.unwrap(), Scope::Full)
        .unwrap();
    assert_eq!(dump(&sandbox), after);
}

#[test]
fn text_that_is_not_utf8_is_shown_exported_and_found() {
    let sandbox = Sandbox::new();
    sandbox.sql("UPDATE bots SET name = CAST(x'4d6172c3' AS TEXT)");
    sandbox.run(&["take"]);
    for side in ["latest", "live"] {
        let shown = sandbox.run(&["show", side, "--rows", "bots"]);
        assert!(shown.out.contains(r"'Mar\xc3'"), "{}", shown.out);
        let json = sandbox.run(&["show", side, "--rows", "bots", "--json"]);
        assert!(json.out.contains(r#""$text""#), "{}", json.out);
        let json = sandbox.run(&["export", side, "--table", "bots", "--format", "jsonl"]);
        assert!(
            json.out.contains(r#"{"$text": "TWFyww=="}"#),
            "{}",
            json.out
        );
        let mut csv = sandbox.command(&["export", side, "--table", "bots", "--format", "csv"]);
        let csv = csv.output().unwrap().stdout;
        assert!(csv.windows(6).any(|part| part == b"\"Mar\xc3\""), "{csv:?}");
    }
    let found = sandbox.run(&["search", "Mar\u{fffd}"]);
    assert!(found.out.contains("bots"), "{}{}", found.out, found.err);
    sandbox.sql("UPDATE bots SET name = 'Mara'");
    let diff = sandbox.run(&["diff", "latest", "--rows"]);
    assert!(diff.out.contains(r"'Mar\xc3'"), "{}", diff.out);
}
