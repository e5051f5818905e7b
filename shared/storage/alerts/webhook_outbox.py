"""Messages that wait for webhooks, and what became of them. Plain functions, in the caller's transaction."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Update, delete, func, or_, select, update
from sqlalchemy.engine import Connection

from shared.storage.alerts.endpoints import NOBODY, Disabled
from shared.storage.alerts.outcomes import WAITING, Outcome
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow

_ENDPOINT: Final = table_of(WebhookEndpointRow)
_MESSAGE: Final = table_of(WebhookMessageRow)
_PERSON: Final = table_of(PersonRow).c


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message to send now."""

    id: str
    endpoint: str
    url: str
    generation: int  # of the endpoint's secret
    kind: str
    detail: str
    attempts: int
    for_tool: bool


def due_messages(connection: Connection, *, now: int, limit: int) -> list[DueMessage]:
    """Messages whose time has come, in the order of their time.

    Not those of endpoints that are disabled or paused, nor of partners who have left.
    """
    message, endpoint = _MESSAGE.c, _ENDPOINT.c
    active = select(_PERSON.key).where(_PERSON.active)
    query = (
        select(message.id, message.endpoint, endpoint.url, endpoint.generation, message.kind, message.detail,
               message.attempts, endpoint.person == NOBODY)
        .join(_ENDPOINT, endpoint.id == message.endpoint)
        .where(
            message.outcome == WAITING, message.next_attempt_at <= now,
            endpoint.disabled_at.is_(None), endpoint.paused_until <= now,
            or_(endpoint.person == NOBODY, endpoint.person.in_(active)),
        )
        .order_by(message.next_attempt_at, message.id)
        .limit(limit)
    )  # fmt: skip
    return [DueMessage(*row) for row in connection.execute(query)]


def anything_due(connection: Connection, *, now: int) -> bool:
    """Whether a message's time has come."""
    due = select(_MESSAGE.c.id).where(_MESSAGE.c.outcome == WAITING, _MESSAGE.c.next_attempt_at <= now)
    return connection.execute(due.limit(1)).first() is not None


def delivered(connection: Connection, message: DueMessage, *, status: int | None, now: int) -> None:
    """The receiver has the message."""
    _end(connection, message, Outcome.DELIVERED, status=status, now=now)
    connection.execute(_endpoint(message).values(delivered_at=now, failed_at=None))


def gone(connection: Connection, message: DueMessage, *, status: int | None, now: int) -> None:
    """The receiver wants nothing more: what waits for it is dropped."""
    _end(connection, message, Outcome.NOT_SENT, status=status, now=now)
    disabled = {"disabled_at": now, "disabled_because": Disabled.GONE.value, "failed_at": now}
    connection.execute(_endpoint(message).where(_ENDPOINT.c.disabled_at.is_(None)).values(disabled))
    waiting = (_MESSAGE.c.endpoint == message.endpoint, _MESSAGE.c.outcome == WAITING)
    ended = {"outcome": Outcome.NOT_SENT.value, "ended_at": now}
    connection.execute(update(_MESSAGE).where(*waiting).values(ended))


def failed(
    connection: Connection, message: DueMessage, *, status: int | None, now: int, again: int | None, pause: int
) -> None:
    """An attempt failed; there is another at `again`, or none. Nothing is sent to the endpoint before `pause`."""
    connection.execute(_endpoint(message).values(failed_at=now, paused_until=pause))
    if again is None:
        _end(connection, message, Outcome.GIVEN_UP, status=status, now=now)
        return
    values = {"last_status": status, "next_attempt_at": again, "attempts": _MESSAGE.c.attempts + 1}
    connection.execute(update(_MESSAGE).where(*_still_waits(message)).values(values))


def forget_messages(connection: Connection, *, before: int) -> None:
    """Delete messages that ended before an instant."""
    connection.execute(delete(_MESSAGE).where(_MESSAGE.c.ended_at < before))


def waiting_for_tools(connection: Connection) -> int:
    """How many messages wait for tools. What waits for partners is counted for nobody."""
    query = select(func.count()).select_from(_MESSAGE.join(_ENDPOINT, _ENDPOINT.c.id == _MESSAGE.c.endpoint))
    count: int = connection.execute(
        query.where(_MESSAGE.c.outcome == WAITING, _ENDPOINT.c.person == NOBODY)
    ).scalar_one()
    return count


def _end(connection: Connection, message: DueMessage, outcome: Outcome, *, status: int | None, now: int) -> None:
    values = {"outcome": outcome.value, "last_status": status, "ended_at": now, "attempts": _MESSAGE.c.attempts + 1}
    connection.execute(update(_MESSAGE).where(*_still_waits(message)).values(values))


def _still_waits(message: DueMessage) -> tuple[ColumnElement[bool], ...]:
    return _MESSAGE.c.id == message.id, _MESSAGE.c.outcome == WAITING


def _endpoint(message: DueMessage) -> Update:
    return update(_ENDPOINT).where(_ENDPOINT.c.id == message.endpoint)
