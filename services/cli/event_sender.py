"""The way in for events from commands: through the edge, to the named broker or into the store."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256

from services.cli.connection import Connection, store
from services.cli.errors import UsageError
from services.cli.importing.reporting.deliveries import Deliveries
from shared.domain.facts.digests import digest
from shared.ingest.edge import Edge, EdgeKeyError
from shared.ingest.outlets import Delivered, StoreOutlet, sync_every_commit
from shared.schemas.registry import CanonicalEvent
from shared.settings import EdgeSettings
from shared.storage.engine.database import Database
from shared.storage.log.progress import Sent
from shared.topics import TOPICS
from shared.transport.errors import BrokerUnavailableError

Send = Callable[[Sequence[CanonicalEvent]], Awaitable[int]]
"""Send events on; returns how many."""


def event_sender(connection: Connection, *, deliveries: Deliveries | None = None) -> AbstractAsyncContextManager[Send]:
    """Open a way in for events: publish to the named broker, or accept into the store for the embedded one.

    This is the edge: behind it there is no text, and people have pseudonyms. Who they are goes into the register.

    Events in excluded places are dropped here, by the list as it is at the time of each call; `send` says how many of
    the others there were.

    `send` returns once the events are safe: acknowledged by Kafka, or on the disk. Sending the same again is
    harmless. What was sent is added to `deliveries`. Entering raises BrokerUnavailableError,
    TopicsMissingError, KeyFileError, UsageError for a store that was filled under another key, or a database error.
    """
    if connection.broker is None:
        return _accepting(connection, deliveries)
    return _producing(connection, connection.broker, deliveries)


async def _open_edge(connection: Connection, database: Database) -> Edge:
    try:
        edge = Edge(connection.keyring(), database, EdgeSettings(), suggests=True)
        async with database.write() as transaction:
            await edge.open(transaction)
    except EdgeKeyError as error:
        raise UsageError(str(error)) from error
    return edge


@asynccontextmanager
async def _accepting(connection: Connection, deliveries: Deliveries | None) -> AsyncIterator[Send]:
    async with store(connection) as database:
        await sync_every_commit(database)
        edge = await _open_edge(connection, database)
        outlet = StoreOutlet(
            edge=edge,
            database=database,
            topic_prefix=connection.topic_prefix,
            tells_known=deliveries is not None,
        )

        async def send(events: Sequence[CanonicalEvent]) -> int:
            delivered = await outlet.deliver(events)
            _note(deliveries, delivered)
            return len(delivered.events)

        yield send


@asynccontextmanager
async def _producing(connection: Connection, broker: str, deliveries: Deliveries | None) -> AsyncIterator[Send]:
    from aiokafka.errors import KafkaError

    from shared.ingest.kafka_outlet import KafkaOutlet
    from shared.transport.producer import RecordProducer
    from shared.transport.topics import topic_ids

    settings = connection.settings()
    # A producer would wait a minute for a topic that is missing and then not say which.
    await topic_ids(settings, [settings.topic(topic.name) for topic in TOPICS])
    async with store(connection) as database, RecordProducer(settings) as producer:
        edge = await _open_edge(connection, database)
        outlet = KafkaOutlet(
            edge=edge,
            database=database,
            producer=producer,
            topic_prefix=connection.topic_prefix,
            tells_known=deliveries is not None,
        )

        async def send(events: Sequence[CanonicalEvent]) -> int:
            try:
                delivered = await outlet.deliver(events)
            except KafkaError as error:
                raise BrokerUnavailableError(f"Kafka at {broker} did not take the events: {error!r}") from error
            _note(deliveries, delivered)
            return len(delivered.events)

        yield send


def _note(deliveries: Deliveries | None, delivered: Delivered) -> None:
    if deliveries is None:
        return
    deliveries.add(delivered.events, delivered.known)
    if deliveries.keeps_sent:
        deliveries.sent.extend(
            Sent(digest(event.entity), digest(event.id), event.revision, sha256(record.value).hexdigest())
            for event, record in zip(delivered.events, delivered.records, strict=True)
        )
