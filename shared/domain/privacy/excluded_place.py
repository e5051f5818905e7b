"""Places that do not count: where the works council, an ethics office or planned talks happen. Pure.

A place is named `kind:id`, with the id that its source knows it by, or the pseudonym of that id.
"""

from enum import StrEnum
from typing import Final


class PlaceKind(StrEnum):
    """What a place is. The list is closed: each kind has a field of the wire that says it."""

    CHANNEL = "channel"  # of a chat
    LIST = "list"  # a mail address that mails go to or come from, or that is invited
    CALENDAR = "calendar"
    SERIES = "series"  # a meeting that recurs
    QUEUE = "queue"  # project, queue or group of tickets


PLACE_PATTERN: Final = rf"^({'|'.join(PlaceKind)}):\S(.{{0,398}}\S)?$"
"""How a place is written."""


def place(kind: PlaceKind, native: str) -> str:
    """Name of a place, as it is compared."""
    return f"{kind.value}:{native}"


def kind_of(name: str) -> PlaceKind | None:
    """What a name is a place of; None when it is a person, an identity or anything else."""
    kind, colon, native = name.partition(":")
    return PlaceKind(kind) if colon and native and kind in set(PlaceKind) else None
