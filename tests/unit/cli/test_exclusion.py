import asyncio
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from typer.testing import Result

from services.cli.connection import connect, store
from services.cli.errors import NothingMatchedError, UsageError
from services.cli.event_sender import Send, event_sender
from services.cli.up.exclusion_sync import apply_exclusions, sync_exclusions
from shared.keyring import KeySettings, read_keyring
from shared.schemas.chat import Markers, Message, MessagePosted
from shared.schemas.envelope import utc
from shared.settings import EdgeSettings, ServiceSettings
from shared.storage.directory.exclusion_list import planned_name
from shared.transport.topics import create_topics
from tests.e2e.system import rows, wait_until
from tests.unit.cli.program import bellwether


def test_who_objects_is_put_on_the_list_under_a_pseudonym(tmp_path: Path) -> None:
    added = bellwether("exclude", "add", "4711", "mail:works.council@example.com", "--data", tmp_path)
    assert added.stdout.startswith("2 more")
    assert isinstance(added.exception, NothingMatchedError), "nobody is in this store yet"
    assert bellwether("exclude", "add", "4711", "--data", tmp_path).stdout.startswith("0 more")
    shown = bellwether("exclude", "list", "--data", tmp_path).stdout
    pseudonyms = read_keyring(KeySettings().below(tmp_path)).pseudonyms
    assert pseudonyms is not None
    assert pseudonyms.person("4711") in shown
    assert pseudonyms.identity("mail:works.council@example.com") in shown
    assert "4711" not in shown.replace(pseudonyms.person("4711"), "")
    assert bellwether("exclude", "remove", "4711", "--data", tmp_path).stdout.startswith("1 fewer")
    assert isinstance(bellwether("exclude", "remove", "4711", "--data", tmp_path).exception, UsageError)


MESSAGES = {
    "channel": {"id": "C9COUNCIL", "kind": "group", "members": ["U1", "U2"]},
    "messages": [{"type": "message", "user": "U1", "text": "when?", "ts": "1700000000.000100"}],
}


def imported(tmp_path: Path, *, channel: str) -> Result:
    told = {**MESSAGES, "channel": {**MESSAGES["channel"], "id": channel}}  # type: ignore[dict-item]
    file = tmp_path / f"{channel}.json"
    file.write_text(json.dumps(told))
    return bellwether("import", "chat", file, "--data", tmp_path)


def accepted(tmp_path: Path) -> int:
    return rows(tmp_path / "bellwether.db", "accepted")


def test_what_happens_in_an_excluded_place_is_dropped_at_the_edge(tmp_path: Path) -> None:
    assert imported(tmp_path, channel="C9COUNCIL").exit_code == 0
    assert imported(tmp_path, channel="C1TEAM").exit_code == 0
    assert accepted(tmp_path) == 2
    added = bellwether("exclude", "add", "channel:C9COUNCIL", "--reason", "representative", "--data", tmp_path)
    assert added.stdout.startswith("1 more on the list")
    assert "what was taken in before stays" in added.stdout
    assert accepted(tmp_path) == 1, "what waits will never be processed, and is forgotten"
    again = imported(tmp_path, channel="C9COUNCIL")
    assert (again.exit_code, accepted(tmp_path)) == (0, 1)
    assert "left out 1: events in excluded places" in again.stdout
    assert imported(tmp_path, channel="C2TEAM").exit_code == 0
    assert accepted(tmp_path) == 2
    shown = bellwether("exclude", "list", "--data", tmp_path).stdout
    assert "channel:p-" in shown
    assert "COUNCIL" not in shown
    assert bellwether("exclude", "remove", "channel:C9COUNCIL", "--data", tmp_path).stdout.startswith("1 fewer")
    imported(tmp_path, channel="C9COUNCIL")
    assert accepted(tmp_path) == 3


async def let_through(send: Send, *channels: str) -> list[int]:
    """How many of one message in each of these places is taken."""
    now = utc(1_700_000_000 + next(NUMBERS))
    return [
        await send(
            [
                MessagePosted(
                    id=f"s:message:{channel}:{now.timestamp():.0f}", source="s", time=now,
                    data=Message(sender="chat:U1", recipients=("chat:U2",), channel_kind="group", audience=1,
                                 channel=channel, markers=Markers()),
                )
            ]
        )
        for channel in channels
    ]  # fmt: skip


NUMBERS = count()
COUNCIL = ("channel:C9COUNCIL", "--reason", "representative")


async def excluding(*arguments: str | Path) -> None:
    """The command, as somebody else would run it meanwhile."""
    done = await asyncio.to_thread(bellwether, "exclude", *arguments)
    assert done.exit_code == 0, done.exception


@pytest.mark.parametrize("kafka", [False, True], ids=["accepted", "published"])
async def test_an_import_under_way_follows_the_list(
    embedded_bootstrap: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kafka: bool
) -> None:
    monkeypatch.setenv("BELLWETHER_TOPIC_PREFIX", topic_prefix)
    connection = connect(broker=embedded_bootstrap if kafka else None, data=tmp_path)
    await create_topics(connection.settings() if kafka else ServiceSettings(broker=embedded_bootstrap))
    async with event_sender(connection) as send:
        assert await let_through(send, "C9COUNCIL", "C1TEAM") == [1, 1]
        await excluding("add", *COUNCIL, "--data", tmp_path)
        assert await let_through(send, "C9COUNCIL", "C1TEAM") == [0, 1]
        await excluding("remove", COUNCIL[0], "--data", tmp_path)
        assert await let_through(send, "C9COUNCIL", "C1TEAM") == [1, 1]


async def test_running_services_follow_the_list(tmp_path: Path) -> None:
    """What `up` tells its services, and what it forgets of what waits for them."""
    connection = connect(data=tmp_path)
    told: list[frozenset[str]] = []
    service = Channel(told)
    async with event_sender(connection) as send, store(connection) as database:
        known = await apply_exclusions(connection, database)
        assert known == frozenset()
        task = asyncio.create_task(sync_exclusions(connection, database, [service], known=known, again_seconds=0.01))
        try:
            assert await let_through(send, "C9COUNCIL", "C1TEAM") == [1, 1]
            await excluding("add", *COUNCIL, "--data", tmp_path)
            await asyncio.to_thread(wait_until, lambda: len(told) == 1, what="the services to be told", seconds=10)
            (place,) = told[0]
            assert place.startswith("channel:p-")
            assert accepted(tmp_path) == 1
            await excluding("remove", COUNCIL[0], "--data", tmp_path)
            await asyncio.to_thread(wait_until, lambda: told[1:] == [frozenset()], what="the same again", seconds=10)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_list_that_changes_while_services_are_told_is_told_again(tmp_path: Path) -> None:
    connection = connect(data=tmp_path)
    told: list[frozenset[str]] = []

    class Overtaken(Channel):
        """Somebody empties the list in the moment in which the service is told of it."""

        def exclude_places(self, places: Iterable[str]) -> None:
            super().exclude_places(places)
            if len(self.told) == 1:
                with sqlite3.connect(tmp_path / "bellwether.db") as other:
                    other.execute("DELETE FROM exclusion")

    async with store(connection) as database:
        await excluding("add", *COUNCIL, "--data", tmp_path)
        service = Overtaken(told)
        task = asyncio.create_task(
            sync_exclusions(connection, database, [service], known=frozenset(), again_seconds=0.01)
        )
        try:
            await asyncio.to_thread(wait_until, lambda: told[1:] == [frozenset()], what="the end of it", seconds=10)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True)
class Channel:
    """A service that only notes what it is told."""

    told: list[frozenset[str]]

    def exclude_places(self, places: Iterable[str]) -> None:
        self.told.append(frozenset(places))


def test_a_place_of_the_settings_is_dropped_at_the_edge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_EXCLUDED_PLACES", '["channel:C9COUNCIL"]')
    imported(tmp_path, channel="C9COUNCIL")
    assert accepted(tmp_path) == 0
    monkeypatch.setenv("BELLWETHER_EXCLUDED_PLACES", '["room:12"]')
    with pytest.raises(ValueError, match="excluded_places"):
        EdgeSettings()


def test_planned_talks_are_listed_by_pseudonym(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    added = bellwether("exclude", "add", "skip:1/2", "--reason", "planned-skip-level", "--data", tmp_path)
    assert added.stdout.startswith("1 more")
    shown = bellwether("exclude", "list", "--data", tmp_path).stdout
    pseudonyms = read_keyring(KeySettings().below(tmp_path)).pseudonyms
    assert pseudonyms is not None
    assert planned_name(pseudonyms.person("1"), pseudonyms.person("2")) in shown
    wrong = bellwether("exclude", "add", "skip:1", "--data", tmp_path)
    assert isinstance(wrong.exception, UsageError)
    assert bellwether("exclude", "remove", "skip:1/2", "--data", tmp_path).stdout.startswith("1 fewer")
