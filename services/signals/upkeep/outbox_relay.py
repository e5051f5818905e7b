"""Records that leave the store for Kafka: the outbox, and events accepted for a broker that forgets."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError

from shared.storage.engine.database import Database
from shared.storage.log.event_log import Outgoing, accepted_after, outbox, published
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.producer import Outbound, RecordProducer

# A page is published and acknowledged at once; some two megabytes.
_PAGE: Final = 5_000
_IDLE_SECONDS: Final = 0.2
_RETRY_SECONDS: Final = 1.0

_log: Final = logging.getLogger("bellwether.signals")


class OutboxRelay:
    """Publishes the outbox in order and deletes what Kafka has acknowledged. At least once; keys are kept."""

    def __init__(self, database: Database, producer: RecordProducer, metrics: Metrics) -> None:
        self._database: Final = database
        self._producer: Final = producer
        self._metrics: Final = metrics

    async def run(self, owns: asyncio.Event) -> None:
        """Relay while this process owns the singleton work. Runs until cancelled."""
        while True:
            await owns.wait()
            try:
                sent = await self._relay()
            except (KafkaError, DBAPIError, OSError) as error:
                _log.warning("outbox not published, will be tried again: %s", type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await asyncio.sleep(0 if sent == _PAGE else _IDLE_SECONDS)

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
    """Sends accepted events to a broker that forgets: all that are left at its start, then those that come.

    An event stays accepted until its interaction is applied, so whatever the broker loses is sent again. Sending
    twice is harmless.
    """

    def __init__(self, database: Database, producer: RecordProducer) -> None:
        self._database: Final = database
        self._producer: Final = producer
        self._last = 0

    async def run(self) -> None:
        """Relay until cancelled."""
        while True:
            try:
                sent = await self._relay()
            except (KafkaError, DBAPIError, OSError) as error:
                _log.warning("accepted events not sent, will be tried again: %s", type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await asyncio.sleep(0 if sent else _IDLE_SECONDS)

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
