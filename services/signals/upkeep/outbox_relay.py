"""Sends records from the store to Kafka: the outbox, and events that were accepted for the embedded broker."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError

from shared.repeating import repeat
from shared.storage.engine.database import Database
from shared.storage.log.event_log import Outgoing, accepted_after, outbox, published
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.producer import Outbound, RecordProducer

# A page is published and acknowledged at once; some two megabytes.
_PAGE: Final = 5_000
_IDLE_SECONDS: Final = 0.2
_RETRY_SECONDS: Final = 1.0
# However long Kafka was away, what waits goes out this soon after it is back.
_LONGEST_RETRY_SECONDS: Final = 10.0
_TRANSIENT: Final = (KafkaError, DBAPIError, OSError)

_log: Final = logging.getLogger("bellwether.signals")


class OutboxRelay:
    """Sends the outbox in order, at least once, and deletes what Kafka has acknowledged."""

    def __init__(self, database: Database, producer: RecordProducer, metrics: Metrics) -> None:
        self._database: Final = database
        self._producer: Final = producer
        self._metrics: Final = metrics

    async def run(self, owns: asyncio.Event) -> None:
        """Relay while this process owns the singleton work. Runs until cancelled."""
        await repeat(
            self._round,
            failure="outbox not published",
            log=_log,
            transient=_TRANSIENT,
            first_seconds=_RETRY_SECONDS,
            longest_seconds=_LONGEST_RETRY_SECONDS,
            owns=owns,
        )

    async def _round(self) -> float:
        return 0 if await self._relay() == _PAGE else _IDLE_SECONDS

    async def _relay(self) -> int:
        async with self._database.read() as connection:
            rows = await outbox(connection, limit=_PAGE)
        self._metrics.gauge(names.OUTBOX).set(len(rows))  # before they go: what cannot go must show
        if rows:
            await self._producer.send(_outbound(rows))
            async with self._database.write() as connection:
                await published(connection, [row_id for row_id, _ in rows])
        return len(rows)


class AcceptedRelay:
    """Sends accepted events to the embedded broker: first all that are in the store, then new ones.

    An event stays in the store until its interaction is applied. So what the broker loses is sent again. Sending twice
    is harmless.
    """

    def __init__(self, database: Database, producer: RecordProducer) -> None:
        self._database: Final = database
        self._producer: Final = producer
        self._last = 0

    async def run(self) -> None:
        """Relay until cancelled."""
        await repeat(
            self._round,
            failure="accepted events not sent",
            log=_log,
            transient=_TRANSIENT,
            first_seconds=_RETRY_SECONDS,
            longest_seconds=_LONGEST_RETRY_SECONDS,
        )

    async def _round(self) -> float:
        return 0 if await self._relay() else _IDLE_SECONDS

    async def _relay(self) -> int:
        async with self._database.read() as connection:
            rows = await accepted_after(connection, self._last, limit=_PAGE)
        if rows:
            await self._producer.send(_outbound(rows))
            self._last = rows[-1][0]
        return len(rows)


def _outbound(rows: Sequence[tuple[int, Outgoing]]) -> list[Outbound]:
    # Nothing as a value deletes the key from a compacted topic; no record of ours is empty.
    return [Outbound(each.topic, each.key, each.value or None) for _, each in rows]
