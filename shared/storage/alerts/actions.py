"""What people and the clock do with alerts. Plain functions, in the caller's transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.engine import Connection

from shared.domain.alerts.rule import ChainPeople
from shared.domain.alerts.state import (
    NO_LABEL,
    WAS_AT_RISK,
    Acknowledge,
    Alert,
    AlertAction,
    AlertState,
    Judge,
    Resolve,
    Snooze,
    Verdict,
    act,
    wake,
    wakes,
)
from shared.storage.access.visibility import Viewer
from shared.storage.alerts.reads import find_alert
from shared.storage.alerts.rows import ALERT_COLUMNS, StoredAlert, alert_of, event_values, handled_columns
from shared.storage.engine.bulk import table_of
from shared.storage.tables.alerts import AlertEventRow, AlertRow

_ALERT: Final = table_of(AlertRow)
_EVENT: Final = table_of(AlertEventRow)
_LABELS: Final = _ALERT.c.verdict.is_not(None), _ALERT.c.verdict.not_in([each.value for each in NO_LABEL])


@dataclass(frozen=True, slots=True)
class Deed:
    """Somebody does something with an alert. `at` is in Unix seconds, `actor` the id of a credential."""

    alert: str
    action: AlertAction
    actor: str
    at: int


@dataclass(frozen=True, slots=True, order=True)
class JudgedRisk:
    """A probability that was given out with an alert, and what came of it. Names nobody.

    Only what was raised is judged, so these are the highest risks: they set the top of a calibration curve right.
    """

    probability: float
    verdict: Verdict

    @property
    def was_at_risk(self) -> bool:
        """The verdict as an outcome, for recalibration."""
        return self.verdict in WAS_AT_RISK


def do(
    connection: Connection, deed: Deed, *, viewer: Viewer, check: Callable[[StoredAlert], None]
) -> StoredAlert | None:
    """Apply an action and return the alert after it; None when there is none that the viewer may see.

    Where the action would change nothing, nothing happens: a repeated request is not a second one. Before anything is
    changed, `check` may refuse the row as it is by raising.

    Raises:
        IllegalActionError: the state of the alert does not allow the action.
    """
    row = find_alert(connection, deed.alert, viewer=viewer, to_change=True)
    if row is None:
        return None
    before = alert_of(row)
    after = act(before, deed.action)
    if after == before:
        return row
    check(row)
    kind, detail = _described(deed.action)
    _change(connection, deed.alert, after)
    connection.execute(
        insert(_EVENT).values(event_values(deed.alert, kind, at=deed.at, actor=deed.actor, detail=detail))
    )
    return find_alert(connection, deed.alert, viewer=viewer)


def any_expired(connection: Connection, *, now: int) -> bool:
    """Whether a snooze is over by the clock."""
    return connection.execute(select(_ALERT.c.id).where(*_asleep_until(now)).limit(1)).first() is not None


def wake_expired(connection: Connection, *, now: int) -> None:
    """Open alerts whose snooze is over by the clock."""
    asleep = select(*ALERT_COLUMNS).where(*_asleep_until(now)).order_by(_ALERT.c.id).with_for_update()
    for row in [StoredAlert._make(each) for each in connection.execute(asleep)]:
        alert = alert_of(row)
        if wakes(alert, now=now):
            _change(connection, row.id, wake(alert))
            connection.execute(insert(_EVENT).values(event_values(row.id, "woke", at=now)))


def judged_risks(connection: Connection, *, model_version: str | None = None) -> list[JudgedRisk]:
    """Every probability that was given out, by one model or by any, and judged, in order. For calibration.

    An alert about talks that were arranged is no label, neither way.
    """
    judged = select(_ALERT.c.value, _ALERT.c.verdict).where(*_LABELS)
    if model_version is not None:
        judged = judged.where(_ALERT.c.model_version == model_version)
    return sorted(JudgedRisk(value, Verdict(verdict)) for value, verdict in connection.execute(judged))


def judged_chains(connection: Connection) -> list[ChainPeople]:
    """Whom the risks of `judged_risks` are about, once for each."""
    chains = connection.execute(select(_ALERT.c.first, _ALERT.c.second, _ALERT.c.third).where(*_LABELS))
    return [(first, second, third) for first, second, third in chains]


def _asleep_until(now: int) -> tuple[ColumnElement[bool], ...]:
    return _ALERT.c.state == AlertState.SNOOZED.value, _ALERT.c.snoozed_until <= now


def _change(connection: Connection, alert_id: str, after: Alert) -> None:
    connection.execute(update(_ALERT).where(_ALERT.c.id == alert_id).values(handled_columns(after)))


def _described(action: AlertAction) -> tuple[str, dict[str, Any]]:
    match action:
        case Acknowledge():
            return "acknowledged", {}
        case Resolve():
            return "resolved", {}
        case Snooze(until=until):
            return "snoozed", {} if until is None else {"until": until}
        case Judge(verdict=verdict):
            return "judged", {"verdict": verdict.value}
