"""Rows of alerts as the state machine knows them, and back."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row

from shared.domain.alerts.state import Alert, Ended, Handling, Verdict

AlertColumns = Row[*tuple[Any, ...]]
"""An alert found: its columns by name."""


def alert_of(row: AlertColumns) -> Alert:
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
