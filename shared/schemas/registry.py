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
"""Name to type; the first four are what may be sent in."""

CanonicalEvent = CalendarEvent | TicketEvent | ChatEvent | DirectoryEvent


def json_schema(name: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a wire type, for people who write producers. Raises KeyError."""
    schema = msgspec.json.schema(SCHEMAS[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"bellwether {name}", **schema}


def event_decoder() -> "msgspec.json.Decoder[CanonicalEvent]":
    """Decoder of any canonical event; raises msgspec.ValidationError or msgspec.DecodeError."""
    return msgspec.json.Decoder(CanonicalEvent)
