"""Alerts as gauges: how many of the whole organisation, taken from the store so that they survive restarts."""

from collections import Counter
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.alerts.rule import ChainPeople
from shared.domain.alerts.state import NO_LABEL, Alert, AlertState, Ended, Handling, Verdict
from shared.domain.release.lattice import person_number
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database
from shared.storage.releases.ledger import people_released
from shared.storage.tables.alerts import AlertRow, AlertWeekRow
from shared.storage.tables.directory import PersonRow
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.telemetry.rounding import round_for_disclosure

_ALERT: Final = table_of(AlertRow).c
_PERSON: Final = table_of(PersonRow).c
_WEEK: Final = table_of(AlertWeekRow).c


async def show_alert_gauges(database: Database, metrics: Metrics, *, k: int) -> None:
    """Set the gauges, or clear them where fewer than `k` chains, or chains of fewer than `k` leaders, are watched.

    A count tells that somebody is at risk: it must not also tell whose report. So alerts are counted over the people
    of the last release of their signal for the whole organisation, who stay the same for weeks and are checked
    against everything ever released: who joins or leaves changes no count. An exact one, that moves with every alert,
    would tell when: counts are rounded down to a multiple of five. Raises DBAPIError when the store does not answer;
    the gauges are then left as they were.
    """
    async with database.read() as connection:
        counted_people = CountedPeople(await released_people(connection, k=k))
        by_state, by_verdict = await _counts(connection, counted_people)
    for gauge, label_values, counts in (
        (metrics.gauge(names.ALERTS), AlertState, by_state),
        (metrics.gauge(names.ALERT_VERDICTS), Verdict, by_verdict),
    ):
        gauge.clear()
        for value in label_values if counted_people.people else ():
            gauge.labels(value.value).set(round_for_disclosure(counts[value.value]))


class CountedPeople:
    """Whose alerts count; remembers who that is, as digests of everybody take a while."""

    def __init__(self, people: frozenset[int]) -> None:
        self.people: Final = people
        self._known: Final[dict[str, bool]] = {}

    def __contains__(self, person: str) -> bool:
        known = self._known.get(person)
        if known is None:
            known = self._known[person] = person_number(person) in self.people
        return known


async def released_people(connection: AsyncConnection, *, k: int) -> frozenset[int]:
    """Numbers of the people whose alerts are counted; nobody where fewer than `k` leaders are watched."""
    if not await enough_watched(connection, k=k):
        return frozenset()
    return await people_released(connection, ESCALATION_RISK_14D.name)


async def _counts(connection: AsyncConnection, counted_people: CountedPeople) -> tuple[Counter[str], Counter[str]]:
    """Alerts by state and by verdict. What was withheld and has passed is nobody's concern any more."""
    by_state: Counter[str] = Counter()
    by_verdict: Counter[str] = Counter()
    if not counted_people.people:
        return by_state, by_verdict
    columns = (_ALERT.first, _ALERT.state, _ALERT.handling, _ALERT.ended, _ALERT.raised_week, _ALERT.verdict)
    working = set((await connection.execute(select(_PERSON.key).where(_PERSON.active))).scalars())
    for first, state, handling, ended, raised_week, verdict in await connection.execute(select(*columns)):
        if first not in counted_people:
            continue
        # Whoever leaves takes nothing along: their alert counts as what was made of it, like their part in a release.
        left = ended == Ended.WITHDRAWN.value and raised_week is not None and first not in working
        shown = Alert(raised=True, ended=None, latest_value=0.0, handling=Handling(handling)).state if left else state
        by_verdict[verdict] += 1
        if shown != AlertState.SUPPRESSED.value or ended is None:
            by_state[shown] += 1
    return by_state, by_verdict


async def enough_watched(connection: AsyncConnection, *, k: int) -> bool:
    """Whether at least `k` chains under at least `k` leaders were watched in the last week decided."""
    week = (
        await connection.execute(select(_WEEK.watched, _WEEK.leaders).order_by(_WEEK.week.desc()).limit(1))
    ).one_or_none()
    return week is not None and min(week.watched, week.leaders) >= k


async def raised_alerts(
    connection: AsyncConnection, counted_people: CountedPeople, *, since: int
) -> list[tuple[ChainPeople, int]]:
    """Chain and instant of every alert about these people raised from an instant on that the rule stands by, in order.

    Those of people who left count on, as they do in `show_alert_gauges`. Those about talks that were arranged are left
    out: what follows them is no label.
    """
    left = _ALERT.first.not_in(select(_PERSON.key).where(_PERSON.active))
    stands = or_(_ALERT.ended.is_(None), _ALERT.ended != Ended.WITHDRAWN.value, left)
    labels = or_(_ALERT.verdict.is_(None), _ALERT.verdict.not_in([each.value for each in NO_LABEL]))
    rows = await connection.execute(
        select(_ALERT.first, _ALERT.second, _ALERT.third, _ALERT.raised_at)
        .where(_ALERT.raised_week.is_not(None), _ALERT.raised_at >= since, stands, labels)
        .order_by(_ALERT.raised_at, _ALERT.id)
    )
    return [((first, second, third), at) for first, second, third, at in rows if first in counted_people]
