"""The caller's connection: its state is what is read, and its settings and locks are as they were afterwards."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import unittest
from pathlib import Path
from typing import Any, Callable

import unrewind
from sandbox import Sandbox, fill, read, rows
from standin import SCHEMA


class Reads(Sandbox):
    """Which state a snapshot has."""

    def texts(self, snapshot: Path) -> list[str]:
        return [row["text"] for row in read(snapshot)["memories"]]

    def test_a_transaction_is_read_with_its_changes(self) -> None:
        conn = self.chat()
        conn.execute("UPDATE memories SET text = 'changed' WHERE id = 1")
        self.assertEqual(self.texts(self.take(conn)), ["changed", "It has 242 steps."])
        self.assertTrue(conn.in_transaction)
        conn.rollback()
        self.assertEqual(self.texts(self.take(conn, "periodic")), ["The lamp burns.", "It has 242 steps."])

    def test_the_same_bytes_come_from_the_file_and_from_the_connection(self) -> None:
        conn = self.chat()
        committed = self.take(conn).read_bytes()
        conn.execute("BEGIN")
        self.assertEqual(self.take(conn).read_bytes(), committed)

    def test_a_database_in_memory(self) -> None:
        conn = self.connect(":memory:")
        conn.executescript(SCHEMA)
        fill(conn)
        conn.commit()
        self.assertTrue(unrewind.should_take_periodic_snapshot(conn, self.data))
        snapshot = self.take(conn, "periodic")
        self.assertFalse(unrewind.should_take_periodic_snapshot(conn, self.data))
        conn.executescript("DELETE FROM memories")
        unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual(len(rows(conn, "memories")), 2)
        self.assertEqual(unrewind.prune_periodic_snapshots(self.data, keep=1), 0)
        for hour in range(3):
            (snapshot.parent / f"20210314T{hour:02}0000Z.json").write_bytes(snapshot.read_bytes())
        self.assertEqual(unrewind.prune_periodic_snapshots(self.data, keep=2), 2)

    def test_whether_one_is_due_counts_events_of_the_transaction(self) -> None:
        conn = self.chat()
        self.take(conn, "periodic")
        event = "INSERT INTO event_log (ts, kind, payload_json) VALUES ('', 'message', '{}')"
        for _ in range(100):
            conn.execute(event)
        self.assertTrue(unrewind.should_take_periodic_snapshot(conn, self.data))
        conn.rollback()
        self.assertFalse(unrewind.should_take_periodic_snapshot(conn, self.data))

    def test_a_connection_that_keeps_its_locks(self) -> None:
        conn = self.chat()
        conn.execute("PRAGMA journal_mode = DELETE")
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        conn.execute("UPDATE chat_state SET mood = 'x'")
        conn.commit()
        snapshot = self.take(conn)
        self.assertEqual(read(snapshot)["chat_state"][0]["mood"], "x")
        conn.executescript("DELETE FROM memories")
        unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual(len(rows(conn, "memories")), 2)

    def test_names_that_mean_something_in_a_uri(self) -> None:
        for name in ["a b.db", "what?.db", "#1.db", "100%25.db", "-rf.db", "Möwe.db"]:
            with self.subTest(name):
                data = self.folder / f"{name} data"
                data.mkdir()
                conn = self.connect(data / name)
                conn.executescript(SCHEMA)
                fill(conn)
                conn.commit()
                snapshot = unrewind.take_snapshot(conn, data_dir=data, kind="rewind")
                self.assertEqual(len(read(snapshot)["memories"]), 2)
                conn.executescript("DELETE FROM memories")
                unrewind.restore_from_snapshot(conn, snapshot)
                self.assertEqual(len(rows(conn, "memories")), 2)

    def test_a_uri_and_an_attached_database(self) -> None:
        self.chat().close()
        conn = self.connect(f"{self.db.as_uri()}?mode=ro", uri=True)
        conn.execute("ATTACH ':memory:' AS other")
        conn.execute("CREATE TABLE other.memories (id, text)")
        self.assertEqual(len(self.texts(self.take(conn))), 2)

    def test_a_read_only_connection_cannot_restore(self) -> None:
        writer = self.chat()
        snapshot = self.take(writer)
        writer.executescript("DELETE FROM memories")
        conn = self.connect(f"{self.db.as_uri()}?mode=ro", uri=True)
        with self.assertRaises(sqlite3.OperationalError):
            unrewind.restore_from_snapshot(conn, snapshot)

    def test_a_connection_behind_a_wrapper(self) -> None:
        class Wrapper:
            def __init__(self, conn: sqlite3.Connection) -> None:
                self.driver_connection = conn

            def __getattr__(self, name: str) -> Any:
                return getattr(self.driver_connection, name)

        conn = self.chat()
        wrapper: Any = Wrapper(conn)
        snapshot = self.take(wrapper)
        conn.execute("DELETE FROM memories")
        unrewind.restore_from_snapshot(wrapper, snapshot)
        self.assertEqual(len(rows(conn, "memories")), 2)

    def test_the_wrong_thread_is_refused_as_ever(self) -> None:
        conn = self.chat()
        errors: list[BaseException] = []

        def take() -> None:
            try:
                self.take(conn)
            except sqlite3.ProgrammingError as error:
                errors.append(error)

        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
        self.assertEqual(len(errors), 1)

    def test_threads_and_a_writer_at_once(self) -> None:
        self.chat().close()
        taken: list[Path] = []
        ends = threading.Event()

        def write() -> None:
            conn = self.connect(check_same_thread=False, timeout=30)
            while not ends.is_set():
                conn.execute("UPDATE memories SET text = text || '.' WHERE id < 3")
                conn.commit()

        def take() -> None:
            conn = self.connect(check_same_thread=False, timeout=30)
            taken.append(self.take(conn))

        writer = threading.Thread(target=write)
        writer.start()
        takers = [threading.Thread(target=take) for _ in range(4)]
        for thread in takers:
            thread.start()
        for thread in takers:
            thread.join()
        ends.set()
        writer.join()
        self.assertEqual(len(set(taken)), 4)
        for snapshot in taken:
            one, other = self.texts(snapshot)
            dots = [len(text) - len(text.rstrip(".")) for text in (one, other)]
            self.assertEqual(dots[0], dots[1], "each snapshot is of one moment")


class Settings(Sandbox):
    """What the application has set stays set."""

    def test_factories_and_converters_change_nothing(self) -> None:
        plain = self.chat()
        expected = self.take(plain).read_bytes()
        for text_factory in [bytes, lambda text: text.decode("latin-1").upper()]:
            conn = self.connect(detect_types=sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES)
            conn.text_factory = text_factory
            conn.row_factory = sqlite3.Row
            self.assertEqual(self.take(conn).read_bytes(), expected)
            conn.execute("BEGIN")
            snapshot = self.take(conn)
            self.assertEqual(snapshot.read_bytes(), expected)
            before = rows(conn, "memories")
            conn.execute("DELETE FROM memories")
            unrewind.restore_from_snapshot(conn, snapshot)
            self.assertEqual(rows(conn, "memories"), before)
            self.assertIs(conn.text_factory, text_factory)
            self.assertIs(conn.row_factory, sqlite3.Row)
            conn.close()

    def test_a_restore_commits_only_where_each_statement_does(self) -> None:
        self.chat().close()
        conn = self.connect()
        snapshot = self.take(conn)
        conn.close()
        for level, commits in [("", False), ("IMMEDIATE", False), ("EXCLUSIVE", False), (None, True)]:
            with self.subTest(level=level):
                conn = self.connect(isolation_level=level)
                conn.execute("DELETE FROM memories")
                if conn.in_transaction:
                    conn.commit()
                unrewind.restore_from_snapshot(conn, snapshot)
                self.assertEqual((conn.isolation_level, conn.in_transaction), (level, not commits))
                self.assertEqual(len(rows(conn, "memories")), 2)
                conn.rollback()
                self.assertEqual(len(rows(conn, "memories")), 2 if commits else 0)
                conn.close()

    @unittest.skipIf(sys.version_info < (3, 12), "connections have no autocommit before Python 3.12")
    def test_autocommit_of_newer_pythons(self) -> None:
        self.chat().close()
        for autocommit in [True, False]:
            with self.subTest(autocommit=autocommit):
                conn = self.connect(autocommit=autocommit)
                snapshot = self.take(conn)
                conn.execute("DELETE FROM memories")
                unrewind.restore_from_snapshot(conn, snapshot)
                self.assertEqual(len(rows(conn, "memories")), 2)
                self.assertEqual(conn.in_transaction, not autocommit)
                conn.close()

    def test_a_failed_restore_undoes_itself_and_nothing_else(self) -> None:
        conn = self.chat()
        snapshot = self.take(conn)
        conn.executescript("CREATE UNIQUE INDEX one_importance ON memories (importance); DELETE FROM memories")
        text = snapshot.read_text().replace("0.1,", "0.5,")
        bad = snapshot.with_name("20210314T000000Z.json")
        bad.write_text(text)
        conn.execute("UPDATE chat_state SET mood = 'mine'")
        with self.assertRaises(sqlite3.IntegrityError):
            unrewind.restore_from_snapshot(conn, bad)
        self.assertEqual(rows(conn, "memories"), [])
        self.assertEqual(conn.execute("SELECT mood FROM chat_state").fetchone(), ("mine",))
        self.assertTrue(conn.in_transaction)
        conn.rollback()
        with self.assertRaises(sqlite3.IntegrityError):
            unrewind.restore_from_snapshot(conn, bad)
        self.assertFalse(conn.in_transaction)


@unittest.skipUnless(sys.platform == "linux", "the locks of a process are listed in /proc/locks")
class Locks(Sandbox):
    """No call drops a lock that the connection holds."""

    journal = "DELETE"

    def locks(self) -> list[list[str]]:
        """Return the locks of this process on files of the data folder."""
        inodes = {str(path.stat().st_ino) for path in self.data.iterdir()}
        held = []
        for line in Path("/proc/locks").read_text().splitlines():
            _, *lock, pid, file, start, end = line.split()
            if pid == str(os.getpid()) and file.rpartition(":")[2] in inodes:
                held.append([*lock, file, start, end])
        return sorted(held)

    def calls(self, conn: sqlite3.Connection) -> list[Callable[[], object]]:
        snapshot = self.take(conn)
        return [
            lambda: self.take(conn),
            lambda: self.take(conn, "periodic"),
            lambda: unrewind.should_take_periodic_snapshot(conn, self.data),
            lambda: unrewind.latest_snapshot_path(self.data),
            lambda: unrewind.prune_periodic_snapshots(self.data, keep=1),
            lambda: unrewind.Workspace(self.data).list(),
            lambda: unrewind.Workspace(self.data).diff("latest:rewind"),
            lambda: unrewind.restore_from_snapshot(conn, snapshot),
        ]

    def check(self, conn: sqlite3.Connection, forbidden: str) -> None:
        """Make every call; each time the locks must be held, and another process must feel them."""
        held = self.locks()
        self.assertTrue(held)
        for index, call in enumerate(self.calls(conn)):
            with self.subTest(call=index):
                call()
                for lock in held:
                    self.assertIn(lock, self.locks())
                self.assertIn("database is locked", self.elsewhere(forbidden))

    def test_of_a_write(self) -> None:
        conn = self.chat()
        conn.execute("UPDATE chat_state SET mood = 'x'")
        self.check(conn, "db.execute('BEGIN IMMEDIATE')")
        conn.rollback()
        self.assertEqual(self.elsewhere("db.execute('BEGIN IMMEDIATE')"), "")

    def test_of_a_transaction_that_reads(self) -> None:
        conn = self.chat()
        conn.execute("BEGIN")
        conn.execute("SELECT * FROM memories").fetchall()
        self.check(conn, "db.execute('BEGIN EXCLUSIVE')")

    def test_of_a_query_that_is_not_read_to_its_end(self) -> None:
        conn = self.chat()
        query = conn.execute("SELECT * FROM event_log")
        query.fetchone()
        self.check(conn, "db.execute('BEGIN EXCLUSIVE')")
        self.assertEqual(len(query.fetchall()), 2)

    def test_of_a_restore(self) -> None:
        conn = self.chat()
        snapshot = self.take(conn)
        conn.executescript("DELETE FROM memories")
        unrewind.restore_from_snapshot(conn, snapshot)
        self.check(conn, "db.execute('BEGIN IMMEDIATE')")


class LocksWithAWriteAheadLog(Locks):
    journal = "WAL"

    def test_of_a_transaction_that_reads(self) -> None:
        conn = self.chat()
        conn.execute("BEGIN")
        conn.execute("SELECT * FROM memories").fetchall()
        self.check(conn, "print(*db.execute('PRAGMA journal_mode = DELETE'))")

    def test_of_a_query_that_is_not_read_to_its_end(self) -> None:
        conn = self.chat()
        query = conn.execute("SELECT * FROM event_log")
        query.fetchone()
        self.check(conn, "print(*db.execute('PRAGMA journal_mode = DELETE'))")


if __name__ == "__main__":
    unittest.main()
