"""Runs the step of an application that the command line names, on the database in its folder."""

import pathlib
import sys


def step(steps):
    name, folder = sys.argv[1:]
    steps[name](pathlib.Path(folder) / "app.db")
