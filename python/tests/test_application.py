"""The stand-in application does the same with its own service and with the package."""

from __future__ import annotations

import unittest
from types import ModuleType
from typing import Any

import unrewind
from sandbox import Sandbox, read, service
from standin import Application


class ApplicationTests:
    """What the application's own tests would check. Subclasses say which service it has."""

    service: ModuleType

    def app(self) -> Application:
        app = Application(self.data, self.service)  # type: ignore[attr-defined]
        self.addCleanup(app.close)  # type: ignore[attr-defined]
        return app

    def conversation(self) -> Application:
        app = self.app()
        app.event("bot_added", bot="mara", name="Mara")
        app.event("chat_opened", chat=1, bot="mara", title="The lighthouse")
        app.event("memory_added", chat=1, text="The lamp burns at night.", importance=0.5)
        app.event("felt", bot="mara", feeling="fond", weight=0.25)
        return app

    def check(self, one: Any, other: Any) -> None:
        assert one == other, f"{one!r} is not {other!r}"

    def test_the_first_event_makes_a_periodic_snapshot(self) -> None:
        app = self.conversation()
        newest = app.service.latest_snapshot_path(app.data_dir)
        self.check(read(newest)["last_event_id"], 1)

    def test_a_snapshot_is_due_after_a_hundred_events(self) -> None:
        app = self.conversation()
        for _ in range(95):
            app._log("message", {})
        app.conn.commit()
        self.check(app.service.should_take_periodic_snapshot(app.conn, app.data_dir), False)
        for _ in range(2):
            app._log("message", {})
        app.conn.commit()
        self.check(app.service.should_take_periodic_snapshot(app.conn, app.data_dir), True)

    def test_a_start_has_the_state_of_the_end(self) -> None:
        app = self.conversation()
        app.event("memory_changed", memory=3, text="The lamp is out.")
        before = app.tables()
        app.close()
        again = self.app()
        self.check(again.tables(), before)
        self.check(again.found("lamp"), [3])
        self.check(again.found("night"), [])

    def test_a_start_repairs_tables_that_lost_rows(self) -> None:
        app = self.conversation()
        before = app.tables()
        app.service.take_snapshot(app.conn, data_dir=app.data_dir, kind="periodic")
        app.conn.execute("DELETE FROM memories")
        app.conn.execute("UPDATE edges SET feeling = 'nothing'")
        app.conn.execute("DELETE FROM chats")
        app.conn.commit()
        app.close()
        self.check(self.app().tables(), before)

    def test_a_rewind_takes_a_snapshot_that_brings_the_state_back(self) -> None:
        app = self.conversation()
        app.event("memory_added", chat=1, text="It has 242 steps.", importance=0.1)
        before = app.tables()
        snapshot = app.rewind(3)
        self.check(len(app.tables()["memories"]), 1)
        self.check(app.service.restore_from_snapshot(app.conn, snapshot), 5)
        app.conn.commit()
        self.check(app.tables(), before)
        self.check(app.found("steps"), [5])

    def test_a_restore_can_be_rolled_back(self) -> None:
        app = self.conversation()
        snapshot = app.service.take_snapshot(app.conn, data_dir=app.data_dir, kind="rewind")
        app.event("memory_forgotten", memory=3)
        before = app.tables()
        app.service.restore_from_snapshot(app.conn, snapshot)
        self.check(len(app.tables()["memories"]), 1)
        app.conn.rollback()
        self.check(app.tables(), before)

    def test_the_newest_five_periodic_snapshots_stay(self) -> None:
        app = self.conversation()
        folder = app.data_dir / "snapshots" / "periodic"
        taken = app.service.latest_snapshot_path(app.data_dir).read_bytes()
        for hour in range(7):
            (folder / f"20210314T{hour:02}0000Z.json").write_bytes(taken)
        self.check(app.service.prune_periodic_snapshots(app.data_dir), 3)
        names = sorted(path.name for path in folder.glob("*.json"))
        self.check(names[0], "20210314T030000Z.json")
        self.check(len(names), 5)
        self.check(app.service.prune_periodic_snapshots(app.data_dir, keep=2), 3)

    def test_nothing_is_pruned_where_nothing_is(self) -> None:
        self.check(self.service.prune_periodic_snapshots(self.data / "none"), 0)  # type: ignore[attr-defined]
        self.check(self.service.latest_snapshot_path(self.data / "none"), None)  # type: ignore[attr-defined]


class WithItsOwnService(ApplicationTests, Sandbox):
    service = service()


class WithThePackage(ApplicationTests, Sandbox):
    service = unrewind


if __name__ == "__main__":
    unittest.main()
