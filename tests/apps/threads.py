"""Threads of a LangGraph graph with its SQLite checkpointer, and memories in its SQLite store, all in one database.
A checkpoint is msgpack in a BLOB; the checkpointer replaces rows, so their rowids mean nothing."""

import operator
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Annotated, TypedDict

from step import step

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.store.sqlite import SqliteStore


class State(TypedDict):
    messages: Annotated[list, operator.add]
    sum: int
    odd: object


def add(state):
    number = state["sum"] + 1
    odd = {"bytes": bytes(range(256)), "when": datetime(2026, 1, number % 28 + 1, tzinfo=timezone.utc), "set": {1, 2}}
    return {"messages": [f"answer {number} … \U0001f600\x00"], "sum": number, "odd": odd}


def check(state):
    return {"messages": ["checked"] if state["sum"] % 2 else []}


@dataclass
class Application:
    graph: object
    saver: SqliteSaver
    store: SqliteStore


def application(path):
    connection = sqlite3.connect(path, check_same_thread=False)
    saver = SqliteSaver(connection)
    memories = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    store = SqliteStore(memories)
    store.setup()
    builder = StateGraph(State)
    builder.add_node("add", add)
    builder.add_node("check", check)
    builder.add_edge(START, "add")
    builder.add_edge("add", "check")
    builder.add_edge("check", END)
    graph = builder.compile(checkpointer=saver, store=store, interrupt_after=["add"])
    return Application(graph, saver, store)


def thread(name):
    return {"configurable": {"thread_id": name}}


THREADS = ["mara", "otto", "Ünal “the brave”"]


def make(path):
    app = application(path)
    for number in range(12):
        config = thread(THREADS[number % 3])
        app.graph.invoke({"messages": [f"question {number}"], "sum": number, "odd": None}, config)
        if number % 4:
            app.graph.invoke(None, config)
    for number in range(10):
        app.store.put(("memories", THREADS[number % 3]), f"m{number}", {"text": f"likes {number}", "n": number / 7})


def destroy(path):
    app = application(path)
    app.saver.delete_thread("mara")
    # The second thread goes on from an older checkpoint with another state.
    history = list(app.graph.get_state_history(thread("otto")))
    config = app.graph.update_state(history[-2].config, {"messages": ["overwritten"], "sum": 99})
    app.graph.invoke(None, config)
    app.store.delete(("memories", "mara"), "m0")
    app.store.put(("memories", "otto"), "m1", {"text": "wrong"})


def read(path):
    app = application(path)
    for name in THREADS:
        print(name, app.graph.get_state(thread(name)))
        for found in app.saver.list(thread(name)):
            print(found.config, found.metadata, found.parent_config, found.checkpoint, found.pending_writes)
        # The store orders its items by the second of their change, and those of one second by chance.
        for item in sorted(app.store.search(("memories", name)), key=lambda item: item.key):
            print(item)


def go_on(path):
    app = application(path)
    before = app.graph.get_state(thread("mara")).values["messages"]
    app.graph.invoke({"messages": ["after all"], "sum": 30, "odd": None}, thread("mara"))
    after = app.graph.get_state(thread("mara"))
    assert after.next == ("check",) and after.values["messages"][:-1] == [*before, "after all"], after


if __name__ == "__main__":
    step({"make": make, "destroy": destroy, "read": read, "go_on": go_on})
