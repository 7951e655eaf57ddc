//! What the names of tables and columns say about an application, and what they do not.

use unrewind::core::{Choice, Log, Reasoned};

use super::{likeliest, propose};
use crate::sandbox::Sandbox;

/// The proposed table and columns: time, kind, payload, and the flags.
fn log_of(schema: &str) -> [Option<String>; 7] {
    let log = likeliest(schema).log.expect("a log").log;
    let Log {
        table,
        time,
        kind,
        payload,
        superseded_by,
        hidden,
        active,
        ..
    } = log;
    [
        Some(table),
        time,
        kind,
        payload,
        superseded_by,
        hidden,
        active,
    ]
}

#[test]
fn init_recognizes_the_logs_of_common_applications_with_their_flags() {
    let cases: [(&str, [&str; 7]); 5] = [
        (
            "CREATE TABLE sessions (id TEXT PRIMARY KEY);
             CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, role TEXT, content TEXT,
                timestamp REAL, active INTEGER NOT NULL DEFAULT 1);
             INSERT INTO messages VALUES (1, 'a', 'user', 'hi', 1.5, 1), (2, 'a', 'user', 'ho', 2.5, 0)",
            ["messages", "timestamp", "role", "content", "", "", "active"],
        ),
        (
            "CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT, created_at TEXT, deleted_at TEXT);
             INSERT INTO messages VALUES (1, 'a', '2021', NULL), (2, 'a', '2021', '2022')",
            ["messages", "created_at", "", "body", "", "deleted_at", ""],
        ),
        (
            "CREATE TABLE Events (id INTEGER PRIMARY KEY, type TEXT, data TEXT, occurred_at TEXT, is_current BOOLEAN, superseded_by_id INTEGER);
             INSERT INTO Events VALUES (1, 'a', '{}', '2021', 1, NULL), (2, 'a', '{}', '2022', NULL, NULL)",
            ["Events", "occurred_at", "type", "data", "superseded_by_id", "", "is_current"],
        ),
        // The values of these columns are not flags.
        (
            "CREATE TABLE events (id INTEGER PRIMARY KEY, type TEXT, data TEXT, active TEXT, deleted_at TEXT, hidden TEXT);
             INSERT INTO events VALUES (1, 'a', '{}', 'yes', '', 'false'), (2, 'a', '{}', 'no', '', 'false')",
            ["events", "", "type", "data", "", "", ""],
        ),
        (
            "CREATE TABLE agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, message_data TEXT, created_at TIMESTAMP);
             CREATE TABLE agent_sessions (session_id TEXT PRIMARY KEY);
             INSERT INTO agent_messages VALUES (1, 'a', '{\"role\": \"user\"}', '2021'), (2, 'a', '{}', '2022')",
            ["agent_messages", "created_at", "", "message_data", "", "", ""],
        ),
    ];
    for (schema, wanted) in cases {
        let wanted = wanted.map(|name| (!name.is_empty()).then(|| name.to_owned()));
        assert_eq!(log_of(schema), wanted, "{schema}");
    }
}

#[test]
fn no_table_is_excluded_by_an_ambiguous_name() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE sessions (id TEXT PRIMARY KEY); CREATE TABLE State_Cache (entity TEXT PRIMARY KEY, hp INTEGER);
         CREATE TABLE django_session (key TEXT PRIMARY KEY); CREATE TABLE bird_migrations (id INTEGER PRIMARY KEY, species TEXT);
         CREATE TABLE migrations (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE sessionless (id INTEGER PRIMARY KEY);
         CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash TEXT, created_at NUMERIC);
         INSERT INTO sessions VALUES ('a'); INSERT INTO State_Cache VALUES ('a', 1);
         INSERT INTO migrations VALUES (1, 'the flight of the geese')",
    );
    let mut proposal = propose(&sandbox, &Choice::NoLog);
    let names = |reasoned: &[Reasoned]| -> Vec<String> {
        reasoned.iter().map(|one| one.table.clone()).collect()
    };
    assert_eq!(names(&proposal.excluded), ["__drizzle_migrations"]);
    assert_eq!(names(&proposal.doubtful), ["State_Cache", "sessions"]);
    assert_eq!(
        proposal.tables,
        [
            "State_Cache",
            "bird_migrations",
            "django_session",
            "migrations",
            "sessionless",
            "sessions"
        ]
    );
    let ran = sandbox.run(&["init", "--event-log", "none"]);
    assert!(ran.out.contains("\n# sessions: by its name"), "{}", ran.out);
    proposal.leave_out("sessions");
    assert_eq!(
        names(&proposal.excluded),
        ["__drizzle_migrations", "sessions"]
    );
    assert!(!proposal.tables.contains(&"sessions".to_owned()));
}

#[test]
fn schema_versions_are_recognized_by_their_shape_despite_a_reserved_name() {
    let proposal = super::likeliest(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, ts TEXT, kind TEXT, payload TEXT);
         CREATE TABLE zz_meta (version INTEGER PRIMARY KEY, applied_at TEXT, checksum TEXT);
         CREATE TABLE last_event_id (id INTEGER PRIMARY KEY, n INTEGER);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)",
    );
    let mut excluded: Vec<&str> = proposal
        .excluded
        .iter()
        .map(|excluded| excluded.table.as_str())
        .collect();
    excluded.sort_unstable();
    assert_eq!(excluded, ["last_event_id", "zz_meta"]);
    assert_eq!(proposal.tables, ["notes"]);
}
