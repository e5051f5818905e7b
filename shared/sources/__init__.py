"""Source systems: pure readers of what vendors write. A new one is a file here and a name in `SOURCES`."""

from typing import Final

from shared.sources.calendar import ics
from shared.sources.chat import slack
from shared.sources.events import canonical
from shared.sources.mail import mail_csv
from shared.sources.people import people_csv
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
from shared.sources.tickets import log_csv

SOURCES: Final[tuple[Source, ...]] = (
    people_csv.SOURCE,
    mail_csv.SOURCE,
    ics.SOURCE,
    log_csv.SOURCE,
    slack.SOURCE,
    canonical.SOURCE,
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
