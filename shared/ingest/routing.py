"""Which topic an event goes to and as what record."""

from typing import Final, assert_never

import msgspec

from shared import topics
from shared.schemas.calendar import CalendarEvent
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketEvent
from shared.storage.log.event_log import Outgoing

_ENCODE: Final = msgspec.json.Encoder().encode


def topic_of(event: CanonicalEvent) -> topics.Topic:
    """The topic of an event's family."""
    if isinstance(event, CalendarEvent):
        return topics.EVENTS_CALENDAR
    if isinstance(event, TicketEvent):
        return topics.EVENTS_TICKET
    if isinstance(event, ChatEvent):
        return topics.EVENTS_CHAT
    if isinstance(event, DirectoryEvent):
        return topics.DIRECTORY
    assert_never(event)


def record_of(event: CanonicalEvent, *, topic_prefix: str = "") -> Outgoing:
    """The record of an event, keyed by its entity so that the revisions of one thing stay in order."""
    return Outgoing(f"{topic_prefix}{topic_of(event).name}", event.entity.encode(), _ENCODE(event))
