-- Tables in unusual shapes: some missing, some extra, one a view, with columns in every order.
CREATE TABLE event_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    branch_id INTEGER NOT NULL DEFAULT 1,
    ts TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    superseded_by INTEGER,
    hidden INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX event_log_by_kind ON event_log (kind, id DESC);

-- columns in an unusual order, upper case, digits, and added or dropped later
CREATE TABLE Bots (
    createdAt TEXT,
    Name2 TEXT NOT NULL,
    x_1 INTEGER,
    doomed TEXT,
    ID TEXT PRIMARY KEY,
    _private TEXT DEFAULT 'p',
    UPPER TEXT
);
ALTER TABLE bots ADD COLUMN added_9 REAL DEFAULT 2.5;
ALTER TABLE bots RENAME COLUMN upper TO LOUD;
ALTER TABLE bots DROP COLUMN doomed;

-- generated columns, which the service does not see
CREATE TABLE you_entity (
    id INTEGER PRIMARY KEY,
    twice INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL,
    name TEXT NOT NULL,
    shout TEXT AS (upper(name)) STORED,
    about TEXT
);

-- a projected name that is a view
CREATE TABLE feelings (a TEXT, b TEXT, f TEXT, w REAL);
CREATE VIEW edges AS
    SELECT a AS source, b AS target, f AS feeling, w AS weight, length(f) AS size, w * 2.0 AS twice, NULL AS never
    FROM feelings WHERE w IS NOT NULL;

-- a covering index narrower than the table: SELECT of all columns goes in the order of the index
CREATE TABLE memories (
    id INTEGER PRIMARY KEY,
    text TEXT,
    importance REAL,
    search VARCHAR(200) AS (lower(text)) VIRTUAL
);
CREATE INDEX memories_cover ON memories (importance, text);

-- without a rowid, composite key in another order than the columns
CREATE TABLE chats (
    title TEXT,
    minor INTEGER,
    major TEXT,
    PRIMARY KEY (major DESC, minor)
) WITHOUT ROWID;

-- no primary key, rows twice
CREATE TABLE chat_state (chat_id INTEGER, mood TEXT);

-- strict, with every type that it knows but BLOB
CREATE TABLE containers (
    id INTEGER PRIMARY KEY,
    i INT,
    n INTEGER,
    r REAL,
    t TEXT,
    a ANY
) STRICT;

-- one column, in a composite key with a collation
CREATE TABLE activity (
    bot TEXT COLLATE NOCASE,
    at INTEGER,
    doing TEXT,
    PRIMARY KEY (at DESC, bot)
);

-- not projected
CREATE TABLE settings (name TEXT PRIMARY KEY, value);
CREATE TABLE scene (id INTEGER PRIMARY KEY, summary TEXT);
CREATE TABLE bots_old (id TEXT);
CREATE VIEW recent AS SELECT * FROM event_log ORDER BY id DESC LIMIT 3;

INSERT INTO event_log (ts, kind, payload_json, superseded_by, hidden) VALUES
    ('2026-03-14T18:00:00Z', 'z', '{}', NULL, 0),
    ('2026-03-14T18:00:01Z', 'y', '{}', 3, 0),
    ('2026-03-14T18:00:02Z', 'x', '{}', NULL, 1),
    ('2026-03-14T18:00:03Z', 'w', '{}', NULL, 0);
DELETE FROM event_log WHERE id = 4;
INSERT INTO bots (id, name2, createdat, x_1, loud) VALUES
    ('zeta', 'Zeta', NULL, 1, 'Z'),
    ('alpha', 'Alpha', '2026', NULL, NULL),
    ('Alpha', 'Alpha again', '2026', -5, '');
INSERT INTO bots (id, name2, added_9, _private) VALUES ('mid', 'Mid', 7, NULL);
INSERT INTO you_entity (id, name, about) VALUES (21, 'Jo', NULL), (-3, 'Shadow', 'x');
INSERT INTO feelings VALUES
    ('b', 'a', 'fond', 0.5), ('a', 'b', '', 3), ('c', 'a', 'unknown', NULL), ('a', 'a', NULL, -1e-7), ('b', 'a', 'fond', 0.5);
INSERT INTO memories (id, text, importance) VALUES
    (1, 'third', 0.9), (2, 'first', 0.1), (3, 'second', 0.5), (4, 'null first', NULL), (5, 'second', 0.5), (6, 'also', 0.5);
INSERT INTO chats (title, minor, major) VALUES
    ('one', 1, 'a'), ('two', 2, 'b'), ('three', 1, 'b'), ('four', -9, 'a'), ('five', 0, '');
INSERT INTO chat_state (chat_id, mood) VALUES
    (2, 'calm'), (1, 'calm'), (2, 'calm'), (NULL, NULL), (2, 'calm'), (NULL, NULL), (1, 'Calm');
DELETE FROM chat_state WHERE rowid = 2;
INSERT INTO containers (id, i, n, r, t, a) VALUES
    (2, 1, '2', 3, 4, '5'), (1, NULL, NULL, NULL, NULL, NULL), (3, 9223372036854775807, -1, 1e999, 'text', 6.0), (4, 0, 0, -0.5, '', 7);
INSERT INTO activity (bot, at, doing) VALUES
    ('Mara', 3, 'rowing'), ('otto', 1, 'baking'), ('mara', 5, 'reading'), ('Anna', 3, 'waiting'), (NULL, NULL, 'nobody, never'), (NULL, NULL, 'nobody, twice');
INSERT INTO settings VALUES ('theme', 'dark'), ('size', 12);
INSERT INTO scene VALUES (1, 'not in a snapshot');
INSERT INTO bots_old VALUES ('gone');
