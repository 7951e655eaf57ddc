//! Restoring some of the tables: the others stay as they are, and what would then refer to nothing is
//! refused with the tables that are missing. Its parts are about what live has no place for, and
//! about restoring into a copy.

mod copy;
mod missing;

use unrewind::core::{Error, Kind, RestoreOptions, Restored, Result, Scope, Snapshot};

use crate::sandbox::{Sandbox, at};

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

/// Refuses the choice, naming just these tables, at the plan.
#[track_caller]
fn lacks(sandbox: &Sandbox, snapshot: &Snapshot, chosen: &[&str], missing: &str) {
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

/// Restores the choice; every table that is not in it must be as it was.
#[track_caller]
fn restores(sandbox: &Sandbox, snapshot: &Snapshot, chosen: &[&str]) -> Result<Restored> {
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
    let restored = restores(&sandbox, &snapshot, &["memories", "scenes"]).unwrap();
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
fn names_know_no_case() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("UPDATE bots SET name = 'x'");
    sandbox
        .restore(&snapshot, tables(&["Bots", "BOTS"]))
        .unwrap();
    assert_eq!(sandbox.rows("SELECT name FROM bots"), ["'Mara'", "'Otto'"]);
}

#[test]
fn the_log_alone_can_be_chosen() {
    let (sandbox, snapshot) = two_bots();
    let log = sandbox.dump()["event_log"].clone();
    sandbox.event("Good night.");
    sandbox.sql("UPDATE event_log SET hidden = 1 WHERE id = 1");
    let plan = sandbox.plan(&snapshot, tables(&["event_log"])).unwrap();
    assert_eq!(plan.log.as_ref().unwrap().newer_from.count, 1);
    restores(&sandbox, &snapshot, &["event_log"]).unwrap();
    assert_eq!(sandbox.dump()["event_log"], log);
    assert_eq!(
        sandbox.rows("SELECT message_count FROM chat_state"),
        ["1", "0"]
    );
}

#[test]
fn a_table_that_is_not_there_or_not_in_the_scope_is_refused() {
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
fn a_row_that_comes_back_wants_what_it_refers_to() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes");
    lacks(&sandbox, &snapshot, &["memories"], "scenes");
    restores(&sandbox, &snapshot, &["memories", "scenes"]).unwrap();
}

#[test]
fn what_is_missing_is_named_to_the_last_table() {
    let (sandbox, snapshot) = two_bots();
    let before = sandbox.dump();
    sandbox.sql("DELETE FROM memories WHERE id = 2; DELETE FROM bots WHERE id = 'otto'");
    let (changed, files) = (sandbox.dump(), sandbox.files());
    lacks(
        &sandbox,
        &snapshot,
        &["memories"],
        "bots, chats, containers, scenes",
    );
    lacks(&sandbox, &snapshot, &["chat_state"], "bots, chats");
    lacks(&sandbox, &snapshot, &["chats", "containers"], "bots");
    assert_eq!((sandbox.dump(), sandbox.files()), (changed, files));
    let all = [
        "memories",
        "bots",
        "chats",
        "containers",
        "scenes",
        "chat_state",
    ];
    restores(&sandbox, &snapshot, &all).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_row_that_goes_wants_those_that_refer_to_it() {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021');
         INSERT INTO chats VALUES (2, 'otto', 'Bread', '2021');
         INSERT INTO chat_state (chat_id) VALUES (2);
         INSERT INTO activity VALUES (1, 'otto', 'baking', '2021')",
    );
    let (before, files) = (sandbox.dump(), sandbox.files());
    lacks(
        &sandbox,
        &snapshot,
        &["bots"],
        "chats, chat_state, activity",
    );
    lacks(&sandbox, &snapshot, &["chats"], "chat_state");
    lacks(
        &sandbox,
        &snapshot,
        &["bots", "chats", "chat_state"],
        "activity",
    );
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
    restores(
        &sandbox,
        &snapshot,
        &["bots", "chats", "chat_state", "activity"],
    )
    .unwrap();
    assert_eq!(sandbox.rows("SELECT id FROM bots"), ["'mara'"]);
}

#[test]
fn a_reference_that_turns_wants_where_it_turned_to() {
    let (sandbox, snapshot) = two_bots();
    sandbox
        .sql("UPDATE chats SET bot_id = 'mara' WHERE id = 2; DELETE FROM bots WHERE id = 'otto'");
    lacks(&sandbox, &snapshot, &["chats"], "bots");
    sandbox.sql("INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Another', '2021')");
    restores(&sandbox, &snapshot, &["chats"]).unwrap();
}

#[test]
fn a_parent_that_only_changes_keeps_its_children() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("UPDATE bots SET name = 'x'; UPDATE chats SET title = 'y'");
    restores(&sandbox, &snapshot, &["bots"]).unwrap();
    restores(&sandbox, &snapshot, &["chats"]).unwrap();
}

#[test]
fn a_reference_to_nothing_may_come_back() {
    let (sandbox, _) = two_bots();
    sandbox.sql("UPDATE memories SET scene_id = NULL");
    let snapshot = sandbox.take(Kind::Rewind, at(5));
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes");
    restores(&sandbox, &snapshot, &["memories"]).unwrap();
}

#[test]
fn references_of_several_columns_count_as_one() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE edges (a TEXT, b INTEGER, n, PRIMARY KEY (b, a));
         CREATE TABLE bots (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, FOREIGN KEY (b, a) REFERENCES edges);
         INSERT INTO edges VALUES ('x', 1, 0), ('y', 2, 0);
         INSERT INTO bots VALUES (1, 'x', 1), (2, 'y', 2), (3, NULL, 7)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM bots; DELETE FROM edges; INSERT INTO edges VALUES ('x', 2, 0), ('y', 1, 0), ('y', 2, 0)");
    lacks(&sandbox, &snapshot, &["bots"], "edges");
    sandbox.sql("INSERT INTO edges VALUES ('x', 1, 5)");
    restores(&sandbox, &snapshot, &["bots"]).unwrap();
    sandbox.sql("INSERT INTO edges VALUES ('z', 9, 0); INSERT INTO bots VALUES (4, 'z', 9)");
    lacks(&sandbox, &snapshot, &["edges"], "bots");
}

#[test]
fn the_command_takes_tables_by_commas() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes; UPDATE bots SET name = 'x'");
    let name = snapshot.name();
    let ran = sandbox.run(&["restore", &name, "--tables", "memories", "--yes"]);
    let message = "unrewind: restoring only memories would leave foreign keys that refer to nothing: restore scenes too\n\
                   hint: also restore scenes: `unrewind restore rewind/20210314T120000Z --tables memories,scenes`\n";
    assert_eq!((ran.code, &*ran.out, &*ran.err), (1, "", message));
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
fn a_refused_choice_offers_the_tables_that_are_missing() {
    let (sandbox, snapshot) = two_bots();
    sandbox.sql("DELETE FROM memories; DELETE FROM scenes; DELETE FROM containers");
    lacks(&sandbox, &snapshot, &["scenes"], "containers");
    let refused = sandbox.run(&["restore", "latest", "--tables", "scenes", "--no-checkpoint"]);
    let command = "unrewind restore latest --tables scenes,containers --no-checkpoint";
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
    let says = sandbox.run(&named).err;
    assert_eq!(says.matches("--data-dir").count(), 1, "{says}");
    let mut words: Vec<&str> = command.split(' ').skip(1).collect();
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
