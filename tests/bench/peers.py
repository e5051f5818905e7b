"""Jobs that other stream processors do as well, written with our transport and with nothing but aiokafka.

The smaller one decodes every event. The larger one also keeps one decayed counter a pair and publishes the counter that
every thousandth event has changed; with our transport the counters and the offsets lie in a store, so that each event
counts once whatever is killed, and without it they are in memory alone.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from shared import topics
from shared.settings import ServiceSettings
from shared.transport.consumer import Batch, BatchConsumer
from shared.transport.publisher import Outbound, Publisher
from tests.bench.measuring import Measured, Spec, consumed, new_metrics, plainly, run_counted

HALF_LIFE_SECONDS: Final = 14 * 86_400
EMITTED_EVERY: Final = 1_000
# When behind, a pair that many events have changed is written once for all of them.
FLUSHED_EVERY: Final = 200_000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, one TEXT, other TEXT, value REAL, at REAL);
CREATE TABLE IF NOT EXISTS place (number INTEGER PRIMARY KEY, next_offset INTEGER);
"""


class People(msgspec.Struct, gc=False):
    """Who acted toward whom, of a chat event."""

    sender: str
    recipients: tuple[str, ...] = ()
    author: str | None = None


class Sent(msgspec.Struct, gc=False):
    """The fields of an event that the jobs need. All others are passed over."""

    time: datetime
    data: People


class Counter(msgspec.Struct, gc=False):
    """Events of a pair, those of a half-life ago counting half."""

    id: int
    one: str
    other: str
    value: float
    at: float


decoded: Final = msgspec.json.Decoder(Sent).decode


class Counters:
    """The state of the job, and what it emits."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], Counter] = {}
        self._seen = 0
        self.changed: dict[int, Counter] = {}
        self.emitted: list[bytes] = []

    def restore(self, stored: Iterable[Counter]) -> None:
        self._of = {(each.one, each.other): each for each in stored}
        self.written()

    def written(self) -> None:
        self.changed.clear()
        self.emitted.clear()

    def add(self, event: Sent) -> None:
        people, at = event.data, event.time.timestamp()
        one, other = people.sender, people.recipients[0] if people.recipients else people.author or people.sender
        if other < one:
            one, other = other, one
        counter = self._of.get((one, other))
        if counter is None:
            counter = self._of[one, other] = Counter(len(self._of), one, other, 0.0, at)
        # An event that is late counts as much less as it would have lost by now.
        passed = at - counter.at
        if passed >= 0:
            counter.value, counter.at = counter.value * 0.5 ** (passed / HALF_LIFE_SECONDS) + 1, at
        else:
            counter.value += 0.5 ** (-passed / HALF_LIFE_SECONDS)
        self.changed[counter.id] = counter
        self._seen += 1
        if self._seen % EMITTED_EVERY == 0:
            self.emitted.append(msgspec.json.encode(counter))


class Decoding:
    """The least that a processor can do."""

    transient: tuple[type[Exception], ...] = ()

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """From the beginning, whatever an earlier run has committed."""
        await consumer.seek_to_beginning(*partitions)

    async def stored(self, partition: TopicPartition) -> int | None:
        return None

    async def process(self, batch: Batch) -> Mapping[TopicPartition, int]:
        for records in batch.values():
            for record in records:
                decoded(record.value or b"")
        return {partition: records[-1].offset + 1 for partition, records in batch.items()}


class DurableCounting:
    """The job with counters and offsets in one SQLite transaction, for the one consumer that a file can have."""

    transient: tuple[type[Exception], ...] = ()

    def __init__(self, file: Path, publisher: Publisher, topic: str) -> None:
        self._file: Final = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._file.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self._publisher: Final = publisher
        self._topic: Final = topic
        self._counters: Final = Counters()
        self._places: dict[int, int] = {}
        self._consumer: AIOKafkaConsumer | None = None
        self.taken = self.durable = 0

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Go on from what is stored: what was counted and not written is forgotten."""
        self._consumer = consumer
        self._counters.restore(Counter(*row) for row in self._file.execute("SELECT * FROM counter"))
        self._places = dict(self._file.execute("SELECT * FROM place"))
        for partition in partitions:
            consumer.seek(partition, self._places.get(partition.partition, 0))

    async def stored(self, partition: TopicPartition) -> int | None:
        return self._places.get(partition.partition, 0)

    async def process(self, batch: Batch) -> Mapping[TopicPartition, int]:
        for partition, records in batch.items():
            expected, add = self._places.get(partition.partition, 0), self._counters.add
            for record in records:
                if record.offset >= expected:
                    add(decoded(record.value or b""))
                    self.taken += 1
            self._places[partition.partition] = max(expected, records[-1].offset + 1)
        if self.taken - self.durable >= FLUSHED_EVERY or not self._behind(batch):
            await self._flush()
        return {partition: self._places[partition.partition] for partition in batch}

    def _behind(self, batch: Batch) -> bool:
        consumer = self._consumer
        owned = consumer.assignment() if consumer else batch
        return any((consumer.highwater(each) or 0) > self._places.get(each.partition, 0) for each in owned if consumer)

    async def _flush(self) -> None:
        """Publish, then write: after a crash between the two both are done again."""
        await self._publisher.publish(Outbound(self._topic, b"", value) for value in self._counters.emitted)
        await asyncio.to_thread(self._write)
        self._counters.written()
        self.durable = self.taken

    def _write(self) -> None:
        rows = [(each.id, each.one, each.other, each.value, each.at) for each in self._counters.changed.values()]
        self._file.execute("BEGIN IMMEDIATE")
        self._file.executemany(
            "INSERT INTO counter VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET value = excluded.value, at = excluded.at",
            rows,
        )
        self._file.executemany("INSERT OR REPLACE INTO place VALUES (?, ?)", self._places.items())
        self._file.execute("COMMIT")


async def plain(spec: Spec) -> Measured:
    """Decoding on nothing but aiokafka."""

    async def decode_all(records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            decoded(record.value)

    return await plainly(spec, decode_all)


async def transport(spec: Spec) -> Measured:
    """The same decoding on our transport, metrics and commits included."""
    metrics, settings = new_metrics(), ServiceSettings(**spec.settings())
    topic = settings.topic(topics.EVENTS_CHAT.name)
    consumer = BatchConsumer(
        service="transport", topics=[topic], processor=Decoding(), settings=settings, metrics=metrics
    )
    return await run_counted(spec, lambda: consumed(metrics, "transport", topic), [consumer.run()])


async def plain_peer(spec: Spec) -> Measured:
    """The one job that peers do as well, in memory, on nothing but aiokafka."""
    counters = Counters()
    producer = AIOKafkaProducer(bootstrap_servers=spec.bootstrap)
    await producer.start()

    async def count(records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            counters.add(decoded(record.value))
        for value in counters.emitted:
            await producer.send(f"{spec.prefix}{topics.READINGS.name}", value)
        counters.written()

    try:
        return await plainly(spec, count)
    finally:
        await producer.stop()


async def peer(spec: Spec) -> Measured:
    """The same job on our transport, durable."""
    metrics, settings = new_metrics(), ServiceSettings(**spec.settings())
    topic = settings.topic(topics.EVENTS_CHAT.name)
    async with Publisher(settings) as publisher:
        counting = DurableCounting(Path(spec.database), publisher, settings.topic(topics.READINGS.name))
        consumer = BatchConsumer(service="peer", topics=[topic], processor=counting, settings=settings, metrics=metrics)
        # Done is what is written; until then the last event is still to do.
        return await run_counted(
            spec, lambda: min(counting.taken, max(counting.durable, spec.events - 1)), [consumer.run()]
        )
