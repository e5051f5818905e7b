"""Webhook endpoints and the messages that wait for them. Plain functions, in the caller's transaction."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from shared.storage.alerts.notifications import WAITING, visible_alerts
from shared.storage.engine.bulk import table_of
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow

_ID_BYTES: Final = 8
_ENDPOINT: Final = table_of(WebhookEndpointRow)
_MESSAGE: Final = table_of(WebhookMessageRow)


class Outcome(StrEnum):
    """How a message ended."""

    DELIVERED = "delivered"
    GIVEN_UP = "given-up"  # tried as often as the schedule says
    NOT_SENT = "not-sent"  # the endpoint was disabled or its partner may not know any more


class Disabled(StrEnum):
    """Why an endpoint is not told any more."""

    GONE = "gone"  # the receiver answered 410
    BY_OPERATOR = "by-operator"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a named HR partner is told of alerts. Instants are Unix seconds."""

    id: str
    person: str
    url: str
    created_by: str
    created_at: int
    disabled_at: int | None
    disabled_because: str | None


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message to send now."""

    id: str
    endpoint: str
    url: str
    alert: str
    kind: str
    attempts: int


_COLUMNS: Final = [_ENDPOINT.c[name] for name in Endpoint.__dataclass_fields__]


def add_endpoint(connection: Connection, *, person: str, url: str, created_by: str, now: int) -> Endpoint:
    """Register where a partner is told of alerts. The URL has been checked; its secret is a file named by the id.

    Raises:
        LookupError: the partner is not an active person of the directory: nobody's conflicts could be seen.
    """
    people = table_of(PersonRow).c
    if connection.execute(select(people.key).where(people.key == person, people.active)).first() is None:
        raise LookupError("the partner is not in the directory")
    endpoint = Endpoint(f"wh_{secrets.token_hex(_ID_BYTES)}", person, url, created_by, now, None, None)
    values = {column.name: getattr(endpoint, column.name) for column in _COLUMNS}
    connection.execute(insert(_ENDPOINT).values(values | {"paused_until": 0}))
    return endpoint


def list_endpoints(connection: Connection) -> list[Endpoint]:
    """Every endpoint, oldest first."""
    rows = connection.execute(select(*_COLUMNS).order_by(_ENDPOINT.c.created_at, _ENDPOINT.c.id))
    return [Endpoint(*row) for row in rows]


def switch_endpoint(connection: Connection, endpoint: str, *, on: bool, now: int) -> Endpoint | None:
    """Enable or disable an endpoint; None when there is none. Twice is as good as once.

    Disabling drops what waits for it: a partner who is told later would be told of the past.
    """
    values: dict[str, Any] = {"disabled_at": None, "disabled_because": None, "paused_until": 0}
    if on:
        connection.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint).values(values))
    else:
        _disable(connection, endpoint, Disabled.BY_OPERATOR, now=now)
    row = connection.execute(select(*_COLUMNS).where(_ENDPOINT.c.id == endpoint)).one_or_none()
    return None if row is None else Endpoint(*row)


def remove_endpoint(connection: Connection, endpoint: str) -> bool:
    """Forget an endpoint and its messages; False when there is none."""
    connection.execute(delete(_MESSAGE).where(_MESSAGE.c.endpoint == endpoint))
    return connection.execute(delete(_ENDPOINT).where(_ENDPOINT.c.id == endpoint)).rowcount == 1


def due_messages(connection: Connection, *, now: int, limit: int) -> list[DueMessage]:
    """Messages whose time has come, in the order of their time, to endpoints that are not disabled or paused.

    What its partner may not know any more is ended here and not sent: people change places between two attempts.
    """
    message = _MESSAGE.c
    query = (
        select(message.id, message.endpoint, _ENDPOINT.c.url, message.alert, message.kind, message.attempts,
               _ENDPOINT.c.person)
        .join(_ENDPOINT, _ENDPOINT.c.id == message.endpoint)
        .where(
            message.outcome == WAITING, message.next_attempt_at <= now,
            _ENDPOINT.c.disabled_at.is_(None), _ENDPOINT.c.paused_until <= now,
        )
        .order_by(message.next_attempt_at, message.at, message.id)
        .limit(limit)
    )  # fmt: skip
    rows = connection.execute(query).all()
    seen: dict[str, set[str]] = {
        person: visible_alerts(connection, [row.alert for row in rows if row.person == person], person=person)
        for person in {row.person for row in rows}
    }
    hidden = [row.id for row in rows if row.alert not in seen[row.person]]
    if hidden:
        ended = {"outcome": Outcome.NOT_SENT.value, "ended_at": now}
        connection.execute(update(_MESSAGE).where(message.id.in_(hidden)).values(ended))
    return [DueMessage(*row[:-1]) for row in rows if row.alert in seen[row.person]]


def anything_due(connection: Connection, *, now: int) -> bool:
    """Whether a message's time has come."""
    due = select(_MESSAGE.c.id).where(_MESSAGE.c.outcome == WAITING, _MESSAGE.c.next_attempt_at <= now)
    return connection.execute(due.limit(1)).first() is not None


def end_message(connection: Connection, message: str, outcome: Outcome, *, status: int | None, now: int) -> None:
    """A message was delivered or is given up."""
    values = {"outcome": outcome.value, "last_status": status, "ended_at": now, "attempts": _MESSAGE.c.attempts + 1}
    connection.execute(update(_MESSAGE).where(_MESSAGE.c.id == message).values(values))


def postpone_message(connection: Connection, message: str, *, status: int | None, until: int) -> None:
    """An attempt failed, and there will be another."""
    values = {"last_status": status, "next_attempt_at": until, "attempts": _MESSAGE.c.attempts + 1}
    connection.execute(update(_MESSAGE).where(_MESSAGE.c.id == message).values(values))


def pause_endpoint(connection: Connection, endpoint: str, *, until: int) -> None:
    """The receiver asked for patience: nothing is sent there before."""
    connection.execute(update(_ENDPOINT).where(_ENDPOINT.c.id == endpoint).values(paused_until=until))


def gone_endpoint(connection: Connection, endpoint: str, *, now: int) -> None:
    """The receiver wants nothing more."""
    _disable(connection, endpoint, Disabled.GONE, now=now)


def forget_messages(connection: Connection, *, before: int) -> None:
    """Delete messages that ended before an instant."""
    connection.execute(delete(_MESSAGE).where(_MESSAGE.c.ended_at < before))


def waiting_messages(connection: Connection) -> int:
    """How many messages wait."""
    query = select(func.count()).select_from(_MESSAGE).where(_MESSAGE.c.outcome == WAITING)
    count: int = connection.execute(query).scalar_one()
    return count


def message_states(connection: Connection, endpoint: str) -> Sequence[tuple[str, int]]:
    """How many messages of an endpoint wait or ended how."""
    query = select(_MESSAGE.c.outcome, func.count()).where(_MESSAGE.c.endpoint == endpoint).group_by(_MESSAGE.c.outcome)
    return [(str(outcome), int(count)) for outcome, count in connection.execute(query.order_by(_MESSAGE.c.outcome))]


def _disable(connection: Connection, endpoint: str, why: Disabled, *, now: int) -> None:
    values = {"disabled_at": now, "disabled_because": why.value}
    enabled = (_ENDPOINT.c.id == endpoint, _ENDPOINT.c.disabled_at.is_(None))
    connection.execute(update(_ENDPOINT).where(*enabled).values(values))
    waiting = (_MESSAGE.c.endpoint == endpoint, _MESSAGE.c.outcome == WAITING)
    ended = {"outcome": Outcome.NOT_SENT.value, "ended_at": now}
    connection.execute(update(_MESSAGE).where(*waiting).values(ended))
