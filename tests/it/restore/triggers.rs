//! Restores of tables with triggers and full-text indexes: the indexes are sound afterwards, and no trigger makes
//! the result differ from the snapshot.

use unrewind::core::{Kind, RestoreOptions, Scope, Snapshot, Unwritable};

use crate::sandbox::{Sandbox, at};

/// A chat with memories of the lamp, a snapshot of it, and then other memories.
fn chat_with_memories() -> (Sandbox, Snapshot) {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    sandbox.memory("The lamp has 242 steps.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE memories SET text = 'The boat is blue.' WHERE id = 3; DELETE FROM memories WHERE id = 4");
    sandbox.memory("The boat leaks.");
    (sandbox, snapshot)
}

#[track_caller]
fn assert_only_lamp_found(sandbox: &Sandbox) {
    assert!(sandbox.full_text_is_sound());
    assert_eq!(sandbox.search("lamp"), ["3", "4"]);
    assert_eq!(sandbox.search("boat"), [""; 0]);
}

#[test]
fn a_restore_keeps_the_full_text_index_in_sync() {
    let (sandbox, snapshot) = chat_with_memories();
    assert_eq!(sandbox.search("boat"), ["3", "5"]);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_only_lamp_found(&sandbox);
}

#[test]
fn a_restore_rebuilds_a_full_text_index_without_triggers() {
    let (sandbox, snapshot) = chat_with_memories();
    sandbox.sql("DROP TRIGGER memories_ai; DROP TRIGGER memories_ad; DROP TRIGGER memories_au");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_only_lamp_found(&sandbox);
}

#[test]
fn a_restore_repairs_a_full_text_index_that_was_wrong() {
    let (sandbox, snapshot) = chat_with_memories();
    // The index lacks rows that are removed, and has rows that do not exist.
    sandbox.sql(
        "INSERT INTO memories_fts (memories_fts) VALUES ('delete-all');
         INSERT INTO memories_fts (rowid, text) VALUES (99, 'lamp boat')",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_only_lamp_found(&sandbox);
}

#[test]
fn the_full_text_index_of_many_rows_that_come_back_is_sound() {
    let sandbox = Sandbox::new();
    sandbox.memory("The lamp burns.");
    let many = "WITH RECURSIVE n(i) AS (VALUES (100) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO memories (id, chat_id, text, created_at) SELECT i, chat_id, 'Step ' || i, '' FROM n, memories WHERE id = 3";
    sandbox.sql(many);
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox
        .sql("DELETE FROM memories WHERE id > 1000; UPDATE memories SET text = 'The boat leaks.'");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert!(sandbox.full_text_is_sound());
    assert_eq!(sandbox.search("boat"), [""; 0]);
    assert_eq!(sandbox.search("lamp"), ["3"]);
    assert_eq!(sandbox.search("2999"), ["2999"]);
}

#[test]
fn a_restore_keeps_a_full_text_index_with_its_own_text_in_sync() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "CREATE VIRTUAL TABLE bot_names USING fts5 (name);
         CREATE TRIGGER bots_ai AFTER INSERT ON bots BEGIN INSERT INTO bot_names (rowid, name) VALUES (new.rowid, new.name); END;
         CREATE TRIGGER bots_ad AFTER DELETE ON bots BEGIN DELETE FROM bot_names WHERE rowid = old.rowid; END;
         INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM bots WHERE id = 'otto'");
    let found = "SELECT name FROM bot_names WHERE bot_names MATCH 'otto'";
    assert_eq!(sandbox.rows(found), [""; 0]);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows(found), ["'Otto'"]);
}

#[test]
fn a_trigger_that_counts_in_another_table_does_not_change_the_result() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "CREATE TRIGGER counts AFTER INSERT ON memories BEGIN
             UPDATE chat_state SET message_count = message_count + 1 WHERE chat_id = new.chat_id;
         END;
         CREATE TRIGGER counts_down AFTER DELETE ON memories BEGIN
             UPDATE chat_state SET message_count = message_count - 1 WHERE chat_id = old.chat_id;
         END",
    );
    sandbox.memory("The lamp burns.");
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM memories");
    for text in ["The boat leaks.", "The boat is blue."] {
        sandbox.memory(text);
    }
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_trigger_that_removes_earlier_rows_does_not_change_the_result() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "CREATE TRIGGER one_bot_does_one_thing AFTER INSERT ON activity BEGIN
             DELETE FROM activity WHERE bot_id = new.bot_id AND id <> new.id;
         END;
         INSERT INTO activity VALUES (1, 'mara', 'rowing', '2021')",
    );
    sandbox.sql("UPDATE activity SET id = 5; INSERT INTO bots (id, name, created_at) VALUES ('otto', 'Otto', '2021')");
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("INSERT INTO activity VALUES (6, 'mara', 'resting', '2021'); DELETE FROM bots WHERE id = 'otto'");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn a_trigger_that_would_change_the_result_does_not_run() {
    let (sandbox, snapshot) = chat_with_memories();
    let before = sandbox.rows("SELECT * FROM bots");
    sandbox.sql(
        "CREATE TRIGGER exclaims AFTER UPDATE OF name ON bots BEGIN
             UPDATE bots SET name = new.name || '!' WHERE id = new.id;
         END;
         UPDATE bots SET name = 'Anna'",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT * FROM bots"), before);
    // After the restore, the trigger runs again.
    sandbox.sql("UPDATE bots SET name = 'Anna'");
    assert_eq!(sandbox.rows("SELECT name FROM bots"), ["'Anna!'"]);
}

#[test]
fn a_restore_names_an_interfering_trigger_if_an_index_needs_triggers() {
    let (sandbox, snapshot) = chat_with_memories();
    // Only its triggers maintain this index, which the snapshot does not hold.
    sandbox.sql(
        "CREATE VIRTUAL TABLE bot_names USING fts5 (name);
         CREATE TRIGGER bots_au AFTER UPDATE ON bots BEGIN UPDATE bot_names SET name = new.name WHERE rowid = new.rowid; END;
         UPDATE bots SET name = 'Anna';
         CREATE TRIGGER exclaims AFTER UPDATE OF name ON bots BEGIN
             UPDATE bots SET name = new.name || '!' WHERE id = new.id;
         END",
    );
    let (before, files) = (sandbox.dump(), sandbox.files());
    let error = sandbox
        .restore(&snapshot, Scope::Full)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "table bots would differ from the snapshot, because of the trigger exclaims; nothing was changed"
    );
    assert_eq!((sandbox.dump(), sandbox.files()), (before, files));
    assert!(sandbox.full_text_is_sound());
}

#[test]
fn a_trigger_that_refuses_changes_does_not_block_a_restore() {
    let (sandbox, snapshot) = chat_with_memories();
    sandbox.sql(
        "CREATE TRIGGER keeps BEFORE DELETE ON memories BEGIN SELECT RAISE(ABORT, 'memories are for ever'); END",
    );
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_only_lamp_found(&sandbox);
}

#[test]
fn the_plan_reports_a_needed_trigger_that_refuses() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE event_log (id INTEGER PRIMARY KEY);
         CREATE TABLE bots (id TEXT PRIMARY KEY);
         CREATE TABLE memories (id INTEGER PRIMARY KEY, text TEXT, is_shown INTEGER);
         CREATE VIRTUAL TABLE shown USING fts5 (text, content = 'memories', content_rowid = 'id');
         CREATE TRIGGER comes AFTER INSERT ON memories WHEN new.is_shown BEGIN
            INSERT INTO shown (rowid, text) VALUES (new.id, new.text); END;
         CREATE TRIGGER goes AFTER DELETE ON memories WHEN old.is_shown BEGIN
            INSERT INTO shown (shown, rowid, text) VALUES ('delete', old.id, old.text); END;
         INSERT INTO bots VALUES ('mara'); INSERT INTO memories VALUES (1, 'a lamp', 1), (2, 'a quay', 0)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM memories WHERE id = 1; DELETE FROM bots;
         CREATE TRIGGER never BEFORE INSERT ON memories BEGIN SELECT raise(ABORT, 'not again'); END",
    );
    let error = sandbox
        .plan(&snapshot, Scope::Full)
        .unwrap_err()
        .to_string();
    let message = "cannot restore table memories, id = 1: not again; nothing was changed";
    assert_eq!(error, message);
    let options = RestoreOptions {
        unwritable: Unwritable::LeaveOut,
        ..RestoreOptions::default()
    };
    let plan = sandbox.plan(&snapshot, options.clone()).unwrap();
    assert_eq!(plan.unwritten[0].table, "memories");
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(sandbox.rows("SELECT * FROM bots"), ["'mara'"]);
    sandbox.sql("DROP TRIGGER never");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT rowid FROM shown WHERE shown MATCH 'lamp'"),
        ["1"]
    );
}
