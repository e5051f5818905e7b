"""A stateless stage: a record becomes an interaction or a dead letter, which is sent before offsets are committed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared import topics
from shared.schemas.interaction import AnyInteraction
from shared.settings import ServiceSettings
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.processor import Batch
from shared.transport.producer import Outbound, RecordProducer
from shared.transport.records import DeadLetters, Record, UnreadableError, letter_key


class Stage:
    """Turns events into interactions for one channel service. Interactions keep the events' ids: repeats are harmless.

    `convert` raises UnreadableError for a record that can never work. Records for which it returns None are dropped;
    only a counter records them.
    """

    transient: tuple[type[Exception], ...] = (KafkaError, TimeoutError, OSError)

    def __init__(
        self,
        *,
        service: str,
        convert: Callable[[Record], AnyInteraction | None],
        producer: RecordProducer,
        dead_letters: DeadLetters,
        settings: ServiceSettings,
        metrics: Metrics,
    ) -> None:
        self._service: Final = service
        self._convert: Final = convert
        self._producer: Final = producer
        self._dead_letters: Final = dead_letters
        self._metrics: Final = metrics
        self._interactions: Final = settings.topic(topics.INTERACTIONS.name)
        self._dead_letter_topic: Final = settings.topic(topics.DEAD_LETTERS.name)
        self._encode: Final = msgspec.json.Encoder().encode

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Do nothing: a stateless stage goes on at the offsets that are committed in Kafka."""

    async def stored(self, partition: TopicPartition) -> int | None:
        """None: a stateless stage stores no offsets."""
        del partition
        return None

    async def process(self, batch: Batch) -> Mapping[TopicPartition, int]:
        """Send what a batch becomes. Raises KafkaError to be called again, and TooManyDeadLettersError to stop."""
        out: list[Outbound] = []
        dead: list[tuple[str, str]] = []
        kinds: dict[type[AnyInteraction], int] = {}
        excluded = 0
        for record in (record for records in batch.values() for record in records):
            try:
                interaction = self._convert(record)
            except UnreadableError as error:
                letter = self._dead_letters.letter(record, str(error))
                out.append(Outbound(self._dead_letter_topic, letter_key(letter), self._encode(letter)))
                dead.append((record.topic, letter.reason))
            else:
                if interaction is None:
                    excluded += 1
                    continue
                out.append(Outbound(self._interactions, interaction.entity.encode(), self._encode(interaction)))
                kind = type(interaction)
                kinds[kind] = kinds.get(kind, 0) + 1
        self._dead_letters.check(seen=len(out) + excluded, dead=len(dead))
        await self._producer.send(out)
        for kind, count in kinds.items():
            self._metrics.counter(names.INTERACTIONS).labels(self._service, kind.__name__.lower()).inc(count)
        if excluded:
            self._metrics.counter(names.EXCLUDED).labels(self._service).inc(excluded)
        for topic, reason in dead:
            self._metrics.counter(names.DEAD_LETTERS).labels(self._service, topic, reason).inc()
        return {partition: records[-1].offset + 1 for partition, records in batch.items()}
