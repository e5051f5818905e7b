"""Every import ends with a report: what was recognised, what became of the rows, and who is known."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from typer.testing import Result

from services.cli.connection import connect, store
from services.cli.errors import DeadLettersError, UsageError
from services.cli.importing import perform
from services.cli.importing.settle import wait_until_settled
from shared.storage.engine.bulk import table_of
from shared.storage.log.progress import Sent
from shared.storage.tables.log import INTERACTION, DeadLetterRow, EventLogRow
from tests.cases.inputs import case
from tests.unit.cli.program import bellwether

PEOPLE = (
    "Employee ID,Full Name,Work Email,Supervisor ID,Cost Center Code\n"
    "1,Ada North,ada@x.test,2,A\n2,Bo West,bo@x.test,3,A\n3,Cy South,cy@x.test,,B\n"
    "4,Cy South,,9,B\n5,Di East,di@x.test,6,B\n6,Ed East,ed@x.test,5,B\n"
)
MAIL = (
    "from,to,date\nada@x.test,bo@x.test,2026-09-01T09:00:00Z\nada@x.test,out@y.test,2026-09-01T10:00:00Z\n"
    "bo@x.test,out@y.test,2026-09-01T11:00:00Z\nada@x.test,bo@x.test,one day\n"
)


class Imports:
    """Imports into one store, each with the report it ends with."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.report = directory / "report.json"
        self.result: Result | None = None

    def take(self, kind: str, text: str | bytes, *options: str, name: str = "") -> dict[str, Any]:
        file = self.directory / (name or f"{kind}.csv")
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.result = bellwether("import", kind, file, "--data", self.data, "--report", self.report, *options)
        assert self.result.exit_code == 0, self.result.exception
        found: dict[str, Any] = json.loads(self.report.read_bytes())
        return found

    @property
    def said(self) -> str:
        assert self.result is not None
        return self.result.stdout


@pytest.fixture
def imports(tmp_path: Path) -> Imports:
    return Imports(tmp_path)


def test_a_table_of_people_tells_of_columns_leaders_and_chains(imports: Imports) -> None:
    report = imports.take("people", PEOPLE)
    (file,) = report["files"]
    assert (file["format"], file["columns_not_read"]) == ("people-csv", 1)
    assert {each["field"]: (each["header"], each["by"]) for each in file["columns"]} == {
        "person": ("Employee ID", "its header"),
        "name": ("Full Name", "its header"),
        "mail": ("Work Email", "its header"),
        "manager": ("Supervisor ID", "its header"),
    }
    directory = report["directory"]
    # The manager 9 is in no row, and is taken in as a person of whom nothing more is known.
    assert (directory["people"], directory["with_manager"], directory["at_the_top"]) == (7, 5, 1)
    assert (directory["without_line"], directory["without_account"]) == (1, 2)
    assert directory["chains"] == 1
    assert len(directory["in_a_circle"]) == 2
    assert (directory["rows_whose_manager_is_in_no_row"], directory["rows_with_a_shared_name"]) == (1, 2)
    assert 'manager = "Supervisor ID"' in imports.said
    assert "chains of three: 1" in imports.said
    assert "the manager is in no row (people.csv:5)" in imports.said


def test_a_column_that_the_caller_names_is_told_as_such(imports: Imports) -> None:
    report = imports.take(
        "people", "Staff,Boss of them\n1,2\n2,\n", "--map", "person=Staff", "--map", "manager=Boss of them"
    )
    assert {each["field"]: each["by"] for each in report["files"][0]["columns"]} == {
        "person": "--map",
        "manager": "--map",
    }


def test_rows_and_events_are_accounted_for_and_accounts_of_nobody_told(imports: Imports) -> None:
    imports.take("people", PEOPLE)
    report = imports.take("mail", MAIL)
    assert report["rows"] == {"read": 4, "accepted": 3, "skipped": 0, "rejected": 1}
    assert report["rejected"] == [
        {"reason": "unreadable time", "rows": 1, "places": [[str(imports.directory / "mail.csv"), 5]]}
    ]
    events = report["events"]
    assert (events["sent"], events["duplicate"], events["happened"], events["count_for_somebody"]) == (3, 0, 3, 1)
    assert report["accounts"] == [{"namespace": "mail", "met": 3, "of_nobody": 1, "events_of_nobody": 2}]
    (account,) = report["accounts_of_nobody"]
    assert account["events"] == 2
    assert account["account"].startswith("mail:p-")
    assert "1 of 3 events are about people who are known" in imports.said
    assert "33% of 3 mail accounts belong to nobody" in imports.said


def test_what_was_sent_before_is_told_as_a_duplicate(imports: Imports) -> None:
    imports.take("mail", MAIL)
    report = imports.take("mail", MAIL + "cy@x.test,bo@x.test,2026-09-02T09:00:00Z\n")
    assert (report["events"]["sent"], report["events"]["duplicate"]) == (4, 3)


def test_a_report_names_nobody(imports: Imports) -> None:
    imports.take("people", PEOPLE)
    imports.take("mail", MAIL, name="ada@x.test.csv")
    said = imports.report.read_text()
    assert not [each for each in ("@", "ada@", "North", "Cy South") if each in said]


def test_a_header_that_is_no_known_word_is_not_told(imports: Imports) -> None:
    # A table without a header: its first row is somebody.
    report = imports.take("people", "1,ada.email@x.test\n2,bo@x.test\n", "--map", "person=1")
    assert [each["header"] for each in report["files"][0]["columns"]] == ["1", ""]
    assert "ada.email" not in imports.said


def test_rejected_rows_of_an_earlier_import_stay(imports: Imports) -> None:
    imports.take("mail", MAIL)
    first = (imports.data / "rejected-mail.ndjson").read_bytes()
    imports.take("mail", MAIL + "x,y,z,too many\n")
    assert (imports.data / "rejected-mail.ndjson").read_bytes() == first
    assert (imports.data / "rejected-mail-2.ndjson").read_bytes().count(b"\n") == 2
    assert "rejected-mail-2.ndjson" in imports.said


def test_a_dry_run_tells_everything_and_leaves_nothing(imports: Imports) -> None:
    for kind, text in (("people", PEOPLE), ("mail", MAIL)):
        report = imports.take(kind, text, "--dry-run")
        assert report["dry_run"]
        assert report["events"]["sent"] > 0
        assert '"type": "bellwether.' in imports.said
        assert "nothing was sent" in imports.said
        assert not imports.data.exists()


def test_a_dry_run_on_a_store_tells_what_it_knows_already(imports: Imports) -> None:
    imports.take("people", PEOPLE)
    imports.take("mail", MAIL)
    report = imports.take("mail", MAIL + "cy@x.test,bo@x.test,2026-09-02T09:00:00Z\n", "--dry-run")
    assert (report["events"]["sent"], report["events"]["duplicate"]) == (4, 3)
    assert report["events"]["count_for_somebody"] == 2
    again = imports.take("mail", MAIL + "cy@x.test,bo@x.test,2026-09-02T09:00:00Z\n")
    assert again["events"]["duplicate"] == 3, "the dry run sent nothing"


def test_a_dry_run_shows_no_text(imports: Imports) -> None:
    data = {
        "sender": "mail:a@x.test", "recipients": ["mail:b@x.test"], "channel_kind": "direct", "audience": 1,
        "text": "Could you look at the purple report?",
    }  # fmt: skip
    event = {"id": "a:message:1", "source": "a", "type": "bellwether.chat.posted.v1", "time": "2026-09-01T09:00:00Z"}
    text = json.dumps(event | {"data": data})
    imports.take("events", text + "\n", "--dry-run", name="a.ndjson")
    assert "mail:a@x.test" in imports.said
    assert "purple" not in imports.said


def test_a_dry_run_cannot_be_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "mail.csv"
    file.write_text(MAIL)
    result = bellwether("import", "mail", file, "--dry-run", "--wait", "--data", tmp_path / "data")
    assert isinstance(result.exception, UsageError)


def test_who_waits_is_told_of_what_was_refused(tmp_path: Path) -> None:
    """With clocks two days apart everything that happens is from the future, and buried."""
    connection = connect(data=tmp_path)
    sent = [Sent(bytes([number]) * 16, bytes([number]) * 16, 0, f"sha {number}") for number in range(3)]

    async def refused() -> Counter[str]:
        async with store(connection) as database, database.write() as writing:
            for number in range(3):
                letter = {
                    "incarnation": "a", "topic": "events.chat", "partition": 0, "offset": number,
                    "sha256": f"sha {number}", "reason": "from_the_future", "stage": "chat",
                }  # fmt: skip
                await writing.execute(insert(table_of(DeadLetterRow)).values(letter))
        return await wait_until_settled(connection, sent, timeout_seconds=5)

    dead = asyncio.run(refused())
    assert dead == {"from_the_future": 3}

    async def sent_again() -> Counter[str]:
        async with store(connection) as database, database.write() as writing:
            entry = {"entity": sent[0].entity, "revision": 0, "kind": INTERACTION, "at": 0, "body": b"{}"}
            await writing.execute(insert(table_of(EventLogRow)).values(entry))
        return await wait_until_settled(connection, sent, timeout_seconds=5)

    assert asyncio.run(sent_again()) == {"from_the_future": 2}
    with pytest.raises(DeadLettersError, match=r"3 of the events sent were refused.*clocks") as error:
        perform._refuse_dead_letters(dead)
    assert error.value.exit_code == 12


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cycle.csv", "people who report to themselves through others: 2"),
        ("manager_by_name.csv", "chains of three: "),
        ("status_terminated.csv", "people: "),
        ("nul_people.csv", "rejected 1"),
    ],
)
def test_shared_cases_of_people_say_what_is_wrong_with_them(
    name: str, told: str, imports: Imports, data_directory: Path
) -> None:
    imports.take("people", case(data_directory, name))
    assert told in imports.said
