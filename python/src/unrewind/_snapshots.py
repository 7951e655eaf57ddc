"""Taking, finding and pruning snapshots, with the names and arguments of the application's own service."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ._connection import Connection
from ._program import run, run_json

#: The kinds of snapshots.
KINDS = ("rewind", "periodic")


def take_snapshot(
    conn: sqlite3.Connection, *, data_dir: Path, kind: str = "rewind"
) -> Path:
    """Write the database that ``conn`` has open into a new snapshot; return its path.

    The snapshot appears whole or not at all. It is the committed state; where ``conn`` is in a transaction or
    its database has no file, it is what ``conn`` sees. Nothing is pruned.
    """
    if kind not in KINDS:
        raise ValueError(f"a snapshot is of kind {' or '.join(KINDS)}, not {kind!r}")
    data_dir = Path(data_dir)
    connection = Connection(conn)
    # Without a database it is the snapshots by which the program knows a data folder.
    folder = data_dir / "snapshots" if connection.is_private() else data_dir
    folder.mkdir(parents=True, exist_ok=True)
    with _source(connection, data_dir, copy="--copy") as source:
        taken = run_json(["take", *source, "--kind", kind, "--no-prune"])
    return data_dir / "snapshots" / kind / Path(taken["path"]).name


def should_take_periodic_snapshot(conn: sqlite3.Connection, data_dir: Path) -> bool:
    """Return whether a periodic snapshot is due: by the number of events since the newest, or by its age."""
    with _source(Connection(conn), Path(data_dir), copy="--db") as source:
        code, _ = run(["due", *source], accept=(0, 10))
    return code == 0


def latest_snapshot_path(data_dir: Path, kind: str = "periodic") -> Path | None:
    """Return the newest snapshot of a kind, by name, as the application's next start finds it."""
    names = (Path(data_dir) / "snapshots" / kind).glob("*.json")
    return max(names, default=None)


def prune_periodic_snapshots(data_dir: Path, keep: int = 5) -> int:
    """Delete all but the newest ``keep`` periodic snapshots; return how many were deleted.

    Those that a restore still needs stay, and so does every pinned one. With ``keep=0`` nothing is deleted.
    """
    if keep < 0:
        raise ValueError(f"keep is {keep}, and cannot be negative")
    data_dir = Path(data_dir)
    if keep == 0 or not (data_dir / "snapshots" / "periodic").is_dir():
        return 0
    arguments: list[str] = [f"--data-dir={data_dir}", "--kind", "periodic", "--keep", str(keep)]
    known, file = _known(data_dir)
    if file is not None:
        arguments.append(f"--db={file}")
    elif known or _is_without_database(data_dir):
        # The database is in memory, so there is no file that could be damaged.
        arguments.append("--force")
    done = run_json(["prune", *arguments, "--yes"])
    return len(done["delete"])


#: The database of each data folder that a connection was used with; ``None`` if it has no file.
_databases: dict[str, Path | None] = {}


def _known(data_dir: Path) -> tuple[bool, Path | None]:
    key = os.path.realpath(data_dir)
    return key in _databases, _databases.get(key)


def _is_without_database(data_dir: Path) -> bool:
    """Return whether no file in the data folder can be a database. None is opened: that would drop locks."""
    files = [entry.name for entry in os.scandir(data_dir) if not entry.is_dir()]
    return set(files) <= {"unrewind.toml"}


@contextlib.contextmanager
def _source(connection: Connection, data_dir: Path, copy: str) -> Iterator[list[str]]:
    """Return the arguments that name the data folder and the database, or a copy of what ``conn`` sees."""
    file = connection.file()
    _databases[os.path.realpath(data_dir)] = file
    arguments = [f"--data-dir={data_dir}"]
    if not connection.is_private():
        yield [*arguments, f"--db={file}"]
        return
    with connection.copied() as copied:
        yield [*arguments, f"{copy}={copied}"]
