//! Databases without a configuration: what `unrewind init` proposes for them.

mod recognition;
mod shipped;

use std::fs;

use unrewind::{
    config::shipped_profiles,
    core::{Choice, Proposal, Tables},
};

use crate::sandbox::Sandbox;

fn propose(sandbox: &Sandbox, choice: &Choice) -> Proposal {
    let shipped = shipped_profiles().unwrap();
    Proposal::of(&sandbox.database(), choice, &shipped, &sandbox.profile).unwrap()
}

fn likeliest(schema: &str) -> Proposal {
    propose(&Sandbox::with_schema(schema), &Choice::Likeliest)
}

/// A log as an event-sourcing library creates it, and tables of an application.
const LIBRARY: &str = "
    CREATE TABLE stored_events (stream_id TEXT, stream_position INTEGER, topic TEXT, state BLOB,
        PRIMARY KEY (stream_id, stream_position));
    INSERT INTO stored_events VALUES ('a', 1, 'Opened', '{\"a\": 1}'), ('a', 2, 'Paid', '{}');
    CREATE TABLE accounts (id TEXT PRIMARY KEY, balance INTEGER);
    CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY)";

#[test]
fn init_recognizes_every_column_of_the_chat_applications_log() {
    let sandbox = Sandbox::new();
    sandbox.event("Hello?");
    let proposal = Proposal::of(
        &sandbox.database(),
        &Choice::Likeliest,
        &[],
        &sandbox.profile,
    )
    .unwrap();
    let mut log = sandbox.profile.log.clone().unwrap();
    log.columns.clear();
    // No column says who wrote an event.
    log.person_kinds.clear();
    assert_eq!(proposal.log.unwrap().log, log);
    assert!(!proposal.is_open);
}

#[test]
fn a_log_without_an_ascending_column_is_identified_by_rowid() {
    let proposal = likeliest(LIBRARY);
    let candidate = proposal.log.unwrap();
    assert_eq!(candidate.log.table, "stored_events");
    assert_eq!(candidate.log.id, "rowid");
    assert_eq!(candidate.log.kind.as_deref(), Some("topic"));
    assert_eq!(candidate.log.payload.as_deref(), Some("state"));
    assert_eq!(
        candidate.reasons,
        [
            "its name is typical of an event log",
            "no column is an ascending integer, but rowid is",
            "topic may be the kind of event",
            "state holds JSON",
            "stream_id may be the stream of an event",
        ]
    );
    assert_eq!(proposal.tables, ["accounts"]);
    assert_eq!(proposal.excluded[0].table, "schema_migrations");
}

#[test]
fn an_application_without_an_event_log_gets_none() {
    let proposal = likeliest(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT, created_at TEXT);
         CREATE TABLE tags (id INTEGER PRIMARY KEY, note INTEGER REFERENCES notes (id), name TEXT);
         CREATE TABLE django_admin_log (id INTEGER PRIMARY KEY AUTOINCREMENT, action_time TEXT, change_message TEXT, type TEXT, data TEXT, created TEXT);
         INSERT INTO notes VALUES (1, 'a', 'b', '2021')",
    );
    assert_eq!((proposal.log, proposal.is_open), (None, false));
    assert_eq!(proposal.tables, ["django_admin_log", "notes", "tags"]);
}

#[test]
fn init_finds_tables_whose_rowids_matter() {
    let proposal = likeliest(
        "CREATE TABLE notes (text TEXT); CREATE TABLE places (name TEXT PRIMARY KEY);
         CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE rest (a);
         CREATE VIRTUAL TABLE found USING fts5 (text, content=notes);
         CREATE VIRTUAL TABLE people_found USING fts5 (name, content=people);
         CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1);
         CREATE TRIGGER moves AFTER INSERT ON places BEGIN INSERT INTO boxes VALUES (new.rowid, 0, 1); END",
    );
    let tables: Vec<&str> = proposal
        .rowids
        .iter()
        .map(|rowid| rowid.table.as_str())
        .collect();
    assert_eq!(tables, ["notes", "places"]);
    assert_eq!(
        proposal.tables,
        ["boxes", "notes", "people", "places", "rest"]
    );
}

#[test]
fn a_table_whose_rowids_may_matter_keeps_them() {
    let hidden = "CREATE TABLE notes (name TEXT PRIMARY KEY, body TEXT);";
    let cases = [
        ("", None),
        (
            "CREATE VIRTUAL TABLE found USING fts5 (body)",
            Some("rows of found may use its rowid, which no column holds"),
        ),
        (
            "CREATE VIRTUAL TABLE found USING fts5 (body, content='')",
            Some("rows of found may use its rowid, which no column holds"),
        ),
        // The trigger that feeds it names the table of its rows.
        (
            "CREATE VIRTUAL TABLE found USING fts5 (body); CREATE TABLE chats (id INTEGER PRIMARY KEY, body);
             CREATE TRIGGER feeds AFTER INSERT ON chats BEGIN INSERT INTO found (rowid, body) VALUES (new.id, new.body); END",
            None,
        ),
        (
            "CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1)",
            Some("rows of boxes may use its rowid, which no column holds"),
        ),
        (
            "CREATE TABLE links (note_rowid INTEGER)",
            Some("links.note_rowid may use its rowid, which no column holds"),
        ),
        (
            "CREATE VIEW numbered AS SELECT oid, name FROM notes",
            Some("a trigger or a view uses its rowid, which no column holds"),
        ),
        (
            "CREATE TABLE log (n); CREATE TRIGGER notes_it AFTER INSERT ON log BEGIN UPDATE notes SET body = '' WHERE _rowid_ = new.n; END",
            Some("a trigger or a view uses its rowid, which no column holds"),
        ),
    ];
    for (others, why) in cases {
        let proposal = likeliest(&format!("{hidden} {others}"));
        let mut reasons = proposal.rowids.iter();
        let notes = reasons.find(|reasoned| reasoned.table == "notes");
        assert_eq!(notes.map(|notes| notes.why.as_str()), why, "{others}");
    }
}

#[test]
fn a_descending_integer_key_is_not_the_rowid() {
    let proposal = likeliest(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY DESC, body TEXT);
         CREATE VIRTUAL TABLE found USING fts5 (body, content=notes)",
    );
    assert_eq!(proposal.rowids[0].table, "notes");
    let candidate = likeliest(
        "CREATE TABLE events (id INTEGER PRIMARY KEY DESC, kind TEXT, payload TEXT, created_at TEXT)",
    );
    assert_eq!(candidate.log.unwrap().log.id, "id");
}

#[test]
fn init_refuses_to_choose_between_two_likely_logs() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE order_events (id INTEGER PRIMARY KEY, type TEXT, data TEXT);
         CREATE TABLE stock_events (id INTEGER PRIMARY KEY, type TEXT, data TEXT)",
    );
    let ran = sandbox.run(&["init"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.err,
        "several tables look like the event log:\n  \
         order_events: its name is typical of an event log; id is an ascending integer; type may be the kind of event; data may be the payload\n  \
         stock_events: its name is typical of an event log; id is an ascending integer; type may be the kind of event; data may be the payload\n\
         unrewind: name the event log with --event-log TABLE, or say --event-log none\n"
    );
    assert!(!sandbox.data().join("unrewind.toml").exists());
    let ran = sandbox.run(&["init", "--event-log", "stock_events"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(sandbox.run(&["take", "--json"]).json()["last_event_id"], 0);
    let ran = sandbox.run(&["init", "--event-log", "nothing"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("has no table nothing"), "{}", ran.err);
}

#[test]
fn the_command_to_try_after_init_names_the_folder() {
    let sandbox = Sandbox::with_schema(LIBRARY);
    fs::rename(sandbox.data(), sandbox.path().join("my")).unwrap();
    let ran = sandbox.run(&["--data-dir", "my", "init"]);
    let next = "; check it, then try `unrewind --data-dir my take`\n";
    assert!(ran.code == 0 && ran.err.ends_with(next), "{ran:?}");
}

#[test]
fn init_writes_its_proposal_where_the_other_commands_find_it() {
    let sandbox = Sandbox::with_schema(LIBRARY);
    let path = sandbox.data().join("unrewind.toml");
    let tried = sandbox.run(&["init", "--dry-run"]);
    assert_eq!((tried.code, tried.err.as_str()), (0, ""));
    assert!(!path.exists());
    let ran = sandbox.run(&["init"]);
    assert_eq!(
        ran.err,
        "\nwrote data/unrewind.toml; check it, then try `unrewind take`\n"
    );
    assert_eq!(
        (&ran.out, &fs::read_to_string(&path).unwrap()),
        (&tried.out, &tried.out)
    );
    assert_eq!(
        tried.out,
        r#"# How Unrewind sees chat.db, as `unrewind init` proposes it.

# Every table but the event log and those excluded:
# accounts
tables = "auto"
exclude = [
    "schema_migrations", # schema version: a restore does not change the schema
]

[database]
file = "chat.db"

[log]
# its name is typical of an event log
# no column is an ascending integer, but rowid is
# topic may be the kind of event
# state holds JSON
# stream_id may be the stream of an event
# Without AUTOINCREMENT new events may reuse the ids of deleted ones: then an event is
# identified by its id with time, branch and kind, or without a time by all its columns.
table = "stored_events"
id = "rowid"
kind = "topic"
payload = "state"
# Kinds of event that a person writes; without this, every kind counts as one:
# person_kinds = ["…"]
# If a column has one of these meanings, name it:
# time = "…"  # when it happened
# branch = "…"  # on which branch
# superseded_by = "…"  # not NULL in a rewound event
# hidden = "…"  # neither NULL nor 0 in an event that does not count
# active = "…"  # 0 in a rewound event
"#
    );
    assert_eq!(sandbox.run(&["take", "--json"]).json()["last_event_id"], 2);
    sandbox.sql("DELETE FROM stored_events WHERE stream_position = 2; DELETE FROM accounts");
    let ran = sandbox.run(&["recover", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        sandbox.rows("SELECT rowid, topic FROM stored_events"),
        ["1 | 'Opened'", "2 | 'Paid'"]
    );
}

#[test]
fn init_never_overwrites_a_configuration() {
    let sandbox = Sandbox::with_schema(LIBRARY);
    fs::write(sandbox.data().join("unrewind.toml"), "nonsense").unwrap();
    let ran = sandbox.run(&["init"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.err,
        "unrewind: data/unrewind.toml already exists; delete it to write another, or see one with --dry-run\n"
    );
    assert_eq!(sandbox.run(&["init", "--dry-run"]).code, 0);
    let ran = sandbox.run(&["init", "--config", "elsewhere/mine.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        fs::read_to_string(sandbox.data().join("unrewind.toml")).unwrap(),
        "nonsense"
    );
    assert!(sandbox.path().join("elsewhere/mine.toml").exists());
}

#[test]
fn init_with_db_remembers_one_of_several_databases() {
    let sandbox = Sandbox::with_schema(LIBRARY);
    rusqlite::Connection::open(sandbox.data().join("cache.db"))
        .unwrap()
        .execute_batch("CREATE TABLE stored_events (id INTEGER PRIMARY KEY)")
        .unwrap();
    let ran = sandbox.run(&["init"]);
    assert_eq!(
        ran.err,
        "unrewind: several databases in data: data/cache.db, data/chat.db; name one with --db\n"
    );
    assert_eq!(sandbox.run(&["init", "--db", "data/chat.db"]).code, 0);
    assert_eq!(sandbox.run(&["take"]).code, 0);
}

#[test]
fn odd_names_are_quoted_correctly() {
    let sandbox = Sandbox::with_schema(
        r#"CREATE TABLE "the ""log""
of all'" ("i ""d""" INTEGER PRIMARY KEY, "kind" TEXT, payload TEXT);
           CREATE TABLE "[a]*_migrations" (id INTEGER PRIMARY KEY); CREATE TABLE "select" (id INTEGER PRIMARY KEY);
           CREATE TABLE c_migrations (id INTEGER PRIMARY KEY); INSERT INTO "select" VALUES (1)"#,
    );
    let ran = sandbox.run(&["init", "--event-log", "the \"LOG\"\nof all'"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let taken = sandbox.run(&["take", "--json"]).json();
    let text = fs::read_to_string(sandbox.path().join(taken["path"].as_str().unwrap())).unwrap();
    assert_eq!(
        text,
        "{\"last_event_id\": 0, \"the \\\"log\\\"\\nof all'\": [], \"select\": [{\"id\": 1}]}"
    );
}

#[test]
fn a_log_with_a_column_called_rowid_is_identified_by_another_name_of_it() {
    for hides in ["rowid TEXT", "rowid AS (kind || '!')"] {
        let sandbox = Sandbox::with_schema(&format!(
            "CREATE TABLE events (kind TEXT, payload TEXT, {hides});
             INSERT INTO events (_rowid_, kind) VALUES (3, 'rose'), (7, 'fell'), (8, 'slept')"
        ));
        let ids = || sandbox.rows("SELECT _rowid_, kind FROM events");
        let before = ids();
        let ran = sandbox.run(&["init"]);
        assert!(ran.out.contains("id = \"_rowid_\"\n"), "{}", ran.out);
        assert_eq!(sandbox.run(&["take"]).code, 0);
        sandbox.sql("DELETE FROM events WHERE _rowid_ > 3; UPDATE events SET _rowid_ = 4");
        let ran = sandbox.run(&["restore", "latest", "--yes"]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
        assert_eq!(ids(), before);
    }
}

#[test]
fn init_of_a_database_without_tables_is_an_error() {
    let sandbox = Sandbox::without_tables();
    sandbox.sql("PRAGMA user_version = 1");
    let ran = sandbox.run(&["init"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("there is no table to take a snapshot of"),
        "{}",
        ran.err
    );
}

#[test]
fn each_data_folder_has_its_own_configuration() {
    let sandbox = Sandbox::with_schema(LIBRARY);
    assert_eq!(sandbox.run(&["init"]).code, 0);
    let other = sandbox.path().join("other");
    fs::create_dir(&other).unwrap();
    rusqlite::Connection::open(other.join("notes.db"))
        .unwrap()
        .execute_batch("CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1)")
        .unwrap();
    assert_eq!(sandbox.run(&["--data-dir", "other", "init"]).code, 0);
    assert_eq!(sandbox.run(&["take", "--json"]).json()["last_event_id"], 2);
    let taken = sandbox
        .run(&["take", "--json", "--data-dir", "other"])
        .json();
    let text = fs::read_to_string(sandbox.path().join(taken["path"].as_str().unwrap())).unwrap();
    assert_eq!(text, r#"{"last_event_id": 0, "notes": [{"id": 1}]}"#);
    // Without an event log, the output does not mention events.
    rusqlite::Connection::open(other.join("notes.db"))
        .unwrap()
        .execute_batch("DELETE FROM notes")
        .unwrap();
    let ran = sandbox.run(&["--data-dir", "other", "restore", "latest", "--dry-run"]);
    assert!(
        ran.out.contains("notes") && !ran.out.contains("event"),
        "{}",
        ran.out
    );
    let profile = unrewind::config::Config::load(unrewind::config::ConfigFiles {
        folder: Some(&other.join("unrewind.toml")),
        ..Default::default()
    });
    let profile = profile.unwrap().profile;
    assert_eq!(
        (profile.log, profile.tables),
        (
            None,
            Tables::Auto {
                exclude: Vec::new()
            }
        )
    );
}

#[test]
fn what_the_system_refuses_is_said_in_the_words_of_every_other_error() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path().join("file"), "").unwrap();
    let ran = sandbox.run(&["init", "--config", "file/within/x.toml"]);
    let message = "unrewind: cannot write file/within/x.toml: ";
    assert!(ran.code == 1 && ran.err.starts_with(message), "{ran:?}");
    assert_eq!(ran.err.contains("not a directory\n"), cfg!(unix));
}
