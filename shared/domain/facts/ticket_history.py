"""The history of one ticket, which ticket signals are computed from.

The moves name people by the integers of their identities. Those differ between stores, so signals may compare them
for equality and must not order by them.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import groupby
from operator import attrgetter
from typing import Final


class Move(IntEnum):
    """What happened to a ticket."""

    CREATED = 1
    COMMENTED = 2
    ASSIGNED = 3
    HANDED_TO_GROUP = 4
    PRIORITY_RAISED = 5
    PRIORITY_LOWERED = 6
    STATUS_CHANGED = 7
    REOPENED = 8
    SLA_BREACHED = 9
    ESCALATED = 10
    RESOLVED = 11
    CLOSED = 12  # a change of status that ends it without resolving it


ENDS: Final = frozenset({Move.RESOLVED, Move.CLOSED})
"""After one of these a ticket is done, until it is opened again."""


@dataclass(frozen=True, slots=True)
class TicketMove:
    """One thing that happened, with where the ticket stood afterwards."""

    at: int
    move: Move
    actor: int  # 0 when the tracker did it itself, or nobody knows
    reporter: int
    assignee: int
    waits: bool  # it waits for somebody or is blocked
    priority: int  # 1 lowest to 5 most urgent; 0 when not known
    due: int  # promised instant; 0 when none is known
    group: str = ""  # that has it afterwards; empty when the step does not say


@dataclass(frozen=True, slots=True)
class TicketMoves:
    """One ticket: its moves as `in_order` gives them."""

    ticket: str
    moves: tuple[TicketMove, ...]

    @property
    def is_open(self) -> bool:
        """Whether the ticket is known and not done after its last move."""
        return bool(self.moves) and self.open_after()[-1]

    def open_after(self) -> list[bool]:
        """After each move: whether the ticket was not done."""
        is_open, found = True, []
        for each in self.moves:
            if each.move in ENDS:
                is_open = False
            elif each.move in (Move.REOPENED, Move.CREATED):
                is_open = True
            found.append(is_open)
        return found

    def groups(self) -> list[str]:
        """After each move: the group that had the ticket; empty while none is known."""
        group, found = "", []
        for each in self.moves:
            group = each.group or group
            found.append(group)
        return found


@dataclass(frozen=True, slots=True)
class TicketHistory(TicketMoves):
    """What is known of a ticket as of an instant."""


@dataclass(frozen=True, slots=True)
class WholeTicket(TicketMoves):
    """Everything that was loaded of a ticket, however late. No signal takes it."""

    def known_at(self, as_of: int) -> TicketHistory:
        """Its moves up to an instant."""
        return TicketHistory(self.ticket, self.moves[: bisect_right(self.moves, as_of, key=attrgetter("at"))])


def in_order(moves: Iterable[TicketMove]) -> tuple[TicketMove, ...]:
    """Moves by instant; those of one second by kind and by where they leave the ticket, never by who or in which row.

    Of moves that are alike but for the group they hand the ticket to, none is known to be the last: none names a group.
    """
    found: list[TicketMove] = []
    for _, alike in groupby(sorted(moves, key=_order), key=_order):
        together = list(alike)
        if len({each.group for each in together if each.group}) > 1:
            together = [replace(each, group="") for each in together]
        found += together
    return tuple(found)


def _order(each: TicketMove) -> tuple[int, ...]:
    return (each.at, each.move, each.waits, each.priority, each.due, each.assignee != 0)
