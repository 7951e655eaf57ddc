"""Conversations of the OpenAI Agents SDK in its SQLite sessions, beside tables of an application of its own."""

import asyncio
import sqlite3

from step import step

from agents import SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession

SESSIONS = ["mara", "otto", "Ünal “the brave”"]


def items(number):
    call = {"type": "function_call", "call_id": f"c{number}", "name": "look_up", "arguments": '{"word": "harbour"}'}
    return [
        {"role": "user", "content": f"question {number} … \U0001f600\x00"},
        call,
        {"type": "function_call_output", "call_id": f"c{number}", "output": "a place for ships"},
        {"role": "assistant", "content": [{"type": "output_text", "text": f"answer {number}", "score": number / 7}]},
    ]


def customers(path):
    app = sqlite3.connect(path)
    app.execute("CREATE TABLE IF NOT EXISTS customers (name TEXT PRIMARY KEY, session TEXT, photo BLOB)")
    return app


async def making(path):
    for number in range(12):
        await SQLiteSession(SESSIONS[number % 3], path).add_items(items(number))
    advanced = AdvancedSQLiteSession(session_id="branches", db_path=path, create_tables=True)
    await advanced.add_items(items(20))
    await advanced.add_items(items(21))
    await advanced.create_branch_from_turn(2)


def make(path):
    asyncio.run(making(path))
    with customers(path) as app:
        app.executemany("INSERT INTO customers VALUES (?, ?, ?)", [(name, name, bytes(range(50))) for name in SESSIONS])


async def destroying(path):
    await SQLiteSession("mara", path).clear_session()
    session = SQLiteSession("otto", path)
    for _ in range(3):
        await session.pop_item()
    await session.add_items([{"role": "user", "content": "another question"}])


def destroy(path):
    asyncio.run(destroying(path))
    with customers(path) as app:
        app.execute("DELETE FROM customers WHERE name = 'mara'")


async def reading(path):
    for name in [*SESSIONS, "branches"]:
        print(name, await SQLiteSession(name, path).get_items())
    advanced = AdvancedSQLiteSession(session_id="branches", db_path=path)
    print(await advanced.list_branches(), await advanced.get_conversation_by_turns())


def read(path):
    asyncio.run(reading(path))
    print(customers(path).execute("SELECT * FROM customers ORDER BY name").fetchall())


async def going_on(path):
    session = SQLiteSession("mara", path)
    before = await session.get_items()
    await session.add_items(items(30))
    assert await session.get_items() == before + items(30)


def go_on(path):
    asyncio.run(going_on(path))


if __name__ == "__main__":
    step({"make": make, "destroy": destroy, "read": read, "go_on": go_on})
