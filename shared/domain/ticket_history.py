"""What ticket signals are computed from: everything that happened to one ticket, whoever did it.

The moves name people by the integers of their identities. Those differ between stores, so signals may compare them
for equality and must not order by them.
"""

from dataclasses import dataclass
from enum import IntEnum


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


@dataclass(frozen=True, slots=True)
class TicketMove:
    """One thing that happened, with where the ticket stood afterwards."""

    at: int
    move: Move
    actor: int  # 0 when the tracker did it itself, or nobody knows
    reporter: int
    assignee: int
    handed: bool  # somebody else, or another group, had it before
    waits: bool  # it waits for somebody or is blocked
    priority: int  # 1 lowest to 5 most urgent; 0 when not known
    due: int  # promised instant; 0 when none is known


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """One ticket: its moves sorted by instant, then by kind of move."""

    ticket: str
    moves: tuple[TicketMove, ...]

    @property
    def is_open(self) -> bool:
        """Whether the ticket is known and not done after its last move."""
        done = not self.moves
        for each in self.moves:
            if each.move in (Move.RESOLVED, Move.CLOSED):
                done = True
            elif each.move in (Move.REOPENED, Move.CREATED):
                done = False
        return not done
