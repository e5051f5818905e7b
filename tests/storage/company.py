"""A log of records, a store that takes them in, and what the store then says."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry
from sqlalchemy import select
from sqlalchemy.engine import make_url

from services.signals.intake.processor import SERVICE, SignalsProcessor
from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from shared import topics
from shared.schemas.directory import (
    DirectoryEvent,
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
)
from shared.schemas.envelope import event_id, utc
from shared.schemas.interaction import AnyInteraction
from shared.storage import export
from shared.storage.access.modes import DeploymentMode, put_mode
from shared.storage.access.role_names import WRITER
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.log.offsets import OffsetStore, Position
from shared.storage.tables.facts import ContactRow, IdentityRow, MeetingRow, TicketStepRow
from shared.storage.tables.texts import TextDayRow
from shared.telemetry.metrics import Metrics
from shared.transport.records import Record
from tests.names import OPEN
from tests.storage.roles import as_service
from tests.storage.templates import CASE_MODE
from tests.transport.raw import raw

INTERACTIONS = topics.INTERACTIONS.name
DIRECTORY = topics.DIRECTORY.name
DEAD_LETTERS = topics.DEAD_LETTERS.name
TOPICS = (INTERACTIONS, DIRECTORY, DEAD_LETTERS)
TOPIC_IDS = {name: f"cluster/{name}" for name in TOPICS}

AnyRecord = AnyInteraction | DirectoryEvent


@dataclass(slots=True)
class Store:
    """The signals service over one database, without a broker: records are handed to it, at consecutive offsets.

    On a server `writer` has the role of the service, and `database` is the owner's.
    """

    database: Database
    writer: Database
    metrics: Metrics
    processor: SignalsProcessor
    scorer: Scorer
    next_offset: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOPICS, 0))

    def batch(self, topic: str, values: Sequence[bytes]) -> dict[TopicPartition, list[Record]]:
        """Values as the next records of a topic."""
        start = self.next_offset[topic]
        records: list[Record] = [raw(value, topic=topic, offset=start + place) for place, value in enumerate(values)]
        return {TopicPartition(topic, 0): records}

    async def process(self, topic: str, values: Sequence[bytes]) -> None:
        """Take in the next records of a topic as one batch."""
        offsets = await self.processor.process(self.batch(topic, values))
        self.next_offset[topic] = offsets[TopicPartition(topic, 0)]

    async def take(self, records: Collection[AnyRecord]) -> None:
        """Take in records as one batch of each topic, the directory first."""
        for topic, wanted in ((DIRECTORY, True), (INTERACTIONS, False)):
            values = [msgspec.json.encode(each) for each in records if isinstance(each, DirectoryEvent) == wanted]
            if values:
                await self.process(topic, values)

    async def facts(self) -> list[bytes]:
        """Counters as exported."""
        async with self.database.read() as connection:
            return [line async for line in export.facts(connection)]

    async def details(self) -> list[tuple[Any, ...]]:
        """Contacts, meetings, ticket steps and counters of texts, with people by identity."""
        async with self.database.read() as connection:
            names = table_of(IdentityRow).c
            known: dict[int, str] = {row[0]: row[1] for row in await connection.execute(select(names.id, names.key))}

            def named(ids: str) -> tuple[str, ...]:
                return tuple(known[int(each)] for each in ids.split(",") if each)

            contacts = await connection.execute(select(table_of(ContactRow)))
            found: list[tuple[Any, ...]] = [
                (known[row[0]], known[row[1]], *row[2:-1], named(row[-1])) for row in contacts
            ]
            for row in await connection.execute(select(table_of(MeetingRow))):
                people = (known[row.organiser], named(row.people), named(row.invited), known.get(row.changed_by, ""))
                found.append((*row[:3], *people, *row[6:9], row.changed_at))
            steps = await connection.execute(select(table_of(TicketStepRow)))
            found.extend((known[row[0]], known[row[1]], *row[2:]) for row in steps)
            texts = await connection.execute(select(table_of(TextDayRow)))
            found.extend((known[row[0]], known[row[1]], *row[2:]) for row in texts if any(row[4:]))
        return sorted(found, key=repr)

    async def alerts(self) -> list[bytes]:
        """Alerts as exported."""
        async with self.database.read() as connection:
            return [line async for line in export.alerts(connection)]

    async def readings(self) -> list[bytes]:
        """Readings as exported."""
        async with self.database.read() as connection:
            return [line async for line in export.readings(connection)]


@asynccontextmanager
async def opened(url: str, *, mode: DeploymentMode = CASE_MODE, **given: Any) -> AsyncIterator[Store]:
    """A store at a URL, brought to the newest schema; closed at the end."""
    database = writer = open_database(make_url(url))
    try:
        await upgrade(database)
        async with database.write() as connection:
            await connection.run_sync(put_mode, mode)
        writer = await as_service(database, WRITER)
        metrics = Metrics(CollectorRegistry())
        # Two at a time, so that every pass over these small companies takes several groups.
        address = writer.engine.url.render_as_string(hide_password=False)
        settings = SignalsSettings(database=address, **({"chunk_people": 2} | given))
        processor = processor_of(writer, settings, metrics)
        offsets = OffsetStore(SERVICE, database.engine.dialect)
        async with database.write() as connection:
            for name, topic_id in TOPIC_IDS.items():
                await offsets.begin(connection, Position(name, 0, topic_id, 0))
        yield Store(database, writer, metrics, processor, Scorer(database=writer, settings=settings, metrics=metrics))
    finally:
        await writer.close()
        await database.close()


def processor_of(database: Database, settings: SignalsSettings, metrics: Metrics) -> SignalsProcessor:
    """Another process of the signals service."""
    return SignalsProcessor(
        database=database,
        settings=settings,
        metrics=metrics,
        topic_ids=TOPIC_IDS,
        owns_scoring=asyncio.Event(),
        admission=OPEN,
    )


async def from_scratch(directory: Path, records: Collection[AnyRecord]) -> list[bytes]:
    """Readings of an empty SQLite store that takes all records in at once and is scored once."""
    async with opened(f"sqlite+aiosqlite:///{directory / 'scratch.db'}") as store:
        await store.take(records)
        await store.scorer.settle()
        return await store.readings()


def person(
    key: str,
    team: str | None = None,
    *,
    active: bool = True,
    revision: int = 0,
    since: int | None = None,
    until: int | None = None,
) -> PersonRecorded:
    """A person of the directory, since ever or from an instant on."""
    native = key if since is None else f"{key}@{since}"
    name = event_id(source="hr", kind="person", native_id=native, revision=revision)
    valid_from, valid_to = (None if each is None else utc(each) for each in (since, until))
    data = Person(person=key, name=key.title(), team=team, active=active, valid_from=valid_from, valid_to=valid_to)
    return PersonRecorded(id=name, source="hr", time=utc(10**9), revision=revision, data=data)


def link(identity: str, to: str, *, revision: int = 0) -> IdentityLinked:
    """An identity of a person; a higher revision corrects it."""
    name = event_id(source="hr", kind="identity", native_id=identity, revision=revision)
    data = IdentityLink(person=to, identity=identity)
    return IdentityLinked(id=name, source="hr", time=utc(10**9), revision=revision, data=data)


def line(of: str, to: str | None, *, since: int | None = None, revision: int = 0) -> LineRecorded:
    """A reporting line; a higher revision corrects it."""
    name = event_id(source="hr", kind="line", native_id=of, revision=revision)
    data = ReportingLine(person=of, manager=to, valid_from=None if since is None else utc(since))
    return LineRecorded(id=name, source="hr", time=utc(10**9), revision=revision, data=data)
