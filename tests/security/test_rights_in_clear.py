"""People whom a store names in clear, from before there was a gateway: their rights reach those records too.

And a command that was about nobody says so.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, Text, select

from services.chat.handle import interaction
from services.cli.errors import NothingMatchedError, UsageError
from shared.ingest.pseudonymise import pseudonymise
from shared.keyring import KeySettings, read_keyring
from shared.schemas.chat import Markers, Message, MessagePosted
from shared.schemas.envelope import utc
from shared.schemas.interaction import AnyInteraction
from shared.storage.directory.register import Entry, Register, Registration
from shared.storage.engine.bulk import table_of
from shared.storage.tables import every_table
from shared.storage.tables.exclusions import ExclusionRow
from tests.names import ANY_NAMES, PSEUDONYMS, key_files
from tests.storage.company import AnyRecord, line, link, opened, person
from tests.unit.cli.program import bellwether

START = 1_699_950_000
ADA, BEN = "mail:ada.lovelace@example.com", "mail:ben@example.com"
IN_CLEAR: list[AnyRecord] = [person("12"), person("123"), link(ADA, "12"), link(BEN, "123"), line("12", "123")]


def wrote(number: int, *, sender: str = ADA, to: str = BEN) -> MessagePosted:
    data = Message(sender=sender, recipients=(to,), channel_kind="mail", audience=1, markers=Markers())
    return MessagePosted(id=f"s:message:{number}", source="s", time=utc(START + number * 86_400), data=data)


def in_clear(event: MessagePosted) -> AnyInteraction:
    return interaction(event, ANY_NAMES)


def hidden(event: Any) -> Any:
    return pseudonymise(event, PSEUDONYMS)[0]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable, key in key_files(tmp_path / "keys").items():
        monkeypatch.setenv(variable, key)
    return tmp_path


def filled(data: Path, *parts: list[AnyRecord]) -> None:
    """A store that took in these records, as it did before there was anything to stop them; and its register."""
    asyncio.run(_filled(data, [record for part in parts for record in part]))


async def _filled(data: Path, records: list[AnyRecord]) -> None:
    async with opened(f"sqlite+aiosqlite:///{data / 'bellwether.db'}") as store:
        await store.take(records)
        await store.scorer.settle()
        register = Register(store.database.engine.dialect, read_keyring(KeySettings()).register)
        known = [(PSEUDONYMS.person("12"), "12"), (PSEUDONYMS.identity(ADA), ADA)]
        async with store.database.write() as connection:
            await register.put(connection, [Registration(name, Entry(text)) for name, text in known])


def held(data: Path, *words: str) -> list[str]:
    """Columns that hold any of the words."""
    return asyncio.run(_held(data, words))


async def _held(data: Path, words: tuple[str, ...]) -> list[str]:
    found = []
    async with opened(f"sqlite+aiosqlite:///{data / 'bellwether.db'}") as store, store.database.read() as reading:
        for table in every_table():
            for column in table.c:
                if isinstance(column.type, Text | LargeBinary):
                    values = (await reading.execute(select(column))).scalars().all()
                    texts = [v if isinstance(v, str) else bytes(v).decode(errors="replace") for v in values if v]
                    found += [f"{table.name}.{column.name}" for word in words if any(word in text for text in texts)]
    return found


DIRECTORY_HIDDEN: list[AnyRecord] = [hidden(each) for each in IN_CLEAR]
STORES: dict[str, list[list[AnyRecord]]] = {
    "all in clear": [IN_CLEAR, [in_clear(wrote(n)) for n in range(5)]],
    "people under pseudonyms, messages in clear": [DIRECTORY_HIDDEN, [in_clear(wrote(n)) for n in range(5)]],
    "people in clear, messages under pseudonyms": [
        IN_CLEAR, [interaction(hidden(wrote(n)), ANY_NAMES) for n in range(5)],
    ],
    "both": [
        [*IN_CLEAR, *(hidden(each) for each in IN_CLEAR)],
        [*(in_clear(wrote(n)) for n in range(3)), *(interaction(hidden(wrote(n)), ANY_NAMES) for n in range(3, 6))],
    ],
}  # fmt: skip


@pytest.mark.parametrize("store", STORES)
def test_whoever_asks_is_shown_what_is_in_clear(store: str, data: Path) -> None:
    filled(data, *STORES[store])
    done = bellwether("access", "12", "--data", data)
    assert done.exit_code == 0, done.exception
    report = json.loads(done.stdout)
    reports = [report, *report.get("in_clear", ())]
    assert sum(len(each["messages"]) for each in reports) == len(STORES[store][1])
    names = {each["person"]["pseudonym"] for each in reports}
    assert names <= {"12", PSEUDONYMS.person("12")}
    assert "in clear" not in store or store.startswith("people under") or "12" in names


@pytest.mark.parametrize("store", STORES)
def test_whoever_is_erased_is_gone_in_clear_too_and_nobody_else_is(store: str, data: Path) -> None:
    filled(data, *STORES[store])
    mine = ("lovelace", PSEUDONYMS.person("12"), PSEUDONYMS.identity(ADA))
    assert held(data, *mine)
    done = bellwether("erase", "12", "--yes", "--data", data)
    assert done.exit_code == 0, done.exception
    proof = json.loads(done.stdout)
    assert proof["remaining"] == {}
    assert proof["records_rewritten"] + proof["records_deleted"] >= len(STORES[store][1])
    assert set(held(data, *mine)) <= {"outbox.key"}
    # Whose id has the other's in it stays.
    assert held(data, "ben@example.com", PSEUDONYMS.identity(BEN), '"123"', PSEUDONYMS.person("123"))
    assert isinstance(bellwether("access", "12", "--data", data).exception, UsageError)
    assert bellwether("access", "123", "--data", data).exit_code == 0
    again = bellwether("erase", "12", "--yes", "--data", data)
    assert json.loads(again.stdout)["accounts"] == proof["accounts"]


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("who", ["12", ADA, "skip:12/123"])
def test_whoever_objects_counts_under_no_name(store: str, who: str, data: Path) -> None:
    filled(data, *STORES[store])
    done = bellwether("exclude", "add", who, "--data", data)
    assert done.exit_code == 0, done.exception
    listed = asyncio.run(names_listed(data))
    form = {"12": PSEUDONYMS.person("12"), ADA: PSEUDONYMS.identity(ADA)}.get(who)
    assert form is None or form in listed
    # In clear only what the store holds in clear.
    people_in_clear = store != "people under pseudonyms, messages in clear"
    assert (who in listed) is (people_in_clear or who == ADA)
    assert bellwether("exclude", "remove", who, "--data", data).exit_code == 0
    assert asyncio.run(names_listed(data)) == set()


async def names_listed(data: Path) -> set[str]:
    async with opened(f"sqlite+aiosqlite:///{data / 'bellwether.db'}") as store, store.database.read() as reading:
        return set((await reading.execute(select(table_of(ExclusionRow).c.name))).scalars())


# --- about nobody


@pytest.mark.parametrize("command", [("access", "4711"), ("erase", "4711", "--yes"), ("exclude", "remove", "4711")])
def test_a_command_about_nobody_says_so(command: tuple[str, ...], data: Path) -> None:
    filled(data, *STORES["all in clear"])
    done = bellwether(*command, "--data", data)
    assert isinstance(done.exception, UsageError)
    assert done.stdout == ""


@pytest.mark.parametrize("who", ["4711", "mail:nobody@example.com", "skip:12/4711", "skip:4711/12"])
def test_an_objection_of_nobody_is_kept_and_told_of(who: str, data: Path) -> None:
    """It may be of somebody who is yet to come, or a name that is spelt wrong: only a person can tell."""
    filled(data, *STORES["all in clear"])
    done = bellwether("exclude", "add", who, "--data", data)
    assert isinstance(done.exception, NothingMatchedError)
    assert who in str(done.exception)
    assert done.exception.exit_code != 0
    assert len(asyncio.run(names_listed(data))) == 1
    both = bellwether("exclude", "add", "12", who, "--data", data)
    assert isinstance(both.exception, NothingMatchedError)
    assert "12," not in str(both.exception)
    assert bellwether("exclude", "add", "channel:C1", "queue:Q", "--data", data).exit_code == 0, (
        "places are not looked up"
    )
    removed = bellwether("exclude", "remove", "12", "mail:other@example.com", "--data", data)
    assert isinstance(removed.exception, NothingMatchedError)
    assert "mail:other@example.com" in str(removed.exception)
