"""The outlet of a deployment: from the edge to Kafka. Apart from the other, as its client takes long to import."""

from collections.abc import Sequence
from typing import Final

from shared.ingest.edge import Edge
from shared.ingest.outlets import Delivered, known_of
from shared.ingest.routing import record_of
from shared.schemas.registry import CanonicalEvent
from shared.storage.engine.database import Database
from shared.transport.producer import Outbound, RecordProducer


class KafkaOutlet:
    """Publishes to Kafka. A call that fails leaves entries in the register at most, and the next makes them again."""

    def __init__(
        self,
        *,
        edge: Edge,
        database: Database,
        producer: RecordProducer,
        topic_prefix: str,
        tells_known: bool = False,
    ) -> None:
        """With `tells_known` each call says what was known before, which costs a look at the store."""
        self._tells_known: Final = tells_known
        self._edge: Final = edge
        self._database: Final = database
        self._producer: Final = producer
        self._topic_prefix: Final = topic_prefix

    async def deliver(self, events: Sequence[CanonicalEvent]) -> Delivered:
        """Register who is who, then publish. Raises KafkaError; nothing is then known of what went before."""
        async with self._database.read() as reading:
            await self._edge.follow(reading)
        taken, known = await self._edge.take(events)
        before: frozenset[bytes] = frozenset()
        if self._tells_known:
            async with self._database.read() as reading:
                before = await known_of(reading, taken)
        records = [record_of(event, self._edge.departing, topic_prefix=self._topic_prefix) for event in taken]
        if known or self._edge.must_register:
            async with self._database.write() as transaction:
                await self._edge.register(transaction, known)
            self._edge.remember(known)
        await self._producer.send(Outbound(each.topic, each.key, each.value) for each in records)
        return Delivered(taken, records, len(events) - len(taken), before)
