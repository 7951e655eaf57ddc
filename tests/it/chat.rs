//! A minimal chat application for the tests: it logs events, projects its tables from them, rewinds, and
//! starts from the newest periodic snapshot (the cold load).

use std::{fs, path::Path};

use rusqlite::{Connection, params_from_iter, types::Value as Sql};
use serde_json::Value as Json;

/// The schema.
pub const SCHEMA: &str = include_str!("../../assets/chat.sql");

/// The projected tables, in the order in which the service writes and fills them.
pub const TABLES: [&str; 10] = [
    "bots",
    "you_entity",
    "edges",
    "memories",
    "chats",
    "chat_state",
    "containers",
    "scenes",
    "activity",
    "classifier_failures",
];

/// What each kind of event does to the projected tables; `:event` is its id.
const PROJECTIONS: [(&str, &str); 5] = [
    (
        "bot_added",
        "INSERT INTO bots (id, name, created_at)
         SELECT payload_json ->> 'id', payload_json ->> 'name', ts FROM event_log WHERE id = :event",
    ),
    (
        "chat_opened",
        "INSERT INTO chats (id, bot_id, title, created_at)
         SELECT payload_json ->> 'chat', payload_json ->> 'bot', payload_json ->> 'title', ts
         FROM event_log WHERE id = :event;
         INSERT INTO chat_state (chat_id)
         SELECT payload_json ->> 'chat' FROM event_log WHERE id = :event",
    ),
    (
        "message",
        "UPDATE chat_state SET message_count = message_count + 1, last_message_at = ts
         FROM event_log WHERE event_log.id = :event AND chat_id = payload_json ->> 'chat'",
    ),
    (
        "memory_added",
        "INSERT INTO memories (id, chat_id, text, importance, created_at)
         SELECT id, payload_json ->> 'chat', payload_json ->> 'text', 0.1, ts
         FROM event_log WHERE id = :event",
    ),
    (
        "felt",
        "INSERT INTO edges (source, target, feeling, weight, updated_at)
         SELECT payload_json ->> 'bot', 'you', payload_json ->> 'feeling', 0.25, ts
         FROM event_log WHERE id = :event
         ON CONFLICT DO UPDATE SET feeling = excluded.feeling, updated_at = excluded.updated_at",
    ),
];

/// Logs an event, projects it and returns its id.
pub fn event(app: &Connection, kind: &str, payload: &Json) -> i64 {
    let sql = "INSERT INTO event_log (ts, kind, payload_json)
        SELECT strftime('%FT%TZ', '2021-03-14 09:00:00', coalesce(max(id), 0) || ' minutes'), ?1, ?2
        FROM event_log";
    app.execute(sql, (kind, payload.to_string())).unwrap();
    let id = app.last_insert_rowid();
    project(app, id, kind);
    id
}

fn project(app: &Connection, id: i64, kind: &str) {
    if let Some((_, sql)) = PROJECTIONS.iter().find(|(known, _)| *known == kind) {
        app.execute_batch(&sql.replace(":event", &id.to_string()))
            .unwrap();
    }
}

/// Rewinds the events after `last`, and projects those left.
pub fn rewind(app: &Connection, last: i64) {
    let rewound = event(app, "rewind", &serde_json::json!({ "to": last }));
    let sql = "UPDATE event_log SET superseded_by = ?1 WHERE id > ?2 AND id <> ?1";
    app.execute(sql, [rewound, last]).unwrap();
    clear(app);
    replay_after(app, 0);
}

/// Starts the application: loads the newest periodic snapshot, then replays the events after its last one.
pub fn load_cold(app: &Connection, data: &Path) {
    let folder = fs::read_dir(data.join("snapshots/periodic")).unwrap();
    let newest = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .max()
        .expect("a periodic snapshot");
    let snapshot: Json = serde_json::from_slice(&fs::read(newest).unwrap()).unwrap();
    app.pragma_update(None, "foreign_keys", false).unwrap();
    clear(app);
    for table in TABLES {
        for row in snapshot[table].as_array().into_iter().flatten() {
            insert(app, table, row.as_object().unwrap());
        }
    }
    replay_after(app, snapshot["last_event_id"].as_i64().unwrap());
    app.pragma_update(None, "foreign_keys", true).unwrap();
}

fn clear(app: &Connection) {
    let references = ["memories", "activity", "scenes", "containers", "chat_state"];
    for table in references.iter().chain(&TABLES) {
        app.execute(&format!("DELETE FROM {table}"), []).unwrap();
    }
}

fn insert(app: &Connection, table: &str, row: &serde_json::Map<String, Json>) {
    let columns: Vec<&str> = row.keys().map(String::as_str).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({marks})",
        columns.join(", ")
    );
    let value = |value: &Json| match value {
        Json::Null => Sql::Null,
        Json::String(text) => Sql::Text(text.clone()),
        number => number
            .as_i64()
            .map_or_else(|| Sql::Real(number.as_f64().unwrap()), Sql::Integer),
    };
    app.execute(&sql, params_from_iter(row.values().map(value)))
        .unwrap();
}

/// Projects the active events after `last`.
pub fn replay_after(app: &Connection, last: i64) {
    let sql = "SELECT id, kind FROM event_log
        WHERE id > ?1 AND superseded_by IS NULL AND hidden = 0 ORDER BY id";
    let mut statement = app.prepare(sql).unwrap();
    let events = statement
        .query_map([last], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let events: Vec<(i64, String)> = events.map(Result::unwrap).collect();
    for (id, kind) in events {
        project(app, id, &kind);
    }
}

/// The JSON of a snapshot as the service takes it.
pub fn snapshot(app: &Connection) -> String {
    let last: i64 = app
        .query_row("SELECT coalesce(max(id), 0) FROM event_log", [], |row| {
            row.get(0)
        })
        .unwrap();
    let tables = ["event_log"].into_iter().chain(TABLES);
    let tables = tables.map(|table| format!(", \"{table}\": {}", rows_json(app, table)));
    format!(
        "{{\"last_event_id\": {last}{}}}",
        tables.collect::<String>()
    )
}

fn rows_json(app: &Connection, table: &str) -> Json {
    let mut statement = app.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let names = statement.column_names();
    let names: Vec<String> = names.map(str::to_owned).collect();
    let rows = statement.query_map([], |row| {
        let value = |index| {
            Ok(match row.get(index)? {
                Sql::Null => Json::Null,
                Sql::Integer(number) => number.into(),
                Sql::Real(number) => number.into(),
                Sql::Text(text) => text.into(),
                Sql::Blob(_) => panic!("the service cannot write this"),
            })
        };
        let values = (0..names.len())
            .map(value)
            .collect::<rusqlite::Result<Vec<Json>>>()?;
        Ok(names.iter().cloned().zip(values).collect::<Json>())
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// A copy of the application's database in memory.
pub fn copy(app: &Connection) -> Connection {
    let mut copy = Connection::open_in_memory().unwrap();
    let backup = rusqlite::backup::Backup::new(app, &mut copy).unwrap();
    backup
        .run_to_completion(1000, std::time::Duration::ZERO, None)
        .unwrap();
    drop(backup);
    copy
}

/// A copy with the same log, whose tables are those of `of` (or empty) plus the active events after `after`.
pub fn projected(app: &Connection, of: Option<&Json>, after: i64) -> Connection {
    let projected = copy(app);
    projected
        .pragma_update(None, "foreign_keys", false)
        .unwrap();
    clear(&projected);
    if let Some(of) = of {
        for table in TABLES {
            for row in of[table].as_array().unwrap() {
                insert(&projected, table, row.as_object().unwrap());
            }
        }
    }
    replay_after(&projected, after);
    projected
}
