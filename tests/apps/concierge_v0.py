"""The same sessions in a database of the Agent Development Kit before its schema 1, which it still uses as it is."""

from concierge import service, steps
from step import step

import sqlalchemy
from google.adk.sessions.schemas.v0 import Base


def old(path):
    Base.metadata.create_all(sqlalchemy.create_engine(f"sqlite:///{path}"))
    return service(path)


if __name__ == "__main__":
    step(steps(old))
