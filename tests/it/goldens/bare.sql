-- Only the log exists; every projected table is missing.
CREATE TABLE event_log (
    id INTEGER PRIMARY KEY,
    branch_id INTEGER NOT NULL DEFAULT 1,
    ts TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload_json TEXT NOT NULL,
    superseded_by INTEGER,
    hidden INTEGER NOT NULL DEFAULT 0
);
INSERT INTO event_log (id, ts, kind, payload_json, superseded_by, hidden) VALUES
    (1, '2026-03-14T18:00:00Z', 'started', '{}', NULL, 0),
    (2, '2026-03-14T18:00:01Z', 'stopped', '{"code": 0}', 1, 1);
