"""An application's data folder: its snapshots, what differs, and the way back."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from ._program import run_json

#: A value of a row: text that is not UTF-8 is bytes, as a BLOB is.
Value = None | int | float | str | bytes
Row = Mapping[str, Value]
Kind = Literal["rewind", "periodic"]


@dataclass(frozen=True)
class Snapshot:
    """A snapshot as ``unrewind list`` describes it."""

    kind: Kind | None
    #: The name by which every command takes it, such as ``rewind/20261130T120000Z``.
    name: str
    path: Path
    taken_at: datetime | None
    size_bytes: int
    last_event_id: int | None
    #: The last event in its log.
    ends_at: int | None
    #: Why it cannot be restored, if it is damaged.
    damaged: str | None
    label: str | None
    pinned: bool


@dataclass(frozen=True)
class Change:
    """A row that differs: ``before`` is ``None`` if it was added, ``after`` if it was removed."""

    before: Row | None
    after: Row | None


@dataclass(frozen=True)
class TableDifference:
    """How many rows of a table differ, and if they were asked for, which."""

    added: int
    changed: int
    removed: int
    rows: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What differs from the first side to the second, in each table that was compared."""

    same: bool
    tables: Mapping[str, TableDifference]


@dataclass(frozen=True)
class Restored:
    """What a restore changed, or would change."""

    database: Path
    #: The snapshot that was restored.
    snapshot: Path
    last_event_id: int
    #: The snapshot of the database as it was before; ``None`` if nothing changed.
    safety_snapshot: Path | None
    tables: Mapping[str, TableDifference]


class Workspace:
    """A data folder with its database and its snapshots. Every method runs the program."""

    def __init__(
        self,
        data_dir: str | os.PathLike[str],
        *,
        database: str | os.PathLike[str] | None = None,
    ) -> None:
        self.data_dir = Path(data_dir)
        self._place = [f"--data-dir={self.data_dir}"]
        if database is not None:
            self._place.append(f"--db={os.fspath(database)}")

    def list(self, kind: Kind | None = None) -> list[Snapshot]:
        """Return the snapshots, newest first.

        If the archive cannot be listed, these are the snapshots of the folder, and the reason is logged as a warning.
        """
        chosen = [] if kind is None else ["--kind", kind]
        listed = run_json(["list", *self._place, *chosen], accept=(0, 2))
        return [_snapshot(one) for one in listed]

    def diff(
        self,
        first: str,
        second: str | None = None,
        *,
        tables: Iterable[str] = (),
        rows: bool = False,
    ) -> Difference:
        """Return what differs from ``first`` to ``second``, or from the database to ``first`` alone.

        A side is the name of a snapshot, ``latest``, ``latest:rewind``, ``latest:periodic`` or ``live``.
        """
        sides = [first] if second is None else [first, second]
        chosen = [f"--table={table}" for table in tables] + (["--rows"] if rows else [])
        printed = run_json(["diff", *self._place, *chosen, *sides], accept=(0, 1))
        return Difference(same=printed["same"], tables=_tables(printed["tables"]))

    def recover(self, *, merge: bool = False, dry_run: bool = False) -> Restored:
        """Undo the last rewind: restore the snapshot that was taken before it.

        With ``merge`` what was written since stays. With ``dry_run`` nothing is changed. The database changes
        under connections that are open: an application that keeps its state in memory is restarted afterwards.
        """
        manner = ["--dry-run" if dry_run else "--yes"] + (["--merge"] if merge else [])
        done = run_json(["recover", *self._place, *manner])
        safety = done["safety_snapshot"]
        return Restored(
            database=Path(done["database"]),
            snapshot=Path(done["snapshot"]),
            last_event_id=done["last_event_id"],
            safety_snapshot=None if safety is None else Path(safety),
            tables=_tables(done["tables"]),
        )


def _snapshot(one: Mapping[str, Any]) -> Snapshot:
    taken_at = one["taken_at"]
    return Snapshot(
        kind=one["kind"],
        name="/".join(part for part in (one["kind"], one["name"]) if part),
        path=Path(one["path"]),
        taken_at=None if taken_at is None else datetime.fromisoformat(taken_at),
        size_bytes=one["size_bytes"],
        last_event_id=one["last_event_id"],
        ends_at=one["ends_at"],
        damaged=one["damaged"],
        label=one["label"],
        pinned=one["pinned"],
    )


def _tables(tables: Mapping[str, Any]) -> dict[str, TableDifference]:
    return {
        name: TableDifference(
            added=table["added"],
            changed=table["changed"],
            removed=table["removed"],
            rows=tuple(map(_change, table.get("rows", ()))),
        )
        for name, table in tables.items()
    }


def _change(change: Mapping[str, Any]) -> Change:
    if "changed" in change:
        both = change["changed"]
        return Change(before=_row(both["from"]), after=_row(both["to"]))
    added, removed = change.get("added"), change.get("removed")
    return Change(
        before=None if removed is None else _row(removed),
        after=None if added is None else _row(added),
    )


def _row(row: Mapping[str, Any]) -> dict[str, Value]:
    return {column: _value(value) for column, value in row.items()}


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        (encoded,) = value.values()
        return base64.b64decode(encoded)
    return value  # type: ignore[no-any-return]
