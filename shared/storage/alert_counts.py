"""Alerts as gauges: how many of the whole organisation, taken from the store so that they survive restarts."""

from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.alert import NO_LABEL, AlertState, Ended, Verdict
from shared.domain.alert_rule import ChainPeople
from shared.storage.alert_tables import AlertRow, AlertWeekRow
from shared.storage.bulk import table_of
from shared.storage.database import Database
from shared.telemetry import names
from shared.telemetry.fives import down
from shared.telemetry.metrics import Metrics

_ALERT: Final = table_of(AlertRow).c
_WEEK: Final = table_of(AlertWeekRow).c


async def show_alerts(database: Database, metrics: Metrics, *, k: int) -> None:
    """Set the gauges, or clear them where fewer than `k` chains, or chains of fewer than `k` leaders, are watched.

    A count tells that somebody is at risk: it must not also tell whose report. An exact one, that moves with every
    alert, would tell when: counts are rounded down to a multiple of five. Raises DBAPIError when the store does
    not answer; the gauges are then left as they were.
    """
    # What was withheld and has passed is nobody's concern any more; everything else counts.
    counted = or_(_ALERT.state != AlertState.SUPPRESSED.value, _ALERT.ended.is_(None))
    async with database.read() as connection:
        shown = await enough_watched(connection, k=k)
        states = await connection.execute(select(_ALERT.state, func.count()).where(counted).group_by(_ALERT.state))
        verdicts = await connection.execute(select(_ALERT.verdict, func.count()).group_by(_ALERT.verdict))
        by_state = {str(state): int(count) for state, count in states}
        by_verdict = {str(verdict): int(count) for verdict, count in verdicts}
    for gauge, label_values, counts in (
        (metrics.gauge(names.ALERTS), AlertState, by_state),
        (metrics.gauge(names.ALERT_VERDICTS), Verdict, by_verdict),
    ):
        gauge.clear()
        for value in label_values if shown else ():
            gauge.labels(value.value).set(down(counts.get(value.value, 0)))


async def enough_watched(connection: AsyncConnection, *, k: int) -> bool:
    """Whether at least `k` chains under at least `k` leaders were watched in the last week decided."""
    week = (
        await connection.execute(select(_WEEK.watched, _WEEK.leaders).order_by(_WEEK.week.desc()).limit(1))
    ).one_or_none()
    return week is not None and min(week.watched, week.leaders) >= k


async def raised_alerts(connection: AsyncConnection, *, since: int) -> list[tuple[ChainPeople, int]]:
    """Chain and instant of every alert raised from an instant on that the rule stands by, in order.

    Those about talks that were arranged are left out: what follows them is no label.
    """
    stands = or_(_ALERT.ended.is_(None), _ALERT.ended != Ended.WITHDRAWN.value)
    labels = or_(_ALERT.verdict.is_(None), _ALERT.verdict.not_in([each.value for each in NO_LABEL]))
    rows = await connection.execute(
        select(_ALERT.first, _ALERT.second, _ALERT.third, _ALERT.raised_at)
        .where(_ALERT.raised_week.is_not(None), _ALERT.raised_at >= since, stands, labels)
        .order_by(_ALERT.raised_at, _ALERT.id)
    )
    return [((row[0], row[1], row[2]), row[3]) for row in rows]
