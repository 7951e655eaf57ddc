"""The same sessions in the Agent Development Kit's service that is for SQLite alone."""

from concierge import steps
from step import step

from google.adk.sessions.sqlite_session_service import SqliteSessionService

if __name__ == "__main__":
    step(steps(lambda path: SqliteSessionService(str(path))))
