"""What the tests share: a folder of their own, a home without anybody's settings, and the services to compare.

The tests run the program that ``UNREWIND_PROGRAM`` names, or the installed one.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import ModuleType
from typing import Any

import plain_service
import unrewind
from standin import SCHEMA

_HOME = tempfile.TemporaryDirectory(prefix="unrewind-home-")
atexit.register(_HOME.cleanup)
for _variable in [name for name in os.environ if name.startswith(("XDG_", "UNREWIND_D"))]:
    del os.environ[_variable]
os.environ["HOME"] = _HOME.name


def service() -> ModuleType:
    """Return the service to compare with."""
    path = os.environ.get("UNREWIND_TEST_SERVICE")
    if path is None:
        return plain_service
    spec = importlib.util.spec_from_file_location("tested_service", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Sandbox(unittest.TestCase):
    """A test with a data folder and the chat application's database in it."""

    journal = "WAL"

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="unrewind-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"
        self.data.mkdir()
        self.db = self.data / "chat.db"

    def connect(self, path: str | Path | None = None, **options: Any) -> sqlite3.Connection:
        """Connect to the database, or to another one, which gets the schema."""
        conn: sqlite3.Connection = sqlite3.connect(path or self.db, **options)
        self.addCleanup(conn.close)
        return conn

    def chat(self, **options: Any) -> sqlite3.Connection:
        """Make the database, with three events, a bot and two memories."""
        conn = self.connect()
        conn.executescript(f"PRAGMA journal_mode = {self.journal}; {SCHEMA}")
        fill(conn)
        conn.commit()
        if options:
            conn.close()
            conn = self.connect(**options)
        return conn

    def take(self, conn: sqlite3.Connection, kind: str = "rewind") -> Path:
        return unrewind.take_snapshot(conn, data_dir=self.data, kind=kind)

    def elsewhere(self, code: str) -> str:
        """Run Python code in another process, with ``db`` as a connection that waits for no lock."""
        script = f"import sqlite3\ndb = sqlite3.connect({str(self.db)!r}, timeout=0, isolation_level=None)\n{code}"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        return (done.stdout + done.stderr.strip().rpartition("\n")[2]).strip()


def fill(conn: sqlite3.Connection) -> None:
    """Insert a small conversation, and commit nothing."""
    for kind in ["bot_added", "chat_opened", "message"]:
        conn.execute(
            "INSERT INTO event_log (ts, kind, payload_json) VALUES ('2021-03-14T09:26:53Z', ?, '{}')",
            (kind,),
        )
    conn.execute("INSERT INTO bots VALUES ('mara', 'Mara', 'keeps the light', '2021')")
    conn.execute("INSERT INTO chats VALUES (1, 'mara', 'The lighthouse', '2021')")
    conn.execute("INSERT INTO chat_state (chat_id) VALUES (1)")
    conn.execute("INSERT INTO edges VALUES ('mara', 'you', 'fond', 0.25, '2021')")
    conn.execute("INSERT INTO memories VALUES (1, 1, NULL, 'The lamp burns.', 0.5, '2021')")
    conn.execute("INSERT INTO memories VALUES (2, 1, NULL, 'It has 242 steps.', 0.1, '2021')")


def rows(conn: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table, with the type of each value, whatever the connection's factories."""
    with_rowid = "WITHOUT ROWID" not in str(_sql(conn, table)).upper()
    cursor = conn.cursor()
    cursor.row_factory = None
    sql = "SELECT CAST(name AS BLOB) FROM pragma_table_xinfo(?)"
    encoding = "utf-8" if cursor.execute("SELECT CAST('a' AS BLOB)").fetchone() == (b"a",) else "utf-16-le"
    names = [quoted(name.decode(encoding)) for (name,) in cursor.execute(sql, (table,))]
    columns = ", ".join(f"typeof({name}), quote(CAST({name} AS BLOB))" for name in names)
    order = "rowid" if with_rowid else "1, 2"
    return cursor.execute(f"SELECT {columns} FROM {quoted(table)} ORDER BY {order}").fetchall()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sql(conn: sqlite3.Connection, table: str) -> Any:
    cursor = conn.cursor()
    cursor.row_factory = None
    sql = "SELECT CAST(sql AS BLOB) FROM sqlite_schema WHERE name = ?"
    found = cursor.execute(sql, (table,)).fetchone()
    return found[0].replace(b"\0", b"").decode() if found else ""


def read(snapshot: Path) -> Any:
    return json.loads(snapshot.read_text())
