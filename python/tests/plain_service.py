"""A snapshot service as an application would write one: it reads everything through its own connection and
writes one JSON file. The tests compare the package with it.

``UNREWIND_TEST_SERVICE=/path/to/module.py`` compares the package with that module instead: an application's own
service with the same functions.
"""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

LOG = ["id", "branch_id", "ts", "kind", "payload_json", "superseded_by", "hidden"]

TABLES = [
    "bots",
    "you_entity",
    "edges",
    "memories",
    "chats",
    "chat_state",
    "containers",
    "scenes",
    "activity",
    "classifier_failures",
]

#: Rows that refer to others go before these.
DELETION = ["memories", "activity", "scenes", "containers", "chat_state", *TABLES]


def take_snapshot(conn: sqlite3.Connection, *, data_dir: Path, kind: str = "rewind") -> Path:
    last = conn.execute("SELECT coalesce(max(id), 0) FROM event_log").fetchone()[0]
    dump: dict[str, Any] = {"last_event_id": last, "event_log": _rows(conn, "event_log", LOG, " ORDER BY id")}
    for table in TABLES:
        columns = [column[1] for column in conn.execute(f"PRAGMA table_info({table})")]
        dump[table] = _rows(conn, table, columns) if columns else []
    folder = data_dir / "snapshots" / kind
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / time.strftime("%Y%m%dT%H%M%SZ.json", time.gmtime())
    path.write_text(json.dumps(dump, default=str))
    return path


def latest_snapshot_path(data_dir: Path, kind: str = "periodic") -> Path | None:
    return max((data_dir / "snapshots" / kind).glob("*.json"), default=None)


def should_take_periodic_snapshot(conn: sqlite3.Connection, data_dir: Path) -> bool:
    newest = latest_snapshot_path(data_dir)
    if newest is None:
        return bool(conn.execute("SELECT EXISTS (SELECT 1 FROM event_log)").fetchone()[0])
    if time.time() - newest.stat().st_mtime >= 30 * 60:
        return True
    last = json.loads(newest.read_text())["last_event_id"]
    count = "SELECT count(*) FROM event_log WHERE id > ?"
    return bool(conn.execute(count, (last,)).fetchone()[0] >= 100)


def prune_periodic_snapshots(data_dir: Path, keep: int = 5) -> int:
    paths = sorted((data_dir / "snapshots" / "periodic").glob("*.json"))
    old = paths[:-keep] if keep else []
    for path in old:
        path.unlink()
    return len(old)


def restore_from_snapshot(conn: sqlite3.Connection, snapshot_path: Path) -> int:
    dump = json.loads(snapshot_path.read_text())
    for table in DELETION:
        conn.execute(f"DELETE FROM {table}")
    for table in TABLES:
        for row in dump.get(table, []):
            marks = ", ".join("?" for _ in row)
            conn.execute(
                f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
            )
    return int(dump["last_event_id"])


def _rows(
    conn: sqlite3.Connection, table: str, columns: list[str], order: str = ""
) -> list[dict[str, Any]]:
    rows = conn.execute(f"SELECT {', '.join(columns)} FROM {table}{order}")
    return [dict(zip(columns, row, strict=True)) for row in rows]
