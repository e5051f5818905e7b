"""What teams, goals and queues are called: listed, confirmed, withdrawn, and searched by an erasure."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from services.cli.connection import connect, existing_store
from services.cli.errors import NothingMatchedError, UsageError
from shared.domain.privacy.named_things import ThingKind
from shared.storage.directory.confirmed_names import shown_names
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.log import AcceptedRow
from tests.unit.cli.program import bellwether

PEOPLE = """\
id,name,mail,manager,team
1,Ana Ruiz,ana.ruiz@example.com,,Board
2,Ben Okafor,ben@example.com,1,Sales (Ana Ruiz)
3,Dan Young,dan@example.com,2,Young talents
4,Eva Li,eva@example.com,2,Engineering
"""
TICKETS = """\
ticket,updated,status,priority,assignee,reporter,group,project,goal
RUIZ-1,2024-03-04T09:00:00Z,New,High,dan@example.com,eva@example.com,Desk of A. Ruiz,RUIZ,Growth
RUIZ-1,2024-03-05T15:00:00Z,Resolved,High,dan@example.com,eva@example.com,Desk of A. Ruiz,RUIZ,Growth
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for kind, text in (("people", PEOPLE), ("tickets", TICKETS)):
        (tmp_path / f"{kind}.csv").write_text(text)
        result = bellwether("import", kind, tmp_path / f"{kind}.csv", "--data", tmp_path / "data")
        assert result.exit_code == 0, result.exception
        assert "wait for confirmation" in result.stderr
    return tmp_path / "data"


def key(data: Path, kind: ThingKind, text: str) -> str:
    pseudonyms = connect(data=data).keyring().pseudonyms
    assert pseudonyms is not None
    return pseudonyms.named(kind, text)


def shown(data: Path, kind: ThingKind, text: str) -> str:
    async def look() -> str:
        async with existing_store(connect(data=data)) as database, database.read() as connection:
            return (await connection.run_sync(shown_names)).of(kind, key(data, kind, text))

    return asyncio.run(look())


async def processed(data: Path, *people: str) -> None:
    """As if the directory had been taken in."""
    connection = connect(data=data)
    async with existing_store(connection) as database, database.write() as writing:
        await writing.execute(delete(table_of(AcceptedRow)))
        rows = [{"key": connection.pseudonym(each), "active": True} for each in people]
        await writing.execute(insert(table_of(PersonRow)), rows)


def test_all_that_hold_no_word_of_a_name_are_shown_and_the_others_wait(data: Path) -> None:
    neutral = shown(data, ThingKind.TEAM, "Engineering")
    assert re.fullmatch(r"Team [a-z2-7]{4}", neutral)
    done = bellwether("names", "confirm", "--all", "--data", data)
    assert "3 more names are shown" in done.stdout  # Board, Engineering and Growth
    assert shown(data, ThingKind.TEAM, "Engineering") == "Engineering"
    for kind, text in (
        (ThingKind.TEAM, "Sales (Ana Ruiz)"), (ThingKind.TEAM, "Young talents"), (ThingKind.QUEUE, "Desk of A. Ruiz"),
        (ThingKind.QUEUE, "RUIZ"),
    ):  # fmt: skip
        assert shown(data, kind, text) == f"{kind.value.title()} {key(data, kind, text)[2:6]}"
        assert f"{key(data, kind, text)} is not confirmed" in done.stderr
    again = bellwether("names", "confirm", "--all", "--data", data)
    assert again.stdout.startswith("0 more")


def test_a_name_of_somebody_is_refused_with_a_proposal_and_may_be_another(data: Path) -> None:
    sales = key(data, ThingKind.TEAM, "Sales (Ana Ruiz)")
    for options in ((), ("--no-person",), ("--as", "Friends of Ruiz, Ana")):
        refused = bellwether("names", "confirm", sales, *options, "--data", data)
        assert isinstance(refused.exception, NothingMatchedError)
        assert "holds the name of somebody" in refused.stderr
    assert "'Sales'" in bellwether("names", "confirm", sales, "--data", data).stderr
    assert bellwether("names", "confirm", sales, "--as", "Sales", "--data", data).exit_code == 0
    assert shown(data, ThingKind.TEAM, "Sales (Ana Ruiz)") == "Sales"


def test_an_ordinary_word_that_is_also_a_surname_takes_a_decision(data: Path) -> None:
    young = key(data, ThingKind.TEAM, "Young talents")
    assert isinstance(bellwether("names", "confirm", young, "--data", data).exception, NothingMatchedError)
    assert bellwether("names", "confirm", young, "--no-person", "--data", data).exit_code == 0
    assert shown(data, ThingKind.TEAM, "Young talents") == "Young talents"


def test_what_is_withdrawn_stays_so_until_it_is_confirmed_by_its_key(data: Path) -> None:
    board = key(data, ThingKind.TEAM, "Board")
    bellwether("names", "confirm", "--all", "--data", data)
    assert bellwether("names", "withdraw", board, "--data", data).exit_code == 0
    assert shown(data, ThingKind.TEAM, "Board") != "Board"
    bellwether("names", "confirm", "--all", "--data", data)
    assert shown(data, ThingKind.TEAM, "Board") != "Board"
    assert bellwether("names", "confirm", board, "--data", data).exit_code == 0
    assert shown(data, ThingKind.TEAM, "Board") == "Board"
    assert isinstance(bellwether("names", "withdraw", "t-none", "--data", data).exception, UsageError)


def test_the_list_says_what_waits_and_why_and_every_act_is_in_the_audit(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    listed = bellwether("names", "list", "--data", data).stdout
    assert "Sales (Ana Ruiz)" in listed
    assert "holds the name of somebody; proposed: Sales" in listed
    assert listed.count("waits") == 3
    bellwether("names", "confirm", "--all", "--data", data)
    assert "Engineering" not in bellwether("names", "list", "--waiting", "--data", data).stdout
    assert "Young" not in bellwether("names", "list", "--kind", "goal", "--data", data).stdout
    assert "sound: 4 entries" in bellwether("audit", "verify", "--data", data).stdout


@pytest.mark.parametrize("options", [(), ("--all", "t-x"), ("--all", "--as", "x"), ("a", "b", "--as", "x")])
def test_what_is_not_clear_is_refused(data: Path, options: tuple[str, ...]) -> None:
    assert isinstance(bellwether("names", "confirm", *options, "--data", data).exception, UsageError)


def test_an_erasure_searches_names_and_files_of_rejected_rows(data: Path, tmp_path: Path) -> None:
    bellwether("names", "confirm", key(data, ThingKind.TEAM, "Sales (Ana Ruiz)"), "--as", "Sales", "--data", data)
    rejected = '{"file":"calendars/ana.ruiz@example.com.ics","line":1}\n{"file":"b","line":1}\n'
    (data / "rejected-calendar.ndjson").write_text(rejected)
    asyncio.run(processed(data, "1"))
    done = bellwether("erase", "1", "--yes", "--data", data)
    proof = json.loads(done.stdout)
    named = [(ThingKind.TEAM, "Sales (Ana Ruiz)"), (ThingKind.QUEUE, "Desk of A. Ruiz")]
    assert proof["names_searched"] == 7
    assert proof["names_removed"] == sorted(key(data, *each) for each in named)
    assert proof["names_to_look_at"] == [key(data, ThingKind.QUEUE, "RUIZ")]
    assert proof["rejected_rows"] == {"rejected-calendar.ndjson": 1}
    assert "delete it" in done.stderr
    listed = bellwether("names", "list", "--data", data).stdout
    assert "Ana Ruiz" not in listed
    assert "Desk of" not in listed
    # What the operator calls it stays; what comes in again is left out; nothing of it is confirmed unseen.
    assert shown(data, *named[0]) == "Sales"
    for kind in ("people", "tickets"):
        bellwether("import", kind, tmp_path / f"{kind}.csv", "--data", data)
    bellwether("names", "confirm", "--all", "--data", data)
    assert "Ana Ruiz" not in bellwether("names", "list", "--data", data).stdout
    assert shown(data, ThingKind.QUEUE, "RUIZ") != "RUIZ"
    assert shown(data, *named[1]) != "Desk of A. Ruiz"


def test_a_team_that_is_called_otherwise_waits_again(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "team.ndjson"
    record = {
        "type": "bellwether.directory.team.v1", "id": "hr:team:1", "source": "hr", "time": "2024-01-01T00:00:00Z",
        "data": {"team": "1", "name": "Looms"},
    }  # fmt: skip
    file.write_text(json.dumps(record))
    bellwether("import", "events", file, "--data", data)
    bellwether("names", "confirm", "--all", "--data", data)
    assert shown(data, ThingKind.TEAM, "1") == "Looms"
    bellwether("import", "events", file, "--data", data)
    assert shown(data, ThingKind.TEAM, "1") == "Looms"
    changed = record | {"id": "hr:team:1:1", "revision": 1, "data": {"team": "1", "name": "Engines"}}
    file.write_text(json.dumps(changed))
    bellwether("import", "events", file, "--data", data)
    assert shown(data, ThingKind.TEAM, "1").startswith("Team ")
    bellwether("names", "confirm", "--all", "--data", data)
    assert shown(data, ThingKind.TEAM, "1") == "Engines"


def test_no_file_of_rejected_rows_names_a_mailbox(tmp_path: Path) -> None:
    """A calendar is called after its owner."""
    data = tmp_path / "data"
    (tmp_path / "people.csv").write_text(PEOPLE)
    bellwether("import", "people", tmp_path / "people.csv", "--data", data)
    folder = tmp_path / "calendars"
    folder.mkdir()
    owners = ("ana.ruiz@example.com.ics", "okafor.ics", "Zora Unknown.ics", "plain.ics")
    for name in owners:
        (folder / name).write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:never\nEND:VEVENT\nEND:VCALENDAR\n")
    result = bellwether("import", "calendar", folder, "--data", data)
    rows = [json.loads(line) for line in (data / "rejected-calendar.ndjson").read_text().splitlines()]
    assert {Path(row["file"]).name for row in rows} == {"(file 1).ics", "(file 2).ics", "(file 3).ics", "plain.ics"}
    assert all(row.keys() == {"file", "line", "reason", "rows"} for row in rows)
    text = (data / "rejected-calendar.ndjson").read_text().lower()
    assert not [word for word in ("@", "ruiz", "okafor", "zora") if word in text]
    for name in owners[:3]:
        assert name in result.stdout, "the screen says which file it is"
