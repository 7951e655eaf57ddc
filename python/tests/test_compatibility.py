"""The package and a plain service side by side, on random databases: the same bytes, answers and tables."""

from __future__ import annotations

import os
import random
import sqlite3
import time
import unittest
from pathlib import Path
from typing import Any

import unrewind
from plain_service import TABLES
from sandbox import Sandbox, rows, service
from standin import SCHEMA

#: Letters, escapes, what JSON and SQL treat specially, and characters beyond 16 bits.
ALPHABET = "abcXYZ 019_'\"\\/\n\t\u0000\u001f\u007f\u00e9\u2028\ufffd\U0001f426"

COLUMNS = {
    "bots": "id name persona created_at",
    "you_entity": "id name about",
    "edges": "source target feeling weight updated_at",
    "memories": "id chat_id scene_id text importance created_at",
    "chats": "id bot_id title created_at",
    "chat_state": "chat_id message_count last_message_at mood",
    "containers": "id chat_id name",
    "scenes": "id container_id summary started_at closed_at",
    "activity": "id bot_id doing since",
    "classifier_failures": "id event_id classifier error",
}


class Compatibility(Sandbox):
    def setUp(self) -> None:
        super().setUp()
        self.plain = service()
        self.other = self.folder / "other"

    def value(self, dice: random.Random) -> Any:
        choices: list[Any] = [
            dice.randrange(-5, 5),
            dice.choice([2**63 - 1, -(2**63), 2**53 + 1]),
            dice.uniform(-1, 1) * 10 ** dice.randrange(-320, 308),
            float(dice.randrange(-5, 5)),
            dice.choice([float("inf"), float("-inf"), -0.0, float("nan")]),
            "".join(dice.choices(ALPHABET, k=dice.randrange(12))),
            str(dice.random()),
        ]
        return dice.choice(choices)

    def change(self, conn: sqlite3.Connection, dice: random.Random) -> None:
        """Make some random changes; those that the schema refuses do not happen."""
        for _ in range(dice.randrange(40)):
            table = dice.choice(TABLES)
            columns = COLUMNS[table].split()
            kind = dice.random()
            if kind < 0.2:
                conn.execute(f"DELETE FROM {table} WHERE rowid % 3 = ?", (dice.randrange(3),))
            elif kind < 0.4:
                column = dice.choice(columns)
                sql = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid % 4 = ?"
                if column not in ("id", "chat_id") or table != "chat_state":
                    self.attempt(conn, sql, [self.value(dice), dice.randrange(4)])
            else:
                marks = ", ".join("?" for _ in columns)
                row = [self.value(dice) for _ in columns]
                if columns[0] in ("id", "chat_id") and table not in ("bots",):
                    row[0] = 1 if table == "you_entity" else dice.randrange(1, 100)
                self.attempt(conn, f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
        event = "INSERT INTO event_log (ts, kind, payload_json) VALUES (?, 'message', ?)"
        for _ in range(dice.randrange(120)):
            self.attempt(conn, event, [str(self.value(dice)), str(self.value(dice))])

    def attempt(self, conn: sqlite3.Connection, sql: str, values: list[Any]) -> None:
        try:
            conn.execute(sql, values)
        except sqlite3.IntegrityError:
            pass

    def random_chat(self, dice: random.Random) -> sqlite3.Connection:
        conn = self.connect(self.data / f"{dice.random()}.db")
        journal = dice.choice(["WAL", "DELETE"])
        # The service deletes and inserts rows with their triggers, which REPLACE does not run by itself.
        conn.executescript(f"PRAGMA journal_mode = {journal}; PRAGMA recursive_triggers = ON; {SCHEMA}")
        self.change(conn, dice)
        conn.commit()
        return conn

    def test_snapshots_have_the_same_bytes(self) -> None:
        for seed in range(12):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                conn = self.random_chat(dice)
                if dice.random() < 0.5:
                    self.change(conn, dice)
                data = self.folder / f"data {seed}"
                ours = unrewind.take_snapshot(conn, data_dir=data, kind="periodic")
                theirs = self.plain.take_snapshot(conn, data_dir=self.other, kind="periodic")
                self.assertEqual(ours.read_bytes(), theirs.read_bytes())
                self.assertEqual(ours.parent.relative_to(data), theirs.parent.relative_to(self.other))
                self.assertRegex(ours.name, r"^\d{8}T\d{6}Z\.json$")
                self.assertEqual(unrewind.latest_snapshot_path(data), ours)

    def test_restores_make_the_same_tables(self) -> None:
        for seed in range(100, 112):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                conn = self.random_chat(dice)
                snapshot = self.plain.take_snapshot(conn, data_dir=self.other)
                self.change(conn, dice)
                if dice.random() < 0.5:
                    conn.commit()
                conn.execute("SAVEPOINT one")
                last = self.plain.restore_from_snapshot(conn, snapshot)
                expected = {table: self.sorted(conn, table) for table in TABLES}
                conn.execute("ROLLBACK TO one")
                self.assertEqual(unrewind.restore_from_snapshot(conn, snapshot), last)
                self.assertEqual({table: self.sorted(conn, table) for table in TABLES}, expected)
                conn.execute("INSERT INTO memories_fts (memories_fts, rank) VALUES ('integrity-check', 1)")
                conn.commit()

    def sorted(self, conn: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
        # Tables whose key is not their rowid: rows that are equal stay, so they keep their places.
        return sorted(rows(conn, table))

    def test_whether_a_snapshot_is_due(self) -> None:
        conn = self.chat()
        event = "INSERT INTO event_log (ts, kind, payload_json) VALUES ('', 'message', '{}')"
        answers = []
        for step in range(6):
            answers.append(
                (
                    unrewind.should_take_periodic_snapshot(conn, self.data),
                    self.plain.should_take_periodic_snapshot(conn, self.data),
                )
            )
            if step == 0:
                self.plain.take_snapshot(conn, data_dir=self.data, kind="periodic")
            conn.executemany(event, [()] * (50 if step else 99))
            conn.commit()
            if step == 4:
                newest = unrewind.latest_snapshot_path(self.data)
                assert newest is not None
                os.utime(newest, (time.time() - 1801,) * 2)
        self.assertEqual([one for one, _ in answers], [other for _, other in answers])
        self.assertEqual(answers[0], (True, True))
        self.assertEqual(answers[1], (False, False))
        self.assertEqual(answers[-1], (True, True))

    def test_an_empty_log_needs_no_snapshot(self) -> None:
        conn = self.connect()
        conn.executescript(SCHEMA)
        self.assertFalse(unrewind.should_take_periodic_snapshot(conn, self.data))
        self.assertFalse(self.plain.should_take_periodic_snapshot(conn, self.data))

    def test_what_is_pruned(self) -> None:
        conn = self.chat()
        taken = self.plain.take_snapshot(conn, data_dir=self.other, kind="periodic").read_bytes()
        for count, keep in [(0, 5), (4, 5), (5, 5), (9, 5), (3, 1), (3, 0), (2, 9)]:
            with self.subTest(count=count, keep=keep):
                left = []
                for module, name in [(unrewind, "a"), (self.plain, "b")]:
                    data = self.folder / f"{name} {count} {keep}"
                    periodic = data / "snapshots" / "periodic"
                    periodic.mkdir(parents=True)
                    for hour in range(count):
                        (periodic / f"20210314T{hour:02}0000Z.json").write_bytes(taken)
                    removed = module.prune_periodic_snapshots(data, keep=keep)
                    left.append((removed, sorted(path.name for path in periodic.glob("*.json"))))
                self.assertEqual(*left)

    def test_each_reads_what_the_other_wrote(self) -> None:
        conn = self.chat()
        expected = rows(conn, "memories")
        for one, other in [(unrewind, self.plain), (self.plain, unrewind)]:
            snapshot: Path = one.take_snapshot(conn, data_dir=self.folder / one.__name__, kind="periodic")
            conn.executescript("DELETE FROM memories")
            self.assertEqual(other.latest_snapshot_path(self.folder / one.__name__), snapshot)
            other.restore_from_snapshot(conn, snapshot)
            conn.commit()
            self.assertEqual(rows(conn, "memories"), expected)


if __name__ == "__main__":
    unittest.main()
