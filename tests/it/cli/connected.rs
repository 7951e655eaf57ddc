//! What a program asks for that stays connected to the database: `take --copy`, `take --no-prune` and
//! `restore --statements`.

use std::fs;

use rusqlite::{Connection, params_from_iter, types::Value as Sql};
use serde_json::Value as Json;
use unrewind::core::Kind;

use super::sample_chat;
use crate::sandbox::{Sandbox, at};

/// Runs the printed statements as a program would, and returns how many runs there were and the last line.
fn run(app: &Connection, lines: &str) -> (usize, Json) {
    let value = |json: &Json| match json {
        Json::Null => Sql::Null,
        Json::String(text) => Sql::Text(text.clone()),
        number => number
            .as_i64()
            .map_or_else(|| Sql::Real(number.as_f64().unwrap()), Sql::Integer),
    };
    let (mut sql, mut runs, mut last) = (String::new(), 0, Json::Null);
    for line in lines.lines() {
        last = serde_json::from_str(line).unwrap();
        match &last {
            Json::Array(values) => {
                // The first of several runs is the update itself.
                let values = match values.first() {
                    Some(Json::Array(update)) => update,
                    _ => values,
                };
                let mut statement = app.prepare(&sql).unwrap();
                statement
                    .execute(params_from_iter(values.iter().map(value)))
                    .unwrap();
                runs += 1;
            }
            statement => statement["sql"]
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut sql),
        }
    }
    (runs, last)
}

#[test]
fn take_without_pruning_leaves_the_older_ones() {
    let sandbox = sample_chat();
    for minute in 21..27 {
        sandbox.take(Kind::Periodic, at(minute));
    }
    let before = sandbox.list().len();
    let taken = sandbox.run(&["take", "--kind", "periodic", "--no-prune", "--json"]);
    assert_eq!(taken.json()["pruned"], Json::Array(Vec::new()));
    assert_eq!(sandbox.list().len(), before + 1);
}

#[test]
fn a_copy_is_taken_with_what_live_has_not_committed() {
    let sandbox = sample_chat();
    sandbox.run(&["take"]);
    let copy = sandbox.path().join("copy.db");
    sandbox.sql(&format!("VACUUM INTO '{}'", copy.display()));
    let changed = Connection::open(&copy).unwrap();
    changed
        .execute_batch("UPDATE chat_state SET mood = 'uncommitted'")
        .unwrap();
    drop(changed);
    // As the database itself it is refused: its snapshots would mix with those of live.
    let named = copy.to_str().unwrap();
    let refused = sandbox.run(&["take", "--db", named]);
    assert_eq!(refused.code, 1);
    let before = sandbox.list().len();
    let taken = sandbox.run(&["take", "--copy", named, "--json"]).json();
    let text = fs::read_to_string(sandbox.path().join(taken["path"].as_str().unwrap())).unwrap();
    assert!(text.contains("uncommitted"));
    assert_eq!(sandbox.list().len(), before + 1);
    assert_eq!(sandbox.rows("SELECT mood FROM chat_state"), ["'neutral'"]);
}

#[test]
fn the_statements_make_the_tables_of_the_snapshot() {
    let sandbox = Sandbox::new();
    sandbox.event("Is the lamp still burning?");
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.take(Kind::Rewind, at(0));
    let before = sandbox.dump();
    sandbox.sql(
        "UPDATE chat_state SET mood = 'broken'; UPDATE bots SET name = 'M', persona = 'x';
         DELETE FROM memories; INSERT INTO activity VALUES (1, 'mara', 'climbs', '2021')",
    );
    let (changed, files) = (sandbox.dump(), sandbox.files());
    let ran = sandbox.run(&[
        "restore",
        "latest:rewind",
        "--scope",
        "tables",
        "--statements",
    ]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!((sandbox.dump(), sandbox.files()), (changed, files));
    let (runs, last) = run(&sandbox.app, &ran.out);
    assert_eq!((runs, &last["last_event_id"]), (4, &Json::from(4)));
    assert_eq!(sandbox.dump(), before);
    assert!(sandbox.full_text_is_sound());
    let again = sandbox.run(&[
        "restore",
        "latest:rewind",
        "--scope",
        "tables",
        "--statements",
    ]);
    assert_eq!(again.out, "{\"last_event_id\":4}\n");
}

#[test]
fn triggers_of_the_application_are_dropped_and_made_again() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "CREATE TRIGGER named AFTER UPDATE ON bots BEGIN
           INSERT INTO activity (bot_id, doing, since) VALUES (new.id, 'renamed', '');
         END",
    );
    sandbox.take(Kind::Rewind, at(0));
    let (before, schema) = (sandbox.dump(), "SELECT sql FROM sqlite_schema");
    let triggers = sandbox.rows(schema);
    sandbox.sql("UPDATE bots SET name = 'x'; DELETE FROM activity");
    let ran = sandbox.run(&["restore", "latest:rewind", "--statements"]);
    assert_eq!(run(&sandbox.app, &ran.out).0, 3);
    assert_eq!(sandbox.dump(), before);
    assert_eq!(sandbox.rows(schema).len(), triggers.len());
}

#[test]
fn statements_of_a_snapshot_with_unknown_columns_are_refused() {
    let sandbox = Sandbox::new();
    sandbox.sql("ALTER TABLE bots ADD COLUMN mood");
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("ALTER TABLE bots DROP COLUMN mood");
    let ran = sandbox.run(&["restore", "latest:rewind", "--statements"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(ran.err.contains("bots.mood"), "{}", ran.err);
    let damaged = sandbox.list().remove(0).path;
    let text = fs::read_to_string(&damaged).unwrap();
    fs::write(&damaged, text.replace("Mara", "Mora")).unwrap();
    let ran = sandbox.run(&["restore", damaged.to_str().unwrap(), "--statements"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
}
