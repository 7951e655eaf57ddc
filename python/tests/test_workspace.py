"""`before_rewind`, `Workspace`, and how the program is found and its errors are passed on."""

from __future__ import annotations

import os
import stat
import unittest
from pathlib import Path
from unittest import mock

import unrewind
from sandbox import Sandbox, read
from standin import Application


class Rewinds(Sandbox):
    def test_a_snapshot_is_there_before_the_block_runs(self) -> None:
        conn = self.chat()
        with unrewind.before_rewind(conn, self.data) as snapshot:
            self.assertEqual(len(read(snapshot)["memories"]), 2)
            conn.execute("DELETE FROM memories")
        self.assertEqual([one.name for one in unrewind.Workspace(self.data).list()], [f"rewind/{snapshot.stem}"])

    def test_a_failure_passes_with_what_can_be_done(self) -> None:
        conn = self.chat()
        with self.assertRaises(KeyError) as raised:
            with unrewind.before_rewind(conn, self.data) as snapshot:
                raise KeyError("lost")
        (note,) = raised.exception.__notes__
        self.assertIn(f"unrewind restore rewind/{snapshot.stem} --data-dir {self.data}", note)

    def test_without_a_snapshot_the_block_does_not_run(self) -> None:
        conn = self.connect()
        conn.execute("CREATE TABLE other (id)")
        with self.assertRaisesRegex(unrewind.CommandFailed, "event_log"):
            with unrewind.before_rewind(conn, self.data):
                self.fail("it ran")


class Workspaces(Sandbox):
    def test_the_way_back_after_a_rewind(self) -> None:
        app = Application(self.data, unrewind)
        self.addCleanup(app.close)
        app.event("bot_added", bot="mara", name="Mara")
        app.event("chat_opened", chat=1, bot="mara", title="The lighthouse")
        app.event("memory_added", chat=1, text="The lamp burns.", importance=0.5)
        before = app.tables()
        snapshot = app.rewind(2)
        workspace = unrewind.Workspace(self.data)
        newest = workspace.list(kind="rewind")[0]
        self.assertEqual((newest.path, newest.kind, newest.ends_at), (snapshot, "rewind", 3))
        self.assertFalse(newest.pinned or newest.damaged or newest.label)

        difference = workspace.diff("latest:rewind", tables=["memories"], rows=True)
        self.assertFalse(difference.same)
        self.assertEqual(list(difference.tables), ["memories"])
        (change,) = difference.tables["memories"].rows
        assert change.after is not None
        self.assertEqual((change.before, change.after["text"]), (None, "The lamp burns."))
        self.assertTrue(workspace.diff(newest.name, newest.name).same)

        planned = workspace.recover(dry_run=True)
        self.assertEqual((planned.snapshot, planned.tables["memories"].added), (snapshot, 1))
        self.assertNotEqual(app.tables(), before)
        recovered = workspace.recover()
        self.assertEqual((recovered.database, recovered.tables), (self.db, planned.tables))
        self.assertEqual(app.tables(), before)
        assert recovered.safety_snapshot is not None
        self.assertEqual(len(read(recovered.safety_snapshot)["memories"]), 0)
        with self.assertRaisesRegex(unrewind.CommandFailed, "nothing more to recover|no rewind"):
            workspace.recover()

    def test_a_list_is_whole_without_an_archive_that_cannot_be_used(self) -> None:
        conn = self.chat()
        snapshot = self.take(conn)
        (self.data / "archive").mkdir()
        (self.data / "archive" / "config").write_bytes(b"none")
        with self.assertLogs("unrewind", "WARNING") as logged:
            listed = unrewind.Workspace(self.data).list()
        self.assertEqual([one.path for one in listed], [snapshot])
        self.assertIn("archive", logged.output[0])
        with self.assertRaisesRegex(unrewind.CommandFailed, "invalid value") as raised:
            unrewind.Workspace(self.data).list(kind="none")  # type: ignore[arg-type]
        self.assertEqual(raised.exception.exit_code, 2)

    def test_values_of_a_difference(self) -> None:
        conn = self.chat()
        snapshot = self.take(conn)
        conn.execute("UPDATE edges SET feeling = ?, weight = ?", (b"\x00\xff", float("inf")))
        conn.commit()
        difference = unrewind.Workspace(self.data, database=self.db).diff(f"rewind/{snapshot.stem}", rows=True)
        (change,) = difference.tables["edges"].rows
        assert change.before is not None and change.after is not None
        self.assertEqual(change.before["feeling"], b"\x00\xff")
        self.assertEqual(change.after["feeling"], "fond")


class Programs(Sandbox):
    def test_the_named_program_is_run(self) -> None:
        own = self.folder / "own"
        own.write_text("#!/bin/sh\necho 'unrewind: it is not today' >&2; echo 'hint: try tomorrow' >&2; exit 3\n")
        own.chmod(own.stat().st_mode | stat.S_IXUSR)
        conn = self.chat()
        with mock.patch.dict(os.environ, {"UNREWIND_PROGRAM": str(own)}):
            self.assertEqual(unrewind.program(), own)
            with self.assertRaises(unrewind.CommandFailed) as raised:
                self.take(conn)
        failed = raised.exception
        self.assertEqual((str(failed), failed.command, failed.exit_code), ("it is not today", "take", 3))
        self.assertEqual(failed.hints, ("try tomorrow",))

    def test_a_program_that_is_not_there(self) -> None:
        with mock.patch.dict(os.environ, {"UNREWIND_PROGRAM": str(self.folder / "none")}):
            with self.assertRaisesRegex(unrewind.ProgramNotFound, "not a file"):
                unrewind.program()

    def test_the_first_in_path_is_found(self) -> None:
        program = self.folder / "unrewind"
        program.touch(mode=0o755)
        environment = {name: value for name, value in os.environ.items() if name != "UNREWIND_PROGRAM"}
        environment["PATH"] = str(self.folder)
        with mock.patch.dict(os.environ, environment, clear=True):
            with mock.patch("unrewind._program._script_folders", return_value=[]):
                self.assertEqual(unrewind.program(), program)
                program.unlink()
                with self.assertRaisesRegex(unrewind.ProgramNotFound, "neither"):
                    unrewind.program()

    def test_a_program_that_is_killed(self) -> None:
        own = self.folder / "own"
        own.write_text("#!/bin/sh\nkill -9 $$\n")
        own.chmod(own.stat().st_mode | stat.S_IXUSR)
        conn = self.chat()
        before = sorted(self.data.rglob("*"))
        with mock.patch.dict(os.environ, {"UNREWIND_PROGRAM": str(own)}):
            with self.assertRaisesRegex(unrewind.CommandFailed, "ended by signal 9"):
                unrewind.restore_from_snapshot(conn, self.db)
        self.assertFalse(conn.in_transaction)
        self.assertEqual(sorted(self.data.rglob("*")), before)

    def test_unknown_kinds_and_numbers(self) -> None:
        conn = self.chat()
        with self.assertRaisesRegex(ValueError, "hourly"):
            unrewind.take_snapshot(conn, data_dir=self.data, kind="hourly")
        with self.assertRaisesRegex(ValueError, "negative"):
            unrewind.prune_periodic_snapshots(self.data, keep=-1)

    def test_warnings_are_logged(self) -> None:
        conn = self.chat()
        conn.executescript("CREATE TABLE settings (name, value); INSERT INTO settings VALUES ('a', 1)")
        with self.assertLogs("unrewind", "WARNING") as logs:
            self.take(conn)
        self.assertIn("settings", logs.output[0])

    def test_another_database_in_the_same_folder_is_refused(self) -> None:
        self.take(self.chat())
        conn = self.connect(self.data / "second.db")
        conn.execute("CREATE TABLE event_log (id INTEGER PRIMARY KEY)")
        with self.assertRaisesRegex(unrewind.CommandFailed, "snapshots in .* are of"):
            self.take(conn)
        self.assertEqual(len(list((self.data / "snapshots" / "rewind").glob("*.json"))), 1)

    def test_a_relative_data_folder(self) -> None:
        conn = self.chat()
        before = Path.cwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        snapshot = unrewind.take_snapshot(conn, data_dir=Path("data"), kind="rewind")
        self.assertEqual(snapshot.parent, Path("data/snapshots/rewind"))
        self.assertTrue(snapshot.exists())


if __name__ == "__main__":
    unittest.main()
