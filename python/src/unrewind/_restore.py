"""Restoring a snapshot's tables on the caller's connection, within its transaction.

The program computes the statements in a process of its own; this module only runs them. What foreign keys and
triggers do beside is found by counting the rows that change, and put right.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ._connection import Connection
from ._errors import CommandFailed, NotRestored, SnapshotRefused
from ._program import run

#: How often the rows are compared again where something changed more than the statements did.
_PASSES = 3

#: How many rows are bound at once.
_BATCH = 1000

#: An update, and the deletion and insertion that have its effect, each with its values.
_Steps = list[tuple[str, list[Any]]]

#: The table, the rowid and the missing row's table of a row that refers to none.
_BrokenReference = tuple[str, int, str]


def restore_from_snapshot(conn: sqlite3.Connection, snapshot_path: Path) -> int:
    """Make the tables of ``conn`` equal to a snapshot's, but for the event log.

    Return the snapshot's ``last_event_id``, after which the application replays its log. Only rows that differ
    are changed, in the transaction of ``conn``, which is begun if there is none and not committed; only where
    ``conn`` commits each statement, the restore is committed as one. If it fails, ``conn`` is as it was before.
    """
    path = Path(snapshot_path)
    if not path.exists():
        raise FileNotFoundError(2, "there is no such snapshot", str(path))
    connection = Connection(conn)
    # The lock comes first: the rows must not change between the comparison and the restore.
    private = connection.is_private()
    with _undone_on_error(connection):
        return _Restore(connection, path).run(private)


@contextlib.contextmanager
def _undone_on_error(connection: Connection) -> Iterator[None]:
    """Run the block in the caller's transaction, or in a new one; undo it, and only it, if it raises."""
    nested = bool(connection.raw.in_transaction)
    begin, undo = ("SAVEPOINT unrewind", ["ROLLBACK TO unrewind", "RELEASE unrewind"])
    if not nested:
        begin, undo = ("BEGIN IMMEDIATE", ["ROLLBACK"])
    with contextlib.closing(connection.cursor()) as cursor:
        cursor.execute(begin)
        try:
            yield
            if nested:
                cursor.execute("RELEASE unrewind")
            elif connection.commits_each_statement():
                cursor.execute("COMMIT")
        except BaseException:
            # An error such as a full disk has rolled all of it back.
            if connection.raw.in_transaction:
                for statement in undo:
                    cursor.execute(statement)
            raise


class _Restore:
    """One restore on one connection."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._enforces_keys = connection.value("PRAGMA foreign_keys") == 1
        # Whether something other than the statements may have changed rows.
        self._is_doubtful = False
        self._side_effects: dict[str, bool] = {}
        # Deletions that a reference forbade.
        self._postponed: list[tuple[str, Any]] = []

    def run(self, private: bool) -> int:
        """Restore; return where the replay begins."""
        with contextlib.closing(self._connection.cursor()) as cursor, self._deferring_keys(cursor):
            cursor.execute("SAVEPOINT unrewind_rows")
            last_event_id, changed = self._apply_all(cursor, private)
            if changed and self._broken_references():
                # Some applications live with such rows: only a new one is an error.
                cursor.execute("ROLLBACK TO unrewind_rows")
                before = self._broken_references()
                self._apply_all(cursor, private)
                self._refuse_new(before)
            cursor.execute("RELEASE unrewind_rows")
        return last_event_id

    @contextlib.contextmanager
    def _deferring_keys(self, cursor: sqlite3.Cursor) -> Iterator[None]:
        """Run the block with references that may be broken until its end."""
        if not self._enforces_keys or self._connection.value("PRAGMA defer_foreign_keys"):
            yield
            return
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        try:
            yield
        finally:
            cursor.execute("PRAGMA defer_foreign_keys = OFF")

    def _refuse_new(self, before: set[_BrokenReference]) -> None:
        """Raise if rows refer to none that did not before."""

        def kinds(broken: set[_BrokenReference]) -> Counter[tuple[str, str]]:
            return Counter((table, parent) for table, _, parent in broken)

        after = self._broken_references()
        # A row that was deleted and inserted again may have another rowid.
        more = kinds(after) - kinds(before)
        new = [one for one in after - before if (one[0], one[2]) in more]
        if new:
            raise NotRestored(f"{_reference(min(new))}; nothing was restored")

    def _apply_all(self, cursor: sqlite3.Cursor, private: bool) -> tuple[int, bool]:
        """Apply the difference; return where the replay begins, and whether anything changed."""
        changed = False
        for done in range(_PASSES + 1):
            self._is_doubtful = False
            with self._statements(private or done > 0) as lines:
                last_event_id, runs = self._apply(cursor, lines)
            changed |= runs > 0
            if not (self._is_doubtful and runs):
                return last_event_id, changed
        raise NotRestored(
            f"the tables do not become those of {self._path}: a trigger or a foreign key changes them again; "
            "nothing was restored"
        )

    @contextlib.contextmanager
    def _statements(self, private: bool) -> Iterator[IO[bytes]]:
        """Have the program compute the statements; none is run before it has ended."""
        with contextlib.ExitStack() as stack:
            file = self._connection.file()
            if private or file is None:
                file = stack.enter_context(self._connection.copied())
            out = stack.enter_context(tempfile.TemporaryFile())
            arguments = ["restore", str(self._path.absolute()), "--scope", "tables", "--statements"]
            # The folder has the description of the application.
            arguments += [f"--data-dir={self._data_dir()}", f"--db={file}"]
            try:
                run(arguments, output=out)
            except CommandFailed as failed:
                raise SnapshotRefused(
                    str(failed),
                    command=failed.command,
                    exit_code=failed.exit_code,
                    hints=failed.hints,
                ) from None
            out.seek(0)
            yield out

    def _data_dir(self) -> Path:
        """Return the data folder of ``DIR/snapshots/KIND/NAME.json``; of another path the database's folder."""
        path = self._path.absolute()
        if path.parent.parent.name == "snapshots":
            return path.parents[2]
        file = self._connection.file()
        return path.parent if file is None else file.parent

    def _apply(self, cursor: sqlite3.Cursor, lines: IO[bytes]) -> tuple[int, int]:
        """Run the statements; return where the replay begins, and how many runs there were."""
        statement = _Statement()
        runs = 0
        for line in lines:
            part = json.loads(line, object_hook=_value)
            if isinstance(part, list):
                runs += 1
                if statement.add(part):
                    self._flush(cursor, statement)
                continue
            self._flush(cursor, statement)
            following = _Statement(part)
            if following.table != statement.table or following.otherwise is None:
                self._finish_updates(cursor, statement)
            else:
                following.refused = statement.refused
            if statement.deletes and not following.deletes:
                self._delete_postponed(cursor)
            statement = following
            if "last_event_id" in part:
                self._delete_postponed(cursor, finally_=True)
                return int(part["last_event_id"]), runs
        raise NotRestored("the program did not print all statements; nothing was restored")

    def _flush(self, cursor: sqlite3.Cursor, statement: _Statement) -> None:
        rows, statement.rows = statement.rows, []
        if not rows:
            return
        if not rows[0]:
            cursor.execute(statement.sql)
            return
        before = self._connection.raw.total_changes
        if statement.otherwise is not None:
            changed = sum(self._update(cursor, statement, row) for row in rows)
        elif statement.deletes:
            changed = self._delete(cursor, statement.sql, rows)
        else:
            changed = cursor.executemany(statement.sql, rows).rowcount
        self._is_doubtful |= changed != len(rows)
        if statement.fires:
            # What the trigger of an index writes is in the total, too.
            self._is_doubtful |= self._has_side_effects(statement.table)
        else:
            self._is_doubtful |= self._connection.raw.total_changes - before != changed

    def _delete(self, cursor: sqlite3.Cursor, sql: str, rows: list[Any]) -> int:
        """Delete rows, and return how many; where a reference to one forbids it, that reference goes first."""
        try:
            return cursor.executemany(sql, rows).rowcount
        except sqlite3.IntegrityError:
            self._postponed.extend((sql, row) for row in rows)
            return -1

    def _delete_postponed(self, cursor: sqlite3.Cursor, finally_: bool = False) -> None:
        """Delete what could not be deleted before, as far as that is possible now."""
        while self._postponed:
            left, failure = [], None
            for sql, row in self._postponed:
                try:
                    cursor.execute(sql, row)
                except sqlite3.IntegrityError as error:
                    left.append((sql, row))
                    failure = error
            if finally_ and failure is not None and len(left) == len(self._postponed):
                raise failure
            is_stuck = len(left) == len(self._postponed)
            self._postponed = left
            if is_stuck:
                return

    def _update(self, cursor: sqlite3.Cursor, statement: _Statement, row: list[Any]) -> int:
        """Update a row, unless another row still has its unique value; return how many were updated."""
        assert statement.otherwise is not None
        steps = list(zip([statement.sql, *statement.otherwise], row, strict=True))
        if self._is_updated(cursor, steps):
            return cursor.rowcount
        statement.refused.append(steps)
        return 0

    def _is_updated(self, cursor: sqlite3.Cursor, steps: _Steps) -> bool:
        try:
            cursor.execute(*steps[0])
        except sqlite3.IntegrityError:
            return False
        return True

    def _finish_updates(self, cursor: sqlite3.Cursor, statement: _Statement) -> None:
        """Update the rows that were refused; those that exchange their values are deleted and inserted again."""
        refused, statement.refused = statement.refused, []
        while refused:
            left = [steps for steps in refused if not self._is_updated(cursor, steps)]
            if len(left) == len(refused):
                break
            refused = left
        for step in (1, 2):
            for steps in refused:
                cursor.execute(*steps[step])

    def _has_side_effects(self, table: str) -> bool:
        """Return whether a change of the table's rows may change others.

        A foreign key that refers to it may, and a trigger that only this connection has.
        """
        if table not in self._side_effects:
            triggers = "SELECT count(*) FROM sqlite_temp_schema WHERE type = 'trigger'"
            keys = """
                SELECT count(*) FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f
                WHERE t.type = 'table' AND f."table" = ? COLLATE NOCASE
                    AND (f.on_delete NOT IN ('NO ACTION', 'RESTRICT')
                        OR f.on_update NOT IN ('NO ACTION', 'RESTRICT'))
            """
            enforced = self._enforces_keys and self._connection.value(keys, table)
            self._side_effects[table] = bool(enforced or self._connection.value(triggers))
        return self._side_effects[table]

    def _broken_references(self) -> set[_BrokenReference]:
        """Return each row that refers to none, if the connection enforces foreign keys."""
        if not self._enforces_keys:
            return set()
        sql = 'SELECT CAST("table" AS BLOB), ifnull(rowid, 0), CAST(parent AS BLOB) FROM pragma_foreign_key_check'
        text = self._connection.text
        with contextlib.closing(self._connection.cursor()) as cursor:
            broken = cursor.execute(sql).fetchall()
        return {(text(table), rowid, text(parent)) for table, rowid, parent in broken}


class _Statement:
    """A statement with the rows of values for which it is still to be run."""

    def __init__(self, part: dict[str, Any] | None = None) -> None:
        part = part or {}
        self.table: str = part.get("table", "")
        self.sql: str = part.get("sql", "")
        self.fires: bool = part.get("fires", True)
        self.otherwise: list[str] | None = part.get("otherwise")
        self.rows: list[Any] = []
        #: Updates that a unique value of another row refused.
        self.refused: list[_Steps] = []

    @property
    def deletes(self) -> bool:
        return self.sql.startswith("DELETE ")

    def add(self, row: list[Any]) -> bool:
        """Add a row; return whether there are enough to run the statement."""
        self.rows.append(row)
        return len(self.rows) >= _BATCH


def _value(part: dict[str, Any]) -> Any:
    """Return a value that JSON has no form for; other objects stay as they are."""
    match part:
        case {"$blob": text} | {"$text": text} if len(part) == 1:
            return base64.b64decode(text)
        case {"$real": text} if len(part) == 1:
            return float(text)
    return part


def _reference(broken: _BrokenReference) -> str:
    table, rowid, parent = broken
    which = f"the row with rowid {rowid}" if rowid else "a row"
    return f"{which} of table {table} would refer to a row of {parent} that does not exist"
