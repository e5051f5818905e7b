"""Alerts as the rule finds them: read from the readings of closed weeks, and written in the transaction of scoring.

Everything here is brought to what the rule finds now, so that late data or a corrected directory changes past alerts as
they change past readings, and never what people made of an alert.
"""

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import Row, Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.alert import Alert, Ended, Handling, Verdict, wake, wakes
from shared.domain.alert_rule import (
    AlertRule,
    Candidate,
    ChainPeople,
    Episode,
    Folded,
    RiskWeek,
    RuleState,
    Withheld,
)
from shared.domain.reading import INSUFFICIENT
from shared.domain.week import week_end
from shared.storage.alert_tables import AlertEventRow, AlertRow, AlertSaltRow, AlertWeekRow
from shared.storage.bulk import table_of
from shared.storage.tables import ReadingRow

_ALERT: Final = table_of(AlertRow)
_EVENT: Final = table_of(AlertEventRow)
_WEEK: Final = table_of(AlertWeekRow)
_READING: Final = table_of(ReadingRow).c
_SALT_BYTES: Final = 32

_Key = tuple[ChainPeople, int]


@dataclass(frozen=True, slots=True)
class AlertChange:
    """Something happened to an alert that somebody may want to know. Names nobody."""

    alert: str
    kind: str  # a kind of `AlertEventRow`
    at: int


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
        candidates = tuple(Candidate((row[0], row[1], row[2]), *row[3:]) for row in rows)
        found.append(RiskWeek(week=week, watched=watched, candidates=candidates))
    return found


async def rule_state(connection: AsyncConnection, rule: AlertRule, *, since: int) -> RuleState:
    """What the rule remembers when it decides about the week `since`."""
    rows = await connection.execute(_standing_before(rule, since))
    (before,) = await risk_weeks(connection, rule, [since - 1])
    readings = {each.people: each for each in before.candidates}
    # Without a reading there, the episode is of a time whose readings are kept no more: it counts as withdrawn.
    episodes = [
        _episode(rule, row, since, readings[people])
        for row in rows
        if (people := (row.first, row.second, row.third)) in readings
    ]
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
        last_raised={(row[0], row[1], row[2]): row[3] for row in raised},
        credit=credit.scalar_one_or_none() or 0,
    )


async def record(
    connection: AsyncConnection, rule: AlertRule, folded: Folded, weeks: Sequence[RiskWeek]
) -> list[AlertChange]:
    """Bring the alerts of these weeks to what the rule found in them; what changed for alerts that stand or stood.

    An alert of the past that had ended before it was first found is history: it is kept, and nobody is told.
    """
    since, until = weeks[0].week, weeks[-1].week
    await _put_weeks(connection, rule, folded, weeks)
    query = select(_ALERT).where(_ALERT.c.signal == rule.signal, _ALERT.c.first_week >= since)
    stored = (await connection.execute(query.with_for_update())).all()
    stored = [*stored, *(await connection.execute(_standing_before(rule, since).with_for_update())).all()]
    known = {_key_of(row): row for row in stored}
    salt = await _salt(connection)
    writes = _Writes(until=until)
    for episode in folded.episodes:
        writes.found(known.pop((episode.people, episode.first_week), None), episode, rule=rule, salt=salt)
    for row in known.values():
        writes.gone(row)
    await writes.run(connection)
    return writes.changes


async def forget_alerts(connection: AsyncConnection, *, oldest_week: int) -> None:
    """Delete alerts as old as the readings that are deleted, with their history."""
    old = and_(_ALERT.c.first_week < oldest_week, _ALERT.c.latest_week < oldest_week)
    await connection.execute(delete(_EVENT).where(_EVENT.c.alert.in_(select(_ALERT.c.id).where(old))))
    await connection.execute(delete(_ALERT).where(old))
    await connection.execute(delete(_WEEK).where(_WEEK.c.week < oldest_week))


def alert_of(row: Row[*tuple[Any, ...]]) -> Alert:
    """The part of a row that its state follows from."""
    return Alert(
        raised=row.raised_week is not None,
        ended=Ended(row.ended) if row.ended else None,
        latest_value=row.latest_value,
        handling=Handling(row.handling),
        snoozed_until=row.snoozed_until,
        snoozed_value=row.snoozed_value,
        verdict=Verdict(row.verdict) if row.verdict else None,
    )


def handled_columns(alert: Alert) -> dict[str, Any]:
    """The columns that people change, and the state that follows."""
    return {
        "state": alert.state.value,
        "handling": alert.handling.value,
        "snoozed_until": alert.snoozed_until,
        "snoozed_value": alert.snoozed_value,
        "verdict": alert.verdict.value if alert.verdict else None,
    }


class _Writes:
    """Collects what differs between the store and what the rule found."""

    def __init__(self, *, until: int) -> None:
        self.changes: Final[list[AlertChange]] = []
        self._until: Final = until
        self._inserts: Final[list[dict[str, Any]]] = []
        self._updates: Final[list[dict[str, Any]]] = []
        self._events: Final[list[dict[str, Any]]] = []

    def found(self, row: Row[*tuple[Any, ...]] | None, episode: Episode, *, rule: AlertRule, salt: bytes) -> None:
        """An episode as found, and its row if there is one."""
        columns = _columns(episode)
        if row is None:
            alert_id = _name(salt, "alert", rule.signal, *episode.people, str(episode.first_week))
            fresh = _fresh(episode)
            who = dict(zip(("first", "second", "third"), episode.people, strict=True))
            names = {"id": f"alert_{alert_id[:24]}", "fingerprint": _name(salt, "chain", rule.signal, *episode.people)}
            self._inserts.append(
                names
                | who
                | {"signal": rule.signal, "first_week": episode.first_week}
                | columns
                | handled_columns(fresh)
            )
            self._began(names["id"], episode)
            return
        if all(getattr(row, name) == value for name, value in columns.items()):
            return
        before = alert_of(row)
        after = Alert(
            raised=episode.raised_week is not None,
            ended=Ended.CLEARED if episode.ended_week is not None else None,
            latest_value=episode.latest.value,
            handling=before.handling,
            snoozed_until=before.snoozed_until,
            snoozed_value=before.snoozed_value,
            verdict=before.verdict,
        )
        self._turned(row.id, before, after, episode)
        if wakes(after, now=None):
            after = wake(after)
            self._happened(row.id, "woke", week_end(episode.latest_week), {"value": episode.latest.value})
        self._updates.append({"row_id": row.id} | columns | handled_columns(after))

    def gone(self, row: Row[*tuple[Any, ...]]) -> None:
        """A row that the rule would not write any more."""
        before = alert_of(row)
        if before.ended is Ended.WITHDRAWN:
            return
        columns = {name: getattr(row, name) for name in _RULE_COLUMNS}
        after = Alert(
            raised=before.raised, ended=Ended.WITHDRAWN, latest_value=before.latest_value, handling=before.handling,
            snoozed_until=before.snoozed_until, snoozed_value=before.snoozed_value, verdict=before.verdict,
        )  # fmt: skip
        columns |= {"ended": Ended.WITHDRAWN.value, "ended_week": None}
        self._updates.append({"row_id": row.id} | columns | handled_columns(after))
        self._happened(row.id, "withdrawn", week_end(self._until), tell=before.raised)

    async def run(self, connection: AsyncConnection) -> None:
        """Write everything."""
        if self._inserts:
            await connection.execute(insert(_ALERT), self._inserts)
        if self._updates:
            changed: dict[str, Any] = {name: bindparam(name) for name in self._updates[0] if name != "row_id"}
            statement = update(_ALERT).where(_ALERT.c.id == bindparam("row_id")).values(changed)
            await connection.execute(statement, self._updates)
        if self._events:
            await connection.execute(insert(_EVENT), self._events)

    def _began(self, alert_id: str, episode: Episode) -> None:
        stands = episode.ended_week is None
        if episode.withheld is not None:
            self._happened(
                alert_id, "withheld", week_end(episode.first_week), {"reason": episode.withheld.value}, tell=False
            )
        if episode.raised_week is not None:
            self._happened(alert_id, "raised", week_end(episode.raised_week), _risk(episode), tell=stands)
        if episode.ended_week is not None:
            self._happened(alert_id, "cleared", week_end(episode.ended_week), tell=False)

    def _turned(self, alert_id: str, before: Alert, after: Alert, episode: Episode) -> None:
        if before.raised and not after.raised:
            self._happened(alert_id, "withdrawn", week_end(self._until))
        elif episode.raised_week is not None and not before.raised:
            self._happened(
                alert_id, "raised", week_end(episode.raised_week), _risk(episode), tell=episode.ended_week is None
            )
        if before.ended is not None and after.ended is None:
            self._happened(alert_id, "restored", week_end(self._until), tell=after.raised)
        if before.ended is not after.ended and episode.ended_week is not None:
            self._happened(alert_id, "cleared", week_end(episode.ended_week), tell=before.raised)

    def _happened(
        self, alert_id: str, kind: str, at: int, detail: Mapping[str, Any] | None = None, *, tell: bool = True
    ) -> None:
        self._events.append(
            {
                "alert": alert_id,
                "at": at,
                "kind": kind,
                "actor": "",
                "detail": msgspec.json.encode(detail or {}).decode(),
            }
        )
        if tell:
            self.changes.append(AlertChange(alert_id, kind, at))


def _fresh(episode: Episode) -> Alert:
    ended = Ended.CLEARED if episode.ended_week is not None else None
    return Alert(raised=episode.raised_week is not None, ended=ended, latest_value=episode.latest.value)


def _risk(episode: Episode) -> dict[str, float]:
    return {"value": episode.reading.value, "threshold": episode.threshold}


def _columns(episode: Episode) -> dict[str, Any]:
    """The columns that the rule owns."""
    raised_or_first = episode.first_week if episode.raised_week is None else episode.raised_week
    return {
        "raised_week": episode.raised_week,
        "raised_at": week_end(raised_or_first),
        "withheld": episode.withheld.value if episode.withheld else None,
        "ended": Ended.CLEARED.value if episode.ended_week is not None else None,
        "ended_week": episode.ended_week,
        "value": episode.reading.value,
        "confidence": episode.reading.confidence,
        "threshold": episode.threshold,
        "action": episode.reading.action,
        "model_version": episode.reading.model_version,
        "latest_value": episode.latest.value,
        "latest_week": episode.latest_week,
    }


_RULE_COLUMNS: Final = (
    "raised_week", "raised_at", "withheld", "ended", "ended_week", "value", "confidence", "threshold", "action",
    "model_version", "latest_value", "latest_week",
)  # fmt: skip


def _stands_by() -> Any:
    return or_(_ALERT.c.ended.is_(None), _ALERT.c.ended != Ended.WITHDRAWN.value)


def _standing_before(rule: AlertRule, since: int) -> Select[Any]:
    """Episodes that had begun and not ended when the week before `since` closed."""
    return select(_ALERT).where(
        _ALERT.c.signal == rule.signal,
        _ALERT.c.first_week < since,
        _stands_by(),
        or_(_ALERT.c.ended_week.is_(None), _ALERT.c.ended_week >= since),
    )


def _episode(rule: AlertRule, row: Row[*tuple[Any, ...]], since: int, latest: Candidate) -> Episode:
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


def _key_of(row: Row[*tuple[Any, ...]]) -> _Key:
    return (row.first, row.second, row.third), row.first_week


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


def _name(salt: bytes, *parts: str) -> str:
    """An opaque name: equal parts give the same one in this store, and tell nothing without its salt."""
    return hmac.digest(salt, msgspec.json.encode(parts), "sha256").hex()[:32]
