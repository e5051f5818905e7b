"""What is told of alerts, in the transaction of the change: records for the topic and messages for webhooks.

Neither names anybody. Whom a webhook may tell is decided by the same filter as what its partner may read.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from shared.schemas.output import AlertRecord
from shared.storage.access.visibility import Viewer, visible_readings
from shared.storage.engine.bulk import parts, table_of
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.log import OutboxRow
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow

WAITING: Final = "waiting"
_ALERT: Final = table_of(AlertRow).c
_ENDPOINT: Final = table_of(WebhookEndpointRow).c
_PERSON: Final = table_of(PersonRow).c
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class AlertChange:
    """Something happened to an alert that somebody may want to know. Names nobody."""

    alert: str
    kind: str  # a kind of `AlertEventRow`
    at: int  # Unix seconds

    @property
    def type(self) -> str:
        """As topic and webhooks call it."""
        return f"alert.{self.kind}"


def notify(connection: Connection, changes: Sequence[AlertChange], *, topic: str) -> None:
    """Put a record of each change in the outbox and a message in that of each endpoint whose partner may know.

    `topic` is a physical name. What is rolled back is told to nobody.
    """
    if not changes:
        return
    # Inline: the number that a row gets is not asked for, as the API may add to the outbox and not read it.
    connection.execute(insert(table_of(OutboxRow)).inline(), [_record(topic, each) for each in changes])
    messages = []
    for endpoint, person in connection.execute(_active()):
        seen = visible_alerts(connection, [each.alert for each in changes], person=person)
        messages += [_message(endpoint, each) for each in changes if each.alert in seen]
    if messages:
        connection.execute(insert(table_of(WebhookMessageRow)), messages)


def visible_alerts(connection: Connection, alerts: Sequence[str], *, person: str) -> set[str]:
    """Ids of the alerts that this partner may read."""
    viewer = Viewer(person)
    conditions = visible_readings(viewer, (_ALERT.first, _ALERT.second, _ALERT.third), kind="chain")
    seen: set[str] = set()
    for part in parts(sorted(set(alerts))):
        query = select(_ALERT.id).where(_ALERT.id.in_(part), *conditions)
        seen.update(connection.execute(query, viewer.parameters()).scalars())
    return seen


def _active() -> Any:
    """Endpoints that are told: neither disabled nor of somebody who has left."""
    return (
        select(_ENDPOINT.id, _ENDPOINT.person)
        .join(table_of(PersonRow), _PERSON.key == _ENDPOINT.person)
        .where(_ENDPOINT.disabled_at.is_(None), _PERSON.active)
        .order_by(_ENDPOINT.id)
    )


def _record(topic: str, change: AlertChange) -> dict[str, Any]:
    record = AlertRecord(id=change.alert, type=change.type, at=datetime.fromtimestamp(change.at, UTC))
    return {"topic": topic, "key": change.alert.encode(), "value": msgspec.json.encode(record)}


def _message(endpoint: str, change: AlertChange) -> dict[str, Any]:
    return {
        "id": f"msg_{secrets.token_hex(_ID_BYTES)}",
        "endpoint": endpoint,
        "alert": change.alert,
        "kind": change.kind,
        "at": change.at,
        "outcome": WAITING,
        "attempts": 0,
        "next_attempt_at": 0,
    }
