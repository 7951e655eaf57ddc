"""The caller's connection: which file it has open, and what it sees that no other process can.

The connection keeps its settings: queries here use no row factory, text factory or converter, and no
statement commits.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ._errors import Unsupported


class Connection:
    """A connection of the application, which may be a wrapper around one of ``sqlite3``."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.raw = conn

    def cursor(self) -> sqlite3.Cursor:
        """Return a cursor without the connection's row factory."""
        cursor = self.raw.cursor()
        cursor.row_factory = None
        return cursor

    def value(self, sql: str, *parameters: str) -> Any:
        """Return the only value of a query, which must be a number, a BLOB or NULL."""
        with contextlib.closing(self.cursor()) as cursor:
            row = cursor.execute(sql, parameters).fetchone()
        return None if row is None else row[0]

    def text(self, encoded: bytes) -> str:
        """Return the text of a name that SQL has cast to a BLOB: a text factory does not see that."""
        match self.value("SELECT CAST('a' AS BLOB)"):
            case b"a\0":
                return encoded.decode("utf-16-le", "replace")
            case b"\0a":
                return encoded.decode("utf-16-be", "replace")
        return os.fsdecode(encoded)

    def file(self) -> Path | None:
        """Return the database's file; ``None`` if it has none."""
        name = self.value("SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'")
        if not name:
            return None
        path = Path(self.text(name))
        # Some file systems of SQLite's have names without files.
        return path if path.is_file() else None

    def is_private(self) -> bool:
        """Return whether another process would not read what this connection does, or could not read."""
        return bool(self.raw.in_transaction) or self.is_locked_for_good() or self.file() is None

    def is_locked_for_good(self) -> bool:
        """Return whether the connection keeps its locks between transactions."""
        mode = "SELECT locking_mode = 'exclusive' FROM pragma_locking_mode"
        return bool(self.value(mode))

    def commits_each_statement(self) -> bool:
        """Return whether a statement outside of a transaction is committed at once."""
        autocommit = getattr(self.raw, "autocommit", None)
        if isinstance(autocommit, bool):
            return autocommit
        return self.raw.isolation_level is None

    @contextlib.contextmanager
    def copied(self) -> Iterator[Path]:
        """Write what the connection sees into a file of its own, which is deleted afterwards."""
        serialize = getattr(self.raw, "serialize", None)
        if serialize is None:
            raise Unsupported(
                "this connection has uncommitted changes or no file, and its SQLite cannot serialize it: "
                "commit first"
            )
        with tempfile.TemporaryDirectory(prefix="unrewind-") as folder:
            copy = Path(folder) / "copy.db"
            copy.write_bytes(serialize(name="main"))
            self._follow(copy)
            yield copy

    def _follow(self, copy: Path) -> None:
        """Give a copy the owner and the mode of the database: a snapshot of it gets them, too."""
        file = self.file()
        if file is None:
            return
        facts = file.stat()
        with contextlib.suppress(OSError):
            copy.chmod(facts.st_mode & 0o7777)
            if hasattr(os, "chown"):
                os.chown(copy, facts.st_uid, facts.st_gid)
