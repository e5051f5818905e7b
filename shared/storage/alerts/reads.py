"""Reads of alerts for people: filtered by who looks, in pages by position. Plain functions, for `Transactions`."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.engine import Connection

from shared.domain.alerts.state import AlertState, Verdict
from shared.storage.access.visibility import Viewer, visible_readings
from shared.storage.alerts.rows import ALERT_COLUMNS, StoredAlert, StoredEvent
from shared.storage.engine.bulk import table_of
from shared.storage.tables.alerts import AlertEventRow, AlertRow
from shared.storage.tables.directory import PersonRow

AlertPosition = tuple[int, str]
"""When the last alert seen was raised, and its id."""

_ALERT: Final = table_of(AlertRow)
_EVENT: Final = table_of(AlertEventRow).c
_PERSON: Final = table_of(PersonRow).c
_POSITIONS: Final = (_ALERT.c.first, _ALERT.c.second, _ALERT.c.third)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts. Without a state: all that were raised."""

    state: AlertState | None = None
    verdict: Verdict | None = None
    team: str | None = None  # of the person
    person: str | None = None  # anywhere in the chain


def list_alerts(
    connection: Connection, which: AlertFilter, *, viewer: Viewer, limit: int, after: AlertPosition | None = None
) -> list[StoredAlert]:
    """Alerts, the latest first."""
    table = _ALERT.c
    statement = _visible(viewer)
    if which.state is None:
        statement = statement.where(table.state != AlertState.SUPPRESSED.value)
    else:
        statement = statement.where(table.state == which.state.value)
    if which.verdict is not None:
        statement = statement.where(table.verdict == which.verdict.value)
    if which.team is not None:
        statement = statement.where(table.first.in_(select(_PERSON.key).where(_PERSON.team == which.team)))
    if which.person is not None:
        statement = statement.where(or_(*(column == which.person for column in _POSITIONS)))
    if after is not None:
        raised_at, alert_id = after
        statement = statement.where(
            or_(table.raised_at < raised_at, and_(table.raised_at == raised_at, table.id > alert_id))
        )
    statement = statement.order_by(table.raised_at.desc(), table.id).limit(limit)
    return list(map(StoredAlert._make, connection.execute(statement, viewer.parameters())))


def find_alert(connection: Connection, alert_id: str, *, viewer: Viewer, to_change: bool = False) -> StoredAlert | None:
    """One alert; None when there is none that the viewer may see. `to_change` keeps others from changing it."""
    statement = _visible(viewer).where(_ALERT.c.id == alert_id)
    if to_change:
        statement = statement.with_for_update()
    row = connection.execute(statement, viewer.parameters()).one_or_none()
    return None if row is None else StoredAlert._make(row)


def alert_history(connection: Connection, alert_id: str) -> list[StoredEvent]:
    """Everything that happened to an alert, in order. Whoever may read the alert may read it."""
    query = select(*(_EVENT[name] for name in StoredEvent._fields)).where(_EVENT.alert == alert_id)
    return list(map(StoredEvent._make, connection.execute(query.order_by(_EVENT.id))))


class AlertCount(NamedTuple):
    """How many alerts there are of a state and a verdict."""

    state: str
    verdict: str | None
    alerts: int


def count_alerts(connection: Connection) -> list[AlertCount]:
    """Alerts by state and verdict, without a person: for operators."""
    query = select(_ALERT.c.state, _ALERT.c.verdict, func.count()).group_by(_ALERT.c.state, _ALERT.c.verdict)
    return sorted(map(AlertCount._make, connection.execute(query)), key=lambda each: str(tuple(each)))


def _visible(viewer: Viewer) -> Select[Any]:
    return select(*ALERT_COLUMNS).where(*visible_readings(viewer, _POSITIONS, kind="chain"))
