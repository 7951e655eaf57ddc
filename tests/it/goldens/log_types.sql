-- A log whose columns hold values of every type, as a database without checks may.
CREATE TABLE event_log (
    id INTEGER PRIMARY KEY,
    branch_id,
    ts,
    kind,
    payload_json,
    superseded_by,
    hidden
);
INSERT INTO event_log (id, branch_id, ts, kind, payload_json, superseded_by, hidden) VALUES
    (1, 'main', 1773511200, 7, 1.5, 'later', 'no'),
    (2, 1.0, 1773511200.25, NULL, 12, 3.0, TRUE),
    (3, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, '', '', '', '', '', ''),
    (5, -1e999, 1e999, -0.0, 1e16, 9223372036854775807, 0.5);
