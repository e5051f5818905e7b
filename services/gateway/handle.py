"""Handles inbox records: each passes the edge, is left out, or becomes a dead letter."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError

from shared import topics
from shared.domain.privacy.pseudonym import PseudonymGivenError
from shared.ingest.outlets import Outlet
from shared.ingest.routing import ROUTES
from shared.schemas.registry import CanonicalEvent
from shared.settings import ServiceSettings
from shared.sources.outside import refuse_pseudonyms
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.processor import Batch
from shared.transport.producer import Outbound, RecordProducer
from shared.transport.records import DeadLetters, Reader, Record, UnreadableError, letter_key


class InboxProcessor:
    """Takes batches through the edge before their offsets are committed. Ids stay the same: repeats are harmless."""

    transient: tuple[type[Exception], ...] = (KafkaError, DBAPIError, TimeoutError, OSError)

    def __init__(
        self,
        *,
        service: str,
        outlet: Outlet,
        producer: RecordProducer,
        dead_letters: DeadLetters,
        settings: ServiceSettings,
        metrics: Metrics,
    ) -> None:
        """`producer` publishes the dead letters, `outlet` takes everything else."""
        self._service: Final = service
        self._outlet: Final = outlet
        self._producer: Final = producer
        self._dead_letters: Final = dead_letters
        self._dead_letter_topic: Final = settings.topic(topics.DEAD_LETTERS.name)
        self._metrics: Final = metrics
        self._encode: Final = msgspec.json.Encoder().encode
        self._readers: Final[Mapping[str, Reader[CanonicalEvent]]] = {
            settings.topic(route.inbox.name): Reader(
                msgspec.json.Decoder(route.schema), lambda event: event.time.timestamp()
            )
            for route in ROUTES
        }

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Do nothing: the gateway goes on at the offsets that are committed in Kafka."""

    async def stored(self, partition: TopicPartition) -> int | None:
        """None: the gateway stores no offsets."""
        del partition
        return None

    async def process(self, batch: Batch) -> Mapping[TopicPartition, int]:
        """Deliver what a batch holds, then its dead letters.

        Raises one of `transient` to be called again with the same batch, or TooManyDeadLettersError to stop.
        """
        events: list[CanonicalEvent] = []
        letters: list[Outbound] = []
        dead: list[tuple[str, str]] = []
        for record in (record for records in batch.values() for record in records):
            try:
                events.append(self._read(record))
            except UnreadableError as error:
                letter = self._dead_letters.letter(record, str(error))
                letters.append(Outbound(self._dead_letter_topic, letter_key(letter), self._encode(letter)))
                dead.append((record.topic, letter.reason))
        self._dead_letters.check(seen=len(events) + len(dead), dead=len(dead))
        delivered = await self._outlet.deliver(events)
        await self._producer.send(letters)
        if delivered.excluded:
            self._metrics.counter(names.EXCLUDED).labels(self._service).inc(delivered.excluded)
        for topic, reason in dead:
            self._metrics.counter(names.DEAD_LETTERS).labels(self._service, topic, reason).inc()
        return {partition: records[-1].offset + 1 for partition, records in batch.items()}

    def _read(self, record: Record) -> CanonicalEvent:
        event = self._readers[record.topic].read(record)
        try:
            refuse_pseudonyms(event)
        except PseudonymGivenError:
            raise UnreadableError("pseudonym") from None
        return event
