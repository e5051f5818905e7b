"""Rows of alerts as the state machine knows them, and back."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from shared.domain.alerts.state import Alert, Ended, Handling, Verdict
from shared.storage.engine.bulk import table_of
from shared.storage.tables.alerts import AlertRow


class StoredAlert(NamedTuple):
    """An alert as it is stored, in the order of its table. Weeks are ISO weeks since 1970, instants Unix seconds."""

    id: str
    fingerprint: str
    signal: str
    first: str
    second: str
    third: str
    first_week: int
    raised_week: int | None
    raised_at: int
    withheld: str | None
    ended: str | None
    ended_week: int | None
    value: float
    confidence: float
    threshold: float
    action: str
    model_version: str
    latest_value: float
    latest_week: int
    state: str
    handling: str
    snoozed_until: int | None
    snoozed_value: float | None
    verdict: str | None

    @property
    def people(self) -> tuple[str, str, str]:
        """The chain it is about: person, leader, leader's leader."""
        return (self.first, self.second, self.third)


class StoredEvent(NamedTuple):
    """Something that happened to an alert."""

    at: int
    kind: str
    actor: str
    detail: str  # JSON


ALERT_COLUMNS: Final = [table_of(AlertRow).c[name] for name in StoredAlert._fields]


def alert_of(row: StoredAlert) -> Alert:
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


def event_values(
    alert_id: str, kind: str, *, at: int, actor: str = "", detail: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """An entry of the history."""
    text = msgspec.json.encode(detail or {}).decode()
    return {"alert": alert_id, "at": at, "kind": kind, "actor": actor, "detail": text}
