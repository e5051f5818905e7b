"""Where partners and tools are told. Plain functions, in the caller's transaction.

A partner's endpoint is theirs: nobody else sets it up or finds it. A tool's tells of what the program did.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.engine import Connection

from shared.domain.alerts.notification_week import Notify
from shared.domain.alerts.subscription_events import SubscriptionEvent
from shared.storage.engine.bulk import table_of
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow

MOST_ENDPOINTS: Final = 10
"""Of one partner, or of one credential for tools."""
NOBODY: Final = ""
_ID_BYTES: Final = 8
_ENDPOINT: Final = table_of(WebhookEndpointRow)
_MESSAGE: Final = table_of(WebhookMessageRow)


class Disabled(StrEnum):
    """Why an endpoint is not told any more."""

    GONE = "gone"  # the receiver answered 410
    REMOVED = "removed"  # by who set it up, or by an operator; the row goes soon


class TooManyEndpointsError(ValueError):
    """There are as many as there may be."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where somebody is told. Instants are Unix seconds.

    `delivered_at` and `failed_at` say when a message last arrived and when an attempt last failed.
    """

    id: str
    person: str  # empty for a tool
    url: str
    notify: str
    events: str
    generation: int
    created_by: str
    created_at: int
    disabled_at: int | None
    disabled_because: str | None
    delivered_at: int | None
    failed_at: int | None


_COLUMNS: Final = [_ENDPOINT.c[name] for name in Endpoint.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose endpoints: those of a person, or those that a credential set up for tools; all of tools without one."""

    person: str = NOBODY
    credential: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Which rows these are."""
        mine = [_ENDPOINT.c.person == self.person]
        return [*mine, _ENDPOINT.c.created_by == self.credential] if self.credential else mine


def add_notification(connection: Connection, *, person: str, url: str, notify: Notify, by: str, now: int) -> Endpoint:
    """Tell a partner there from now on. `by` is their own credential. The URL has been checked.

    Raises TooManyEndpointsError.
    """
    return _add(connection, Owner(person), url=url, notify=notify.value, by=by, now=now)


def add_subscription(
    connection: Connection, *, url: str, events: Collection[SubscriptionEvent], by: str, now: int
) -> Endpoint:
    """Tell a tool of these events from now on. The URL has been checked. Raises TooManyEndpointsError."""
    listed = " ".join(sorted({each.value for each in events}))
    return _add(connection, Owner(credential=by), url=url, events=listed, by=by, now=now)


def list_endpoints(connection: Connection, owner: Owner) -> list[Endpoint]:
    """Endpoints that were not removed, oldest first."""
    query = select(*_COLUMNS).where(*owner.conditions(), *_there())
    rows = connection.execute(query.order_by(_ENDPOINT.c.created_at, _ENDPOINT.c.id))
    return [Endpoint(*row) for row in rows]


def list_everybodys(connection: Connection) -> list[Endpoint]:
    """Endpoints of partners and of tools, for operators of the store."""
    query = select(*_COLUMNS).where(*_there()).order_by(_ENDPOINT.c.created_at, _ENDPOINT.c.id)
    return [Endpoint(*row) for row in connection.execute(query)]


def replace_secret(connection: Connection, endpoint: str, owner: Owner) -> Endpoint | None:
    """Begin with the next secret; None when there is no such endpoint. The one before signs until the next time."""
    return _change(connection, endpoint, owner, {"generation": _ENDPOINT.c.generation + 1})


def enable(connection: Connection, endpoint: str, owner: Owner) -> Endpoint | None:
    """Send to an endpoint again; None when there is no such endpoint. Twice is as good as once."""
    return _change(connection, endpoint, owner, {"disabled_at": None, "disabled_because": None, "paused_until": 0})


def remove(connection: Connection, endpoint: str, owner: Owner, *, now: int) -> Endpoint | None:
    """Send nothing there any more; None when there is no such endpoint. `forget_removed` deletes it."""
    return _change(connection, endpoint, owner, {"disabled_at": now, "disabled_because": Disabled.REMOVED.value})


def remove_anybodys(connection: Connection, endpoint: str) -> bool:
    """Delete an endpoint whosoever it is, for operators of the store; False when there is none."""
    connection.execute(delete(_MESSAGE).where(_MESSAGE.c.endpoint == endpoint))
    return connection.execute(delete(_ENDPOINT).where(_ENDPOINT.c.id == endpoint)).rowcount == 1


def forget_removed(connection: Connection) -> None:
    """Delete endpoints that were removed, with what waits for them."""
    removed = _ENDPOINT.c.disabled_because == Disabled.REMOVED.value
    of_removed = _MESSAGE.c.endpoint.in_(select(_ENDPOINT.c.id).where(removed))
    connection.execute(delete(_MESSAGE).where(of_removed))
    connection.execute(delete(_ENDPOINT).where(removed))


def _there() -> list[ColumnElement[bool]]:
    because = _ENDPOINT.c.disabled_because
    return [because.is_distinct_from(Disabled.REMOVED.value)]


def _add(
    connection: Connection, owner: Owner, *, url: str, by: str, now: int, notify: str = "", events: str = ""
) -> Endpoint:
    if len(list_endpoints(connection, owner)) >= MOST_ENDPOINTS:
        raise TooManyEndpointsError(f"there are {MOST_ENDPOINTS} already")
    made = Endpoint(
        id=f"wh_{secrets.token_hex(_ID_BYTES)}",
        person=owner.person,
        url=url,
        notify=notify,
        events=events,
        generation=0,
        created_by=by,
        created_at=now,
        disabled_at=None,
        disabled_because=None,
        delivered_at=None,
        failed_at=None,
    )
    values = {column.name: getattr(made, column.name) for column in _COLUMNS}
    connection.execute(insert(_ENDPOINT).values(values | {"paused_until": 0, "told": ""}))
    return made


def _change(connection: Connection, endpoint: str, owner: Owner, values: dict[str, Any]) -> Endpoint | None:
    which = (_ENDPOINT.c.id == endpoint, *owner.conditions(), *_there())
    found = connection.execute(select(*_COLUMNS).where(*which)).one_or_none()
    if found is None:
        return None
    connection.execute(update(_ENDPOINT).where(*which).values(values))
    changed = connection.execute(select(*_COLUMNS).where(_ENDPOINT.c.id == endpoint)).one()
    return Endpoint(*changed)
