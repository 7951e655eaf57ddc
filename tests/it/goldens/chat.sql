-- A small evening in the chat application: gaps in the ids of the log, events taken back and hidden.
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
INSERT INTO event_log (id, branch_id, ts, kind, payload_json, superseded_by, hidden) VALUES
    (1, 1, '2026-03-14T18:00:07Z', 'bot_added', '{"id": "mara", "name": "Mara Lindqvist"}', NULL, 0),
    (2, 1, '2026-03-14T18:00:14Z', 'bot_added', '{"id": "otto", "name": "Otto"}', NULL, 0),
    (3, 1, '2026-03-14T18:01:21Z', 'bot_added', '{"id": "vesna", "name": "Vesna"}', NULL, 0),
    (4, 1, '2026-03-14T18:01:28Z', 'you_renamed', '{"name": "Jo"}', NULL, 0),
    (5, 1, '2026-03-14T18:02:35Z', 'chat_opened', '{"chat_id": 1, "bot_id": "mara", "title": "The lighthouse"}', NULL, 0),
    (6, 1, '2026-03-14T18:03:42Z', 'scene_opened', '{"chat_id": 1, "container": "Harbour", "scene_id": 1}', NULL, 0),
    (7, 1, '2026-03-14T18:04:49Z', 'message', '{"chat_id": 1, "from": "you", "text": "Is the lamp still burning?"}', NULL, 0),
    (8, 1, '2026-03-14T18:05:56Z', 'message', '{"chat_id": 1, "from": "mara", "text": "It is. I climbed up to see it \u2014 242 steps."}', NULL, 0),
    (9, 1, '2026-03-14T18:06:03Z', 'memory_added', '{"memory_id": 1, "chat_id": 1}', NULL, 0),
    (12, 1, '2026-03-14T18:08:24Z', 'edge_changed', '{"source": "mara", "target": "you", "weight": 0.35}', NULL, 0),
    (13, 1, '2026-03-14T18:09:31Z', 'message', '{"chat_id": 1, "from": "you", "text": "He said \"wait\" and then C:\\nothing."}', 21, 0),
    (14, 1, '2026-03-14T18:10:38Z', 'message', '{"chat_id": 1, "from": "mara", "text": "\u2026 who did?"}', 21, 0),
    (15, 1, '2026-03-14T18:10:45Z', 'memory_added', '{"memory_id": 2, "chat_id": 1}', 21, 0),
    (16, 1, '2026-03-14T18:11:52Z', 'edge_changed', '{"source": "mara", "target": "you", "weight": -0.6}', 21, 0),
    (18, 1, '2026-03-14T18:13:06Z', 'message', '{"chat_id": 1, "from": "you", "text": "Forget it."}', 21, 1),
    (21, 1, '2026-03-14T18:20:27Z', 'rewound', '{"to": 12, "events": 5}', NULL, 0),
    (22, 1, '2026-03-14T18:21:34Z', 'message', '{"chat_id": 1, "from": "you", "text": "Good night, then."}', NULL, 0),
    (23, 1, '2026-03-14T18:22:41Z', 'message', '{"chat_id": 1, "from": "mara", "text": "Good night \ud83c\udf19"}', NULL, 0),
    (24, 1, '2026-03-14T18:23:48Z', 'scene_closed', '{"scene_id": 1}', NULL, 0),
    (25, 1, '2026-03-14T19:00:55Z', 'chat_opened', '{"chat_id": 2, "bot_id": "otto", "title": "Bread"}', NULL, 0),
    (26, 1, '2026-03-14T19:01:02Z', 'scene_opened', '{"chat_id": 2, "container": "Kitchen", "scene_id": 2}', NULL, 0),
    (27, 1, '2026-03-14T19:02:09Z', 'message', '{"chat_id": 2, "from": "otto", "text": "500 g flour, 10 g salt, 350 ml water."}', NULL, 0),
    (28, 1, '2026-03-14T19:03:16Z', 'classifier_failed', '{"classifier": "mood", "error": "timeout"}', NULL, 1),
    (29, 1, '2026-03-14T19:04:23Z', 'message', '{"chat_id": 2, "from": "you", "text": "And the yeast?"}', NULL, 0),
    (30, 1, '2026-03-14T19:04:30Z', 'message', '{"chat_id": 2, "from": "otto", "text": ""}', 31, 0),
    (31, 1, '2026-03-14T19:05:37Z', 'message_replaced', '{"event": 30, "text": "None. Patience instead."}', NULL, 0),
    (40, 1, '2026-03-15T18:01:40Z', 'chat_opened', '{"chat_id": 5, "bot_id": "mara", "title": "Se\u00f1ales de humo"}', NULL, 0),
    (41, 1, '2026-03-15T18:02:47Z', 'message', '{"chat_id": 5, "from": "you", "text": "\u00bfSigues ah\u00ed?"}', NULL, 0),
    (42, 2, '2026-03-15T18:03:54Z', 'message', '{"chat_id": 5, "from": "mara", "text": "\u3053\u3053\u306b\u3044\u308b\u3088"}', NULL, 0),
    (43, 1, '2026-03-15T18:04:01Z', 'activity_changed', '{"bot_id": "mara", "doing": "mending a net"}', NULL, 0),
    (57, 1, '2026-03-15T19:00:39Z', 'memory_added', '{"memory_id": 9, "chat_id": 5}', NULL, 0);
INSERT INTO bots (id, name, persona, created_at) VALUES
    ('vesna', 'Vesna', '', '2026-03-14T18:01:21Z'),
    ('mara', 'Mara Lindqvist', 'Keeps the lighthouse.' || char(10) || 'Says little; counts steps.', '2026-03-14T18:00:07Z'),
    ('otto', 'Otto', 'A baker with opinions: "never rush dough".', '2026-03-14T18:00:14Z');
INSERT INTO you_entity (id, name, about) VALUES (1, 'Jo', 'Writes at night. It''s complicated.');
INSERT INTO edges (source, target, feeling, weight, updated_at) VALUES
    ('mara', 'you', 'fond', 0.35, '2026-03-14T18:08:24Z'),
    ('you', 'mara', 'curious', 1, '2026-03-14T18:08:24Z'),
    ('otto', 'you', 'wary', -0.125, '2026-03-14T19:04:00Z'),
    ('mara', 'otto', 'caf' || char(233) || ' rivals', 0, '2026-03-15T00:00:00Z');
INSERT INTO chats (id, bot_id, title, created_at) VALUES
    (1, 'mara', 'The lighthouse', '2026-03-14T18:02:35Z'),
    (2, 'otto', 'Bread', '2026-03-14T19:00:55Z'),
    (5, 'mara', 'Se' || char(241) || 'ales de humo', '2026-03-15T18:01:40Z');
INSERT INTO chat_state (chat_id, message_count, last_message_at, mood) VALUES
    (2, 4, '2026-03-14T19:05:37Z', 'neutral'),
    (5, 2, NULL, 'wistful'),
    (1, 4, '2026-03-14T18:22:41Z', 'calm');
INSERT INTO containers (id, chat_id, name) VALUES (1, 1, 'Harbour'), (2, 2, 'Kitchen'), (7, 5, 'Hill');
INSERT INTO scenes (id, container_id, summary, started_at, closed_at) VALUES
    (1, 1, 'Jo asks about the lamp.', '2026-03-14T18:03:42Z', '2026-03-14T18:23:48Z'),
    (2, 2, 'A recipe, and what it lacks.', '2026-03-14T19:01:02Z', NULL),
    (3, 7, 'Smoke ' || char(0x1F525) || ' over the hill', '2026-03-15T18:02:00Z', NULL);
INSERT INTO memories (id, chat_id, scene_id, text, importance, created_at) VALUES
    (1, 1, 1, 'The lighthouse has 242 steps.', 0.8, '2026-03-14T18:06:03Z'),
    (3, 1, NULL, 'Jo says good night first.', 0.5, '2026-03-14T18:24:00Z'),
    (4, 2, 2, 'Otto bakes without yeast' || char(8212) || 'patience instead.', 1e-05, '2026-03-14T19:05:37Z'),
    (9, 5, 3, 'Three columns of smoke mean "come home".', 1, '2026-03-15T18:30:00Z');
UPDATE memories SET text = 'The lighthouse has 242 steps; Jo has not climbed them.' WHERE id = 1;
INSERT INTO activity (id, bot_id, doing, since) VALUES
    (1, 'mara', 'mending a net', '2026-03-15T18:04:01Z'),
    (2, 'otto', 'waiting for the dough', '2026-03-14T19:06:00Z');
INSERT INTO classifier_failures (id, event_id, classifier, error) VALUES
    (1, 28, 'mood', 'timeout after 30.0 s'),
    (2, 30, 'importance', 'Expecting value: line 1 column 1 (char 0)' || char(10) || char(9) || '<<< ' || char(92) || 'n');
