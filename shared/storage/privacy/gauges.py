"""What the store holds, how long it has held it, and who looked: gauges for those who answer for the data."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import FOREVER, ORGANISATION
from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.sanitise import label_of, sanitise
from shared.domain.week import DAY, WEEK_DAYS
from shared.storage.access.audit import EXPORTS
from shared.storage.alerts.gauges import enough_watched
from shared.storage.directory.confirmed_names import shown_names
from shared.storage.engine import bulk
from shared.storage.engine.database import Database
from shared.storage.privacy.retention import oldest_days
from shared.storage.readings.store import watermark
from shared.storage.releases.told import told_today
from shared.storage.tables.audit import AuditEntryRow, AuditRow
from shared.storage.tables.declarations import DataClass
from shared.storage.tables.directory import ReportingLineRow
from shared.storage.tables.releases import ReleaseRow
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.telemetry.names import Metric
from shared.telemetry.rounding import round_for_disclosure


class PrivacyGauges:
    """Sets the gauges of titles, moves, audit and age. Keeps count of the audit, so that only new entries are read."""

    def __init__(self, metrics: Metrics, *, kept_days: Mapping[DataClass, int], k: int) -> None:
        self._metrics: Final = metrics
        self._kept_days: Final = kept_days
        self._k: Final = k
        self._audited: Final[dict[tuple[str, str], int]] = defaultdict(int)
        self._last_audited = self._first_audited = 0
        self._shown: frozenset[tuple[Metric, tuple[str, ...]]] = frozenset()

    async def show(self, database: Database) -> None:
        """Read the store and set the gauges. Raises DBAPIError when it does not answer."""
        async with database.read() as connection:
            titles = await cohort_titles(connection)
            await self._count_audit(connection)
            shown = await enough_watched(connection, k=self._k)
            exports = await _exports(connection)
            moved = await _moved(connection)
            oldest = await _oldest(connection)
        values: dict[tuple[Metric, tuple[str, ...]], float] = {
            (names.COHORT_INFO, pair): 1.0 for pair in titles.items()
        }
        # An answer about somebody at risk leaves an entry: what holds for counts of alerts holds for these.
        audited = {pair: round_for_disclosure(count) for pair, count in self._audited.items()} if shown else {}
        values |= {(names.AUDIT_ENTRIES, pair): float(count) for pair, count in audited.items() if count}
        values |= {(names.EXPORTS, (command,)): float(count) for command, count in exports.items()}
        values |= {(names.OLDEST_RECORD, (data,)): float(at) for data, at in oldest.items()}
        values |= {(names.KEPT_SECONDS, (data,)): float(days * DAY) for data, days in self._kept_days.items()}
        for (metric, labels), value in values.items():
            self._metrics.gauge(metric).labels(*labels).set(value)
        for metric, labels in self._shown - values.keys():
            self._metrics.gauge(metric).remove(*labels)
        self._shown = frozenset(values)
        self._metrics.gauge(names.MOVED_PEOPLE).set(round_for_disclosure(moved))

    async def _count_audit(self, connection: AsyncConnection) -> None:
        audit = bulk.table_of(AuditRow).c
        first = (await connection.execute(select(func.min(audit.id)))).scalar_one() or 0
        if first != self._first_audited:  # old entries went
            self._audited.clear()
            self._last_audited, self._first_audited = 0, first
        query = select(audit.operation, audit.purpose, func.count(), func.max(audit.id))
        new = query.where(audit.id > self._last_audited).group_by(audit.operation, audit.purpose)
        for operation, purpose, count, last in (await connection.execute(new)).all():
            self._audited[operation, purpose] += count
            self._last_audited = max(self._last_audited, last)


async def _exports(connection: AsyncConnection) -> dict[str, int]:
    """How often each was given out; what never was is there with zero, so that the first one shows.

    An export is of everybody, so its number tells of nobody and need not be rounded.
    """
    entry = bulk.table_of(AuditEntryRow).c
    query = select(entry.operation, func.count()).where(entry.operation.in_(EXPORTS)).group_by(entry.operation)
    found = dict.fromkeys(EXPORTS, 0)
    for operation, count in await connection.execute(query):
        found[operation] = count
    return found


async def cohort_titles(connection: AsyncConnection) -> dict[str, str]:
    """What the cohorts are called of which everybody is told something, by label; of others nobody asks for it.

    Titles end up in chat messages and spreadsheets.
    """
    cell, names_shown = bulk.table_of(ReleaseRow).c, await connection.run_sync(shown_names)
    told = select(cell.cohort).where(told_today(cell), cell.leaders)
    rows = await connection.execute(told.distinct())
    titles = {label_of(cohort): sanitise(names_shown.of(ThingKind.TEAM, cohort)) for (cohort,) in rows}
    return titles | ({ORGANISATION: "Whole organisation"} if ORGANISATION in titles else {})


async def _moved(connection: AsyncConnection) -> int:
    """People whose reporting line changed in the seven days before the watermark; first lines are no change."""
    line = bulk.table_of(ReportingLineRow).c
    latest = await watermark(connection)
    earlier = select(line.person).where(line.valid_to <= latest, line.valid_to < FOREVER).distinct()
    begun = select(func.count(line.person.distinct())).where(
        line.valid_from > latest - WEEK_DAYS * DAY, line.valid_from <= latest, line.person.in_(earlier)
    )
    moved: int = (await connection.execute(begun)).scalar_one()
    return moved


async def _oldest(connection: AsyncConnection) -> Mapping[str, int]:
    return {data: day * DAY for data, day in (await oldest_days(connection)).items()}
