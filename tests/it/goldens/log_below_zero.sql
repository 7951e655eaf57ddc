-- Every id is negative, so the last event's id is too; the log has no rowid.
CREATE TABLE event_log (
    branch_id INTEGER,
    id INTEGER PRIMARY KEY DESC,
    ts TEXT,
    kind TEXT,
    payload_json TEXT,
    superseded_by INTEGER,
    hidden INTEGER
) WITHOUT ROWID;
INSERT INTO event_log (id, branch_id, ts, kind, payload_json, superseded_by, hidden) VALUES
    (-3, 1, '2026-03-14T18:00:02Z', 'last', '{}', NULL, 0),
    (-100, 1, '2026-03-14T18:00:00Z', 'first', '{}', -3, 0),
    (-50, 1, '2026-03-14T18:00:01Z', 'middle', NULL, -100, 1);
