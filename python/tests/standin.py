"""A stand-in for the chat application: it logs events, projects its tables from them, rewinds, takes periodic
snapshots, and starts from the newest one. Its snapshot service is the one that it is given.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

from plain_service import TABLES

#: The schema, which the demonstration and the tests of the program use, too.
SCHEMA = (Path(__file__).parents[2] / "assets" / "chat.sql").read_text()

PROJECTIONS = {
    "bot_added": "INSERT INTO bots (id, name, created_at) VALUES (:bot, :name, :ts)",
    "chat_opened": "INSERT INTO chats (id, bot_id, title, created_at) VALUES (:chat, :bot, :title, :ts)",
    "counted": "INSERT INTO chat_state (chat_id, message_count) VALUES (:chat, 1) "
    "ON CONFLICT DO UPDATE SET message_count = message_count + 1",
    "memory_added": "INSERT INTO memories (id, chat_id, text, importance, created_at) "
    "VALUES (:event, :chat, :text, :importance, :ts)",
    "memory_changed": "UPDATE memories SET text = :text WHERE id = :memory",
    "memory_forgotten": "DELETE FROM memories WHERE id = :memory",
    "felt": "INSERT INTO edges (source, target, feeling, weight, updated_at) "
    "VALUES (:bot, 'you', :feeling, :weight, :ts) "
    "ON CONFLICT DO UPDATE SET feeling = excluded.feeling, weight = excluded.weight",
}


class Application:
    """The running application."""

    def __init__(self, data_dir: Path, service: ModuleType) -> None:
        self.data_dir = data_dir
        self.service = service
        data_dir.mkdir(parents=True, exist_ok=True)
        path = data_dir / "chat.db"
        is_new = not path.exists()
        self.conn = sqlite3.connect(path)
        if is_new:
            self.conn.executescript("PRAGMA journal_mode = WAL;" + SCHEMA)
        self._start()

    def close(self) -> None:
        self.conn.close()

    def event(self, kind: str, **payload: Any) -> int:
        """Log an event and project it; take a periodic snapshot if one is due."""
        event = self._log(kind, payload)
        self._project(event, kind, payload)
        self.conn.commit()
        if self.service.should_take_periodic_snapshot(self.conn, self.data_dir):
            self.service.take_snapshot(self.conn, data_dir=self.data_dir, kind="periodic")
            self.service.prune_periodic_snapshots(self.data_dir)
        return event

    def rewind(self, last: int) -> Path:
        """Go back to an event; return the snapshot from before."""
        before: Path = self.service.take_snapshot(self.conn, data_dir=self.data_dir, kind="rewind")
        rewound = self._log("rewind", {"to": last})
        self.conn.execute(
            "UPDATE event_log SET superseded_by = ? WHERE id > ? AND id < ? AND superseded_by IS NULL",
            (rewound, last, rewound),
        )
        for table in TABLES:
            self.conn.execute(f"DELETE FROM {table}")
        self._replay(0)
        self.conn.commit()
        return before

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every projected row."""
        return {table: sorted(self.conn.execute(f"SELECT * FROM {table}")) for table in TABLES}

    def found(self, word: str) -> list[int]:
        """Return the memories that the full-text index finds."""
        sql = "SELECT rowid FROM memories_fts WHERE memories_fts MATCH ? ORDER BY rowid"
        return [row[0] for row in self.conn.execute(sql, (word,))]

    def _start(self) -> None:
        newest = self.service.latest_snapshot_path(self.data_dir)
        if newest is not None:
            self._replay(self.service.restore_from_snapshot(self.conn, newest))
            self.conn.commit()

    def _log(self, kind: str, payload: dict[str, Any]) -> int:
        sql = "INSERT INTO event_log (ts, kind, payload_json) VALUES ('2021-03-14T09:26:53Z', ?, ?)"
        event = self.conn.execute(sql, (kind, json.dumps(payload))).lastrowid
        assert event is not None
        return event

    def _project(self, event: int, kind: str, payload: dict[str, Any]) -> None:
        if kind in PROJECTIONS:
            values = {**payload, "event": event, "ts": "2021-03-14T09:26:53Z"}
            self.conn.execute(PROJECTIONS[kind], values)

    def _replay(self, after: int) -> None:
        sql = (
            "SELECT id, kind, payload_json FROM event_log "
            "WHERE id > ? AND superseded_by IS NULL AND NOT hidden ORDER BY id"
        )
        for event, kind, payload in self.conn.execute(sql, (after,)).fetchall():
            self._project(event, kind, json.loads(payload))
