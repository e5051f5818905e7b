"""The cheap way on which alerts are measured finds what a pass of the scorer finds."""

from pathlib import Path

from prometheus_client import CollectorRegistry
from sqlalchemy import and_, insert, select

from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from services.simulator.kinds.world import KindScenario, events, settled
from shared.domain.evidence.reading import INSUFFICIENT
from shared.domain.week import LIVE_WEEK, WEEK_DAYS
from shared.schemas.envelope import utc
from shared.storage.access.modes import put_mode
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database, sqlite_url
from shared.storage.engine.schema import upgrade
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.log import PartitionOffsetRow
from shared.storage.tables.readings import ReadingRow
from shared.telemetry.metrics import Metrics
from tests.bench.alerts.shipped_rule import RULE, watch_store
from tests.bench.evaluation.stores import apply_events
from tests.storage.templates import CASE_MODE

# The smallest company whose people raise some, and so few weeks that scoring all signals stays cheap.
SCENARIO = KindScenario("founder", 1, people=60, weeks=14)
WEEKS = 6
_ALERT, _READING = table_of(AlertRow).c, table_of(ReadingRow).c


async def test_alerts_of_the_bench_are_those_of_a_pass_over_all_signals(tmp_path: Path) -> None:
    timeline = settled(SCENARIO).draft.timeline
    ends_at = timeline.start + WEEKS * WEEK_DAYS * 86_400
    database = open_database(sqlite_url(tmp_path / "store.db"))
    try:
        await upgrade(database)
        await apply_events(database, (event for event in events(SCENARIO) if event.time <= utc(ends_at)))
        found = await watch_store(database, starts_at=timeline.start, ends_at=ends_at)
        raised = {(*each.people, each.raised_week, each.ended_week) for each in found.raised}
        watched = {
            (each.week, *each.candidate.people, each.candidate.value, each.candidate.confidence, each.enough)
            for each in found.watched
        }
        assert raised
        assert len(watched) > 50 * (WEEKS - 1)
        await _score(database, ends_at)
        assert await _raised(database) == raised
        assert await _watched(database) == watched
    finally:
        await database.close()


async def _score(database: Database, watermark: int) -> None:
    """Let the scorer that ships score all that is there."""
    read_up_to = {"consumer": "signals", "topic": "interactions", "partition": 0, "incarnation": "test"}
    async with database.write() as connection:
        await connection.run_sync(put_mode, CASE_MODE)
        await connection.execute(
            insert(table_of(PartitionOffsetRow)).values(**read_up_to, next_offset=0, watermark=watermark)
        )
    settings = SignalsSettings(scoring_processes=1)
    scorer = Scorer(database=database, settings=settings, metrics=Metrics(CollectorRegistry()))
    while await scorer.score():
        pass


async def _raised(database: Database) -> set[tuple[object, ...]]:
    columns = (_ALERT.first, _ALERT.second, _ALERT.third, _ALERT.raised_week, _ALERT.ended_week)
    async with database.read() as connection:
        rows = await connection.execute(select(*columns).where(_ALERT.raised_week.is_not(None)))
        return {tuple(row) for row in rows}


async def _watched(database: Database) -> set[tuple[object, ...]]:
    """The readings that the rule looked at, and whether it could use them."""
    columns = (_READING.week, _READING.first, _READING.second, _READING.third, _READING.value, _READING.confidence)
    of_rule = and_(_READING.signal == RULE.signal, _READING.week != LIVE_WEEK)
    async with database.read() as connection:
        rows = await connection.execute(select(*columns, _READING.band != INSUFFICIENT).where(of_rule))
        return {tuple(row) for row in rows}
