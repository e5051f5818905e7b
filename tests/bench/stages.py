"""One stage of the benchmark in a process of its own: `python -m tests.bench.stages SPEC`, with the spec as JSON.

It prints what it did and the CPU seconds of this process alone, all its threads included. Counting begins when a tenth
of the records is done, of every stage alike and of the bare consumer: importing, connecting and first times do not
count. The broker and PostgreSQL are other processes and do not count either.
"""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from services.chat.app import build as build_chat
from services.chat.settings import ChatSettings
from services.signals.intake.admission import Admission
from services.signals.intake.apply import Applier, Work, directory_candidate
from services.signals.intake.processor import SERVICE as SIGNALS
from services.signals.intake.processor import SignalsProcessor
from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from shared import topics
from shared.schemas.chat import ChatEvent
from shared.storage.access.modes import put_mode
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.facts.pair_days import pair_days
from shared.telemetry import names
from shared.telemetry.memory import set_up_collector
from shared.telemetry.metrics import Metrics
from shared.transport.consumer import BatchConsumer
from shared.transport.task_group import run_until_first
from shared.transport.topics import topic_ids
from tests.bench.events import directory_events, passed
from tests.bench.live import delays
from tests.names import CHECKS
from tests.storage.templates import CASE_MODE

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


async def bare(spec: Spec) -> Measured:
    """What 1.00 is: aiokafka gives the bytes of every record of a topic."""
    before, first, count = 0.0, 0, 0
    async with consumer_of(spec, f"{spec.prefix}{spec.topic}") as consumer:
        while count < spec.events:
            found = await consumer.getmany(timeout_ms=100, max_records=10_000)
            count += sum(map(len, found.values()))
            if not first and count >= spec.warm:
                before, first = cpu_seconds(), count
        return Measured(done=count - first, cpu_seconds=cpu_seconds() - before)


async def decode(spec: Spec) -> Measured:
    """Decoding and validating alone; fetching is not counted."""
    bodies: list[bytes] = []
    async with consumer_of(spec, f"{spec.prefix}{topics.EVENTS_CHAT.name}") as consumer:
        while len(bodies) < spec.events:
            found = await consumer.getmany(timeout_ms=100, max_records=10_000)
            bodies += [record.value for records in found.values() for record in records]
    decoded = msgspec.json.Decoder(ChatEvent).decode
    before = cpu_seconds()
    for body in bodies:
        decoded(body)
    return Measured(done=len(bodies), cpu_seconds=cpu_seconds() - before)


async def channel(spec: Spec) -> Measured:
    """The chat service as it is run: events in, interactions out, acknowledged and committed."""
    metrics, settings = new_metrics(), ChatSettings(**spec.settings())
    service = build_chat(settings, metrics, checks=CHECKS)
    topic = settings.topic(topics.EVENTS_CHAT.name)

    return await run_counted(spec, lambda: consumed(metrics, service.name, topic), [service.run()])


async def signals(spec: Spec) -> Measured:
    """The signals service without its scorer: interactions in, facts, dirty marks and offsets in one transaction."""
    metrics, settings = new_metrics(), SignalsSettings(**spec.settings(), embedded=True)
    async with new_store(spec) as database:
        taken = [settings.topic(each.name) for each in (topics.INTERACTIONS, topics.DIRECTORY, topics.DEAD_LETTERS)]
        processor = SignalsProcessor(
            database=database,
            settings=settings,
            metrics=metrics,
            topic_ids=await topic_ids(settings, taken),
            owns_scoring=asyncio.Event(),
            admission=Admission(CHECKS, unchecked_until_ms=0),
        )
        consumer = BatchConsumer(service=SIGNALS, topics=taken, processor=processor, settings=settings, metrics=metrics)

        return await run_counted(spec, lambda: consumed(metrics, SIGNALS, taken[0]), [consumer.run()])


async def scoring(spec: Spec) -> Measured:
    """Every reading of a store that the signals stage has filled: all closed weeks and the live one."""
    # In this process, whose CPU time counts.
    metrics, settings = new_metrics(), SignalsSettings(**spec.settings(), scoring_processes=1)
    async with new_store(spec) as database:
        candidates = [
            directory_candidate(event, msgspec.json.encode(event)) for event in map(passed, directory_events())
        ]
        async with database.write() as connection:
            await Applier(database.engine.dialect).apply(connection, Work(candidates=candidates))
        before = cpu_seconds()
        await Scorer(database=database, settings=settings, metrics=metrics).settle()
        used = cpu_seconds() - before
        written = readings_written(metrics)
        return Measured(done=written, cpu_seconds=used, readings=written, pairs=await pairs_in(database))


async def chain(spec: Spec) -> Measured:
    """Chat and signals one after the other in one process, then one scoring: its pauses would only cost time."""
    before = cpu_seconds()
    await channel(spec)
    await signals(spec)
    applied = cpu_seconds() - before
    scored = await scoring(spec)
    return Measured(
        done=spec.events, cpu_seconds=applied + scored.cpu_seconds, readings=scored.readings, pairs=scored.pairs
    )


async def live(spec: Spec) -> Measured:
    """From event to visible reading: see `tests.bench.live`."""
    metrics = new_metrics()
    async with new_store(spec) as database:
        found, load = await delays(database, spec.settings(), metrics)
        return Measured(done=len(found), cpu_seconds=cpu_seconds(), delays=sorted(found), load=load)


@asynccontextmanager
async def new_store(spec: Spec) -> AsyncIterator[Database]:
    database = open_database(make_url(spec.database))
    try:
        await upgrade(database)
        async with database.write() as connection:
            await connection.run_sync(put_mode, CASE_MODE)
        yield database
    finally:
        await database.close()


def readings_written(metrics: Metrics) -> int:
    return int(metrics.registry.get_sample_value(f"{names.READINGS_WRITTEN.name}_total") or 0)


async def pairs_in(database: Database) -> int:
    """Pairs with facts, either way round."""
    table = pair_days().c
    one = func.least if not database.is_sqlite else func.min
    other = func.greatest if not database.is_sqlite else func.max
    pairs = select(one(table.sender, table.recipient), other(table.sender, table.recipient)).distinct().subquery()
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(pairs))).scalar_one())


STAGES: Mapping[str, Callable[[Spec], Awaitable[Measured]]] = {
    each.__name__: each for each in (bare, decode, channel, signals, scoring, chain, live)
}


async def measure(spec: Spec) -> Measured:
    """Raises TimeoutError when the stage is not done in time."""
    set_up_collector()
    async with asyncio.timeout(spec.limit_seconds):
        return await STAGES[spec.stage](spec)


if __name__ == "__main__":
    result = asyncio.run(measure(msgspec.json.decode(sys.argv[1], type=Spec)))
    sys.stdout.buffer.write(msgspec.json.encode(result))
