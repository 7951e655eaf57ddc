-- Write-ahead logging, as the running application has it.
PRAGMA journal_mode = WAL;
CREATE TABLE event_log (
    id INTEGER PRIMARY KEY,
    branch_id INTEGER NOT NULL DEFAULT 1,
    ts TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    superseded_by INTEGER,
    hidden INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE you_entity (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE edges (source TEXT, target TEXT, weight REAL, PRIMARY KEY (source, target));
CREATE TABLE memories (id INTEGER PRIMARY KEY, chat_id INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE chats (id INTEGER PRIMARY KEY, bot_id TEXT NOT NULL, title TEXT NOT NULL);
CREATE TABLE chat_state (chat_id INTEGER PRIMARY KEY, mood TEXT);
CREATE TABLE containers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE scenes (id INTEGER PRIMARY KEY, summary TEXT);
CREATE TABLE activity (id INTEGER PRIMARY KEY, doing TEXT);
CREATE TABLE classifier_failures (id INTEGER PRIMARY KEY, error TEXT);
INSERT INTO event_log (id, ts, kind, payload_json) VALUES
    (1, '2026-03-14T18:00:00Z', 'bot_added', '{"id": "mara"}'),
    (2, '2026-03-14T18:00:01Z', 'chat_opened', '{"chat_id": 1}'),
    (3, '2026-03-14T18:00:02Z', 'message', '{"text": "over the wire"}');
INSERT INTO bots VALUES ('mara', 'Mara');
INSERT INTO you_entity VALUES (1, 'Jo');
INSERT INTO edges VALUES ('mara', 'you', 0.25);
INSERT INTO memories VALUES (1, 1, 'kept in the log until a checkpoint');
INSERT INTO chats VALUES (1, 'mara', 'Write ahead');
INSERT INTO chat_state VALUES (1, NULL);
INSERT INTO containers VALUES (1, 'Harbour');
INSERT INTO scenes VALUES (1, 'Arrival');
INSERT INTO activity VALUES (1, 'waiting');
INSERT INTO classifier_failures VALUES (1, 'none yet');
UPDATE chat_state SET mood = 'calm';
DELETE FROM activity;
