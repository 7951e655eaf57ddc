"""An event-sourced application of the library `eventsourcing` with its SQLite recorder: its log has no
number of its own but the rowid, which the library gives out as the notification's."""

import os

from step import step
from uuid import NAMESPACE_URL, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Account(Aggregate):
    @event("Opened")
    def __init__(self, owner):
        self.owner = owner
        self.balance = 0
        self.notes = []

    @staticmethod
    def create_id(owner):
        return uuid5(NAMESPACE_URL, f"/accounts/{owner}")

    @event("Deposited")
    def deposit(self, amount, note):
        self.balance += amount
        self.notes.append(note)

    @event("Closed")
    def shut(self):
        self.balance = 0
        self.notes.clear()


class Ledger(Application):
    is_snapshotting_enabled = True
    snapshotting_intervals = {Account: 3}

    def open(self, owner):
        self.save(Account(owner))

    def deposit(self, owner, amount, note):
        account = self.repository.get(Account.create_id(owner))
        account.deposit(amount, note)
        self.save(account)

    def shut(self, owner):
        account = self.repository.get(Account.create_id(owner))
        account.shut()
        self.save(account)


OWNERS = ["mara", "otto", "Ünal “the brave”"]


def ledger(path):
    os.environ["SQLITE_DBNAME"] = str(path)
    os.environ["PERSISTENCE_MODULE"] = "eventsourcing.sqlite"
    return Ledger()


def make(path):
    app = ledger(path)
    for owner in OWNERS:
        app.open(owner)
    for number in range(40):
        app.deposit(OWNERS[number % 3], number, f"note {number} \u2026 \U0001f600\x00")


def destroy(path):
    app = ledger(path)
    for owner in OWNERS:
        app.shut(owner)
    # And somebody tidies up.
    with app.recorder.datastore.transaction(commit=True) as cursor:
        cursor.execute("DELETE FROM stored_events WHERE originator_version > 5")
        cursor.execute("DELETE FROM stored_snapshots WHERE originator_version > 3")
    app.open("nobody")


def read(path):
    app = ledger(path)
    for owner in OWNERS:
        account = app.repository.get(Account.create_id(owner))
        print(owner, account.version, account.balance, account.notes, account.modified_on)
        snapshots = app.snapshots.get(account.id)
        print([(snapshot.originator_version, snapshot.state) for snapshot in snapshots])
    start = 1
    while section := app.notification_log.select(start, 10):
        for notification in section:
            print(notification.id, notification.originator_id, notification.topic, notification.state)
        start = section[-1].id + 1
    print(app.recorder.max_notification_id())


def go_on(path):
    app = ledger(path)
    last = app.recorder.max_notification_id()
    app.deposit("mara", 5, "after all")
    assert app.recorder.max_notification_id() == last + 1


if __name__ == "__main__":
    step({"make": make, "destroy": destroy, "read": read, "go_on": go_on})
