"""Source systems: pure readers of what vendors write. A new one is a file here and a name in `SOURCES`."""

from typing import Final

from shared.sources import chat_json, ics, mail_csv, ndjson, people_csv, ticket_csv
from shared.sources.source import (
    KINDS,
    Accepted,
    Channel,
    Item,
    Kind,
    Options,
    Rejection,
    Skipped,
    Source,
    UnusableError,
)

SOURCES: Final[tuple[Source, ...]] = (
    people_csv.SOURCE,
    mail_csv.SOURCE,
    ics.SOURCE,
    ticket_csv.SOURCE,
    chat_json.SOURCE,
    ndjson.SOURCE,
)

__all__ = [
    "KINDS",
    "SOURCES",
    "Accepted",
    "Channel",
    "Item",
    "Kind",
    "Options",
    "Rejection",
    "Skipped",
    "Source",
    "UnusableError",
    "source_of",
]


def source_of(kind: Kind) -> Source:
    """The source for a kind of import. Raises KeyError for an unknown kind."""
    return {source.kind: source for source in SOURCES}[kind]
