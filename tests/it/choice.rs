//! Restores of chosen tables: the others do not change, and a choice that would leave a foreign key without
//! its row is refused with the tables to add. Submodules: what live lacks, and restores into a
//! copy.

mod into;
mod missing;

use unrewind::core::{Error, Kind, RestoreOptions, Restored, Result, Scope, Snapshot};

use crate::{
    sandbox::{Sandbox, at},
    system::list_word,
};

fn tables(names: &[&str]) -> RestoreOptions {
    RestoreOptions {
        tables: names.iter().map(|&name| name.to_owned()).collect(),
        ..RestoreOptions::default()
    }
}

/// Two bots, each with a chat, a container, a scene and a memory.
fn two_bots() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021');
         INSERT INTO chats VALUES (2, 'otto', 'Bread', '2021');
         INSERT INTO chat_state (chat_id) VALUES (2);
         INSERT INTO containers VALUES (1, 1, 'Harbour'), (2, 2, 'Bakery');
         INSERT INTO scenes VALUES (1, 1, 'Arrival', '2021', NULL), (2, 2, 'Dough', '2021', NULL);
         INSERT INTO memories VALUES (1, 1, 1, 'The lamp burns.', 0.5, '2021'), (2, 2, 2, 'Otto bakes.', 0.5, '2021')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    (sandbox, snapshot)
}

/// Asserts that the plan refuses the choice and names exactly these missing tables.
#[track_caller]
fn assert_needs(sandbox: &Sandbox, snapshot: &Snapshot, chosen: &[&str], missing: &str) {
    let error = sandbox.plan(snapshot, tables(chosen)).unwrap_err();
    let Error::TableChoice { missing: also, .. } = &error else {
        panic!("{error}");
    };
    let known = missing
        .split(", ")
        .filter(|name| also.iter().any(|also| also == name));
    assert!(also.is_empty() || known.count() == also.len(), "{also:?}");
    if let Some(options) = tables(chosen).conceding(&error) {
        sandbox
            .plan(snapshot, options)
            .expect("these too can be restored");
    } else {
        assert!(also.is_empty(), "{also:?}");
    }
    let message = format!(
        "restoring only {} would leave foreign keys that refer to nothing: restore {missing} too",
        chosen.join(", ")
    );
    assert_eq!(error.to_string(), message);
}

/// Restores the choice and asserts that no other table changed.
#[track_caller]
fn restore_only(sandbox: &Sandbox, snapshot: &Snapshot, chosen: &[&str]) -> Result<Restored> {
    let before = sandbox.dump();
    let restored = sandbox.restore(snapshot, tables(chosen))?;
    for (table, rows) in sandbox.dump() {
        if !chosen.contains(&&*table) {
            assert_eq!(rows, before[&table], "{table} was not chosen");
        }
    }
    assert_eq!(sandbox.rows("PRAGMA foreign_key_check"), [""; 0]);
    Ok(restored)
}

#[test]
fn only_the_chosen_tables_change() {
    let (sandbox, snapshot) = two_bots();
    let before = sandbox.dump();
    sandbox.event("Good night.");
    sandbox.sql("UPDATE bots SET name = 'x'; UPDATE memories SET text = 'y'; DELETE FROM activity; UPDATE scenes SET summary = 'z'");
    let restored = restore_only(&sandbox, &snapshot, &["memories", "scenes"]).unwrap();
    let names: Vec<_> = restored.tables.iter().map(|table| &*table.name).collect();
    assert_eq!(names, ["memories", "scenes"]);
    assert!(sandbox.full_text_is_sound());
    let after = sandbox.dump();
    assert_eq!(
        (&after["memories"], &after["scenes"]),
        (&before["memories"], &before["scenes"])
    );
    assert_ne!(after["bots"], before["bots"]);
}

#[test]
fn table_names_ignore_case() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("UPDATE bots SET name = 'x'");
    sandbox
        .restore(&snapshot, tables(&["Bots", "BOTS"]))
        .unwrap();
    assert_eq!(sandbox.rows("SELECT name FROM bots"), ["'Mara'", "'Otto'"]);
}

#[test]
fn the_event_log_can_be_restored_alone() {
    let (sandbox, snapshot) = two_bots();
    let log = sandbox.dump()["event_log"].clone();
    sandbox.event("Good night.");
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 1");
    let plan = sandbox.plan(&snapshot, tables(&["event_log"])).unwrap();
    assert_eq!(plan.log.as_ref().unwrap().newer_from.count, 1);
    restore_only(&sandbox, &snapshot, &["event_log"]).unwrap();
    assert_eq!(sandbox.dump()["event_log"], log);
    assert_eq!(
        sandbox.rows("SELECT message_count FROM chat_state"),
        ["1", "0"]
    );
}

#[test]
fn an_unknown_table_or_one_outside_the_scope_is_refused() {
    let (sandbox, snapshot) = two_bots();
    let known = "bots, you_entity, edges, memories, chats, chat_state, containers, scenes, activity, classifier_failures";
    let error = sandbox
        .plan(&snapshot, tables(&["bots", "memory"]))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no table memory to restore: did you mean memories?"
    );
    let scope = Scope::Tables;
    let options = RestoreOptions {
        scope,
        ..tables(&["event_log"])
    };
    let error = sandbox.plan(&snapshot, options).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("there is no table event_log to restore: there are {known}")
    );
}

#[test]
fn a_returning_row_needs_the_table_that_it_refers_to() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes");
    assert_needs(&sandbox, &snapshot, &["memories"], "scenes");
    restore_only(&sandbox, &snapshot, &["memories", "scenes"]).unwrap();
}

#[test]
fn every_missing_table_is_named_through_all_references() {
    let (sandbox, snapshot) = two_bots();
    let before = sandbox.dump();
    sandbox.sql("DELETE FROM memories WHERE id = 2; DELETE FROM bots WHERE id = 'otto'");
    let (changed, files) = (sandbox.dump(), sandbox.files());
    assert_needs(
        &sandbox,
        &snapshot,
        &["memories"],
        "bots, chats, containers, scenes",
    );
    assert_needs(&sandbox, &snapshot, &["chat_state"], "bots, chats");
    assert_needs(&sandbox, &snapshot, &["chats", "containers"], "bots");
    assert_eq!((sandbox.dump(), sandbox.files()), (changed, files));
    let all = [
        "memories",
        "bots",
        "chats",
        "containers",
        "scenes",
        "chat_state",
    ];
    restore_only(&sandbox, &snapshot, &all).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_removed_row_needs_the_tables_that_refer_to_it() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021');
         INSERT INTO chats VALUES (2, 'otto', 'Bread', '2021');
         INSERT INTO chat_state (chat_id) VALUES (2);
         INSERT INTO activity VALUES (1, 'otto', 'baking', '2021')",
    );
    let (before, files) = (sandbox.dump(), sandbox.files());
    assert_needs(
        &sandbox,
        &snapshot,
        &["bots"],
        "chats, chat_state, activity",
    );
    assert_needs(&sandbox, &snapshot, &["chats"], "chat_state");
    assert_needs(
        &sandbox,
        &snapshot,
        &["bots", "chats", "chat_state"],
        "activity",
    );
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
    restore_only(
        &sandbox,
        &snapshot,
        &["bots", "chats", "chat_state", "activity"],
    )
    .unwrap();
    assert_eq!(sandbox.rows("SELECT id FROM bots"), ["'mara'"]);
}

#[test]
fn a_changed_reference_needs_the_table_of_its_old_target() {
    let (sandbox, snapshot) = two_bots();
    sandbox
        .sql("UPDATE chats SET bot_id = 'mara' WHERE id = 2; DELETE FROM bots WHERE id = 'otto'");
    assert_needs(&sandbox, &snapshot, &["chats"], "bots");
    sandbox.sql("INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Another', '2021')");
    restore_only(&sandbox, &snapshot, &["chats"]).unwrap();
}

#[test]
fn a_parent_that_only_changes_needs_no_other_table() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("UPDATE bots SET name = 'x'; UPDATE chats SET title = 'y'");
    restore_only(&sandbox, &snapshot, &["bots"]).unwrap();
    restore_only(&sandbox, &snapshot, &["chats"]).unwrap();
}

#[test]
fn a_null_reference_comes_back_without_its_parent_table() {
    let (sandbox, _) = two_bots();
    sandbox.sql("UPDATE memories SET scene_id = NULL");
    let snapshot = sandbox.take(Kind::Rewind, at(5));
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes");
    restore_only(&sandbox, &snapshot, &["memories"]).unwrap();
}

#[test]
fn a_reference_of_several_columns_is_checked_as_one() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE edges (a TEXT, b INTEGER, n, PRIMARY KEY (b, a));
         CREATE TABLE bots (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, FOREIGN KEY (b, a) REFERENCES edges);
         INSERT INTO edges VALUES ('x', 1, 0), ('y', 2, 0);
         INSERT INTO bots VALUES (1, 'x', 1), (2, 'y', 2), (3, NULL, 7)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM bots; DELETE FROM edges; INSERT INTO edges VALUES ('x', 2, 0), ('y', 1, 0), ('y', 2, 0)");
    assert_needs(&sandbox, &snapshot, &["bots"], "edges");
    sandbox.sql("INSERT INTO edges VALUES ('x', 1, 5)");
    restore_only(&sandbox, &snapshot, &["bots"]).unwrap();
    sandbox.sql("INSERT INTO edges VALUES ('z', 9, 0); INSERT INTO bots VALUES (4, 'z', 9)");
    assert_needs(&sandbox, &snapshot, &["edges"], "bots");
}

#[test]
fn the_tables_option_takes_a_comma_separated_list() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes; UPDATE bots SET name = 'x'");
    let name = snapshot.name();
    let ran = sandbox.run(&["restore", &name, "--tables", "memories", "--yes"]);
    let tables = list_word("memories,scenes");
    let message = format!(
        "unrewind: restoring only memories would leave foreign keys that refer to nothing: restore scenes too\n\
         hint: also restore scenes: `unrewind restore rewind/20210314T120000Z --tables {tables}`\n"
    );
    assert_eq!((ran.code, &*ran.out, &*ran.err), (1, "", &*message));
    let ran = sandbox.run(&[
        "restore",
        &name,
        "--tables",
        "memories,scenes",
        "--yes",
        "--json",
    ]);
    let json = ran.json();
    let tables = json["tables"].as_object().unwrap();
    let restored: Vec<_> = tables.keys().map(String::as_str).collect();
    assert_eq!((ran.code, restored), (0, vec!["memories", "scenes"]));
    assert_eq!(sandbox.rows("SELECT count(*) FROM memories"), ["2"]);
    assert_eq!(sandbox.rows("SELECT DISTINCT name FROM bots"), ["'x'"]);
}

#[test]
fn a_refused_choice_offers_to_add_the_missing_tables() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes; DELETE FROM containers");
    assert_needs(&sandbox, &snapshot, &["scenes"], "containers");
    let refused = sandbox.run(&["restore", "latest", "--tables", "scenes", "--no-checkpoint"]);
    let tables = list_word("scenes,containers");
    let command = format!("unrewind restore latest --tables {tables} --no-checkpoint");
    assert!(
        refused
            .err
            .ends_with(&format!("hint: also restore containers: `{command}`\n")),
        "{}",
        refused.err
    );
    let data = sandbox.data();
    let named = [
        "--data-dir",
        data.to_str().unwrap(),
        "restore",
        "latest",
        "--tables",
        "scenes",
    ];
    let error = sandbox.run(&named).err;
    assert_eq!(error.matches("--data-dir").count(), 1, "{error}");
    let words = command.split(' ').map(|word| word.trim_matches('"'));
    let mut words: Vec<&str> = words.skip(1).collect();
    words.push("--dry-run");
    assert_eq!(sandbox.run(&words).code, 0);

    let mut tui = sandbox.tui(100, 40);
    tui.keys("d");
    while !tui.selected().contains("scenes") {
        tui.keys("j");
    }
    let asked = tui.keys("r").dialog().expect("a question");
    assert!(asked.starts_with("Restore rewind 2021-03-14"), "{asked}");
    assert!(asked.contains("Also restore containers?"), "{asked}");
    let plan = tui.keys("y").dialog().expect("a plan");
    assert!(
        plan.contains("containers") && plan.contains("scenes"),
        "{plan}"
    );
    tui.keys("y");
    assert_eq!(sandbox.rows("SELECT count(*) FROM scenes"), ["2"]);
    assert_eq!(sandbox.rows("SELECT count(*) FROM memories"), ["0"]);
}
