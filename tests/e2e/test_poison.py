"""Records that can never work: each becomes one dead letter, and the readings are as if it had never been."""

import asyncio
import contextlib
import hashlib
import random
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from services.chat.handle import interaction
from services.cli.connection import connect
from services.cli.importing.settle import wait_until_settled
from shared import topics
from shared.domain.facts.digests import digest
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent
from shared.schemas.registry import CanonicalEvent
from shared.storage.log.event_log import Outgoing
from shared.storage.log.progress import Sent
from tests.e2e.company import Undisturbed, company_events, digests
from tests.e2e.system import distributed, rows, wait_until
from tests.names import ANY_NAMES, PSEUDONYMS, behind_edge

pytestmark = pytest.mark.slow

SHARE = 0.05
Place = tuple[str, int, int]
Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Poison:
    """A record made from a good one of the same topic, so that only one thing is wrong with it."""

    value: bytes | None
    reason: str
    headers: Headers = ()


def bad_json(good: bytes) -> Poison:
    return Poison(good[:-1], "not_json")


def wrong_type(good: bytes) -> Poison:
    record = msgspec.json.decode(good)
    return Poison(msgspec.json.encode({**record, "at" if "at" in record else "time": 7}), "invalid")


def null_value(good: bytes) -> Poison:
    return Poison(None, "no_value")


def non_utf8_header(good: bytes) -> Poison:
    return Poison(good, "bad_header", (("traceparent", b"\xff\xfe"),))


def unknown_version(good: bytes) -> Poison:
    record = msgspec.json.decode(good)
    version = {"v": 9} if "at" in record else {"specversion": "9.9"}
    return Poison(msgspec.json.encode({**record, **version}), "unknown_version")


POISONS: tuple[Callable[[bytes], Poison], ...] = (bad_json, wrong_type, non_utf8_header, unknown_version, null_value)
# Without a value, a record of the directory is no poison: it deletes.
DIRECTORY_POISONS = POISONS[:-1]
EVERYWHERE = (
    topics.EVENTS_CALENDAR, topics.EVENTS_TICKET, topics.EVENTS_CHAT, topics.DIRECTORY, topics.INTERACTIONS,
)  # fmt: skip


@dataclass(slots=True)
class Published:
    """What went to the topics: what must count, and where the rest lies and why."""

    sent: list[Sent] = field(default_factory=list)
    injected: dict[Place, str] = field(default_factory=dict)


def test_poison_gives_exactly_its_dead_letters_and_changes_nothing(
    undisturbed: Undisturbed,
    embedded_bootstrap: str,
    topic_prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = tmp_path / "bellwether.db"
    url = f"sqlite+aiosqlite:///{store}"
    with distributed(
        bootstrap=embedded_bootstrap, database_url=url, prefix=topic_prefix, directory=tmp_path / "system", partitions=6
    ) as system:
        published = asyncio.run(publish(company_events(), bootstrap=embedded_bootstrap, prefix=topic_prefix))
        assert {topic.removeprefix(topic_prefix) for topic, _, _ in published.injected} == {t.name for t in EVERYWHERE}
        for topic in {place[0] for place in published.injected}:
            reasons = {reason for place, reason in published.injected.items() if place[0] == topic}
            assert len(reasons) == (len(DIRECTORY_POISONS) if topic.endswith(topics.DIRECTORY.name) else len(POISONS))
        monkeypatch.setenv("BELLWETHER_TOPIC_PREFIX", topic_prefix)
        connection = connect(broker=embedded_bootstrap, database=url)
        wait_until(lambda: rows(store, "dead_letter") >= len(published.injected), what="the dead letters", seconds=60)
        asyncio.run(wait_until_settled(connection, published.sent, timeout_seconds=60))
        assert dead_letters(store) == published.injected
        assert digests(system.export()) == digests(undisturbed.export)


async def publish(events: Sequence[CanonicalEvent], *, bootstrap: str, prefix: str) -> Published:
    """Send every event, and among them one poison to every nineteen, on the topic it imitates.

    Chat events are imitated twice: as what they are and as the interactions that come of them.
    """
    chance = random.Random(13)
    published = Published()
    made: Counter[str] = Counter()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5) as producer:
        waiting: list[tuple[asyncio.Future[object], str | None]] = []
        for event in events:
            record = behind_edge(event, topic_prefix=prefix)
            passed: Any = pseudonymise(event, PSEUDONYMS)[0]
            waiting.append((await send(producer, record, record.value), None))
            sha256 = hashlib.sha256(record.value).hexdigest()
            published.sent.append(Sent(digest(passed.entity), digest(passed.id), passed.revision, sha256))
            imitations = [(record.topic, fresh(record.value))]
            if isinstance(event, ChatEvent):
                imitations.append((f"{prefix}{topics.INTERACTIONS.name}", fresh_interaction(passed)))
            for topic, good in imitations:
                of_directory = isinstance(event, DirectoryEvent)
                share = 0.2 if of_directory else SHARE  # there are few of them
                if chance.random() < share / (1 - share):
                    kinds = DIRECTORY_POISONS if of_directory else POISONS
                    poison = kinds[made[topic] % len(kinds)](good)
                    made[topic] += 1
                    imitation = Outgoing(topic, record.key, good)
                    waiting.append((await send(producer, imitation, poison.value, poison.headers), poison.reason))
        for future, reason in waiting:
            at: object = await future
            if reason is not None:
                published.injected[place(at)] = reason
    return published


def fresh(value: bytes) -> bytes:
    """The same event under an id that no good one has: a poison that counted would show."""
    record = msgspec.json.decode(value)
    record["id"] = fresh_id(record["source"])
    record["revision"] = 0
    return msgspec.json.encode(record)


def fresh_id(source: str) -> str:
    return f"{source}:poison:{PSEUDONYMS.native_id(secrets.token_hex(8))}"


def fresh_interaction(event: ChatEvent) -> bytes:
    """The interaction of an event, likewise."""
    record = msgspec.json.decode(msgspec.json.encode(interaction(event, ANY_NAMES)))
    record["id"] = record["entity"] = fresh_id(event.source)
    record["revision"] = 0
    return msgspec.json.encode(record)


async def send(
    producer: AIOKafkaProducer, record: Outgoing, value: bytes | None, headers: Headers = ()
) -> asyncio.Future[object]:
    future: asyncio.Future[object] = await producer.send(record.topic, value, record.key, headers=list(headers))
    return future


def place(metadata: object) -> Place:
    topic, partition, offset = (getattr(metadata, name) for name in ("topic", "partition", "offset"))
    return topic, partition, offset


def dead_letters(store: Path) -> dict[Place, str]:
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)) as connection:
        found = connection.execute('select topic, partition, "offset", reason from dead_letter').fetchall()
    assert len({tuple(row[:3]) for row in found}) == len(found)
    return {(topic, partition, offset): reason for topic, partition, offset, reason in found}
