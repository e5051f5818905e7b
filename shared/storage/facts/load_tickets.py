"""Histories of tickets for scoring, in pages by ticket.

With `person_at` moves name people rather than accounts, by numbers below zero that hold within one call: who reported
a ticket by one account and comments on it by another is one person. Who is in no directory stays an account.
"""

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.ticket_history import ENDS, Move, TicketMove, WholeTicket, in_order
from shared.storage.engine import bulk
from shared.storage.facts.meeting_counts import PersonAt
from shared.storage.tables.work import TicketMoveRow

_TABLE: Final = bulk.table_of(TicketMoveRow).c


async def ticket_pages(
    connection: AsyncConnection,
    *,
    since: int,
    size: int,
    excluded: frozenset[int] = frozenset(),
    person_at: PersonAt | None = None,
) -> AsyncIterator[tuple[Collection[str], tuple[WholeTicket, ...]]]:
    """Every ticket with a move from `since` (Unix seconds) on, by key, and all that counts of it, so many at a time."""
    active = (await connection.execute(select(_TABLE.ticket).where(_TABLE.at >= since).distinct())).scalars()
    tickets = sorted(active)
    for start in range(0, len(tickets), size):
        part = tickets[start : start + size]
        yield part, await load_tickets(connection, part, excluded=excluded, person_at=person_at)


async def load_tickets(
    connection: AsyncConnection,
    tickets: Collection[str],
    *,
    excluded: frozenset[int] = frozenset(),
    person_at: PersonAt | None = None,
) -> tuple[WholeTicket, ...]:
    """Histories of these tickets, by key; equal stores give equal values but for the integers of identities.

    What an `excluded` identity did, reported or was given is left out, but that a ticket is done: see `_counted`.
    """
    people = _People(person_at) if person_at is not None else None
    moves: dict[str, list[TicketMove]] = {ticket: [] for ticket in sorted(tickets)}
    for part in bulk.parts(list(moves)):
        for row in await connection.execute(_moves().where(_TABLE.ticket.in_(part))):
            ticket, at, move, *stood = row
            counted = _counted(TicketMove(at, Move(move), *stood), excluded)
            if counted is not None:
                moves[ticket].append(counted if people is None else people.named(counted))
    return tuple(
        WholeTicket(ticket, in_order(own))
        for ticket, own in moves.items()
        # Ends alone are what is left of a ticket that concerns excluded people throughout.
        if any(each.move not in ENDS for each in own)
    )


class _People:
    """Numbers of the people whose accounts are in moves."""

    def __init__(self, person_at: PersonAt) -> None:
        self._person_at: Final = person_at
        self._numbers: Final[dict[str, int]] = {}

    def named(self, move: TicketMove) -> TicketMove:
        """The move with people in the place of accounts."""
        actor, reporter, assignee = (self._number(each, move.at) for each in (move.actor, move.reporter, move.assignee))
        return replace(move, actor=actor, reporter=reporter, assignee=assignee)

    def _number(self, identity: int, at: int) -> int:
        person = self._person_at(identity, at) if identity else None
        return self._numbers.setdefault(person, -1 - len(self._numbers)) if person else identity


def _counted(move: TicketMove, excluded: frozenset[int]) -> TicketMove | None:
    """The move when it counts; of one by or for excluded people only that it ended the ticket, with nobody in it."""
    if excluded.isdisjoint((move.actor, move.reporter, move.assignee)):
        return move
    return replace(move, actor=0, reporter=0, assignee=0, priority=0, due=0) if move.move in ENDS else None


def _moves() -> Select[Any]:
    columns = (_TABLE.actor, _TABLE.reporter, _TABLE.assignee, _TABLE.waits, _TABLE.priority, _TABLE.due)
    return select(_TABLE.ticket, _TABLE.at, _TABLE.move, *columns, _TABLE.support_group)
