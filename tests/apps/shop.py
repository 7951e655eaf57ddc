"""A Django project with its users, sessions and admin log: no event log, generated columns, unique
constraints on expressions, foreign keys in circles."""

import datetime
import random
import uuid

from step import step


def setup(path):
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.admin",
            "polls",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        SECRET_KEY="none",
        USE_TZ=True,
    )
    django.setup()


def make(path):
    setup(path)
    from django.contrib.admin.models import ADDITION, LogEntry
    from django.contrib.auth.models import Group, User
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from polls.models import Item, Shelf, Tag

    call_command("migrate", run_syncdb=True, verbosity=0)
    chance = random.Random(7)
    users = [User.objects.create_user(name, password=name) for name in ["mara", "otto"]]
    Group.objects.create(name="keepers").user_set.add(*users)
    tags = [Tag.objects.create(word=word) for word in ["old", "blue", "größer"]]
    top = Shelf.objects.create(name="top")
    shelves = [top, Shelf.objects.create(name="left", parent=top), Shelf.objects.create(name="right", parent=top)]
    for number in range(60):
        item = Item.objects.create(
            id=uuid.UUID(int=chance.getrandbits(128)),
            shelf=shelves[number % 3],
            owner=chance.choice([*users, None]),
            name=f"item {number}",
            price=chance.randrange(10000) / 100,
            amount=number,
            place=number // 3,
            details={"number": number, "text": "\u2603\n\x00", "list": [1, 2.5, None]},
            picture=chance.randbytes(number) if number % 4 else None,
            weight=chance.choice([None, 0.1, -0.0, 1e-300, 3.0]),
            lasts=datetime.timedelta(seconds=number),
        )
        item.tags.set(chance.sample(tags, number % 3))
        LogEntry.objects.log_actions(users[0].id, [item], ADDITION, change_message="added", single_object=True)
    for shelf in shelves:
        shelf.first = shelf.item_set.order_by("place").first()
        shelf.save()
    session = SessionStore()
    session["user"] = "mara"
    session.create()


def destroy(path):
    setup(path)
    from django.core.management import call_command
    from django.db import transaction
    from polls.models import Item, Shelf

    # Two items and two names change places; then everything is lost except what Django recreates.
    with transaction.atomic():
        one, other = Item.objects.order_by("name")[:2]
        Item.objects.filter(pk=one.pk).update(is_sold=True)
        Item.objects.filter(pk=other.pk).update(name=one.name)
        Shelf.objects.filter(name="left").delete()
    call_command("flush", interactive=False, verbosity=0)
    Shelf.objects.create(name="right")


def read(path):
    setup(path)
    from django.core.management import call_command
    from polls.models import Item

    call_command("dumpdata", exclude=["sessions"], indent=1)
    for item in Item.objects.order_by("name"):
        print(item.name, item.total, bytes(item.picture or b""), item.weight, item.seen, item.details)


def go_on(path):
    setup(path)
    from django.contrib.auth import authenticate
    from polls.models import Item, Shelf

    user = authenticate(username="otto", password="otto")
    item = Item.objects.create(shelf=Shelf.objects.get(name="right"), owner=user, name="new", price=1, amount=2, place=99)
    item.refresh_from_db()
    assert item.total == 2 and item.owner == user


if __name__ == "__main__":
    step({"make": make, "destroy": destroy, "read": read, "go_on": go_on})
