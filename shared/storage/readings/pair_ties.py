"""Ties of the whole organisation, taken from the readings of pairs of one week."""

from collections.abc import AsyncIterator, Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.work_ties import Tie
from shared.domain.signals.cadence import CADENCE
from shared.domain.signals.friction import FRICTION
from shared.domain.signals.signal import PairSignal
from shared.storage.engine import bulk
from shared.storage.readings.factors import read_values
from shared.storage.tables.readings import ReadingRow

_TABLE: Final = bulk.table_of(ReadingRow).c
_CHUNK_ROWS: Final = 5_000
_CONTACTS, _USUAL, _ROUGH = "contacts_per_week", "usual_contacts_per_week", "rough"


async def load_ties(connection: AsyncConnection, *, week: int, people: Collection[str]) -> tuple[Tie, ...]:
    """Every tie between two of these people, sorted: how often they are in touch, and what went wrong between them."""
    same = {person: person for person in people}  # a million ties need not hold two texts each of their own
    rough = {
        pair: values.get(_ROUGH, 0.0) async for pair, values in _measured(connection, FRICTION, week=week, people=same)
    }
    found: list[Tie] = []
    async for pair, values in _measured(connection, CADENCE, week=week, people=same):
        found.append(Tie(*pair, values.get(_CONTACTS, 0.0), values.get(_USUAL, 0.0), rough.pop(pair, 0.0)))
    found += [Tie(*pair, 0.0, 0.0, passages) for pair, passages in rough.items()]
    # Sorted here and not by the database: those sort text by rules of their own, and would sort the factors with it.
    found.sort()
    return tuple(found)


async def _measured(
    connection: AsyncConnection, signal: PairSignal, *, week: int, people: dict[str, str]
) -> AsyncIterator[tuple[tuple[str, str], dict[str, float]]]:
    """Values of the factors of a signal by pair, in any order, where both are among these people."""
    query = select(_TABLE.first, _TABLE.second, _TABLE.factors).where(_TABLE.signal == signal.name, _TABLE.week == week)
    async for rows in (await connection.stream(query)).partitions(_CHUNK_ROWS):
        for first, second, factors in rows:
            if first in people and second in people:
                yield (people[first], people[second]), read_values(factors)
