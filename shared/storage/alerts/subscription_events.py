"""What the program did, of which tools are told: releases, finished imports, silent sources. Nothing about a person."""

from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from shared.domain.alerts.subscription_events import SILENT_SECONDS, SubscriptionEvent
from shared.storage.alerts.endpoints import NOBODY
from shared.storage.alerts.notifications import message
from shared.storage.engine.bulk import table_of
from shared.storage.tables.facts import ContactRow, MeetingRow
from shared.storage.tables.releases import ReleaseRow
from shared.storage.tables.webhooks import SubscriptionEventRow, WebhookEndpointRow, WebhookMessageRow
from shared.storage.tables.work import TicketMoveRow

_EVENT: Final = table_of(SubscriptionEventRow)
_ENDPOINT: Final = table_of(WebhookEndpointRow).c
_RELEASE: Final = table_of(ReleaseRow).c
# The latest thing that came from each kind of source.
_LATEST: Final = {
    "calendar": table_of(MeetingRow).c.changed_at,
    "chat": table_of(ContactRow).c.at,
    "tickets": table_of(TicketMoveRow).c.at,
}


def import_finished(connection: Connection, kind: str, *, now: int) -> None:
    """Files of a kind were taken in."""
    _note(connection, SubscriptionEvent.IMPORT_FINISHED, kind, at=now)


def note_release(connection: Connection, *, now: int) -> None:
    """Note that a week was released, once."""
    week = _unnoted_release(connection)
    if week is not None:
        _note(connection, SubscriptionEvent.RELEASE_PUBLISHED, str(week), at=now)


def note_silence(connection: Connection, *, now: int) -> None:
    """Note each kind of source that once sent something and does not any more, once for each silence."""
    for kind, instant in _LATEST.items():
        latest: int | None = connection.execute(select(func.max(instant))).scalar_one()
        if latest is None or latest > now - SILENT_SECONDS:
            continue
        if not _noted(connection, SubscriptionEvent.SOURCE_SILENT, kind, since=latest):
            _note(connection, SubscriptionEvent.SOURCE_SILENT, kind, at=now)


def anything_new(connection: Connection) -> bool:
    """Whether there is an event that tools were not told of, or a release that was not noted."""
    untold = select(_EVENT.c.id).where(_EVENT.c.told.is_(False)).limit(1)
    return connection.execute(untold).first() is not None or _unnoted_release(connection) is not None


def tell(connection: Connection, *, now: int) -> None:
    """Put a message in the outbox for each event and each tool that subscribed to it."""
    events = connection.execute(
        select(_EVENT.c.kind, _EVENT.c.detail).where(_EVENT.c.told.is_(False)).order_by(_EVENT.c.id)
    ).all()
    tools = connection.execute(
        select(_ENDPOINT.id, _ENDPOINT.events)
        .where(_ENDPOINT.person == NOBODY, _ENDPOINT.disabled_at.is_(None))
        .order_by(_ENDPOINT.id)
    ).all()
    messages = [
        message(endpoint, kind, detail, leaves_at=now)
        for kind, detail in events
        for endpoint, wanted in tools
        if kind in wanted.split()
    ]
    if messages:
        connection.execute(insert(table_of(WebhookMessageRow)), messages)
    connection.execute(update(_EVENT).where(_EVENT.c.told.is_(False)).values(told=True))


def forget_events(connection: Connection, *, before: int) -> None:
    """Delete events that tools were told of before an instant, but the latest of each kind and detail."""
    latest = select(func.max(_EVENT.c.id)).group_by(_EVENT.c.kind, _EVENT.c.detail)
    connection.execute(delete(_EVENT).where(_EVENT.c.told, _EVENT.c.at < before, _EVENT.c.id.not_in(latest)))


def _unnoted_release(connection: Connection) -> int | None:
    week: int | None = connection.execute(select(func.max(_RELEASE.week))).scalar_one()
    noted = week is None or _noted(connection, SubscriptionEvent.RELEASE_PUBLISHED, str(week))
    return None if noted else week


def _note(connection: Connection, kind: SubscriptionEvent, detail: str, *, at: int) -> None:
    connection.execute(insert(_EVENT).values(kind=kind.value, detail=detail, at=at, told=False))


def _noted(connection: Connection, kind: SubscriptionEvent, detail: str, *, since: int = 0) -> bool:
    found = (_EVENT.c.kind == kind.value, _EVENT.c.detail == detail, _EVENT.c.at >= since)
    return connection.execute(select(_EVENT.c.id).where(*found).limit(1)).first() is not None
