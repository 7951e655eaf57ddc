"""Finds the program and runs it: every access to a database file is in a process of its own.

Two copies of SQLite in one process do not see each other's locks, and a file that one of them closes drops
the locks of both. So nothing in this package opens the database's file, not even to read its first bytes.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import IO, Any, Sequence

from ._errors import CommandFailed, ProgramNotFound

_log = logging.getLogger("unrewind")

#: Names the program to run instead of the one that is installed with the package.
VARIABLE = "UNREWIND_PROGRAM"


def program() -> Path:
    """Return the program that this package runs.

    It is what ``UNREWIND_PROGRAM`` names; else the one that was installed with this package; else the first in
    ``PATH``.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise ProgramNotFound(f"{VARIABLE} names {named}, which is not a file")
        return Path(named)
    name = "unrewind.exe" if os.name == "nt" else "unrewind"
    for folder in _script_folders():
        if (folder / name).is_file():
            return folder / name
    found = shutil.which("unrewind")
    if found is None:
        raise ProgramNotFound(
            f"the program unrewind is neither beside {sys.executable} nor in PATH: install the package's wheel, "
            f"or name the program in {VARIABLE}"
        )
    return Path(found)


def _script_folders() -> list[Path]:
    """Return where an installer puts the programs of a package."""
    folders = [Path(sysconfig.get_path("scripts"))]
    user = sysconfig.get_preferred_scheme("user")
    if user in sysconfig.get_scheme_names():
        folders.append(Path(sysconfig.get_path("scripts", user)))
    folders.append(Path(sys.executable).parent)
    # `pip install --target FOLDER` puts them into FOLDER/bin.
    folders.append(Path(__file__).parent.parent / "bin")
    return folders


def run(
    arguments: Sequence[str | os.PathLike[str]],
    *,
    accept: Sequence[int] = (0,),
    output: IO[bytes] | None = None,
) -> tuple[int, bytes]:
    """Run the program; return its exit code and what it printed, which goes to ``output`` instead if given."""
    code, printed, said = _run(arguments, output)
    if code not in accept:
        raise _failure(arguments, code, said)
    _warn(said)
    return code, printed


def _run(
    arguments: Sequence[str | os.PathLike[str]], output: IO[bytes] | None
) -> tuple[int, bytes, list[str]]:
    """Run the program; return its exit code, what it printed, and the lines of its messages."""
    command = [os.fspath(program()), *(os.fspath(argument) for argument in arguments)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if output is None else output,
        stderr=subprocess.PIPE,
        check=False,
    )
    said = done.stderr.decode("utf-8", "replace").splitlines()
    return done.returncode, done.stdout or b"", said


def _warn(said: list[str]) -> None:
    for line in said:
        _log.warning("%s", line.removeprefix("! ").removeprefix("unrewind: "))


def run_json(arguments: Sequence[str | os.PathLike[str]], *, accept: Sequence[int] = (0,)) -> Any:
    """Run the program; return what it printed as JSON.

    A code to ``accept`` is only accepted with something printed: 2 is also that of a command line it rejects.
    """
    code, printed, said = _run([*arguments, "--json"], None)
    if code not in accept or not printed:
        raise _failure(arguments, code, said)
    _warn(said)
    return json.loads(printed)


def _failure(
    arguments: Sequence[str | os.PathLike[str]], code: int, said: list[str]
) -> CommandFailed:
    """Return the error of a run that failed, in the words of the program."""
    of = os.fspath(arguments[0])
    sentence = next((line for line in said if line.startswith("unrewind: ")), None)
    hints = [line.removeprefix("hint: ") for line in said if line.startswith("hint: ")]
    if sentence is None:
        ended = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        sentence = f"unrewind {of} {ended}" + "".join(f": {line}" for line in said[:1])
    return CommandFailed(
        sentence.removeprefix("unrewind: "), command=of, exit_code=code, hints=hints
    )
