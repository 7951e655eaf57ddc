"""Sessions of Google's Agent Development Kit in its database service."""

import asyncio

from step import step

from google.adk.events import Event, EventActions
from google.adk.sessions import DatabaseSessionService
from google.genai import types

USERS = ["mara", "otto", "Ünal “the brave”"]
APP = "concierge"


def service(path):
    return DatabaseSessionService(f"sqlite+aiosqlite:///{path}")


async def say(service, session, number):
    for author, role, text in [("user", "user", f"question {number} … \U0001f600"), ("guide", "model", f"answer {number}")]:
        content = types.Content(role=role, parts=[types.Part(text=text), types.Part.from_bytes(data=bytes(range(256)), mime_type="image/png")])
        changes = {"asked": number, "user:visits": number, "app:total": number, "third": number / 3}
        event = Event(author=author, invocation_id=f"i{number}", content=content, actions=EventActions(state_delta=changes))
        await service.append_event(session, event)


async def making(service):
    for user in USERS:
        await service.create_session(app_name=APP, user_id=user, session_id=f"of {user}", state={"user:name": user})
    for number in range(12):
        user = USERS[number % 3]
        session = await service.get_session(app_name=APP, user_id=user, session_id=f"of {user}")
        await say(service, session, number)


async def destroying(service):
    await service.delete_session(app_name=APP, user_id="mara", session_id="of mara")
    session = await service.get_session(app_name=APP, user_id="otto", session_id="of otto")
    await say(service, session, 99)


async def reading(service):
    for user in USERS:
        session = await service.get_session(app_name=APP, user_id=user, session_id=f"of {user}")
        print(session and session.model_dump_json())
        print((await service.list_sessions(app_name=APP, user_id=user)).model_dump_json())


async def going_on(service):
    session = await service.get_session(app_name=APP, user_id="mara", session_id="of mara")
    before = len(session.events)
    await say(service, session, 30)
    session = await service.get_session(app_name=APP, user_id="mara", session_id="of mara")
    assert len(session.events) == before + 2 and session.state["app:total"] == 30


def steps(service):
    """Returns the steps for the session service that `service` makes of a path."""

    def with_service(coroutine):
        return lambda path: asyncio.run(coroutine(service(path)))

    coroutines = {"make": making, "destroy": destroying, "read": reading, "go_on": going_on}
    return {name: with_service(coroutine) for name, coroutine in coroutines.items()}


if __name__ == "__main__":
    step(steps(service))
