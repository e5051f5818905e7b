"""`bellwether doctor data` tells how well a store knows its people, and what to do."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, insert, select

from services.chat.handle import interaction
from services.cli.connection import Connection, connect, store
from services.cli.errors import UsageError
from services.signals.intake.apply import Applier, Candidate, Work, directory_candidate, interaction_candidate
from shared.domain.privacy.pseudonym import ArrivingNames
from shared.schemas.directory import DirectoryEvent
from shared.schemas.names import renamed
from shared.schemas.registry import event_decoder
from shared.storage.engine.bulk import table_of
from shared.storage.tables.log import AcceptedRow, DeadLetterRow
from tests.unit.cli.program import bellwether

PEOPLE = "id,name,mail,chat,manager\n1,Ada,ada@x.test,,2\n2,Bo,bo@x.test,U2,3\n3,Cy,cy@x.test,,\n4,Di,,,9\n"
MAIL = "from,to,date\n" + "".join(f"ada@x.test,bo@x.test,2026-09-{day:02}T09:00:00Z\n" for day in range(1, 10))
CHAT = "".join(
    f'{{"id":"a:message:{number}","source":"a","type":"bellwether.chat.posted.v1","time":"2026-09-09T09:00:00Z",'
    f'"data":{{"sender":"chat:{sender}","recipients":["chat:U2"],"channel_kind":"direct","audience":1,"markers":{{}}}}}}\n'
    for number, sender in enumerate(["U7", "U7", "U8", "U2"])
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A store that has applied what was imported into it."""
    directory = tmp_path / "data"
    for kind, name, text in (("people", "p.csv", PEOPLE), ("mail", "m.csv", MAIL), ("events", "c.ndjson", CHAT)):
        (tmp_path / name).write_text(text)
        result = bellwether("import", kind, tmp_path / name, "--data", directory)
        assert result.exit_code == 0, result.exception
    asyncio.run(apply(connect(data=directory)))
    return directory


async def apply(connection: Connection) -> None:
    names, decode = ArrivingNames(connection.checks()), event_decoder().decode
    accepted = table_of(AcceptedRow)
    async with store(connection) as database, database.write() as writing:
        values = (await writing.execute(select(accepted.c.value).order_by(accepted.c.id))).scalars().all()
        candidates = [candidate(decode(value), names) for value in values]
        await Applier(database.engine.dialect).apply(writing, Work(candidates=candidates))
        await writing.execute(delete(accepted))


def candidate(event: Any, names: ArrivingNames) -> Candidate:
    if isinstance(event, DirectoryEvent):
        known = renamed(event, names)
        return directory_candidate(known, msgspec.json.encode(known))
    made = interaction(event, names)
    return interaction_candidate(made, msgspec.json.encode(made))


def said(data: Path) -> list[str]:
    result = bellwether("doctor", "data", "--data", data)
    assert result.exit_code == 0, result.exception
    return result.stdout.splitlines()


def test_it_tells_of_leaders_accounts_and_events_and_what_to_do(data: Path) -> None:
    lines = said(data)
    assert lines[0] == "people: 5, with a manager 3, at the top 1, without a line 1; chains of three: 1"
    assert any(line.startswith("67% of 3 chat accounts are linked to nobody -> `bellwether iden") for line in lines)
    assert "0% of 3 mail accounts are linked to nobody" in lines
    assert "100% of 9 events of mail are about people who are known" in lines
    # Somebody who writes to themselves is one account, and somebody's.
    assert any(line.startswith("25% of 4 events of a are about people who are known -> ") for line in lines)
    unlinked = [line.strip() for line in lines if line.startswith("  chat:p-")]
    assert [line.partition(": ")[2] for line in unlinked] == ["2 of the events looked at", "1 of the events looked at"]
    assert not [line for line in lines if "@" in line or "U7" in line]


def test_it_tells_of_what_was_refused_and_what_waits(data: Path) -> None:
    async def add() -> None:
        async with store(connect(data=data)) as database, database.write() as writing:
            letter = {"incarnation": "a", "topic": "events.chat", "partition": 0, "offset": 1, "sha256": "1"}
            await writing.execute(
                insert(table_of(DeadLetterRow)).values(letter | {"reason": "from_the_future", "stage": "chat"})
            )
            waiting = {"event": b"1", "sha256": "2", "topic": "events.chat", "key": b"", "value": b""}
            await writing.execute(insert(table_of(AcceptedRow)).values(waiting))

    asyncio.run(add())
    lines = said(data)
    assert "1 records of events.chat were refused: from_the_future" in lines
    assert any("clocks differ" in line for line in lines)
    assert "1 events wait in the store -> start `bellwether up` on it" in lines


def test_it_says_that_a_store_knows_nobody(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(MAIL)
    assert bellwether("import", "mail", tmp_path / "m.csv", "--data", tmp_path / "data").exit_code == 0
    assert "-> nobody is known: `bellwether import people FILE` first" in said(tmp_path / "data")


def test_it_makes_no_store(tmp_path: Path) -> None:
    result = bellwether("doctor", "data", "--data", tmp_path / "none")
    assert isinstance(result.exception, UsageError)
    assert not (tmp_path / "none" / "bellwether.db").exists()
