"""What differs between the alerts of the store and what the rule finds now."""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.alerts.rule import AlertRule, Episode
from shared.domain.alerts.state import Alert, Ended, wake, wakes
from shared.domain.week import week_end
from shared.storage.alerts.rows import StoredAlert, alert_of, event_values, handled_columns
from shared.storage.engine.bulk import table_of
from shared.storage.tables.alerts import AlertEventRow, AlertRow

_ALERT: Final = table_of(AlertRow)
_EVENT: Final = table_of(AlertEventRow)


class AlertWrites:
    """Collects what differs between the store and what the rule found."""

    def __init__(self, *, until: int) -> None:
        self._until: Final = until
        self._inserts: Final[list[dict[str, Any]]] = []
        self._updates: Final[list[dict[str, Any]]] = []
        self._events: Final[list[dict[str, Any]]] = []

    def found(self, row: StoredAlert | None, episode: Episode, *, rule: AlertRule, salt: bytes) -> None:
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
        after = replace(
            before,
            raised=episode.raised_week is not None,
            ended=Ended.CLEARED if episode.ended_week is not None else None,
            latest_value=episode.latest.value,
        )
        self._turned(row.id, before, after, episode)
        if wakes(after, now=None):
            after = wake(after)
            self._happened(row.id, "woke", week_end(episode.latest_week), {"value": episode.latest.value})
        self._updates.append({"row_id": row.id} | columns | handled_columns(after))

    def gone(self, row: StoredAlert) -> None:
        """A row that the rule would not write any more."""
        before = alert_of(row)
        if before.ended is Ended.WITHDRAWN:
            return
        columns = {name: getattr(row, name) for name in _RULE_COLUMNS}
        after = replace(before, ended=Ended.WITHDRAWN)
        columns |= {"ended": Ended.WITHDRAWN.value, "ended_week": None}
        self._updates.append({"row_id": row.id} | columns | handled_columns(after))
        self._happened(row.id, "withdrawn", week_end(self._until))

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
        if episode.withheld is not None:
            self._happened(alert_id, "withheld", week_end(episode.first_week), {"reason": episode.withheld.value})
        if episode.raised_week is not None:
            self._happened(alert_id, "raised", week_end(episode.raised_week), _risk(episode))
        if episode.ended_week is not None:
            self._happened(alert_id, "cleared", week_end(episode.ended_week))

    def _turned(self, alert_id: str, before: Alert, after: Alert, episode: Episode) -> None:
        if before.raised and not after.raised:
            self._happened(alert_id, "withdrawn", week_end(self._until))
        elif episode.raised_week is not None and not before.raised:
            self._happened(alert_id, "raised", week_end(episode.raised_week), _risk(episode))
        if before.ended is not None and after.ended is None:
            self._happened(alert_id, "restored", week_end(self._until))
        if before.ended is not after.ended and episode.ended_week is not None:
            self._happened(alert_id, "cleared", week_end(episode.ended_week))

    def _happened(self, alert_id: str, kind: str, at: int, detail: Mapping[str, Any] | None = None) -> None:
        self._events.append(event_values(alert_id, kind, at=at, detail=detail))


def _fresh(episode: Episode) -> Alert:
    ended = Ended.CLEARED if episode.ended_week is not None else None
    return Alert(raised=episode.raised_week is not None, ended=ended, latest_value=episode.latest.value)


def _risk(episode: Episode) -> dict[str, float]:
    return {"value": episode.reading.value}


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


def _name(salt: bytes, *parts: str) -> str:
    """An opaque name: equal parts give the same one in this store, and tell nothing without its salt."""
    return hmac.digest(salt, msgspec.json.encode(parts), "sha256").hex()[:32]
