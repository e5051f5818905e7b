import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import CollectorRegistry

from services.signals.app import build as build_signals
from services.signals.intake.processor import SERVICE, SignalsProcessor
from services.signals.settings import SignalsSettings
from shared import topics
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.log.offsets import OffsetStore, Position
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.consumer import BatchConsumer
from shared.transport.embedded import embedded_broker, free_port
from shared.transport.errors import (
    BrokerUnavailableError,
    FencedBatchError,
    LogChangedError,
    ServiceError,
    StalledError,
    TooManyDeadLettersError,
    TopicsMissingError,
)
from shared.transport.processor import Batch
from shared.transport.producer import Outbound, RecordProducer
from shared.transport.topics import create_topics, topic_ids
from tests.names import CHECKS, OPEN

pytestmark = pytest.mark.broker

# The embedded broker forms a group after half of the session.
SESSION_MS = 1000


@dataclass(slots=True)
class Scripted:
    """A service that fails as told: each entry is raised by one call, then batches succeed."""

    errors: list[Exception] = field(default_factory=list)
    seek_to: int | None = None
    seen: list[list[int]] = field(default_factory=list)  # offsets of every call
    pause_seconds: float = 0.0
    stuck: asyncio.Event | None = None  # whose setting lets a batch end
    store_is_away: bool = False
    transient: tuple[type[Exception], ...] = (ConnectionError,)

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Kafka's committed offsets will do."""

    async def stored(self, partition: TopicPartition) -> int | None:
        if self.store_is_away:
            raise ConnectionError
        return self.seek_to

    async def process(self, batch: Batch) -> Mapping[TopicPartition, int]:
        self.seen.append([record.offset for records in batch.values() for record in records])
        if self.errors:
            raise self.errors.pop(0)
        await asyncio.sleep(self.pause_seconds)
        if self.stuck is not None:
            await self.stuck.wait()
        return {partition: records[-1].offset + 1 for partition, records in batch.items()}


@pytest.fixture
async def settings(embedded_bootstrap: str, topic_prefix: str, sqlite_url: str) -> SignalsSettings:
    made = SignalsSettings(
        broker=embedded_bootstrap, topic_prefix=topic_prefix, database=sqlite_url, partitions=1,
        session_timeout_ms=SESSION_MS, batch_timeout_ms=50,
    )  # fmt: skip
    await create_topics(made)
    return made


@dataclass(slots=True)
class Running:
    metrics: Metrics
    task: asyncio.Task[None]
    consumer: BatchConsumer

    def count(self, metric: names.Metric) -> float:
        return self.metrics.registry.get_sample_value(f"{metric.name}_total", {"service": "chat"}) or 0.0

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(15):
            while not done():
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.02)


@asynccontextmanager
async def consuming(settings: SignalsSettings, processor: Scripted, *, records: int) -> AsyncIterator[Running]:
    """A consumer of a topic that holds so many records."""
    topic = settings.topic(topics.EVENTS_CHAT.name)
    async with RecordProducer(settings) as producer:
        await producer.send(Outbound(topic, b"key", str(number).encode()) for number in range(records))
    metrics = Metrics(CollectorRegistry())
    consumer = BatchConsumer(service="chat", topics=[topic], processor=processor, settings=settings, metrics=metrics)
    task = asyncio.create_task(consumer.run())
    try:
        yield Running(metrics, task, consumer)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_fenced_consumer_goes_on_where_the_store_says(settings: SignalsSettings) -> None:
    # The batch is fenced, then its only partition tried alone.
    zombie = Scripted(errors=[FencedBatchError(), FencedBatchError()], seek_to=2)
    async with consuming(settings, zombie, records=5) as running:
        await running.until(lambda: bool(zombie.seen) and zombie.seen[-1] == [2, 3, 4])
        assert running.count(names.FENCED) == 1
        assert not running.task.done()


async def test_a_transient_error_is_tried_again_with_the_same_batch(settings: SignalsSettings) -> None:
    shaken = Scripted(errors=[ConnectionError(), ConnectionResetError()])
    async with consuming(settings, shaken, records=4) as running:
        await running.until(lambda: len(shaken.seen) >= 3)
        assert shaken.seen[:3] == [shaken.seen[0]] * 3
        await running.until(lambda: sorted({offset for seen in shaken.seen[2:] for offset in seen}) == [0, 1, 2, 3])
        assert running.count(names.RETRIES) == 2


@pytest.mark.parametrize("errors", [[ServiceError("look")], [FencedBatchError(), ServiceError("look")]])
async def test_a_service_error_ends_the_process_and_says_why(
    settings: SignalsSettings, errors: list[Exception]
) -> None:
    async with consuming(settings, Scripted(errors=errors), records=1) as running:
        with pytest.raises(ServiceError, match="look"):
            await asyncio.wait_for(running.task, timeout=15)


async def test_too_many_dead_letters_end_a_process_of_one_service(settings: SignalsSettings) -> None:
    async with consuming(settings, Scripted(errors=[TooManyDeadLettersError("look")]), records=1) as running:
        with pytest.raises(TooManyDeadLettersError, match="look"):
            await asyncio.wait_for(running.task, timeout=15)


async def test_too_many_dead_letters_stop_a_consumer_that_shares_its_process(settings: SignalsSettings) -> None:
    shared = settings.model_copy(update={"stop_alone": True, "stall_seconds": 0.6})
    poisoned = Scripted(errors=[TooManyDeadLettersError("chat: look")])
    async with consuming(shared, poisoned, records=3) as running:
        await running.until(lambda: running.consumer.unready() == "stopped: chat: look")
        labels = {"service": "chat"}
        assert running.metrics.registry.get_sample_value(names.STOPPED.name, labels) == 1
        topic = settings.topic(topics.EVENTS_CHAT.name)
        async with RecordProducer(settings) as producer:
            await producer.send([Outbound(topic, b"key", b"more")])
        await running.until(lambda: lag(running, topic) == 4)  # nothing was skipped
        await asyncio.sleep(1.5)  # beyond the patience of the watchdog
        assert not running.task.done()
        assert running.consumer.unhealthy() is None
        assert len(poisoned.seen) == 1


def lag(running: Running, topic: str) -> float | None:
    labels = {"service": "chat", "topic": topic, "partition": "0"}
    return running.metrics.registry.get_sample_value(names.OFFSET_LAG.name, labels)


async def test_a_quiet_time_does_not_count_against_the_first_record_after_it(settings: SignalsSettings) -> None:
    watched = settings.model_copy(update={"stall_seconds": 1.2})
    slow = Scripted(pause_seconds=0.6)  # longer than the watchdog looks away, shorter than it is patient
    async with consuming(watched, slow, records=1) as running:
        await running.until(lambda: len(slow.seen) == 1)
        await asyncio.sleep(2 * watched.stall_seconds)
        async with RecordProducer(watched) as producer:
            await producer.send([Outbound(watched.topic(topics.EVENTS_CHAT.name), b"key", b"after it")])
        await running.until(lambda: len(slow.seen) == 2)
        await asyncio.sleep(2 * slow.pause_seconds)
        assert not running.task.done()


async def test_what_waits_shows_while_nothing_is_taken(settings: SignalsSettings) -> None:
    let_go = asyncio.Event()
    stuck = Scripted(stuck=let_go)
    async with consuming(settings, stuck, records=7) as running:
        await running.until(lambda: bool(stuck.seen))
        of = {"service": "chat", "topic": settings.topic(topics.EVENTS_CHAT.name), "partition": "0"}
        registry = running.metrics.registry
        assert registry.get_sample_value(names.OFFSET_LAG.name, of) == 7
        assert registry.get_sample_value(f"{names.CONSUMED.name}_total", of) == 0
        let_go.set()  # else the consumer would wait half a minute for its batch before it stops


async def test_a_consumer_without_progress_ends_its_process(settings: SignalsSettings) -> None:
    watched = settings.model_copy(update={"stall_seconds": 0.6})
    async with consuming(watched, Scripted(pause_seconds=30), records=1) as running:
        with pytest.raises(StalledError, match="and records wait"):
            await asyncio.wait_for(running.task, timeout=15)


async def test_a_consumer_whose_store_is_away_ends_its_process(settings: SignalsSettings) -> None:
    watched = settings.model_copy(update={"stall_seconds": 0.6})
    async with consuming(watched, Scripted(store_is_away=True), records=0) as running:
        with pytest.raises(StalledError, match="the store does not answer"):
            await asyncio.wait_for(running.task, timeout=15)


# FastStream drops the producer that could not connect without closing it.
@pytest.mark.filterwarnings("ignore:.*AIOKafkaProducer:pytest.PytestUnraisableExceptionWarning")
async def test_no_broker_is_said_quickly(settings: SignalsSettings) -> None:
    down = settings.model_copy(update={"broker": f"127.0.0.1:{free_port()}"})
    consumer = BatchConsumer(
        service="chat", topics=["x"], processor=Scripted(), settings=down, metrics=Metrics(CollectorRegistry()),
    )  # fmt: skip
    started = time.monotonic()
    with pytest.raises(BrokerUnavailableError, match=down.broker):
        await consumer.run()
    with pytest.raises(BrokerUnavailableError, match=down.broker):
        async with RecordProducer(down):
            pass
    assert time.monotonic() - started < 5


async def test_missing_topics_are_named_with_what_to_do(settings: SignalsSettings) -> None:
    there, missing = settings.topic(topics.DIRECTORY.name), f"{settings.topic_prefix}not.there"
    with pytest.raises(TopicsMissingError) as caught:
        await topic_ids(settings, [there, missing])
    assert missing in str(caught.value)
    assert there not in str(caught.value)
    assert "bellwether topics" in str(caught.value)
    assert list(await topic_ids(settings, [there])) == [there], "asking creates no topic"
    nowhere = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}no."})
    database = open_database(settings.database_url())
    metrics = Metrics(CollectorRegistry())
    service = build_signals(nowhere, metrics, database, checks=CHECKS)
    with pytest.raises(TopicsMissingError):
        await service.run()
    await database.close()


def position_of(partition: TopicPartition, topic_id: str, next_offset: int) -> Position:
    return Position(partition.topic, partition.partition, topic_id, next_offset)


@dataclass(frozen=True, slots=True)
class Taken:
    """A partition of the directory, taken over by the signals service over some stored position."""

    database: Database
    settings: SignalsSettings
    offsets: OffsetStore
    consumer: AIOKafkaConsumer
    partition: TopicPartition
    topic_id: str

    async def store(self, next_offset: int, topic_id: str | None = None) -> None:
        async with self.database.write() as connection:
            here = position_of(self.partition, topic_id or self.topic_id, next_offset)
            await self.offsets.begin(connection, here)

    async def stored(self) -> Position | None:
        async with self.database.read() as connection:
            return await self.offsets.load(connection, *self.partition)

    async def take(self) -> int:
        """Where the consumer stands after the assignment."""
        processor = SignalsProcessor(
            database=self.database, settings=self.settings, metrics=Metrics(CollectorRegistry()),
            topic_ids={self.partition.topic: self.topic_id}, owns_scoring=asyncio.Event(), admission=OPEN,
        )  # fmt: skip
        await processor.assigned(self.consumer, [self.partition])
        position: int = await self.consumer.position(self.partition)
        return position


@pytest.fixture
async def taken(settings: SignalsSettings) -> AsyncIterator[Taken]:
    """Three records are in the log."""
    partition = TopicPartition(settings.topic(topics.DIRECTORY.name), 0)
    async with RecordProducer(settings) as producer:
        # In one batch: the embedded broker then lists an end that is too low.
        await producer.send([Outbound(partition.topic, b"key", str(number).encode()) for number in range(3)])
    topic_id = (await topic_ids(settings, [partition.topic]))[partition.topic]
    database = open_database(settings.database_url())
    await upgrade(database)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.broker, auto_offset_reset="none", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([partition])
        offsets = OffsetStore(settings.topic(SERVICE), database.engine.dialect)
        yield Taken(database, settings, offsets, consumer, partition, topic_id)
    finally:
        await consumer.stop()
        await database.close()


async def test_the_stored_offset_counts(taken: Taken) -> None:
    await taken.store(2)
    assert await taken.take() == 2


async def test_a_restart_at_the_end_of_the_log_goes_on(taken: Taken) -> None:
    await taken.store(3)
    assert await taken.take() == 3


async def test_a_new_partition_starts_at_its_beginning(taken: Taken) -> None:
    assert await taken.take() == 0
    assert await taken.stored() == position_of(taken.partition, taken.topic_id, 0)


async def test_another_log_ends_the_process(taken: Taken) -> None:
    await taken.store(2, "cluster/another")
    with pytest.raises(LogChangedError, match="another log") as caught:
        await taken.take()
    assert caught.value.exit_code == 5
    assert await taken.stored() == position_of(taken.partition, "cluster/another", 2)


async def test_a_log_that_was_cut_off_ends_the_process(taken: Taken) -> None:
    await taken.store(4)
    with pytest.raises(LogChangedError, match="cut off"):
        await taken.take()


async def test_the_embedded_broker_starts_again_at_its_beginning(taken: Taken) -> None:
    await taken.store(2, "cluster/before the restart")
    forgetful = replace(taken, settings=taken.settings.model_copy(update={"embedded": True}))
    assert await forgetful.take() == 0
    assert await taken.stored() == position_of(taken.partition, taken.topic_id, 0)


async def test_an_error_nobody_thought_of_ends_the_process_with_the_batch_undone(settings: SignalsSettings) -> None:
    broken = Scripted(errors=[OverflowError("too large")])
    async with consuming(settings, broken, records=4) as running:
        with pytest.raises(ServiceError, match="chat: OverflowError"):
            await running.until(lambda: len(broken.seen) > 1)
        assert len(broken.seen) == 1


async def test_a_broker_that_is_lost_is_named(settings: SignalsSettings) -> None:
    async with embedded_broker() as broker:
        lost = settings.model_copy(update={"broker": broker.bootstrap, "stall_seconds": 1.0})
        await create_topics(lost)
        quiet = Scripted()
        async with consuming(lost, quiet, records=1) as running:
            await running.until(lambda: bool(quiet.seen))
            os.kill(broker.pid, signal.SIGKILL)
            with pytest.raises(StalledError, match=f"Kafka at {broker.bootstrap} does not answer"):
                await asyncio.wait_for(running.task, timeout=30)
