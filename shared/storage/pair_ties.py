"""Ties of the whole organisation, taken from the readings of pairs of one week."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.signals.cadence import CADENCE
from shared.domain.signals.friction import FRICTION
from shared.domain.ties import Tie
from shared.storage import bulk
from shared.storage.factors import read_factors
from shared.storage.tables import ReadingRow

_TABLE: Final = bulk.table_of(ReadingRow).c
_CHUNK_ROWS: Final = 5_000
# In the order of the fields of a tie; the first two are factors of cadence, the last is one of friction.
_MEASURED: Final = ("contacts_per_week", "usual_contacts_per_week", "rough")


async def load_ties(connection: AsyncConnection, *, week: int, people: Collection[str]) -> tuple[Tie, ...]:
    """Every tie between two of these people, sorted: how often they are in touch, and what went wrong between them."""
    query = (
        select(_TABLE.first, _TABLE.second, _TABLE.factors)
        .where(_TABLE.signal.in_((CADENCE.name, FRICTION.name)), _TABLE.week == week)
        .order_by(_TABLE.first, _TABLE.second)
    )
    found: list[Tie] = []
    pair = ("", "")
    measured: dict[str, float] = {}

    def finish() -> None:
        if pair[0] in people and pair[1] in people:
            found.append(Tie(*pair, *(measured.get(name, 0.0) for name in _MEASURED)))

    async for rows in (await connection.stream(query)).partitions(_CHUNK_ROWS):
        for first, second, factors in rows:
            if (first, second) != pair:
                finish()
                pair, measured = (first, second), {}
            measured.update((each.name, each.value) for each in read_factors(factors) if each.name in _MEASURED)
    finish()
    # Databases sort text by rules of their own.
    return tuple(sorted(found))
