//! Deep verification: restoring into a copy of live that has no row of the snapshot yet.

use std::fs;

use unrewind::core::Kind;

use super::{chat, deep, incompatible, rewritten, whole};
use crate::{
    sandbox::{Sandbox, at, now},
    system::is_folder_lock,
};

#[test]
fn a_later_shallow_verification_keeps_the_deep_result() {
    let (sandbox, taken) = chat();
    let nameless = rewritten(&sandbox, &taken, "\"name\": \"Mara\"", "\"name\": null");
    let found = deep(&sandbox, &nameless);
    found.remember(&nameless, now()).unwrap();
    whole(&sandbox, &nameless)
        .remember(&nameless, now())
        .unwrap();
    let listed = sandbox.found(&nameless.path);
    assert!(found.problem.is_some());
    assert_eq!(listed.verified().unwrap().problem, found.problem);
    assert!(listed.is_intact(), "the file itself is intact");
}

#[test]
fn only_a_deep_verification_finds_what_cannot_be_restored() {
    let (sandbox, taken) = chat();
    for (from, to, message) in [
        (
            "\"bots\": [{",
            "\"bots\": [{\"colour\": \"red\", ",
            "it cannot be restored: the snapshot has tables or columns that the database lacks: column bots.colour",
        ),
        (
            "\"bots\": [{\"id\": \"mara\", \"name\": \"Mara\"",
            "\"bots\": [{\"id\": \"mara\", \"name\": null",
            "it cannot be restored: cannot restore table bots, id = 'mara': NOT NULL constraint failed: bots.name",
        ),
    ] {
        let changed = rewritten(&sandbox, &taken, from, to);
        assert_eq!(whole(&sandbox, &changed).problem, None);
        let before = sandbox.dump();
        let found = deep(&sandbox, &changed);
        assert_eq!(
            (incompatible(&found), found.restores),
            (message, Some(false))
        );
        assert_eq!(sandbox.dump(), before, "live is unchanged");
    }
}

#[test]
fn dangling_references_are_counted() {
    let (sandbox, _) = chat();
    sandbox.sql("PRAGMA foreign_keys = OFF; UPDATE memories SET chat_id = 77 WHERE id = 3");
    let taken = sandbox.take(Kind::Rewind, at(2));
    let found = deep(&sandbox, &taken);
    assert_eq!((found.problem, found.dangling), (None, 1));
    sandbox.sql("UPDATE memories SET chat_id = 1 WHERE id = 3");
    let found = deep(&sandbox, &taken);
    assert_eq!(
        (found.problem, found.dangling),
        (None, 1),
        "live has no dangling row now"
    );
}

#[test]
fn a_deep_verification_also_writes_rows_that_live_has() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, kind TEXT);
         CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT);
         INSERT INTO bots VALUES ('mara', NULL)",
    );
    let taken = sandbox.take(Kind::Rewind, at(0));
    assert_eq!(deep(&sandbox, &taken).problem, None);
    // A row that live may hold but no insert can write.
    sandbox.sql(
        "CREATE TRIGGER no_bots BEFORE INSERT ON bots BEGIN SELECT raise(ABORT, 'no bots'); END;
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT NOT NULL)'
         WHERE name = 'bots';
         PRAGMA writable_schema = RESET",
    );
    assert_eq!(
        incompatible(&deep(&sandbox, &taken)),
        "it cannot be restored: cannot restore table bots, id = 'mara': NOT NULL constraint failed: bots.name"
    );
}

#[test]
fn the_next_command_deletes_the_copy_of_a_killed_verification() {
    let (sandbox, _) = chat();
    let root = sandbox.data().join("snapshots");
    for name in [".unrewind-draft-x.tmp", ".unrewind-draft-x.tmp-wal"] {
        fs::write(root.join(name), "left").unwrap();
    }
    assert_eq!(sandbox.run(&["show", "live"]).code, 0);
    let left = fs::read_dir(&root).unwrap().flatten();
    let left: Vec<_> = left
        .map(|entry| entry.file_name())
        .filter(|name| !is_folder_lock(name))
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(
        left.iter()
            .all(|name| name == "periodic" || name == "schema")
    );
}

#[test]
fn tables_that_only_the_application_can_write_are_named() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY, kind TEXT);
         CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT);
         CREATE VIRTUAL TABLE scenes USING fts5 (text, tokenize = 'porter');
         INSERT INTO bots VALUES ('mara', 'Mara'); INSERT INTO scenes VALUES ('Arrival')",
    );
    let name = sandbox.take(Kind::Rewind, at(0)).name();
    sandbox.sql(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'porter', 'signal') WHERE name = 'scenes'",
    );
    let ran = sandbox.run(&["verify", "--deep", &name]);
    let message = "restores but for table scenes (no such tokenizer: signal)";
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains(message), "{}", ran.out);
    let ran = sandbox.run(&["verify", "--deep", "--json", &name]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        json[0]["unproved_tables"],
        serde_json::json!({ "scenes": "no such tokenizer: signal" })
    );
}
