"""Snapshots of an event-sourced SQLite application, from inside the application.

The functions have the names and arguments of the application's own snapshot service, so one changed import makes
them safe, atomic and quick. The program ``unrewind``, which the package brings along, does the work in processes
of its own: no second SQLite opens the database in this one.
"""

from ._errors import (
    CommandFailed,
    NotRestored,
    ProgramNotFound,
    SnapshotRefused,
    UnrewindError,
    Unsupported,
)
from ._program import program
from ._restore import restore_from_snapshot
from ._rewind import before_rewind
from ._snapshots import (
    latest_snapshot_path,
    prune_periodic_snapshots,
    should_take_periodic_snapshot,
    take_snapshot,
)
from ._workspace import (
    Change,
    Difference,
    Restored,
    Row,
    Snapshot,
    TableDifference,
    Value,
    Workspace,
)

__all__ = [
    "Change",
    "CommandFailed",
    "Difference",
    "NotRestored",
    "ProgramNotFound",
    "Restored",
    "Row",
    "Snapshot",
    "SnapshotRefused",
    "TableDifference",
    "UnrewindError",
    "Unsupported",
    "Value",
    "Workspace",
    "before_rewind",
    "latest_snapshot_path",
    "program",
    "prune_periodic_snapshots",
    "restore_from_snapshot",
    "should_take_periodic_snapshot",
    "take_snapshot",
]
