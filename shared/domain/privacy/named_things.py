"""Teams, goals and queues behind the edge: each by a key, as what people call them may name somebody. Pure.

A *key* is a keyed digest of the text that a source knows it by: `t-...`, `g-...` or `q-...`. What it is called is in
the register, and is shown once an operator has confirmed it as free of people; until then a neutral name stands for it.
Tickets are numbered within a project, whose name is somebody's free text as well: see `ticket_parts`.
"""

import re
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NamedTuple


class ThingKind(StrEnum):
    """What has a name that people type."""

    TEAM = "team"  # and department, unit, or whatever the directory calls it
    GOAL = "goal"
    QUEUE = "queue"  # project, queue or group of tickets, and what stands before the number of a ticket


_LETTERS: Final = {ThingKind.TEAM: "t", ThingKind.GOAL: "g", ThingKind.QUEUE: "q"}
_KINDS: Final = {letter: kind for kind, letter in _LETTERS.items()}
_KEY: Final = re.compile(r"([tgq])-[a-z2-7]{26}")
_SHOWN_LETTERS: Final = 4
# A digest that is shown in the place of what no edge gave a key to.
_SHORT_BYTES: Final = 2
# `INC0012345`, `PROJ-17`: letters of a project, and a number in it.
_NUMBERED: Final = re.compile(r"([^\W\d_]{1,40})([-_# ]?)([0-9]{1,18})")
# `4711`, `1-364285768`.
_NUMBER: Final = re.compile(r"#?[0-9]{1,18}(?:-[0-9]{1,18})?")
_TICKET: Final = re.compile(r"(q-[a-z2-7]{26})([-_# ]?[0-9]{1,18})|#?[0-9]{1,18}(?:-[0-9]{1,18})?|p-[a-z2-7]{26}")

_CAPITALISED: Final = {ThingKind.TEAM: "Team", ThingKind.GOAL: "Goal", ThingKind.QUEUE: "Queue"}


class TicketParts(NamedTuple):
    """The id of a ticket: the letters of its project, and its number with what stands between the two."""

    project: str
    number: str


def key_prefix(kind: ThingKind) -> str:
    """What keys of a kind begin with."""
    return f"{_LETTERS[kind]}-"


def is_key(text: str, kind: ThingKind | None = None) -> bool:
    """Whether a text has the form of a key, of a kind if one is given."""
    return _KEY.fullmatch(text) is not None and (kind is None or text.startswith(key_prefix(kind)))


def kind_of_key(key: str) -> ThingKind | None:
    """What a key is of; None for a text that is none."""
    return _KINDS[key[0]] if is_key(key) else None


def neutral_name(kind: ThingKind, key: str) -> str:
    """What stands for a thing whose name nobody has confirmed, such as `Team 7f3a`. It never repeats a text."""
    found = key[2 : 2 + _SHOWN_LETTERS] if is_key(key) else blake2b(key.encode(), digest_size=_SHORT_BYTES).hexdigest()
    return f"{_CAPITALISED[kind]} {found}"


def ticket_parts(ticket: str) -> TicketParts | None:
    """Project and number of a ticket as its source knows it; None for an id that is no number in a project."""
    found = _NUMBERED.fullmatch(ticket)
    return None if found is None else TicketParts(found[1], found[2] + found[3])


def is_number(ticket: str) -> bool:
    """Whether the id of a ticket is a number alone, which names nobody."""
    return _NUMBER.fullmatch(ticket) is not None


def is_keyed_ticket(ticket: str) -> bool:
    """Whether an id of a ticket has the form that the edge gives it: a number, the key of a project, or a pseudonym."""
    return _TICKET.fullmatch(ticket) is not None


def keyed_ticket_parts(ticket: str) -> TicketParts | None:
    """The key of the project and the number of a ticket behind the edge; None where it has no project."""
    found = _TICKET.fullmatch(ticket)
    return None if found is None or found[1] is None else TicketParts(found[1], found[2])
