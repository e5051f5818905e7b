"""Which partners are told that their list changed: decided once a week, for one instant.

Nothing else tells of alerts. What is sent is the same for everybody and in every week. Only whether it is sent depends
on alerts, and then on those alone that the partner may read in an open case; whoever asked for `always` is told every
week. The topic `alerts` has the same record every week.
"""

import secrets
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from shared.domain.alerts.notification_week import SENT_AFTER_SECONDS, Notify, sending_instant
from shared.domain.alerts.subscription_events import LIST_CHANGED
from shared.schemas.output import ListsRecord
from shared.storage.access.visibility import Viewer, visible_readings
from shared.storage.alerts.endpoints import NOBODY
from shared.storage.alerts.outcomes import WAITING, Outcome
from shared.storage.engine.bulk import table_of
from shared.storage.tables.alerts import AlertRow
from shared.storage.tables.log import OutboxRow
from shared.storage.tables.webhooks import NotificationWeekRow, WebhookEndpointRow, WebhookMessageRow

_ALERT: Final = table_of(AlertRow).c
_ENDPOINT: Final = table_of(WebhookEndpointRow)
_MESSAGE: Final = table_of(WebhookMessageRow)
_WEEK: Final = table_of(NotificationWeekRow)
_ID_BYTES: Final = 16
_DIGEST_BYTES: Final = 8
_KEY: Final = b"lists"


def last_decided(connection: Connection) -> int | None:
    """The instant for which it was last decided; None when it never was."""
    instant: int | None = connection.execute(select(func.max(_WEEK.c.instant))).scalar_one()
    return instant


def decide(connection: Connection, *, now: int, topic: str) -> None:
    """Put a message in the outbox for each partner who is told this week, and the record of every week for the topic.

    Does nothing when that was done for this week. `topic` is a physical name. A store that never decided begins with
    the next week: nobody is told at an instant of their own.
    """
    instant, before = sending_instant(now), last_decided(connection)
    if before is not None and before >= instant:
        return
    connection.execute(insert(_WEEK).values(instant=instant))
    connection.execute(delete(_WEEK).where(_WEEK.c.instant < instant))
    if before is None:
        return
    _end_earlier(connection, now=now)
    leaves_at = max(instant + SENT_AFTER_SECONDS, now)
    messages = []
    for endpoint, person, notify, told in connection.execute(_partners()).all():
        listed = listed_alerts(connection, person, now=now)
        if notify == Notify.ALWAYS.value or listed - set(told.split()):
            messages.append(message(endpoint, LIST_CHANGED, "", leaves_at=leaves_at))
        change = update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint)
        connection.execute(change.values(told=" ".join(sorted(listed))))
    if messages:
        connection.execute(insert(_MESSAGE), messages)
    record = ListsRecord(type=LIST_CHANGED, at=datetime.fromtimestamp(instant, UTC))
    connection.execute(
        insert(table_of(OutboxRow)).values(topic=topic, key=_KEY, value=msgspec.json.encode(record)),
    )


def listed_alerts(connection: Connection, person: str, *, now: int) -> set[str]:
    """Digests of what is on a partner's list: the alerts that open cases of theirs are about, and whether they stand.

    What the partner does with an alert is not in them: nobody needs to be told what they did themselves.
    """
    viewer = Viewer(person, now=now)
    conditions = visible_readings(viewer, (_ALERT.first, _ALERT.second, _ALERT.third), kind="chain")
    query = select(_ALERT.id, _ALERT.raised_week, _ALERT.ended).where(_ALERT.raised_week.is_not(None), *conditions)
    return {_digest(*row) for row in connection.execute(query, viewer.parameters())}


def message(endpoint: str, kind: str, detail: str, *, leaves_at: int) -> dict[str, Any]:
    """A row of the outbox of webhooks."""
    return {
        "id": f"msg_{secrets.token_hex(_ID_BYTES)}",
        "endpoint": endpoint,
        "kind": kind,
        "detail": detail,
        "outcome": WAITING,
        "attempts": 0,
        "next_attempt_at": leaves_at,
    }


def _end_earlier(connection: Connection, *, now: int) -> None:
    """What still waits from the week before is not sent beside that of this week."""
    waiting = (_MESSAGE.c.kind == LIST_CHANGED, _MESSAGE.c.outcome == WAITING)
    ended = {"outcome": Outcome.GIVEN_UP.value, "ended_at": now}
    connection.execute(update(_MESSAGE).where(*waiting).values(ended))


def _partners() -> Any:
    """Endpoints of partners that are not disabled. Nothing is sent to those who have left (see `webhook_outbox`)."""
    return (
        select(_ENDPOINT.c.id, _ENDPOINT.c.person, _ENDPOINT.c.notify, _ENDPOINT.c.told)
        .where(_ENDPOINT.c.person != NOBODY, _ENDPOINT.c.disabled_at.is_(None))
        .order_by(_ENDPOINT.c.id)
    )


def _digest(alert: str, raised_week: int, ended: str | None) -> str:
    return blake2b(f"{alert} {raised_week} {ended or ''}".encode(), digest_size=_DIGEST_BYTES).hexdigest()
