//! Tables that only the application can write: the plan reports them with the error that apply would give, the
//! other tables are restored if the user agrees, and no row is written where the application would not find it.

use rusqlite::functions::FunctionFlags;
use unrewind::core::{
    Error, Existing, Kind, RestoreOptions, RestorePlan, Result, RowKey, RowOf, Safety, Scope,
    Scratch, Unwritable, unattended, verify,
};

use crate::sandbox::{Sandbox, at, now};

const LOG: &str = "CREATE TABLE event_log (id INTEGER PRIMARY KEY, kind TEXT); INSERT INTO event_log VALUES (1, 'began');
    CREATE TABLE others (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO others VALUES (1, 'a');";

/// An application with its own functions and collations.
fn application(schema: &str) -> Sandbox {
    let mut sandbox = Sandbox::without_tables();
    let app = &sandbox.app;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let lower = |context: &mut rusqlite::functions::Context<'_>| {
        Ok(context.get::<String>(0)?.to_lowercase())
    };
    app.create_scalar_function("sounds_like", 1, flags, lower)
        .unwrap();
    let folded = |one: &str, other: &str| one.to_lowercase().cmp(&other.to_lowercase());
    app.create_collation("unicase", folded).unwrap();
    let backwards = |one: &str, other: &str| other.cmp(one);
    app.create_collation("backwards", backwards).unwrap();
    sandbox.sql(LOG);
    sandbox.sql(schema);
    sandbox.profile.tables = unrewind::core::Tables::Auto {
        exclude: Vec::new(),
    };
    sandbox
}

fn leave_out_unwritable() -> RestoreOptions {
    RestoreOptions {
        unwritable: Unwritable::LeaveOut,
        ..RestoreOptions::default()
    }
}

fn plan(sandbox: &Sandbox, options: RestoreOptions) -> Result<RestorePlan> {
    let (database, snapshot) = (sandbox.database(), sandbox.list().remove(0));
    RestorePlan::compute(
        database,
        &sandbox.profile,
        snapshot,
        options,
        &mut unattended,
    )
}

#[test]
fn a_table_that_only_the_application_can_write_is_left_out_if_the_user_agrees() {
    let cases = [
        (
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX sounds ON notes (sounds_like(text))",
            "table notes cannot be written here: no such function: sounds_like",
        ),
        (
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT, sound TEXT AS (sounds_like(text)) STORED)",
            "table notes cannot be written here: no such function: sounds_like",
        ),
        (
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); CREATE UNIQUE INDEX some ON notes (text) WHERE sounds_like(text) <> 'x'",
            "table notes cannot be written here: no such function: sounds_like",
        ),
        (
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT COLLATE backwards UNIQUE)",
            "table notes cannot be written here: no such collation sequence: backwards",
        ),
        (
            "CREATE TABLE notes (text TEXT COLLATE backwards PRIMARY KEY, id) WITHOUT ROWID",
            "table notes cannot be written here: no such collation sequence: backwards",
        ),
    ];
    for (schema, why) in cases {
        let sandbox = application(schema);
        sandbox.sql("INSERT INTO notes (id, text) VALUES (1, 'b'), (2, 'A'), (3, 'c')");
        let snapshot = sandbox.take(Kind::Rewind, at(0));
        assert!(
            plan(&sandbox, leave_out_unwritable()).unwrap().is_empty(),
            "{schema}"
        );
        sandbox.sql(
            "DELETE FROM notes WHERE id > 1; DELETE FROM others; UPDATE notes SET text = 'zz'",
        );
        let (notes, files) = (sandbox.rows("SELECT * FROM notes"), sandbox.files());

        let refused = plan(&sandbox, RestoreOptions::default()).unwrap_err();
        let Error::Unwritable { table, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(
            (table.as_str(), sandbox.files()),
            ("notes", files),
            "{schema}"
        );
        let message = refused.to_string().replace(
            "unknown function: sounds_like()",
            "no such function: sounds_like",
        );
        assert_eq!(message, why, "{schema}");
        let options = RestoreOptions::default().conceding(&refused);
        assert_eq!(options, Some(leave_out_unwritable()));

        let agreed = plan(&sandbox, leave_out_unwritable()).unwrap();
        assert_eq!(agreed.unwritten.len(), 1);
        let restored = agreed
            .apply(&sandbox.store(), Safety::default(), now(), &mut unattended)
            .unwrap_or_else(|error| panic!("{error}: {schema}"));
        assert!(restored.tables.iter().all(|table| table.name != "notes"));
        assert_eq!(sandbox.rows("SELECT * FROM others"), ["1 | 'a'"]);
        assert_eq!(sandbox.rows("SELECT * FROM notes"), notes);
        assert_eq!(sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);

        let (live, store) = (&sandbox.database(), &sandbox.store());
        let deep = verify(
            &snapshot,
            &sandbox.profile,
            None,
            Some(Scratch { live, store }),
            &mut unattended,
        );
        assert_eq!(deep.unwrap().problem, None, "{schema}");
    }
}

#[test]
fn a_table_with_an_unknown_collation_but_no_index_is_restored() {
    let sandbox = application(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT COLLATE backwards, CHECK (sounds_like(text) <> ''));
         INSERT INTO notes VALUES (1, 'b'), (2, 'A'), (3, 'c')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let before = sandbox.dump();
    sandbox.sql("DELETE FROM notes WHERE id > 1; UPDATE notes SET text = 'zz'");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}

#[test]
fn an_index_with_a_known_collation_is_maintained() {
    let sandbox = application(
        "CREATE TABLE decks (id INTEGER PRIMARY KEY, name TEXT COLLATE unicase); CREATE UNIQUE INDEX names ON decks (name);
         CREATE TABLE tags (tag TEXT COLLATE unicase PRIMARY KEY, usn) WITHOUT ROWID;
         INSERT INTO decks VALUES (1, 'Über'), (2, 'alpha'), (3, 'Beta'); INSERT INTO tags VALUES ('Zebra', 1), ('apfel', 2), ('Öl', 3)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    let dump = || {
        [
            sandbox.rows("SELECT * FROM decks ORDER BY name"),
            sandbox.rows("SELECT * FROM tags ORDER BY tag"),
        ]
    };
    let before = dump();
    sandbox.sql(
        "DELETE FROM decks WHERE id = 2; UPDATE decks SET name = 'ÜBER' WHERE id = 1;
         DELETE FROM tags WHERE tag = 'apfel'; UPDATE tags SET tag = 'zebra' WHERE tag = 'ZEBRA'; INSERT INTO tags VALUES ('neu', 1)",
    );
    let after = dump();
    let restored = sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(dump(), before);
    assert_eq!(sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
    sandbox
        .restore(&restored.safety_snapshot.unwrap(), Scope::Full)
        .unwrap();
    assert_eq!(dump(), after);
    assert_eq!(sandbox.rows("PRAGMA integrity_check"), ["'ok'"]);
}

#[test]
fn a_key_with_a_known_collation_names_its_row_in_any_case() {
    let sandbox = application(
        "CREATE TABLE tags (tag TEXT COLLATE unicase PRIMARY KEY, usn);
         INSERT INTO tags VALUES ('Öl', 1), ('Straße', 2), ('Zebra', 3)",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM tags WHERE usn > 1; UPDATE tags SET tag = 'ÖL', usn = 9");
    // The row that live has under another spelling is not missing.
    let missing = RestoreOptions {
        existing: Existing::Keep,
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, missing).unwrap();
    let tags = || sandbox.rows("SELECT * FROM tags ORDER BY usn");
    assert_eq!(
        tags(),
        sandbox.rows("VALUES ('Straße', 2), ('Zebra', 3), ('ÖL', 9)")
    );
    let only = |key: &str| RestoreOptions {
        rows: vec![RowOf {
            table: "tags".to_owned(),
            key: RowKey::parse(key),
        }],
        ..RestoreOptions::default()
    };
    sandbox.sql("DELETE FROM tags WHERE usn = 3");
    for key in ["öL", "ZEBRA"] {
        sandbox.restore(&snapshot, only(key)).unwrap();
    }
    assert_eq!(
        tags(),
        sandbox.rows("VALUES ('Öl', 1), ('Straße', 2), ('Zebra', 3)")
    );
}

#[test]
fn an_index_in_another_order_than_its_collations_is_not_written() {
    let sandbox = application("");
    let backwards = |one: &str, other: &str| other.cmp(one);
    sandbox.app.create_collation("unicase", backwards).unwrap();
    sandbox.sql(
        "CREATE TABLE tags (tag TEXT COLLATE unicase PRIMARY KEY, usn) WITHOUT ROWID;
         INSERT INTO tags VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5)",
    );
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE tags SET usn = 7 WHERE tag = 'a'");
    let error = plan(&sandbox, RestoreOptions::default()).unwrap_err();
    let message =
        "table tags cannot be written here: the application's collation unicase has another order";
    assert!(error.to_string().starts_with(message), "{error}");
}

#[test]
fn an_unknown_tokenizer_is_reported_with_a_hint() {
    let sandbox = application(
        "CREATE TABLE msg (id INTEGER PRIMARY KEY, body TEXT);
         CREATE VIRTUAL TABLE msg_fts USING fts5 (body, content='msg', content_rowid='id', tokenize='porter');
         CREATE TRIGGER msg_ai AFTER INSERT ON msg BEGIN INSERT INTO msg_fts (rowid, body) VALUES (new.id, new.body); END;
         INSERT INTO msg VALUES (1, 'hello world')",
    );
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(
        "DELETE FROM msg; DELETE FROM others; PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, '''porter''', '''signal_tokenizer''') WHERE name = 'msg_fts'",
    );
    let error = plan(&sandbox, RestoreOptions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no such tokenizer: signal_tokenizer"),
        "{error}"
    );
    let hint = unrewind::text::hint(&error).unwrap();
    assert!(hint.contains("--skip-unwritable"), "{hint}");
    let agreed = plan(&sandbox, leave_out_unwritable()).unwrap();
    assert_eq!(agreed.unwritten[0].table, "msg");
}

/// What a plan reports for an older snapshot once live has this rule.
fn plan_report(rule: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.memory("The lighthouse has 242 steps.");
    sandbox.memory("Jo says good night first.");
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(rule);
    let before = sandbox.dump();
    let planned = sandbox.plan(&snapshot, Scope::Full);
    let report = planned.map_or_else(
        |error| error.to_string(),
        |_| "it can be restored".to_owned(),
    );
    assert_eq!(sandbox.dump(), before);
    report
}

#[test]
fn the_plan_refuses_what_apply_would_refuse() {
    let cases = [
        (
            "DELETE FROM memories; ALTER TABLE memories ADD COLUMN rule INTEGER CHECK (length(text) < 5)",
            "it can be restored",
        ),
        (
            "DELETE FROM memories; CREATE UNIQUE INDEX one ON memories (importance)",
            "cannot restore table memories, id = 4: UNIQUE constraint failed: memories.importance; nothing was changed",
        ),
        // A restored row and an existing one have the same values.
        (
            "DELETE FROM memories WHERE id = 3; CREATE UNIQUE INDEX one ON memories (round(importance, 3)) WHERE chat_id = 1",
            "cannot restore table memories, id = 3, beside the row with id = 4, which has the same unique values: UNIQUE constraint failed; nothing was changed",
        ),
        // The index does not cover these rows.
        (
            "DELETE FROM memories WHERE id = 3; CREATE UNIQUE INDEX one ON memories (importance) WHERE chat_id = 9",
            "it can be restored",
        ),
        (
            "DELETE FROM memories WHERE id = 3; CREATE INDEX kinds ON memories (json_extract(text, '$.kind')) WHERE id < 4",
            "cannot restore table memories, id = 3: malformed JSON; nothing was changed",
        ),
        (
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'scene_id INTEGER', 'scene_id INTEGER NOT NULL') WHERE name = 'memories';
             PRAGMA writable_schema = RESET; DELETE FROM memories",
            "cannot restore table memories, id = 3: NOT NULL constraint failed: memories.scene_id; nothing was changed",
        ),
        (
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'text TEXT', 'text INTEGER') || ' STRICT' WHERE name = 'memories';
             PRAGMA writable_schema = RESET; DELETE FROM memories",
            "cannot restore table memories, id = 3: cannot store TEXT value in INTEGER column memories.text; nothing was changed",
        ),
    ];
    for (rule, expected) in cases {
        assert_eq!(plan_report(rule), expected, "{rule}");
    }
}

#[test]
fn a_check_that_calls_a_function_of_the_application_leaves_a_unique_column_writable() {
    let sandbox = application(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE, CHECK (sounds_like(text) <> 'x'));
         CREATE UNIQUE INDEX long ON notes (text) WHERE length(text) > 3;
         INSERT INTO notes VALUES (1, 'a'), (2, 'b')",
    );
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM notes WHERE id = 2; UPDATE notes SET text = 'b'");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.rows("SELECT * FROM notes"), ["1 | 'a'", "2 | 'b'"]);
    sandbox.sql("DELETE FROM notes");
    let text = std::fs::read_to_string(&snapshot.path).unwrap();
    let twice = text.replace("\"b\"", "\"a\"");
    let error = sandbox
        .plan(&sandbox.put(Kind::Rewind, at(1), twice), Scope::Full)
        .unwrap_err();
    assert!(error.to_string().contains("UNIQUE"), "{error}");
}
