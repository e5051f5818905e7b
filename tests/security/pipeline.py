"""The services from the inbox topics to the store, in this process, on a broker that tests share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from prometheus_client import CollectorRegistry
from sqlalchemy import LargeBinary, Text, select
from sqlmodel import SQLModel

from services.calendar.app import build as build_calendar
from services.calendar.settings import CalendarSettings
from services.chat.app import build as build_chat
from services.chat.settings import ChatSettings
from services.cli.connection import connect
from services.cli.process import Service
from services.gateway.app import build as build_gateway
from services.gateway.settings import GatewaySettings
from services.signals.app import build as build_signals
from services.signals.settings import SignalsSettings
from services.tickets.app import build as build_tickets
from services.tickets.settings import TicketsSettings
from shared import topics
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.ingest.routing import inbox_record_of
from shared.keyring import Keyring
from shared.schemas.registry import CanonicalEvent
from shared.storage.access.modes import put_mode
from shared.storage.directory.register import Register
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.tables import metadata
from shared.storage.tables.log import DeadLetterRow, EventLogRow
from shared.storage.tables.register import RegisterRow
from shared.telemetry.metrics import Metrics
from shared.topics import Topic
from shared.transport.topics import create_topics
from tests.storage.templates import CASE_MODE

GATEWAY, STAGES, SIGNALS = "gateway", ("calendar", "tickets", "chat"), "signals"
ALL = (GATEWAY, *STAGES, SIGNALS)
LIMIT_SECONDS = 60


@dataclass(slots=True)
class Pipeline:
    """Where to send records, and what became of them."""

    bootstrap: str
    prefix: str
    database: Database
    keyring: Keyring
    given: dict[str, Any]
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def pseudonyms(self) -> Pseudonyms:
        assert self.keyring.pseudonyms is not None
        return self.keyring.pseudonyms

    def start(self, names: Collection[str] = ALL) -> None:
        """Run these services, until they are stopped."""
        given, metrics, checks = self.given, self.metrics, self.keyring.checks
        assert checks is not None
        embedded = {key: given[key] for key in given.keys() - {"excluded_places", "text_sources"}}
        build: dict[str, Callable[[], Service]] = {
            GATEWAY: lambda: build_gateway(GatewaySettings(**given), metrics, self.database, keyring=self.keyring),
            "calendar": lambda: build_calendar(CalendarSettings(**embedded), metrics, checks=checks),
            "tickets": lambda: build_tickets(TicketsSettings(**embedded), metrics, checks=checks),
            "chat": lambda: build_chat(ChatSettings(**embedded), metrics, checks=checks),
            SIGNALS: lambda: build_signals(SignalsSettings(**embedded), metrics, self.database, checks=checks),
        }
        for name in names:
            self.tasks[name] = asyncio.create_task(build[name]().run())

    async def stop(self, names: Collection[str] = ALL) -> None:
        """End these services at once, whatever they are doing."""
        stopped = [self.tasks.pop(name) for name in names if name in self.tasks]
        for task in stopped:
            task.cancel()
        await asyncio.gather(*stopped, return_exceptions=True)

    async def produce(self, records: Sequence[tuple[Topic, bytes | None]]) -> None:
        """Send values to topics, as whoever reaches Kafka can."""
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            for topic, value in records:
                await producer.send_and_wait(f"{self.prefix}{topic.name}", value, b"key")

    async def send(self, events: Sequence[CanonicalEvent]) -> None:
        """Send events as a producer of the organisation does."""
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            for event in events:
                record = inbox_record_of(event, topic_prefix=self.prefix)
                await producer.send_and_wait(record.topic, record.value, record.key)

    async def until(self, *, applied: int = 0, dead: int = 0) -> None:
        """Wait until so many entities count and so many records are dead letters; no more of either may come."""
        wanted = (applied, dead)
        found = (0, 0)
        async with asyncio.timeout(LIMIT_SECONDS):
            while found[0] < applied or found[1] < dead:
                for task in self.tasks.values():
                    if task.done():
                        task.result()
                found = (len(await self.rows(EventLogRow)), len(await self.rows(DeadLetterRow)))
                await asyncio.sleep(0.05)
        assert found == wanted

    async def rows(self, model: type[SQLModel]) -> list[Any]:
        """Everything in a table."""
        async with self.database.read() as connection:
            return list((await connection.execute(select(table_of(model)))).all())

    async def reasons(self) -> dict[str, list[str]]:
        """Reasons of the dead letters by topic, sorted."""
        found: dict[str, list[str]] = {}
        for row in await self.rows(DeadLetterRow):
            found.setdefault(row.topic.removeprefix(self.prefix), []).append(row.reason)
        return {topic: sorted(reasons) for topic, reasons in sorted(found.items())}

    async def registered(self) -> dict[str, str]:
        """Who is who, by pseudonym."""
        names = [row.pseudonym for row in await self.rows(RegisterRow)]
        async with self.database.read() as connection:
            register = Register(self.database.engine.dialect, self.keyring.register)
            found = await connection.run_sync(register.find, names)
        return {pseudonym: entry.text for pseudonym, entry in found.items()}

    async def places_of(self, words: Collection[str]) -> list[str]:
        """Columns of the store that hold any of these words in clear."""
        found = []
        for table in metadata().sorted_tables:
            for column in table.c:
                if isinstance(column.type, Text | LargeBinary):
                    async with self.database.read() as connection:
                        values = (await connection.execute(select(column))).scalars().all()
                    texts = [
                        each if isinstance(each, str) else bytes(each).decode(errors="replace")
                        for each in values
                        if each
                    ]
                    found += [
                        f"{table.name}.{column.name}: {word}" for word in words if any(word in each for each in texts)
                    ]
        return found

    async def on_topic(self, topic: Topic) -> list[tuple[bytes | None, bytes | None]]:
        """Keys and values of everything on a topic."""
        records = []
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False) as consumer:
            part = TopicPartition(f"{self.prefix}{topic.name}", 0)
            consumer.assign([part])
            await consumer.seek_to_beginning(part)
            while batch := await consumer.getmany(timeout_ms=500):
                records += [(each.key, each.value) for each in batch[part]]
        return records


@asynccontextmanager
async def pipeline(
    *, bootstrap: str, prefix: str, database_url: str, keys: Path, running: Collection[str] = ALL, **given: Any
) -> AsyncIterator[Pipeline]:
    """The services on topics of their own and one store, under keys that are made below `keys`."""
    connection = connect(broker=bootstrap, database=database_url, data=keys)
    settings: dict[str, Any] = {
        "broker": bootstrap, "database": database_url, "topic_prefix": prefix, "partitions": 1,
        "session_timeout_ms": 1000, "batch_timeout_ms": 20, **given,
    }  # fmt: skip
    await create_topics(ChatSettings(**settings))
    database = open_database(connection.database_url)
    await upgrade(database)
    async with database.write() as transaction:
        await transaction.run_sync(put_mode, CASE_MODE)
    made = Pipeline(bootstrap, prefix, database, connection.keyring(), settings)
    made.start(running)
    try:
        yield made
    finally:
        await made.stop()
        await database.close()


def as_sent(event: CanonicalEvent, **changes: Any) -> bytes:
    """The record of an event, with other fields in its data."""
    record = msgspec.json.decode(msgspec.json.encode(event))
    return msgspec.json.encode({**record, "data": record["data"] | changes})


EVENTS = (topics.EVENTS_CALENDAR, topics.EVENTS_TICKET, topics.EVENTS_CHAT, topics.DIRECTORY)
