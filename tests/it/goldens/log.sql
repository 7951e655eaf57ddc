-- A log whose id is declared in the middle, with ids at both ends of 64 bits and nothing required.
CREATE TABLE event_log (
    payload_json TEXT,
    hidden INTEGER,
    superseded_by INTEGER,
    id INTEGER PRIMARY KEY,
    kind TEXT,
    ts TEXT,
    branch_id INTEGER
);
CREATE INDEX event_log_by_all ON event_log (kind, ts, branch_id, hidden, superseded_by, payload_json);
CREATE TABLE bots (id TEXT PRIMARY KEY, name TEXT);
INSERT INTO event_log (id, branch_id, ts, kind, payload_json, superseded_by, hidden) VALUES
    (9223372036854775807, 1, '2026-03-14T18:00:09Z', 'last', NULL, NULL, 0),
    (9223372036854775806, 1, '2026-03-14T18:00:08Z', 'last but one', '{}', 9223372036854775807, 0),
    (-9223372036854775808, 1, '2026-03-14T18:00:00Z', 'first', '', -1, 1),
    (-1, -1, NULL, NULL, NULL, NULL, NULL),
    (0, 0, '', '', '{"id": 0}', 0, -1),
    (5, 2, '2026-03-14T18:00:05Z', 'message', '{"text": "five"}', 2, 0),
    (2, 2, '2026-03-14T18:00:02Z', 'a', '[1, 2, 3]', -9223372036854775808, 2),
    (1000000000000, 3, '2026-03-14T18:00:06Z', 'far', '"text"', 5, 1);
INSERT INTO bots (id, name) VALUES ('mara', 'Mara');
