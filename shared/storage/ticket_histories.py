"""Histories of tickets for scoring, in pages by ticket."""

from collections.abc import AsyncIterator, Collection, Iterable
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.ticket_history import Move, TicketHistory, TicketMove
from shared.storage import bulk
from shared.storage.work_tables import TicketMoveRow

_TABLE: Final = bulk.table_of(TicketMoveRow).c


async def ticket_pages(
    connection: AsyncConnection, *, since: int, size: int
) -> AsyncIterator[tuple[TicketHistory, ...]]:
    """Every ticket with a move from `since` (Unix seconds) on, by key, with all its moves, so many at a time."""
    active = (await connection.execute(select(_TABLE.ticket).where(_TABLE.at >= since).distinct())).scalars()
    tickets = sorted(active)
    for start in range(0, len(tickets), size):
        yield await load_tickets(connection, tickets[start : start + size])


async def load_tickets(connection: AsyncConnection, tickets: Collection[str]) -> tuple[TicketHistory, ...]:
    """Histories of these tickets, by key; equal stores give equal values but for the integers of identities."""
    moves: dict[str, list[TicketMove]] = {ticket: [] for ticket in sorted(tickets)}
    for part in _parts(moves):
        for row in await connection.execute(_moves().where(_TABLE.ticket.in_(part))):
            ticket, at, move, *stood = row
            moves[ticket].append(TicketMove(at, Move(move), *stood))
    return tuple(
        TicketHistory(ticket, tuple(sorted(own, key=lambda each: (each.at, each.move))))
        for ticket, own in moves.items()
        if own
    )


def _moves() -> Select[Any]:
    columns = (_TABLE.actor, _TABLE.reporter, _TABLE.assignee, _TABLE.handed, _TABLE.waits, _TABLE.priority, _TABLE.due)
    return select(_TABLE.ticket, _TABLE.at, _TABLE.move, *columns)


def _parts(keys: Iterable[str]) -> Iterable[list[str]]:
    ordered = list(keys)
    return (ordered[start : start + bulk.MAX_IN] for start in range(0, len(ordered), bulk.MAX_IN))
