"""Alerts as the rule finds them: read from the readings of closed weeks, and written in the transaction of scoring.

Everything here is brought to what the rule finds now, so that late data or a corrected directory changes past alerts as
they change past readings, and never what people made of an alert.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Select, and_, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.alerts.rule import (
    AlertRule,
    Candidate,
    ChainPeople,
    Episode,
    Folded,
    RiskWeek,
    RuleState,
    Withheld,
)
from shared.domain.alerts.state import Ended
from shared.domain.evidence.reading import INSUFFICIENT
from shared.storage.alerts.diff import AlertWrites
from shared.storage.alerts.rows import ALERT_COLUMNS, StoredAlert
from shared.storage.engine.bulk import table_of
from shared.storage.tables.alerts import AlertEventRow, AlertRow, AlertSaltRow, AlertWeekRow
from shared.storage.tables.readings import ReadingRow

_ALERT: Final = table_of(AlertRow)
_EVENT: Final = table_of(AlertEventRow)
_WEEK: Final = table_of(AlertWeekRow)
_READING: Final = table_of(ReadingRow).c
_SALT_BYTES: Final = 32

_Key = tuple[ChainPeople, int]


async def risk_weeks(connection: AsyncConnection, rule: AlertRule, weeks: Iterable[int]) -> list[RiskWeek]:
    """What the rule decides with, of each week."""
    found = []
    for week in weeks:
        of_week = and_(_READING.week == week, _READING.signal == rule.signal)
        watched = (await connection.execute(select(func.count()).where(of_week))).scalar_one()
        rows = await connection.execute(
            select(
                _READING.first, _READING.second, _READING.third,
                _READING.value, _READING.confidence, _READING.action, _READING.model_version,
            ).where(of_week, _READING.value >= rule.least_value, _READING.band != INSUFFICIENT)
        )  # fmt: skip
        candidates = tuple(Candidate((first, second, third), *rest) for first, second, third, *rest in rows)
        found.append(RiskWeek(week=week, watched=watched, candidates=candidates))
    return found


async def rule_state(connection: AsyncConnection, rule: AlertRule, *, since: int) -> RuleState:
    """What the rule remembers when it decides about the week `since`."""
    standing = await _stored(connection, _standing_before(rule, since))
    (before,) = await risk_weeks(connection, rule, [since - 1])
    readings = {each.people: each for each in before.candidates}
    # Without a reading there, the episode is of a time whose readings are kept no more: it counts as withdrawn.
    episodes = [_episode(rule, alert, since, readings[alert.people]) for alert in standing if alert.people in readings]
    raised = await connection.execute(
        select(_ALERT.c.first, _ALERT.c.second, _ALERT.c.third, func.max(_ALERT.c.raised_week))
        .where(
            _ALERT.c.signal == rule.signal,
            _ALERT.c.raised_week < since,
            _ALERT.c.raised_week >= since - rule.refractory_weeks,
            _stands_by(),
        )
        .group_by(_ALERT.c.first, _ALERT.c.second, _ALERT.c.third)
    )
    credit = await connection.execute(
        select(_WEEK.c.credit).where(_WEEK.c.signal == rule.signal, _WEEK.c.week == since - 1)
    )
    return RuleState(
        standing={each.people: each for each in episodes},
        last_raised={(first, second, third): week for first, second, third, week in raised},
        credit=credit.scalar_one_or_none() or 0,
    )


async def record(connection: AsyncConnection, rule: AlertRule, folded: Folded, weeks: Sequence[RiskWeek]) -> None:
    """Bring the alerts of these weeks to what the rule found in them.

    An alert of the past that had ended before it was first found is history, and is kept.
    """
    since, until = weeks[0].week, weeks[-1].week
    await _put_weeks(connection, rule, folded, weeks)
    begun_since = select(*ALERT_COLUMNS).where(_ALERT.c.signal == rule.signal, _ALERT.c.first_week >= since)
    stored = await _stored(connection, begun_since.with_for_update())
    stored += await _stored(connection, _standing_before(rule, since).with_for_update())
    known: dict[_Key, StoredAlert] = {(alert.people, alert.first_week): alert for alert in stored}
    salt = await _salt(connection)
    writes = AlertWrites(until=until)
    for episode in folded.episodes:
        writes.found(known.pop((episode.people, episode.first_week), None), episode, rule=rule, salt=salt)
    for row in known.values():
        writes.gone(row)
    await writes.run(connection)


async def forget_alerts(connection: AsyncConnection, *, oldest_week: int) -> None:
    """Delete alerts as old as the readings that are deleted, with their history."""
    old = and_(_ALERT.c.first_week < oldest_week, _ALERT.c.latest_week < oldest_week)
    await connection.execute(delete(_EVENT).where(_EVENT.c.alert.in_(select(_ALERT.c.id).where(old))))
    await connection.execute(delete(_ALERT).where(old))
    await connection.execute(delete(_WEEK).where(_WEEK.c.week < oldest_week))


def _stands_by() -> Any:
    return or_(_ALERT.c.ended.is_(None), _ALERT.c.ended != Ended.WITHDRAWN.value)


def _standing_before(rule: AlertRule, since: int) -> Select[Any]:
    """Episodes that had begun and not ended when the week before `since` closed."""
    return select(*ALERT_COLUMNS).where(
        _ALERT.c.signal == rule.signal,
        _ALERT.c.first_week < since,
        _stands_by(),
        or_(_ALERT.c.ended_week.is_(None), _ALERT.c.ended_week >= since),
    )


def _episode(rule: AlertRule, row: StoredAlert, since: int, latest: Candidate) -> Episode:
    """An episode as it stood before the week `since`: what came later is left out."""
    raised = row.raised_week is not None and row.raised_week < since
    reading = Candidate(latest.people, row.value, row.confidence, row.action, row.model_version) if raised else latest
    return Episode(
        people=latest.people,
        first_week=row.first_week,
        reading=reading,
        threshold=row.threshold if raised else rule.floor,
        latest=latest,
        latest_week=since - 1,
        raised_week=row.raised_week if raised else None,
        withheld=Withheld(row.withheld) if row.withheld else None,
    )


async def _stored(connection: AsyncConnection, query: Select[Any]) -> list[StoredAlert]:
    return [StoredAlert._make(row) for row in await connection.execute(query)]


async def _put_weeks(connection: AsyncConnection, rule: AlertRule, folded: Folded, weeks: Sequence[RiskWeek]) -> None:
    numbers = [each.week for each in weeks]
    of_last = and_(_READING.week == numbers[-1], _READING.signal == rule.signal)
    leaders = (await connection.execute(select(func.count(_READING.second.distinct())).where(of_last))).scalar_one()
    await connection.execute(delete(_WEEK).where(_WEEK.c.signal == rule.signal, _WEEK.c.week.in_(numbers)))
    rows = [
        {"signal": rule.signal, "week": each.week, "watched": each.watched, "credit": folded.credit_after[each.week]}
        | {"leaders": leaders if each.week == numbers[-1] else 0}
        for each in weeks
    ]
    await connection.execute(insert(_WEEK), rows)


async def _salt(connection: AsyncConnection) -> bytes:
    table = table_of(AlertSaltRow)
    found: bytes | None = (await connection.execute(select(table.c.salt))).scalar_one_or_none()
    if found is None:
        found = secrets.token_bytes(_SALT_BYTES)
        await connection.execute(insert(table).values(id=1, salt=found))
    return found
