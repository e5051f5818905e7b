"""Events per CPU-second of each stage, beside a bare aiokafka consumer of the same topic on the same broker.

`python -m tests.bench [--events N] [--json FILE]` starts an embedded broker on the loopback interface, fills it, runs
every stage in a process of its own, and prints a table. Only the ratios carry over to another machine: the bare
consumer of the stage's topic is 1.00. It is measured before, between and after the others, and its median counts.
PostgreSQL is measured where its server programs are installed, by the CPU of the client. Nothing is left behind.
"""

import argparse
import asyncio
import math
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from shared.settings import ServiceSettings
from shared.topics import EVENTS_CHAT, INTERACTIONS
from shared.transport.embedded import embedded_broker, tied_to_parent
from shared.transport.producer import Outbound, RecordProducer
from shared.transport.topics import create_topics
from tests.bench.events import chat_events, encoded
from tests.bench.live import PEOPLE as LIVE_PEOPLE
from tests.bench.stages import Measured, Spec
from tests.storage.postgres import postgres_cluster, postgres_unavailable_reason

REPOSITORY = Path(__file__).parent.parent.parent
EVENTS = 100_000
# Scoring everything takes longer than all else; fewer events have as many pairs.
CHAIN_EVENTS = 40_000
# The whole chain has topics of its own, as it publishes the interactions again.
STAGES_PREFIX, CHAIN_PREFIX, LIVE_PREFIX = "stages.", "chain.", "live."
# Far above what a stage needs on one busy core.
STAGE_SECONDS = 60
SECONDS_PER_THOUSAND_EVENTS = 2
PUBLISHED_AT_ONCE = 5_000
LIVE_SECONDS = 2
TARGETS = {"channel service": 0.25, "signals, SQLite": 0.20, "signals, PostgreSQL": 0.20}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the table. `ratio` is to the bare consumer."""

    stage: str
    done: int
    unit: str
    cpu_seconds: float
    per_cpu_second: float
    ratio: float | None
    target: float | None
    note: str = ""


async def measured(spec: Spec) -> Measured:
    """Run a stage in a process of its own. Raises RuntimeError when it fails or is not done in time."""
    sys.stderr.write(f"measuring {spec.stage}\n")
    command = [sys.executable, "-m", "tests.bench.stages", msgspec.json.encode(spec).decode()]
    process = await asyncio.create_subprocess_exec(
        *tied_to_parent(command), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=REPOSITORY
    )
    try:
        async with asyncio.timeout(spec.limit_seconds + STAGE_SECONDS / 2):
            output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"stage {spec.stage} failed: {errors.decode(errors='replace')[-2_000:]}")
    return msgspec.json.decode(output, type=Measured)


async def fill(bootstrap: str, events: int) -> float:
    """Publish the load twice, once for the stages and once for the chain; gives the mean bytes of an event."""
    records = encoded(chat_events(events))
    for prefix, count in ((STAGES_PREFIX, events), (CHAIN_PREFIX, min(events, CHAIN_EVENTS))):
        settings = ServiceSettings(broker=bootstrap, topic_prefix=prefix)
        await create_topics(settings)
        async with RecordProducer(settings) as producer:
            topic = settings.topic(EVENTS_CHAT.name)
            for start in range(0, count, PUBLISHED_AT_ONCE):
                part = records[start : min(start + PUBLISHED_AT_ONCE, count)]
                await producer.send(Outbound(topic, key, value) for key, value in part)
    return statistics.fmean(len(value) for _, value in records)


async def run(events: int, directory: Path, postgres_url: str) -> tuple[float, list[Row], Measured]:
    """Mean bytes of an event, the rows of the table, and how live readings are. `postgres_url` may be empty."""
    limit = STAGE_SECONDS + events / 1_000 * SECONDS_PER_THOUSAND_EVENTS
    store = f"sqlite+aiosqlite:///{directory / 'stages.db'}"
    async with embedded_broker() as broker:
        size = await fill(broker.bootstrap, events)

        async def stage(
            name: str, *, database: str = "", topic: str = EVENTS_CHAT.name, prefix: str = STAGES_PREFIX
        ) -> Measured:
            return await measured(
                Spec(
                    stage=name,
                    bootstrap=broker.bootstrap,
                    prefix=prefix,
                    events=events if prefix == STAGES_PREFIX else min(events, CHAIN_EVENTS),
                    topic=topic,
                    database=database,
                    limit_seconds=limit,
                )
            )

        events_bare = [await stage("bare")]
        of_events = {"decode alone": await stage("decode"), "channel service": await stage("channel")}
        events_bare += [await stage("bare"), await stage("bare")]
        interactions_bare = [await stage("bare", topic=INTERACTIONS.name)]
        of_interactions = {"signals, SQLite": await stage("signals", database=store)}
        interactions_bare.append(await stage("bare", topic=INTERACTIONS.name))
        if postgres_url:
            of_interactions["signals, PostgreSQL"] = await stage("signals", database=postgres_url)
        interactions_bare.append(await stage("bare", topic=INTERACTIONS.name))
        chain_store = f"sqlite+aiosqlite:///{directory / 'chain.db'}"
        of_events["whole chain, scored"] = await stage("chain", database=chain_store, prefix=CHAIN_PREFIX)
        scored = await stage("scoring", database=store)
        await create_topics(ServiceSettings(broker=broker.bootstrap, topic_prefix=LIVE_PREFIX))
        lively = await stage("live", database=f"sqlite+aiosqlite:///{directory / 'live.db'}", prefix=LIVE_PREFIX)
    rows = rows_of(events_bare, "bare, events", of_events) + rows_of(
        interactions_bare, "bare, interactions", of_interactions
    )
    return size, [*rows, scoring_row(scored)], lively


def rows_of(bare: Sequence[Measured], name: str, found: Mapping[str, Measured]) -> list[Row]:
    """The bare consumer of a topic, by its median, and the stages that take the topic."""
    one = sorted(bare, key=lambda each: each.cpu_seconds / each.done)[len(bare) // 2]
    return [row(stage, each, one) for stage, each in ({name: one} | dict(found)).items()]


def row(stage: str, found: Measured, bare: Measured) -> Row:
    rate = found.done / found.cpu_seconds
    return Row(
        stage=stage,
        done=found.done,
        unit="events",
        cpu_seconds=found.cpu_seconds,
        per_cpu_second=rate,
        ratio=rate * bare.cpu_seconds / bare.done,
        target=TARGETS.get(stage),
        note=f"{found.readings:,} readings of {found.pairs:,} pairs" if found.readings else "",
    )


def scoring_row(found: Measured) -> Row:
    return Row(
        stage="scoring",
        done=found.done,
        unit="readings",
        cpu_seconds=found.cpu_seconds,
        per_cpu_second=found.done / found.cpu_seconds,
        ratio=None,
        target=None,
        note=f"{found.pairs:,} pairs: {found.cpu_seconds / found.pairs * 1_000:.2f} CPU-s and "
        f"{found.done / found.pairs * 1_000:,.0f} readings per 1,000 pairs, closed weeks and the live one",
    )


def delay_line(found: Measured) -> str:
    median, p99 = statistics.median(found.delays), found.delays[math.ceil(0.99 * found.done) - 1]
    return (
        f"\nlive: from event to visible reading {median:.2f} s (median), {p99:.2f} s (p99, target {LIVE_SECONDS}) of "
        f"{found.done} events, {LIVE_PEOPLE} people, {found.load:.0%} of a core\n"
    )


def table(rows: Sequence[Row]) -> str:
    lines = [f"{'stage':<20} {'done':>8} {'unit':<8} {'CPU-s':>7} {'per CPU-s':>10} {'of bare':>7} {'target':>6}"]
    for each in rows:
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        target = "" if each.target is None else f"{each.target:.2f}"
        missed = each.target is not None and (each.ratio or 0) < each.target
        line = f"{each.stage:<20} {each.done:>8} {each.unit:<8} {each.cpu_seconds:>7.2f} {each.per_cpu_second:>10,.0f}"
        lines.append(f"{line} {ratio:>7} {target:>6} {'missed' if missed else each.note}".rstrip())
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS, help="chat events (default %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    chosen = parser.parse_args()
    if not 1_000 <= chosen.events <= 1_000_000:
        parser.error("--events must be between 1,000 and 1,000,000")
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bellwether-bench-")))
        missing = postgres_unavailable_reason()
        url = "" if missing else stack.enter_context(postgres_cluster()).create_database("bench")
        size, rows, lively = asyncio.run(run(chosen.events, directory, url))
    sys.stdout.write(f"{chosen.events:,} chat events of {size:.0f} bytes; CPU of the measured process alone\n\n")
    sys.stdout.write(table(rows))
    sys.stdout.write(delay_line(lively))
    if missing:
        sys.stdout.write(f"\nwithout PostgreSQL: {missing}\n")
    if chosen.json:
        chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")


if __name__ == "__main__":
    main()
