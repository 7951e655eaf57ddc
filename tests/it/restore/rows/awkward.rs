//! Restores of rows with awkward keys and references: numbers that are hard to write, tables without a key,
//! rows that refer to themselves, and rows that live has no place for.

use unrewind::core::{Dependents, Existing, Kind, Parents, RefusedRow, RestoreOptions, Safety};

use super::{application, rows, texts};
use crate::sandbox::at;

/// Restores the rows that live lacks.
fn missing_only() -> RestoreOptions {
    RestoreOptions {
        existing: Existing::Keep,
        ..RestoreOptions::default()
    }
}

/// What was left out, as table, key and reason.
fn left_out(refused: &[RefusedRow]) -> Vec<String> {
    let named = refused.iter();
    named
        .map(|row| format!("{} {}: {}", row.table, row.key_text, row.why))
        .collect()
}

const LOG: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY, ts, kind, payload_json);";

#[test]
fn undo_takes_back_rows_whose_numbers_are_hard_to_write() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE weights (weight REAL PRIMARY KEY, value);
         CREATE TABLE samples (at REAL, value);
         INSERT INTO weights VALUES (1798024391.3867679, 1), (0.9023214735311101, 1), (9e999, 1), (-9e999, 1);
         INSERT INTO samples VALUES (0.9023214735311101, NULL), (9e999, 'a'), (NULL, x'00')",
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE weights SET value = 2; DELETE FROM samples");
    let before = sandbox.dump();
    let mut chosen = rows(&[
        ("weights", "1798024391.3867679"),
        ("weights", "0.9023214735311101"),
        ("weights", "Infinity"),
        ("weights", r#"{"$real": "-Infinity"}"#),
        ("samples", "[0.9023214735311101, null]"),
        ("samples", r#"[{"$real": "Infinity"}, "a"]"#),
        ("samples", r#"[null, {"$blob": "AA=="}]"#),
    ]);
    sandbox.restore(&snapshot, chosen.clone()).unwrap();
    assert_eq!(sandbox.rows("SELECT DISTINCT value FROM weights"), ["1"]);
    assert_eq!(sandbox.rows("SELECT count(*) FROM samples"), ["3"]);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
    sandbox.redo().unwrap();
    // Of rows that no side changes, each is found, too.
    chosen.rows.truncate(5);
    assert!(sandbox.plan(&snapshot, chosen).unwrap().is_empty());
}

#[test]
fn the_row_that_a_key_names_exactly_comes_first() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE settings (name PRIMARY KEY, value);
         INSERT INTO settings VALUES (7, 'number'), ('7', 'text')",
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE settings SET value = 'changed' WHERE typeof(name) = 'text'");
    assert!(
        sandbox
            .plan(&snapshot, rows(&[("settings", "7")]))
            .unwrap()
            .is_empty()
    );
    sandbox
        .restore(&snapshot, rows(&[("settings", "\"7\"")]))
        .unwrap();
    assert_eq!(
        texts(&sandbox, "SELECT value FROM settings"),
        ["number", "text"]
    );
}

#[test]
fn a_left_out_row_that_refers_to_itself_ends_the_search_for_related_rows() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE nodes (id INTEGER PRIMARY KEY, name UNIQUE, parent REFERENCES nodes (id));
         CREATE TABLE middle (id INTEGER PRIMARY KEY, node REFERENCES nodes (id));
         CREATE TABLE leaves (id INTEGER PRIMARY KEY, middle REFERENCES middle (id));
         INSERT INTO nodes VALUES (1, 'a', 1); INSERT INTO middle VALUES (1, 1); INSERT INTO leaves VALUES (1, 1)",
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM leaves; DELETE FROM middle; DELETE FROM nodes;
         INSERT INTO nodes VALUES (2, 'a', NULL)",
    );
    let mut options = missing_only();
    options.tables = vec!["nodes".to_owned(), "leaves".to_owned()];
    let refused = sandbox.plan(&snapshot, options).unwrap_err().to_string();
    assert!(refused.contains("1 row of middle"), "{refused}");
}

#[test]
fn a_row_is_left_out_once_and_only_if_live_lacks_what_it_refers_to() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE people (id INTEGER PRIMARY KEY, email UNIQUE);
         CREATE TABLE letters (id INTEGER PRIMARY KEY, sender REFERENCES people (id), recipient REFERENCES people (id));
         CREATE TABLE invoices (id INTEGER PRIMARY KEY, email REFERENCES people (email));
         INSERT INTO people VALUES (1, 'ann'), (2, 'ben');
         INSERT INTO letters VALUES (1, 1, 2); INSERT INTO invoices VALUES (1, 'ann')",
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM letters; DELETE FROM invoices; DELETE FROM people;
         INSERT INTO people VALUES (8, 'ann'), (9, 'ben')",
    );
    let restored = sandbox.restore(&snapshot, missing_only()).unwrap();
    assert_eq!(
        left_out(&restored.refused),
        [
            "people id = 1: the row with id = 8 has the same unique values",
            "people id = 2: the row with id = 9 has the same unique values",
            "letters id = 1: it refers to a row that is left out"
        ]
    );
    assert_eq!(sandbox.rows("SELECT id FROM invoices"), ["1"]);
}

#[test]
fn a_plan_of_which_all_rows_are_left_out_does_not_claim_that_live_has_them() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE people (id INTEGER PRIMARY KEY, email UNIQUE); INSERT INTO people VALUES (1, 'ann')",
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE people SET id = 8");
    let plan = sandbox.plan(&snapshot, missing_only()).unwrap();
    let points = unrewind::text::plan(&plan, Safety::default());
    assert_eq!(points[0].sentence, "no row changes");
}

#[test]
fn only_chosen_rows_count_as_left_as_live_has_them() {
    let (sandbox, snapshot) = super::edited();
    sandbox
        .sql("UPDATE memories SET text = 'Silence.' WHERE id = 4; UPDATE bots SET name = 'Anna'");
    let options = RestoreOptions {
        parents: Parents::Insert,
        existing: Existing::Keep,
        ..rows(&[("memories", "3"), ("memories", "1")])
    };
    let plan = sandbox.plan(&snapshot, options).unwrap();
    assert_eq!(plan.left_alone(), 1, "memory 3");
}

#[test]
fn dependents_are_those_of_the_row_in_the_snapshot() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE people (id INTEGER PRIMARY KEY, email UNIQUE);
         CREATE TABLE invoices (id INTEGER PRIMARY KEY, email REFERENCES people (email) DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO people VALUES (1, 'old'); INSERT INTO invoices VALUES (1, 'old')",
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM invoices; UPDATE people SET email = 'new'");
    let options = RestoreOptions {
        dependents: Dependents::Insert,
        ..rows(&[("people", "1")])
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(sandbox.rows("SELECT email FROM invoices"), ["'old'"]);
}

#[test]
fn undo_takes_back_rows_with_null_in_their_keys() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE notes (name TEXT PRIMARY KEY, value);
         INSERT INTO notes VALUES (NULL, 1), (NULL, 2), ('a', 3)",
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let all = sandbox.dump();
    sandbox.sql("DELETE FROM notes");
    let before = sandbox.dump();
    sandbox.restore(&snapshot, missing_only()).unwrap();
    assert_eq!(sandbox.dump(), all);
    sandbox.undo().unwrap();
    assert_eq!(sandbox.dump(), before);
    sandbox
        .restore(&snapshot, rows(&[("notes", "[null, 2]")]))
        .unwrap();
    assert_eq!(sandbox.rows("SELECT value FROM notes"), ["2"]);
}

#[test]
fn a_row_whose_parent_has_other_content_in_live_is_left_out() {
    let sandbox = application(&format!(
        "{LOG} CREATE TABLE people (id INTEGER PRIMARY KEY, email UNIQUE);
         CREATE TABLE invoices (id INTEGER PRIMARY KEY, email REFERENCES people (email));
         CREATE TABLE others (id INTEGER PRIMARY KEY);
         INSERT INTO people VALUES (1, 'old'); INSERT INTO invoices VALUES (1, 'old'); INSERT INTO others VALUES (1)",
    ));
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM invoices; DELETE FROM others; UPDATE people SET email = 'new'");
    let restored = sandbox.restore(&snapshot, missing_only()).unwrap();
    assert_eq!(
        left_out(&restored.refused),
        ["invoices id = 1: the row of people that it refers to does not exist"]
    );
    assert_eq!(sandbox.rows("SELECT id FROM others"), ["1"]);
}
