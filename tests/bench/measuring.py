"""What every stage of the benchmark is measured with: its order, its result, and who counts."""

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from prometheus_client import CollectorRegistry

from shared import topics
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.together import run_until_first

POLL_SECONDS = 0.02
SESSION_MS = 6_000  # a new group waits half of it on the embedded broker, which costs no CPU


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure. Topics carry `prefix`, and `events` is how many records there are to consume."""

    stage: str
    bootstrap: str
    prefix: str
    events: int
    topic: str = topics.EVENTS_CHAT.name  # what the bare consumer takes
    database: str = ""
    limit_seconds: float = 120.0

    @property
    def warm(self) -> int:
        """Records that are done before counting begins."""
        return self.events // 10

    def settings(self) -> dict[str, Any]:
        given = {"broker": self.bootstrap, "topic_prefix": self.prefix, "session_timeout_ms": SESSION_MS}
        return given | ({"database": self.database} if self.database else {})


class Measured(msgspec.Struct, kw_only=True):
    """`done` things took `cpu_seconds`; `readings` and `pairs` of identities are those of stages that score."""

    done: int
    cpu_seconds: float
    readings: int = 0
    pairs: int = 0
    delays: list[float] = []  # seconds from event to reading, of the live stage
    load: float = 0.0  # share of a core it used


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def new_metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def consumed(metrics: Metrics, service: str, topic: str) -> int:
    """Records that a service has done with, of all partitions of a topic."""
    samples = [sample for metric in metrics.counter(names.CONSUMED).collect() for sample in metric.samples]
    wanted = {"service": service, "topic": topic}.items()
    return int(sum(each.value for each in samples if each.name.endswith("_total") and wanted <= each.labels.items()))


async def run_counted(spec: Spec, done: Callable[[], int], work: list[Coroutine[Any, Any, None]]) -> Measured:
    """CPU seconds of the work from its warm-up to its end. Raises what the work raises."""

    async def count() -> None:
        while (first := done()) < spec.warm:  # noqa: ASYNC110 - the services tell nobody; their metrics are asked
            await asyncio.sleep(POLL_SECONDS)
        before = cpu_seconds()
        while done() < spec.events:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(POLL_SECONDS)
        found.append(Measured(done=done() - first, cpu_seconds=cpu_seconds() - before))

    found: list[Measured] = []
    await run_until_first([count(), *work])
    return found[0]


@asynccontextmanager
async def consumer_of(spec: Spec, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """All of a topic from its beginning, without a group, with the fetch sizes of our own consumer."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=spec.bootstrap, fetch_max_bytes=16 * 1024 * 1024, max_partition_fetch_bytes=2 * 1024 * 1024
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(topics.EVENTS_CHAT.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        yield consumer
    finally:
        await consumer.stop()


async def plainly(spec: Spec, do: Callable[[Sequence[ConsumerRecord]], Awaitable[None]]) -> Measured:
    """A job on nothing but aiokafka: it is given the records of one partition at a time."""
    before, first, count = 0.0, 0, 0
    async with consumer_of(spec, f"{spec.prefix}{spec.topic}") as consumer:
        while count < spec.events:
            found = await consumer.getmany(timeout_ms=100, max_records=10_000)
            for records in found.values():
                await do(records)
                count += len(records)
            if not first and count >= spec.warm:
                before, first = cpu_seconds(), count
        return Measured(done=count - first, cpu_seconds=cpu_seconds() - before)
