"""Every wire type by name, for decoding, for `bellwether schema` and for contract tests."""

from typing import Any

import msgspec

from shared.schemas.calendar import CalendarEvent
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent
from shared.schemas.interaction import AnyInteraction
from shared.schemas.output import DeadLetter, ReadingRecord
from shared.schemas.ticket import TicketEvent

SCHEMAS: dict[str, Any] = {
    "calendar": CalendarEvent,
    "ticket": TicketEvent,
    "chat": ChatEvent,
    "directory": DirectoryEvent,
    "interaction": AnyInteraction,
    "reading": ReadingRecord,
    "dead-letter": DeadLetter,
}
"""Types by name. The first four may be sent to Bellwether; it writes the others."""

CanonicalEvent = CalendarEvent | TicketEvent | ChatEvent | DirectoryEvent


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a wire type, for authors of producers. Raises KeyError for another name."""
    schema = msgspec.json.schema(SCHEMAS[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"bellwether {name}", **schema}


def event_decoder() -> "msgspec.json.Decoder[CanonicalEvent]":
    """A decoder of every canonical event. It raises msgspec.ValidationError or msgspec.DecodeError."""
    return msgspec.json.Decoder(CanonicalEvent)
