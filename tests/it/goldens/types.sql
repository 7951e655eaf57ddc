-- Values of other types than the columns declare, NULL everywhere, booleans. The table `given` is not part of a snapshot.
CREATE TABLE event_log (
    id INTEGER PRIMARY KEY,
    branch_id INTEGER NOT NULL DEFAULT 1,
    ts TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    superseded_by INTEGER,
    hidden INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE given (value);
CREATE TABLE bots (
    plain,
    an_int INTEGER,
    an_int2 BIGINT,
    a_real REAL,
    a_double DOUBLE PRECISION,
    a_text TEXT,
    a_char VARCHAR(10),
    a_blob BLOB,
    a_bool BOOLEAN,
    a_date DATETIME,
    a_num NUMERIC,
    a_dec DECIMAL(10, 5),
    a_point FLOATING POINT,
    a_string STRING
);
CREATE TABLE you_entity (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE edges (source, target, weight REAL, PRIMARY KEY (source, target));
CREATE TABLE chats (id INT PRIMARY KEY, title INTEGER);
CREATE TABLE chat_state (flag BOOLEAN, other BOOLEAN);
CREATE TABLE scenes (id INTEGER PRIMARY KEY, a, b, c);
CREATE TABLE containers (a INTEGER);
INSERT INTO event_log (id, ts, kind, payload_json) VALUES (1, '2026-03-14T18:00:00Z', 'types', 'null');
INSERT INTO given VALUES
    (NULL),
    (0),
    (1),
    (-7),
    (42),
    (0.5),
    (3.0),
    (-3.0),
    (1e3),
    (1e300),
    (TRUE),
    (FALSE),
    (''),
    ('text'),
    ('42'),
    ('-42'),
    ('+42'),
    (' 42 '),
    ('042'),
    ('4.20'),
    ('4.0'),
    ('1e3'),
    ('1e999'),
    ('.5'),
    ('5.'),
    ('0x10'),
    ('1_000'),
    ('true'),
    ('null'),
    ('NaN'),
    ('Infinity'),
    ('inf'),
    ('-'),
    ('1e'),
    ('9223372036854775807'),
    ('9223372036854775808'),
    ('123456789012'),
    ('12 34'),
    ('2026-03-14 18:00:00'),
    (9223372036854775807),
    (-9223372036854775808),
    (CAST(5 AS REAL)),
    (CAST('6' AS INTEGER)),
    (1 < 2),
    (NOT 1);
INSERT INTO bots SELECT value, value, value, value, value, value, value, value, value, value, value, value, value, value FROM given ORDER BY rowid;
INSERT INTO you_entity (id, name) VALUES (NULL, 'no key'), ('a', NULL), (NULL, NULL), (NULL, 'no key'), (5, 6);
INSERT INTO edges (source, target, weight) VALUES
    (1, '1', 1), ('1', 1, '1'), (NULL, 1, 'heavy'), (NULL, 1, NULL), (1.5, 'x', '1e2'), ('', NULL, ''), (2, 3.0, '0.10');
INSERT INTO chats (id, title) VALUES
    (3, 'three'), ('x', 3), (2.5, 2.5), (NULL, NULL), (NULL, NULL), ('1', '1'), (7.0, '7.0');
INSERT INTO chat_state (flag, other) VALUES (TRUE, FALSE), (FALSE, TRUE), ('true', 'false'), (NULL, 'yes'), (2, -1), (1.0, 0.0), ('1', '0');
INSERT INTO scenes (id, a, b, c) VALUES (1, NULL, NULL, NULL), (2, NULL, NULL, NULL), (3, '', 0, 0.0);
INSERT INTO containers (a) VALUES (NULL), (NULL), (NULL);
