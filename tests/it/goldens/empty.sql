-- Every table is there and none has a row.
CREATE TABLE event_log (
    id INTEGER PRIMARY KEY,
    branch_id INTEGER NOT NULL DEFAULT 1,
    ts TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    superseded_by INTEGER REFERENCES event_log (id),
    hidden INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE bots (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    persona TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL
);
CREATE TABLE you_entity (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    about TEXT NOT NULL DEFAULT ''
);
CREATE TABLE edges (
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    feeling TEXT NOT NULL,
    weight REAL NOT NULL DEFAULT 0.0,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (source, target)
);
CREATE TABLE chats (
    id INTEGER PRIMARY KEY,
    bot_id TEXT NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE chat_state (
    chat_id INTEGER PRIMARY KEY REFERENCES chats (id) ON DELETE CASCADE,
    message_count INTEGER NOT NULL DEFAULT 0,
    last_message_at TEXT,
    mood TEXT NOT NULL DEFAULT 'neutral'
);
CREATE TABLE containers (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    name TEXT NOT NULL
);
CREATE TABLE scenes (
    id INTEGER PRIMARY KEY,
    container_id INTEGER NOT NULL REFERENCES containers (id) ON DELETE CASCADE,
    summary TEXT NOT NULL,
    started_at TEXT NOT NULL,
    closed_at TEXT
);
CREATE TABLE memories (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL REFERENCES chats (id),
    scene_id INTEGER REFERENCES scenes (id),
    text TEXT NOT NULL,
    importance REAL NOT NULL DEFAULT 0.5,
    created_at TEXT NOT NULL
);
CREATE TABLE activity (
    id INTEGER PRIMARY KEY,
    bot_id TEXT NOT NULL REFERENCES bots (id) ON DELETE CASCADE,
    doing TEXT NOT NULL,
    since TEXT NOT NULL
);
CREATE TABLE classifier_failures (
    id INTEGER PRIMARY KEY,
    event_id INTEGER NOT NULL,
    classifier TEXT NOT NULL,
    error TEXT NOT NULL
);
CREATE VIRTUAL TABLE memories_fts USING fts5 (text, content = 'memories', content_rowid = 'id');
CREATE TRIGGER memories_ai AFTER INSERT ON memories BEGIN
    INSERT INTO memories_fts (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER memories_ad AFTER DELETE ON memories BEGIN
    INSERT INTO memories_fts (memories_fts, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER memories_au AFTER UPDATE ON memories BEGIN
    INSERT INTO memories_fts (memories_fts, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO memories_fts (rowid, text) VALUES (new.id, new.text);
END;
