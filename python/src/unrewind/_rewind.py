"""A snapshot before something destructive, and the way back if that fails."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ._snapshots import take_snapshot


@contextlib.contextmanager
def before_rewind(conn: sqlite3.Connection, data_dir: Path) -> Iterator[Path]:
    """Take a rewind snapshot, then run the block; return the snapshot's path.

    If the block raises, the exception passes through, with a note that has the snapshot's name and the commands
    that show and restore it. Nothing is restored unasked.
    """
    snapshot = take_snapshot(conn, data_dir=data_dir, kind="rewind")
    try:
        yield snapshot
    except BaseException as error:
        name = f"rewind/{snapshot.stem}"
        of = f"{name} --data-dir {shlex.quote(str(data_dir))}"
        error.add_note(
            f"unrewind: {name} has the database as it was before; `unrewind diff {of}` shows what was committed "
            f"since, and `unrewind restore {of}` brings it back"
        )
        raise
