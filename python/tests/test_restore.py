"""`restore_from_snapshot` makes the tables equal, changes nothing else, and only what differs."""

from __future__ import annotations

import sqlite3
import unittest
from pathlib import Path
from typing import Any

import unrewind
from sandbox import Sandbox, rows

VALUES: list[Any] = [
    None,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    0.1,
    1.0,
    -0.0,
    1e300,
    5e-324,
    float("inf"),
    float("-inf"),
    "",
    "text",
    "Möwe 🐦 \u0000 \u2028 \\ \" ' \n",
    "7",
    "Infinity",
    '{"$blob": "AA=="}',
    b"",
    b"\x00\xff",
]


class Restores(Sandbox):
    def describe(self, sql: str, text: str = "") -> sqlite3.Connection:
        """Make a database of another application, of which every table is in a snapshot."""
        (self.data / "unrewind.toml").write_text(f'log = "none"\ntables = "auto"\n{text}')
        conn = self.connect()
        conn.executescript(f"PRAGMA journal_mode = {self.journal};" + sql)
        return conn

    def check(self, conn: sqlite3.Connection, change: str, *tables: str) -> int:
        """Take, change, restore; the tables must be as before. Return how many rows the restore changed."""
        before = {table: rows(conn, table) for table in tables}
        snapshot = self.take(conn)
        conn.executescript(change)
        self.assertNotEqual({table: rows(conn, table) for table in tables}, before)
        changes = conn.total_changes
        unrewind.restore_from_snapshot(conn, snapshot)
        changes = conn.total_changes - changes
        self.assertEqual({table: rows(conn, table) for table in tables}, before)
        self.assertTrue(conn.in_transaction)
        conn.commit()
        self.assertEqual({table: rows(conn, table) for table in tables}, before)
        # Nothing is left to do.
        left = conn.total_changes
        unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual(conn.total_changes, left)
        conn.rollback()
        return changes

    def test_every_value_comes_back(self) -> None:
        conn = self.describe("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
        conn.executemany("INSERT INTO t (v) VALUES (?)", [(value,) for value in VALUES])
        conn.execute("INSERT INTO t (v) VALUES (CAST(x'C328FF' AS TEXT))")
        conn.commit()
        self.check(conn, "DELETE FROM t", "t")
        self.check(conn, "UPDATE t SET v = 'x'", "t")

    def test_tables_without_a_primary_key(self) -> None:
        conn = self.describe("CREATE TABLE t (a, b)")
        conn.executemany("INSERT INTO t VALUES (?, ?)", [(value, 1) for value in VALUES * 2])
        conn.execute("INSERT INTO t VALUES (CAST(x'FF' AS TEXT), NULL)")
        conn.commit()
        sql = "SELECT typeof(a), quote(CAST(a AS BLOB)), b, count(*) FROM t GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        before = conn.execute(sql).fetchall()
        snapshot = self.take(conn)
        conn.executescript("DELETE FROM t WHERE rowid % 3 = 0; INSERT INTO t SELECT * FROM t LIMIT 5")
        unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual(conn.execute(sql).fetchall(), before)

    def test_tables_without_rowid_and_generated_columns(self) -> None:
        conn = self.describe(
            """
            CREATE TABLE w (a TEXT, b INTEGER, c, PRIMARY KEY (b, a)) WITHOUT ROWID;
            CREATE TABLE g (id INTEGER PRIMARY KEY, a INTEGER, b AS (a * 2) STORED, c AS (a + 1), d TEXT);
            INSERT INTO w VALUES ('x', 1, 2), ('y', 1, x'00'), ('x', 2, NULL);
            INSERT INTO g (a, d) VALUES (1, 'one'), (2, 'two');
            """
        )
        change = "DELETE FROM w WHERE b = 2; UPDATE w SET c = 7; UPDATE g SET a = 9; DELETE FROM g WHERE id = 2"
        self.check(conn, change, "w", "g")

    def test_only_rows_that_differ_are_changed(self) -> None:
        conn = self.describe("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
        conn.executemany("INSERT INTO t (v) VALUES (?)", [(n,) for n in range(5000)])
        conn.commit()
        change = "UPDATE t SET v = -1 WHERE id = 7; DELETE FROM t WHERE id > 4990; INSERT INTO t VALUES (9000, 1)"
        self.assertEqual(self.check(conn, change, "t"), 12)

    def test_values_that_only_one_row_may_have_are_exchanged(self) -> None:
        conn = self.describe("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n)")
        conn.executescript("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)")
        change = "UPDATE t SET name = 'x' WHERE id = 1; UPDATE t SET name = 'a' WHERE id = 2; UPDATE t SET name = 'b' WHERE id = 1"
        self.check(conn, change, "t")

    def test_rows_keep_what_belongs_to_them_where_unique_values_move_on(self) -> None:
        conn = self.describe(
            """
            CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
            CREATE TABLE other (t REFERENCES t (id) ON DELETE CASCADE);
            INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');
            INSERT INTO other VALUES (1), (2), (3);
            """,
            'exclude = ["other"]\n',
        )
        conn.execute("PRAGMA foreign_keys = ON")
        change = """
            UPDATE t SET name = 'x' WHERE id = 1; UPDATE t SET name = 'a' WHERE id = 2;
            UPDATE t SET name = 'b' WHERE id = 3;
        """
        self.check(conn, change, "t")
        self.assertEqual(len(rows(conn, "other")), 3)

    def test_equal_rows_that_only_their_values_tell_apart(self) -> None:
        conn = self.describe("CREATE TABLE t (rowid, oid, _rowid_)")
        conn.executescript("INSERT INTO t VALUES ('a', 1, 1), ('a', 1, 1), ('b', 2, NULL)")
        sql = "SELECT *, count(*) FROM t GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        before = conn.execute(sql).fetchall()
        snapshot = self.take(conn)
        conn.executescript("INSERT INTO t VALUES ('a', 1, 1), ('a', 1, 1), ('c', 1, 1); DELETE FROM t WHERE _rowid_ IS NULL")
        unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual(conn.execute(sql).fetchall(), before)

    def test_a_database_in_utf_16(self) -> None:
        (self.data / "unrewind.toml").write_text('log = "none"\ntables = "auto"\n')
        conn = self.connect()
        conn.executescript("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
        conn.executescript("INSERT INTO t VALUES (1, 'Möwe 🐦'), (2, x'00FF'), (3, 0.1)")
        self.check(conn, "UPDATE t SET v = 'x'; DELETE FROM t WHERE id = 3", "t")

    def test_what_a_trigger_of_the_connection_does_is_put_right(self) -> None:
        conn = self.describe("CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE u (v); INSERT INTO t VALUES (1, 'a')")
        conn.execute("CREATE TEMP TRIGGER one AFTER INSERT ON main.t BEGIN INSERT INTO u VALUES (1); END")
        self.check(conn, "DELETE FROM t", "t", "u")
        conn.execute("CREATE TEMP TRIGGER two AFTER INSERT ON main.t BEGIN UPDATE t SET v = v || '!'; END")
        snapshot = self.take(conn)
        conn.executescript("DELETE FROM t; CREATE TEMP TRIGGER three AFTER UPDATE ON main.t BEGIN DELETE FROM t; END")
        with self.assertRaisesRegex(unrewind.NotRestored, "do not become those of"):
            unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual((rows(conn, "t"), conn.in_transaction), ([], False))

    def test_names_are_quoted(self) -> None:
        conn = self.describe('CREATE TABLE "a ""b"" ?" ("select" INTEGER PRIMARY KEY, "x?y", "[z]")')
        conn.execute('INSERT INTO "a ""b"" ?" VALUES (1, CAST(? AS TEXT), 2), (2, 3, 4)', (b"\xff",))
        conn.commit()
        self.check(conn, 'UPDATE "a ""b"" ?" SET "x?y" = 5', 'a "b" ?')

    def test_foreign_keys_are_kept_whatever_the_order(self) -> None:
        conn = self.describe(
            """
            CREATE TABLE a (id INTEGER PRIMARY KEY, parent REFERENCES a (id) ON DELETE CASCADE, name UNIQUE);
            CREATE TABLE b (id INTEGER PRIMARY KEY, a NOT NULL REFERENCES a (id) ON DELETE RESTRICT);
            CREATE TABLE c (id INTEGER PRIMARY KEY, a REFERENCES a (name) ON UPDATE CASCADE ON DELETE SET NULL);
            INSERT INTO a VALUES (1, NULL, 'one'), (2, 1, 'two'), (3, 2, 'three');
            INSERT INTO b VALUES (1, 1), (2, 3);
            INSERT INTO c VALUES (1, 'one'), (2, 'two'), (3, 'three');
            """
        )
        conn.execute("PRAGMA foreign_keys = ON")
        change = """
            INSERT INTO a VALUES (4, 3, 'four'); INSERT INTO b VALUES (3, 4); INSERT INTO c VALUES (4, 'four');
            UPDATE a SET name = 'new' WHERE id = 2;
            UPDATE a SET parent = 1 WHERE id = 3;
        """
        self.check(conn, change, "a", "b", "c")
        self.assertEqual(conn.execute("PRAGMA foreign_keys").fetchone(), (1,))
        self.assertEqual(conn.execute("PRAGMA defer_foreign_keys").fetchone(), (0,))
        exchange = """
            UPDATE a SET name = 'x' WHERE id = 1; UPDATE a SET name = 'one' WHERE id = 2;
            UPDATE a SET name = 'two' WHERE id = 1; DELETE FROM b;
        """
        self.check(conn, exchange, "a", "b", "c")

    def test_a_row_that_would_refer_to_nothing_is_refused(self) -> None:
        conn = self.describe(
            """
            CREATE TABLE a (id INTEGER PRIMARY KEY);
            CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a (id));
            INSERT INTO b VALUES (1, 5);
            """
        )
        snapshot = self.take(conn)
        conn.executescript("DELETE FROM b; PRAGMA foreign_keys = ON")
        with self.assertRaisesRegex(unrewind.NotRestored, "row with rowid 1 of table b would refer to a row of a"):
            unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual((rows(conn, "b"), conn.in_transaction), ([], False))
        conn.execute("BEGIN")
        with self.assertRaises(unrewind.NotRestored):
            unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual(conn.execute("PRAGMA defer_foreign_keys").fetchone(), (0,))
        conn.rollback()
        # The application lives with such rows, which is its own affair.
        conn.execute("PRAGMA foreign_keys = OFF")
        unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual(len(rows(conn, "b")), 1)

    def test_rows_that_referred_to_nothing_before_hinder_nothing(self) -> None:
        conn = self.describe(
            """
            CREATE TABLE a (id INTEGER PRIMARY KEY);
            CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a (id), c);
            INSERT INTO b VALUES (1, 5, 0), (2, NULL, 0);
            """
        )
        conn.execute("PRAGMA foreign_keys = ON")
        self.check(conn, "UPDATE b SET c = 1 WHERE id = 2", "b")

    def test_triggers_of_the_application_do_not_run(self) -> None:
        conn = self.describe(
            """
            CREATE TABLE t (id INTEGER PRIMARY KEY, v);
            CREATE TABLE audit (what);
            CREATE TRIGGER t_ai AFTER INSERT ON t BEGIN INSERT INTO audit VALUES ('insert'); END;
            CREATE TRIGGER t_ad BEFORE DELETE ON t BEGIN SELECT raise(ABORT, 'never'); END;
            CREATE TRIGGER "t au" AFTER UPDATE ON t BEGIN UPDATE t SET v = v || '!' WHERE id = new.id; END;
            INSERT INTO t VALUES (1, 'a'), (2, 'b');
            DELETE FROM audit;
            """,
            'exclude = ["audit"]\n',
        )
        triggers = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
        before = conn.execute(triggers).fetchall()
        snapshot = self.take(conn)
        conn.executescript("DROP TRIGGER t_ad; DELETE FROM t WHERE id = 1; DELETE FROM audit; INSERT INTO t VALUES (3, 'c')")
        conn.execute(dict(before)["t_ad"])
        conn.executescript("UPDATE t SET v = 'z' WHERE id = 2; DELETE FROM audit")
        unrewind.restore_from_snapshot(conn, snapshot)
        conn.commit()
        self.assertEqual(conn.execute("SELECT * FROM t").fetchall(), [(1, "a"), (2, "b")])
        self.assertEqual(conn.execute("SELECT * FROM audit").fetchall(), [])
        self.assertEqual(sorted(conn.execute(triggers)), sorted(before))

    def test_the_full_text_index_follows_few_rows_and_many(self) -> None:
        conn = self.chat()
        conn.executemany(
            "INSERT INTO memories VALUES (?, 1, NULL, ?, 0.5, '')",
            [(n, f"word{n} lamp") for n in range(10, 3000)],
        )
        conn.commit()
        for change in ["DELETE FROM memories WHERE id = 50", "DELETE FROM memories", "UPDATE memories SET text = 'x'"]:
            self.check(conn, change, "memories")
            found = conn.execute("SELECT rowid FROM memories_fts WHERE memories_fts MATCH 'word50'").fetchall()
            self.assertEqual(found, [(50,)])
            conn.execute("INSERT INTO memories_fts (memories_fts, rank) VALUES ('integrity-check', 1)")
            conn.rollback()

    def test_the_event_log_is_not_touched(self) -> None:
        conn = self.chat()
        snapshot = self.take(conn)
        conn.executescript("INSERT INTO event_log (ts, kind, payload_json) VALUES ('', 'x', ''); DELETE FROM memories")
        before = rows(conn, "event_log")
        self.assertEqual(unrewind.restore_from_snapshot(conn, snapshot), 3)
        self.assertEqual(rows(conn, "event_log"), before)
        self.assertEqual(len(rows(conn, "memories")), 2)

    def test_functions_and_collations_of_the_application_are_used(self) -> None:
        conn = self.connect()
        conn.create_function("is_fine", 1, lambda value: value != "bad", deterministic=True)
        conn.create_collation("backwards", lambda a, b: (a[::-1] > b[::-1]) - (a[::-1] < b[::-1]))
        (self.data / "unrewind.toml").write_text('log = "none"\ntables = "auto"\n')
        conn.executescript(
            """
            CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT CHECK (is_fine(v)), w TEXT COLLATE backwards UNIQUE);
            INSERT INTO t VALUES (1, 'a', 'za'), (2, 'b', 'yb');
            """
        )
        self.check(conn, "DELETE FROM t WHERE id = 1; UPDATE t SET w = 'q' WHERE id = 2", "t")

    def test_a_damaged_snapshot_is_refused(self) -> None:
        conn = self.chat()
        snapshot = self.take(conn)
        text = snapshot.read_text()
        snapshot.write_text(text.replace("242", "243"))
        before = rows(conn, "memories")
        conn.execute("DELETE FROM edges")
        with self.assertRaisesRegex(unrewind.SnapshotRefused, "damaged|checksum"):
            unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual((rows(conn, "memories"), rows(conn, "edges")), (before, []))
        conn.rollback()
        self.assertEqual(len(rows(conn, "edges")), 1)

    def test_a_snapshot_that_is_not_there(self) -> None:
        conn = self.chat()
        with self.assertRaises(FileNotFoundError):
            unrewind.restore_from_snapshot(conn, self.data / "snapshots" / "rewind" / "none.json")
        self.assertFalse(conn.in_transaction)

    def test_a_snapshot_with_columns_that_the_database_lacks_is_refused(self) -> None:
        conn = self.chat()
        conn.execute("ALTER TABLE bots ADD COLUMN mood")
        snapshot = self.take(conn)
        conn.execute("ALTER TABLE bots DROP COLUMN mood")
        with self.assertRaisesRegex(unrewind.SnapshotRefused, "bots.mood"):
            unrewind.restore_from_snapshot(conn, snapshot)
        self.assertFalse(conn.in_transaction)

    def test_columns_that_the_snapshot_lacks_keep_their_values(self) -> None:
        conn = self.chat()
        snapshot = self.take(conn)
        conn.executescript("ALTER TABLE bots ADD COLUMN mood DEFAULT 'calm'; UPDATE bots SET mood = 'glad', name = 'M'")
        unrewind.restore_from_snapshot(conn, snapshot)
        self.assertEqual(conn.execute("SELECT name, mood FROM bots").fetchall(), [("Mara", "glad")])

    def test_a_snapshot_outside_of_its_folder(self) -> None:
        conn = self.chat()
        copy = Path(self.folder) / "a copy #1?.json"
        copy.write_bytes(self.take(conn).read_bytes())
        conn.executescript("DELETE FROM memories")
        unrewind.restore_from_snapshot(conn, copy)
        self.assertEqual(len(rows(conn, "memories")), 2)


class RestoresWithARollbackJournal(Restores):
    journal = "DELETE"


if __name__ == "__main__":
    unittest.main()
