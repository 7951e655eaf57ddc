"""The errors of this package. What SQLite reports on the caller's connection stays a ``sqlite3.Error``."""

from __future__ import annotations

from typing import Sequence


class UnrewindError(Exception):
    """An operation of Unrewind failed; nothing was changed unless the message says so."""


class ProgramNotFound(UnrewindError):
    """The program ``unrewind`` is not installed where this package looks for it."""


class CommandFailed(UnrewindError):
    """The program refused or could not do what it was asked; the message is its own sentence."""

    def __init__(
        self, message: str, *, command: str, exit_code: int, hints: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        #: The command, such as ``take``.
        self.command = command
        #: The exit code; negative is the number of the signal that ended the program.
        self.exit_code = exit_code
        #: What to do next.
        self.hints = tuple(hints)
        for hint in self.hints:
            self.add_note(f"hint: {hint}")


class SnapshotRefused(CommandFailed):
    """A snapshot is damaged, or the database has no place for all of it; the database is unchanged."""


class NotRestored(UnrewindError):
    """The connection did not take over the snapshot's rows; what was changed is rolled back."""


class Unsupported(UnrewindError):
    """The connection lacks what is needed to read what it has not committed."""
