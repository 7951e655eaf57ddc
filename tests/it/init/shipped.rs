//! Databases of known libraries, which `init` recognizes by the columns of their tables.

use unrewind::{
    config::{Config, ConfigFiles, shipped_profiles},
    core::{Choice, Proposal, Reasoned, Tables},
};

use super::{likeliest, propose};
use crate::{chat, sandbox::Sandbox};

const LANGGRAPH: &str = "
    CREATE TABLE checkpoints (thread_id TEXT NOT NULL, checkpoint_ns TEXT NOT NULL DEFAULT '', checkpoint_id TEXT NOT NULL,
        parent_checkpoint_id TEXT, type TEXT, checkpoint BLOB, metadata BLOB,
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id));
    CREATE TABLE writes (thread_id TEXT NOT NULL, checkpoint_ns TEXT NOT NULL DEFAULT '', checkpoint_id TEXT NOT NULL,
        task_id TEXT NOT NULL, idx INTEGER NOT NULL, channel TEXT NOT NULL, type TEXT, value BLOB,
        PRIMARY KEY (thread_id, checkpoint_ns, checkpoint_id, task_id, idx));
    CREATE TABLE store_migrations (v INTEGER PRIMARY KEY);
    CREATE TABLE store (prefix TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, created_at TIMESTAMP,
        PRIMARY KEY (prefix, key));";

const EVENTSOURCING: &str = "
    CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB,
        PRIMARY KEY (originator_id, originator_version));
    CREATE TABLE stored_snapshots (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB,
        PRIMARY KEY (originator_id, originator_version)) WITHOUT ROWID;";

const AGENTS: &str = "
    CREATE TABLE agent_sessions (session_id TEXT PRIMARY KEY, created_at TIMESTAMP, updated_at TIMESTAMP);
    CREATE TABLE agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL REFERENCES agent_sessions,
        message_data TEXT NOT NULL, created_at TIMESTAMP);
    CREATE TABLE message_structure (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT REFERENCES agent_sessions,
        message_id INTEGER REFERENCES agent_messages, branch_id TEXT, message_type TEXT, created_at TIMESTAMP);
    INSERT INTO agent_sessions VALUES ('a', '2021', '2021');
    INSERT INTO agent_messages VALUES (1, 'a', '{}', '2021'), (2, 'a', '{}', '2022');
    INSERT INTO message_structure VALUES (1, 'a', 1, 'main', 'user', '2021'), (2, 'a', 2, 'main', 'user', '2022');";

const ADK: &str = "
    CREATE TABLE adk_internal_metadata (key VARCHAR(128) NOT NULL PRIMARY KEY, value VARCHAR(256) NOT NULL);
    CREATE TABLE sessions (app_name VARCHAR(128), user_id VARCHAR(128), id VARCHAR(128), state TEXT, create_time DATETIME,
        update_time DATETIME, PRIMARY KEY (app_name, user_id, id));
    CREATE TABLE app_states (app_name VARCHAR(128) PRIMARY KEY, state TEXT, update_time DATETIME);
    CREATE TABLE user_states (app_name VARCHAR(128), user_id VARCHAR(128), state TEXT, update_time DATETIME,
        PRIMARY KEY (app_name, user_id));
    INSERT INTO adk_internal_metadata VALUES ('schema_version', '1'); INSERT INTO sessions (id) VALUES ('a');";

/// Its events as the current schema, and the one before it, have them.
const ADK_EVENTS: [&str; 2] = [
    "CREATE TABLE events (id VARCHAR(128), app_name VARCHAR(128), user_id VARCHAR(128), session_id VARCHAR(128),
        invocation_id VARCHAR(256), timestamp DATETIME, event_data TEXT, PRIMARY KEY (id, app_name, user_id, session_id))",
    "CREATE TABLE events (id VARCHAR(128), app_name VARCHAR(128), user_id VARCHAR(128), session_id VARCHAR(128),
        invocation_id VARCHAR(256), author VARCHAR(256), actions BLOB, branch VARCHAR(256), timestamp DATETIME, content TEXT,
        PRIMARY KEY (id, app_name, user_id, session_id))",
];

const LLM: &str = "
    CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
    CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT, response TEXT,
        conversation_id TEXT REFERENCES conversations, datetime_utc TEXT);
    CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT REFERENCES messages, role TEXT, content TEXT, created_at TEXT);";

const OPEN_WEBUI: &str = "
    CREATE TABLE auth (id VARCHAR(255) NOT NULL, email VARCHAR(255), password TEXT, active INTEGER);
    CREATE TABLE user (id VARCHAR(255) NOT NULL, name VARCHAR(255), email VARCHAR(255), role VARCHAR(255));
    CREATE TABLE chat (id VARCHAR(255) NOT NULL, user_id VARCHAR(255), title TEXT, chat JSON, created_at BIGINT, updated_at BIGINT);
    CREATE TABLE config_old (id INTEGER NOT NULL PRIMARY KEY, data JSON, version INTEGER, created_at DATETIME);
    CREATE TABLE oauth_session (id TEXT PRIMARY KEY, token TEXT); INSERT INTO oauth_session VALUES ('a', 'b');
    CREATE TABLE message (id TEXT PRIMARY KEY, user_id TEXT, channel_id TEXT, content TEXT, data JSON, created_at BIGINT);
    INSERT INTO message VALUES ('a', 'b', 'c', 'd', '{}', 1), ('b', 'b', 'c', 'd', '{}', 2);";

/// The names of the recognized profiles.
fn recognized(proposal: &Proposal) -> Vec<&str> {
    let recognized = proposal.recognized.iter();
    recognized.map(|known| known.name.as_str()).collect()
}

/// The proposed event log's table, id, time, kind and payload.
fn log(proposal: &Proposal) -> Option<[&str; 5]> {
    let log = &proposal.log.as_ref()?.log;
    let [time, kind, payload] =
        [&log.time, &log.kind, &log.payload].map(|column| column.as_deref().unwrap_or(""));
    Some([&log.table, &log.id, time, kind, payload])
}

fn names(reasoned: &[Reasoned]) -> Vec<&str> {
    reasoned.iter().map(|one| one.table.as_str()).collect()
}

#[test]
fn init_recognizes_each_shipped_profile_by_the_columns_of_its_tables() {
    let adk = ADK_EVENTS.map(|events| format!("{ADK} {events}"));
    let cases = [
        (
            chat::SCHEMA,
            "the chat service",
            Some(["event_log", "id", "ts", "kind", "payload_json"]),
        ),
        (LANGGRAPH, "LangGraph's checkpointer", None),
        (
            EVENTSOURCING,
            "the library eventsourcing",
            Some(["stored_events", "rowid", "", "topic", "state"]),
        ),
        (
            AGENTS,
            "the OpenAI Agents SDK",
            Some(["agent_messages", "id", "created_at", "", "message_data"]),
        ),
        (
            &adk[0],
            "Google's Agent Development Kit",
            Some(["events", "rowid", "timestamp", "", "event_data"]),
        ),
        (
            &adk[1],
            "Google's Agent Development Kit, schema 0",
            Some(["events", "rowid", "timestamp", "author", "content"]),
        ),
        (LLM, "llm", None),
        (OPEN_WEBUI, "Open WebUI", None),
    ];
    assert_eq!(shipped_profiles().unwrap().len(), cases.len());
    for (schema, name, wanted) in cases {
        // Columns and tables that a newer version may add change nothing.
        let columns = schema.replace("_id TEXT", "_id TEXT DEFAULT 'x'");
        let newer =
            format!("{columns}; CREATE TABLE newer_things (id INTEGER PRIMARY KEY, note TEXT)");
        for schema in [schema, &newer] {
            let proposal = likeliest(schema);
            assert_eq!(recognized(&proposal), [name], "{schema}");
            assert_eq!(log(&proposal), wanted, "{schema}");
            assert_eq!(names(&proposal.doubtful), [""; 0], "{schema}");
            assert!(!proposal.is_open && proposal.others.is_empty(), "{schema}");
        }
    }
}

#[test]
fn a_table_that_only_resembles_one_of_a_shipped_profile_is_none_of_it() {
    let cases = [
        // A column is missing.
        LANGGRAPH.replace("checkpoint BLOB, ", ""),
        AGENTS.replace("message_data", "content"),
        format!("{ADK} {}", ADK_EVENTS[0].replace("event_data", "payload")),
        LLM.replace("conversation_id", "chat"),
        OPEN_WEBUI.replace("password", "token"),
        // A table is missing.
        LANGGRAPH.replace("TABLE writes", "TABLE graph_writes"),
        ADK_EVENTS[0].to_owned(),
        // The id is no ascending integer.
        AGENTS.replace(
            "id INTEGER PRIMARY KEY AUTOINCREMENT",
            "id TEXT PRIMARY KEY",
        ),
        EVENTSOURCING.replace(
            "originator_version));",
            "originator_version)) WITHOUT ROWID;",
        ),
        chat::SCHEMA.replace("branch_id INTEGER", "branch INTEGER"),
    ];
    for schema in cases {
        let sandbox = Sandbox::with_schema(&format!("PRAGMA foreign_keys = OFF; {schema}"));
        let proposal = propose(&sandbox, &Choice::NoLog);
        assert_eq!(recognized(&proposal), [""; 0], "{schema}");
    }
}

#[test]
fn the_tables_of_a_shipped_profile_are_described_with_all_others() {
    let own = "CREATE TABLE login_sessions (id TEXT PRIMARY KEY); INSERT INTO login_sessions VALUES ('a');
        CREATE TABLE order_events (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, payload TEXT, created_at TEXT);
        INSERT INTO order_events VALUES (1, 'a', '{}', '2021'), (2, 'a', '{}', '2022');
        CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY);";
    let proposal = likeliest(&format!("{LANGGRAPH} {own}"));
    assert_eq!(recognized(&proposal), ["LangGraph's checkpointer"]);
    assert_eq!(log(&proposal).unwrap()[0], "order_events");
    assert_eq!(
        proposal.tables,
        ["checkpoints", "login_sessions", "store", "writes"]
    );
    assert_eq!(names(&proposal.doubtful), ["login_sessions"]);
    assert_eq!(
        names(&proposal.excluded),
        ["schema_migrations", "store_migrations"]
    );
    // Two logs that are as likely: only the user can say which one it is.
    let events = "INSERT INTO events (id, timestamp, event_data) VALUES ('a', '2021', '{}'), ('b', '2022', '{}')";
    let both = format!("{ADK} {}; {events}; {own}", ADK_EVENTS[0]);
    let proposal = likeliest(&both);
    assert_eq!((log(&proposal), proposal.is_open), (None, true));
    let sandbox = Sandbox::with_schema(&both);
    let ran = sandbox.run(&["init", "--event-log", "events"]);
    assert!(ran.out.contains("payload = \"event_data\"\n"), "{ran:?}");
    let proposal = propose(&sandbox, &Choice::NoLog);
    assert!(proposal.tables.contains(&"events".to_owned()));
}

#[test]
fn a_log_that_is_none_keeps_the_rowids_that_its_library_uses() {
    let sandbox = Sandbox::with_schema(EVENTSOURCING);
    let proposal = propose(&sandbox, &Choice::NoLog);
    assert_eq!(names(&proposal.rowids), ["stored_events"]);
    assert_eq!(names(&likeliest(EVENTSOURCING).rowids), [""; 0]);
}

#[test]
fn init_describes_the_chat_service_by_its_own_defaults() {
    let sandbox = Sandbox::new();
    let described = || {
        Config::load(ConfigFiles::chosen(&sandbox.data().join("unrewind.toml")))
            .unwrap()
            .profile
    };
    assert_eq!(sandbox.run(&["init"]).code, 0);
    assert_eq!(described(), Config::defaults().unwrap().profile);
    std::fs::remove_file(sandbox.data().join("unrewind.toml")).unwrap();
    sandbox.sql("CREATE TABLE notes (id INTEGER PRIMARY KEY)");
    assert_eq!(sandbox.run(&["init"]).code, 0);
    let Tables::Named(tables) = described().tables else {
        panic!("the service's own order");
    };
    assert_eq!(tables[..10], crate::chat::TABLES);
    assert_eq!(tables[10..], ["notes"]);
}

#[test]
fn the_proposal_names_the_application_and_the_tables_that_show_it() {
    let ran = Sandbox::with_schema(AGENTS).run(&["init", "--dry-run"]);
    let head = "# How Unrewind sees chat.db, as `unrewind init` proposes it.\n\n\
        # By their columns, these are tables of the OpenAI Agents SDK:\n# agent_messages, agent_sessions\n";
    assert!(ran.out.starts_with(head), "{}", ran.out);
    assert!(
        ran.out
            .contains("\n[log]\n# it is the event log of the OpenAI Agents SDK\n"),
        "{}",
        ran.out
    );
}

#[test]
fn blobs_of_checkpoints_come_back_byte_for_byte() {
    let sandbox = Sandbox::with_schema(LANGGRAPH);
    sandbox.sql(
        "INSERT INTO checkpoints VALUES ('a', '', '1', NULL, 'msgpack', x'00ff8083c1', x'7b7d'), ('b', '', '1', NULL, 'msgpack', x'', NULL);
         INSERT INTO writes VALUES ('a', '', '1', 't', -1, '__interrupt__', 'msgpack', zeroblob(3))",
    );
    let rows = || {
        ["checkpoints", "writes"]
            .map(|table| sandbox.rows(&format!("SELECT * FROM {table} ORDER BY 1")))
    };
    let before = rows();
    for command in [&["init"][..], &["take"]] {
        assert_eq!(sandbox.run(command).code, 0);
    }
    sandbox.sql("DELETE FROM checkpoints WHERE thread_id = 'a'; DELETE FROM writes; UPDATE checkpoints SET checkpoint = x'01'");
    let ran = sandbox.run(&["restore", "latest", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(rows(), before);
}

#[test]
fn nothing_is_said_of_events_or_of_a_start_from_a_snapshot_where_there_is_none() {
    let sandbox = Sandbox::with_schema(LANGGRAPH);
    sandbox.sql("INSERT INTO store (prefix, key, value) VALUES ('a', 'b', 'c')");
    let mut said = Vec::new();
    let commands: [&[&str]; 8] = [
        &["init"],
        &["take"],
        &["list"],
        &["show", "latest"],
        &["verify", "latest"],
        &["restore", "latest", "--dry-run", "--no-checkpoint"],
        &["restore", "latest", "--yes"],
        &["status"],
    ];
    for command in commands {
        if command.contains(&"--yes") {
            sandbox.sql("DELETE FROM store");
        }
        let ran = sandbox.run(command);
        assert_eq!(ran.code, 0, "{command:?} {}", ran.err);
        // The proposal explains each key, also those of a log.
        said.extend((command[0] != "init").then_some(ran.out + &ran.err));
    }
    let said = said.join("\n");
    for false_words in [
        "last event",
        "application start",
        "starts from",
        "next start",
    ] {
        assert!(!said.contains(false_words), "{false_words}: {said}");
    }
    let checkpoint = "_checkpoint is a periodic snapshot of the restored state\n";
    assert!(said.contains(checkpoint), "{said}");
}

#[test]
fn an_event_whose_text_is_in_parts_is_shown_by_it() {
    let adk = format!("{ADK} {};", ADK_EVENTS[0]);
    let cases = [
        (
            AGENTS,
            r#"INSERT INTO agent_messages VALUES (3, 'a', '{"role": "assistant", "content": [{"type": "output_text", "text": "The lamp burns."}]}', '2023')"#,
            "agent_messages WHERE id = 3",
        ),
        (
            &adk,
            r#"INSERT INTO events (id, timestamp, event_data) VALUES ('a', '2023',
                '{"content": {"parts": [{"inline_data": {"data": "AAEC"}}, {"text": "The lamp burns."}], "role": "user"}, "id": "2c6790b9-4b7f"}')"#,
            "events",
        ),
    ];
    for (schema, event, which) in cases {
        let sandbox = Sandbox::with_schema(&format!("{schema} {event}"));
        for command in [&["init"][..], &["take"]] {
            assert_eq!(sandbox.run(command).code, 0);
        }
        sandbox.sql(&format!("DELETE FROM {which}"));
        let ran = sandbox.run(&["recover", "--dry-run"]);
        assert!(ran.out.contains("“The lamp burns.”"), "{ran:?}");
    }
}
