"""The log of `llm`: conversations with a model that answers from here, read with `llm logs`. `llm` deletes nothing of
its log itself; its documentation leaves that to sqlite-utils, in which it keeps the log."""

import llm
import sqlite_utils
from click.testing import CliRunner
from llm.cli import cli
from llm.migrations import migrate

from step import step


class Parrot(llm.Model):
    model_id = "parrot"
    attachment_types = {"image/png"}

    def execute(self, prompt, stream, response, conversation):
        response.response_json = {"said": prompt.prompt, "n": 1 / 7}
        yield f"You said {prompt.prompt}"


def opened(path):
    database = sqlite_utils.Database(path)
    migrate(database)
    return database


def talk(database, subject, prompts):
    conversation = llm.Conversation(model=Parrot(), id=f"about-{subject}")
    for number in range(prompts):
        picture = llm.Attachment(type="image/png", content=bytes(range(number, 256)))
        response = conversation.prompt(
            f"{subject} {number} … \U0001f600",
            system="Be brief.",
            attachments=[picture] if number % 2 else [],
            fragments=[f"A long text about {subject}."],
        )
        response.text()
        response.log_to_db(database)


def make(path):
    database = opened(path)
    for subject in ["harbours", "ships", "gulls"]:
        talk(database, subject, 4)


def destroy(path):
    database = opened(path)
    for table in ["responses", "turns"]:
        database[table].delete_where("rowid % 2 = 0")
    database["turn_search"].delete_where("rowid % 2 = 0")
    database["conversations"].delete_where("rowid = 1")
    talk(database, "storms", 1)


def logs(path, *arguments):
    done = CliRunner().invoke(cli, ["logs", "list", "--database", str(path), "-n", "0", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def read(path):
    print(logs(path, "--json"))
    print(logs(path, "--query", "ships", "--json"))
    print(logs(path))


def go_on(path):
    talk(opened(path), "ships", 1)
    assert "ships 0" in logs(path)


if __name__ == "__main__":
    step({"make": make, "destroy": destroy, "read": read, "go_on": go_on})
