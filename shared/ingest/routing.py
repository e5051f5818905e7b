"""Which topics an event comes in by and goes on by, and as what record."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from shared import topics
from shared.domain.privacy.pseudonym import DepartingNames
from shared.schemas.calendar import CalendarEvent
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent
from shared.schemas.names import renamed
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketEvent
from shared.storage.log.event_log import Outgoing

_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one family of events: `schema` is the union of its types."""

    schema: Any
    inbox: topics.Topic
    topic: topics.Topic


ROUTES: Final = (
    Route(CalendarEvent, topics.INBOX_CALENDAR, topics.EVENTS_CALENDAR),
    Route(TicketEvent, topics.INBOX_TICKET, topics.EVENTS_TICKET),
    Route(ChatEvent, topics.INBOX_CHAT, topics.EVENTS_CHAT),
    Route(DirectoryEvent, topics.INBOX_DIRECTORY, topics.DIRECTORY),
)


def route_of(event: CanonicalEvent) -> Route:
    """The way of an event."""
    return next(each for each in ROUTES if isinstance(event, each.schema))


def record_of(event: CanonicalEvent, names: DepartingNames, *, topic_prefix: str = "") -> Outgoing:
    """The record of an event that passed the edge: everybody it names bears a check.

    It is keyed by its entity, so that revisions of one thing stay in order. Raises NotPseudonymousError for an event
    that did not pass the edge.
    """
    topic = f"{topic_prefix}{route_of(event).topic.name}"
    return Outgoing(topic, event.entity.encode(), _ENCODE(renamed(event, names)))


def inbox_record_of(event: CanonicalEvent, *, topic_prefix: str = "") -> Outgoing:
    """The record of an event as a producer of the organisation sends it, to the inbox of its family."""
    return Outgoing(f"{topic_prefix}{route_of(event).inbox.name}", event.entity.encode(), _ENCODE(event))
