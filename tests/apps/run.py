#!/usr/bin/env python3
"""Databases of real applications, made, destroyed and read by the applications' own libraries.

    tests/apps/run.py [--unrewind PROGRAM] [APPLICATION...]

Needs python3 with venv, and PyPI for the libraries in `requirements.txt`, which go into a virtual
environment that is thrown away with the databases. Open WebUI goes into one of its own, with `webui.txt`
and without the other hundred packages that it requires: its models use none of them. For each application:
it makes its state, `unrewind init` recognizes and describes its database, `unrewind take`; the application
destroys its state; a restore, an undo and a restore again, after each of which the application, restarted,
must read exactly the state it had; then it continues. Exits with 0 if all of that held.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
APPS = ["ledger", "shop", "notes", "threads", "assistant", "concierge", "concierge_sqlite", "concierge_v0", "prompts", "webui"]
# What `init` must recognize in the database of each; the rest, nothing.
KNOWN = {
    "ledger": "the library eventsourcing",
    "threads": "LangGraph's checkpointer",
    "assistant": "the OpenAI Agents SDK",
    "concierge": "Google's Agent Development Kit",
    "concierge_sqlite": "Google's Agent Development Kit",
    "concierge_v0": "Google's Agent Development Kit, schema 0",
    "prompts": "llm",
    "webui": "Open WebUI",
}


class Failed(Exception):
    pass


def run(arguments, expected=0):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    if done.returncode != expected:
        command = " ".join(map(str, arguments))
        raise Failed(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def prove(app, python, unrewind, folder):
    def does(step):
        return run([python, HERE / f"{app}.py", step, folder])

    def snap(*arguments, expected=0):
        return run([unrewind, "--data-dir", folder, *arguments], expected)

    def reads(state, after):
        if does("read") != state:
            raise Failed(f"after {after} the application does not read what it had")

    does("make")
    before = does("read")
    profile = snap("init")
    known = [line.removesuffix(":").split(" tables of ")[1] for line in profile.split("\n") if " these are tables of " in line]
    if known != ([KNOWN[app]] if app in KNOWN else []):
        raise Failed(f"init recognizes {known}")
    snap("take")
    snap("diff", "latest:rewind")
    does("destroy")
    after = does("read")
    if after == before:
        raise Failed("the application destroyed nothing")
    snap("diff", "latest:rewind", expected=1)
    taken = snap("list", "--kind", "rewind").split("\n")[1].split()[1]
    snap("restore", f"rewind/{taken}", "--yes")
    reads(before, "the restore")
    snap("undo", "--yes")
    reads(after, "the undo")
    if 'log = "none"' in profile:
        snap("recover", "--yes", expected=1)
        snap("restore", f"rewind/{taken}", "--yes")
    else:
        snap("recover", "--yes")
    reads(before, "the second restore")
    snap("diff", f"rewind/{taken}")
    does("go_on")
    snap("diff", f"rewind/{taken}", expected=1)


def installed(folder, needs):
    venv.create(folder, with_pip=True)
    python = folder / "bin/python"
    pip = [python, "-m", "pip", "install", "--quiet"]
    if needs == "webui":
        run([*pip, "--no-deps", "open-webui>=0.12,<0.13"])
    run([*pip, "-r", HERE / f"{needs}.txt"])
    return python


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--unrewind", help="the program [default: built from here]")
    parser.add_argument("apps", metavar="APPLICATION", nargs="*", help=f"of {', '.join(APPS)} [default: all]")
    arguments = parser.parse_args()
    chosen, apps = arguments.unrewind, arguments.apps or APPS
    if chosen is None:
        run(["cargo", "build", "--release", "--manifest-path", HERE.parents[1] / "Cargo.toml"])
        target = os.environ.get("CARGO_TARGET_DIR", HERE.parents[1] / "target")
        chosen = pathlib.Path(target) / "release/unrewind"
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pythons = {}
        for app in apps:
            (folder / app).mkdir()
            needs = "webui" if app == "webui" else "requirements"
            if needs not in pythons:
                pythons[needs] = installed(folder / f"with-{needs}", needs)
            try:
                prove(app, pythons[needs], pathlib.Path(chosen).resolve(), folder / app)
                print(f"{app}: taken, destroyed, restored, undone, restored, went on")
            except Failed as error:
                failed = True
                print(f"{app}: {error}")
    sys.exit(failed)


main()
