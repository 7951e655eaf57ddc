"""Chats, users, folders and tags of Open WebUI, made and read by its own models; importing them migrates the database."""

import asyncio
import os
import pathlib
import sys
import tempfile

from step import step

# Without its pages, which the wheel's own installer puts elsewhere, it wants a folder of files to serve.
FILES = tempfile.TemporaryDirectory()
(pathlib.Path(FILES.name) / "static").mkdir()
os.environ.update(
    DATA_DIR=sys.argv[2],
    DATABASE_URL=f"sqlite:///{sys.argv[2]}/app.db",
    FRONTEND_BUILD_DIR=FILES.name,
    STATIC_DIR=f"{FILES.name}/served",
    WEBUI_SECRET_KEY="for this test only",
    VECTOR_DB="none",
    GLOBAL_LOG_LEVEL="ERROR",
)

import open_webui.config  # noqa: E402, F401
from open_webui.models.auths import Auths  # noqa: E402
from open_webui.models.chat_messages import ChatMessages  # noqa: E402
from open_webui.models.chats import ChatForm, Chats  # noqa: E402
from open_webui.models.folders import FolderForm, Folders  # noqa: E402
from open_webui.models.users import Users  # noqa: E402

CHATS = [f"chat-{number}" for number in range(6)]


def conversation(number):
    message = {"id": f"m{number}", "role": "user", "content": f"question {number} … \U0001f600", "timestamp": number}
    return {"title": f"Chat {number}", "models": ["parrot"], "history": {"messages": {f"m{number}": message}, "currentId": f"m{number}"}}


async def first(email):
    return (await Users.get_user_by_email(email)).id


async def making():
    await Auths.insert_new_auth("mara@example.org", "a hash", "Mara", role="admin")
    await Auths.insert_new_auth("otto@example.org", "a hash", "Otto “the brave”", role="user")
    mara = await first("mara@example.org")
    folder = await Folders.insert_new_folder(mara, FolderForm(name="Harbours"))
    for number, name in enumerate(CHATS):
        form = ChatForm(chat=conversation(number), folder_id=folder.id if number % 2 else None)
        assert await Chats.insert_new_chat(name, mara, form)
        answer = {"role": "assistant", "content": f"answer {number}", "parentId": f"m{number}", "usage": {"third": number / 3}}
        await Chats.upsert_message_to_chat_by_id_and_message_id(name, f"a{number}", answer)


async def destroying():
    assert await Chats.delete_chat_by_id(CHATS[0])
    await Chats.upsert_message_to_chat_by_id_and_message_id(CHATS[1], "m1", {"content": "overwritten"})
    mara = await first("mara@example.org")
    [folder] = await Folders.get_folders_by_user_id(mara)
    assert await Folders.delete_folder_by_id_and_user_id(folder.id, mara)
    assert await Users.update_user_by_id(await first("otto@example.org"), {"name": "Nobody"})


async def reading():
    for email in ["mara@example.org", "otto@example.org"]:
        print(await Users.get_user_by_email(email))
    mara = await first("mara@example.org")
    print(await Folders.get_folders_by_user_id(mara))
    for name in CHATS:
        print(await Chats.get_chat_by_id(name))
        # Messages of one second have no order in the table but by chance; the page orders them by their parents.
        print(sorted(await ChatMessages.get_messages_by_chat_id(name), key=lambda message: message.id))


async def going_on():
    mara = await first("mara@example.org")
    assert await Chats.insert_new_chat("one-more", mara, ChatForm(chat=conversation(9)))
    assert (await Chats.get_chat_by_id(CHATS[0])).title == "Chat 0"


def steps(**of):
    return {name: lambda path, run=run: asyncio.run(run()) for name, run in of.items()}


if __name__ == "__main__":
    step(steps(make=making, destroy=destroying, read=reading, go_on=going_on))
