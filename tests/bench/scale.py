"""How scoring grows with the company: one day for everybody, from 1,000 people to 100,000.

`python -m tests.bench.scale [--people N ...] [--json FILE]` fills a store of each size with 90 days of facts, and makes
two passes over everybody in a process of its own: the one that closes a week, with its baselines, and that of the next
day. It prints wall time, CPU seconds of all its processes and peak memory. A person has fifteen relationships that are
counted from their side, a leader for eight people, and a weekly one-to-one.
At 100,000 people this takes an hour, and the store 16 GB in the temporary directory.
"""

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, update
from sqlalchemy.engine import make_url

from services.signals.scoring.configuration import load_chosen
from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.week import DAY, last_closed_week
from shared.storage.access.modes import put_mode
from shared.storage.engine import bulk
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.readings.escalation_models import set_scored_configuration
from shared.storage.tables.directory import IdentityLinkRow, PersonRow, ReportingLineRow
from shared.storage.tables.facts import AttendanceRow, ContactRow, IdentityRow, MeetingRow, PairDayRow
from shared.storage.tables.log import PartitionOffsetRow
from shared.storage.tables.readings import ScoringStateRow
from shared.telemetry import names
from shared.telemetry.memory import set_up_collector
from shared.telemetry.metrics import Metrics
from shared.transport.embedded import tied_to_parent
from tests.storage.templates import CASE_MODE

REPOSITORY: Final = Path(__file__).parent.parent.parent
SIZES: Final = (1_000, 10_000, 100_000)
PARTNERS: Final = 15
REPORTS: Final = 8
DAYS: Final = 90
ACTIVE_DAYS: Final = 6  # of each direction of a pair: days on which somebody wrote
LAST_DAY: Final = 20_500
WATERMARK: Final = LAST_DAY * DAY + 18 * 3600
PAGE: Final = 2_000  # people whose facts are written at once
LIMIT_SECONDS: Final = 7_200  # of both passes
FILLED: Final = (
    PersonRow, IdentityRow, IdentityLinkRow, ReportingLineRow, PairDayRow, ContactRow, MeetingRow, AttendanceRow,
)  # fmt: skip


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass over a company took. Memory is the most so far, of this pass and those before it."""

    what: str
    people: int
    pairs: int
    readings: int
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


async def fill(database: Database, people: int) -> int:
    """Write a company and its facts; gives the number of pairs. Equal sizes give equal stores."""
    await upgrade(database)
    async with database.write() as connection:
        await connection.run_sync(put_mode, CASE_MODE)
    dialect = database.engine.dialect
    into = {model: bulk.inserting(model, dialect, ignore=True) for model in FILLED}
    pairs = 0
    for start in range(0, people, PAGE):
        rows: dict[Any, list[tuple[Any, ...]]] = {model: [] for model in FILLED}
        for number in range(start, min(start + PAGE, people)):
            pairs += _person(rows, number, people)
        async with database.write() as connection:
            for model, statement in into.items():
                await statement.run(connection, sorted(rows[model]))
    closed = last_closed_week(WATERMARK)
    async with database.write() as connection:
        offset = {"consumer": "signals", "topic": "interactions", "partition": 0, "incarnation": "bench"}
        await connection.execute(
            insert(bulk.table_of(PartitionOffsetRow)).values(**offset, next_offset=0, watermark=WATERMARK)
        )
        # Every closed week but the last has been scored with this configuration: what is measured is a week's work
        # and a day's, not a history's.
        await connection.execute(
            insert(bulk.table_of(ScoringStateRow)).values(
                id=1, version=1, scored_week=closed - 1, scored_at=WATERMARK - DAY, first_day=LAST_DAY - DAYS
            )
        )
        await set_scored_configuration(connection, (await load_chosen(connection, SignalsSettings())).digest)
    return pairs


def _person(rows: dict[Any, list[tuple[Any, ...]]], number: int, people: int) -> int:
    chance = random.Random(number)
    key, own = _key(number), number + 1
    rows[PersonRow].append(_row(PersonRow, key=key, team=f"t{number // REPORTS // 2}", active=True))
    rows[IdentityRow].append((own, f"mail:{key}"))
    rows[IdentityLinkRow].append((b"l%d" % number, own, key, SINCE_EVER, FOREVER))
    leader = (number - 1) // REPORTS if number else number
    rows[ReportingLineRow].append((b"r%d" % number, key, _key(leader) if number else "", SINCE_EVER, FOREVER))
    above = {leader, (leader - 1) // REPORTS if leader else 0}
    nearby = {(number + chance.randrange(1, 60)) % people for _ in range(PARTNERS - len(above))}
    partners = sorted({*above, *nearby} - {number})
    for other in partners:
        for sender, recipient in ((own, other + 1), (other + 1, own)):
            for day in chance.sample(range(LAST_DAY - DAYS, LAST_DAY), ACTIVE_DAYS):
                _wrote(rows, chance, sender, recipient, day=day)
    if number:
        for week in range(DAYS // 7):
            _met(rows, own, leader + 1, start=(LAST_DAY - DAYS + week * 7) * DAY + 36_000, series=own)
    return len(partners)


def _wrote(
    rows: dict[Any, list[tuple[Any, ...]]], chance: random.Random, sender: int, recipient: int, *, day: int
) -> None:
    marks = chance.randrange(2) | chance.randrange(2) << 1  # replies, asks
    at, thread = day * DAY + chance.randrange(28_800, 64_800), chance.randrange(1 << 40)
    rows[ContactRow].append((sender, recipient, at, chance.randrange(1 << 60), 0, thread, marks, ""))


def _met(rows: dict[Any, list[tuple[Any, ...]]], one: int, other: int, *, start: int, series: int) -> None:
    place = one << 24 | start // DAY
    both = f"{min(one, other)},{max(one, other)}"
    cancelled = start // DAY % 11 == 0
    rows[MeetingRow].append((place, start, start + 1_800, other, both, both, series, start, cancelled, 0, start))
    rows[AttendanceRow] += [(each, start, place) for each in (one, other)]
    counter = "cancelled_meetings" if cancelled else "meetings"
    rows[PairDayRow].append(_row(PairDayRow, sender=other, recipient=one, day=start // DAY, channel=2, **{counter: 1}))


def _row(model: Any, **given: Any) -> tuple[Any, ...]:
    """A row in the order of the columns; counters that are not given are zero."""
    return tuple(given.get(name, 0) for name in bulk.columns_of(model))


def _key(number: int) -> str:
    return f"p-{number:026d}"


async def score(url: str, people: int, pairs: int) -> list[Found]:
    """The two passes over a filled store."""
    set_up_collector()
    database = open_database(make_url(url))
    try:
        settings = SignalsSettings(database=url, publish_readings=False)
        registry = CollectorRegistry()
        scorer = Scorer(database=database, settings=settings, metrics=Metrics(registry))
        week = await _passed(scorer, registry, what="a week closes", people=people, pairs=pairs)
        async with database.write() as connection:
            later = update(bulk.table_of(PartitionOffsetRow)).values(watermark=WATERMARK + DAY)
            await connection.execute(later)
        return [week, await _passed(scorer, registry, what="a day later", people=people, pairs=pairs)]
    finally:
        await database.close()


async def _passed(scorer: Scorer, registry: CollectorRegistry, *, what: str, people: int, pairs: int) -> Found:
    before = int(registry.get_sample_value(f"{names.READINGS_WRITTEN.name}_total") or 0)
    started, used = time.monotonic(), _cpu_seconds()
    await scorer.score()
    wall, cpu = time.monotonic() - started, _cpu_seconds() - used
    readings = int(registry.get_sample_value(f"{names.READINGS_WRITTEN.name}_total") or 0) - before
    return Found(
        what=what,
        people=people,
        pairs=pairs,
        readings=readings,
        wall_seconds=wall,
        cpu_seconds=cpu,
        peak_mb=_peak_mb(),
    )


def _cpu_seconds() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def _peak_mb() -> float:
    """Of this process and of the largest it started."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(each.ru_maxrss for each in both) / 1024


async def measured(people: int, directory: Path) -> list[Found]:
    """Fill a store, and score it in a process of its own."""
    url = f"sqlite+aiosqlite:///{directory / f'{people}.db'}"
    database = open_database(make_url(url))
    try:
        sys.stderr.write(f"filling a store for {people:,} people\n")
        pairs = await fill(database, people)
    finally:
        await database.close()
    sys.stderr.write(f"scoring {pairs:,} pairs\n")
    command = [sys.executable, "-m", "tests.bench.scale", "--score", url, str(people), str(pairs)]
    process = await asyncio.create_subprocess_exec(
        *tied_to_parent(command), stdout=asyncio.subprocess.PIPE, cwd=REPOSITORY
    )
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return msgspec.json.decode(output, type=list[Found])


def table(found: Sequence[Found]) -> str:
    lines = [
        f"{'pass':<13}{'people':>8} {'pairs':>10} {'readings':>11} {'wall s':>8} {'CPU s':>8} {'ms/pair':>7} {'MB':>5}"
    ]
    lines += [
        f"{each.what:<13}{each.people:>8,} {each.pairs:>10,} {each.readings:>11,} {each.wall_seconds:>8.1f} "
        f"{each.cpu_seconds:>8.1f} {each.cpu_seconds / each.pairs * 1_000:>7.3f} {each.peak_mb:>5.0f}"
        for each in found
    ]
    return "\n".join(lines) + "\n"


def _measure(sizes: Iterable[int]) -> Iterator[Found]:
    for people in sizes:
        with tempfile.TemporaryDirectory(prefix="bellwether-scale-") as directory:
            yield from asyncio.run(measured(people, Path(directory)))


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=SIZES, help="sizes (default %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    parser.add_argument("--score", nargs=3, metavar=("URL", "PEOPLE", "PAIRS"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.score:
        url, people, pairs = chosen.score
        sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(score(url, int(people), int(pairs)))))
        return
    found = list(_measure(chosen.people))
    sys.stdout.write(table(found))
    if chosen.json:
        chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")


if __name__ == "__main__":
    main()
