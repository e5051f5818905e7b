"""The subjects most at risk, for the console."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.reading import INSUFFICIENT, Factor
from shared.domain.signals import SIGNAL_BY_NAME
from shared.domain.week import LIVE_WEEK
from shared.storage import bulk
from shared.storage.factors import read_factors
from shared.storage.register import Register
from shared.storage.tables import ReadingRow


@dataclass(frozen=True, slots=True)
class TopReading:
    """A live reading with the names of its people, or their pseudonyms where the register is closed."""

    people: tuple[str, ...]
    value: float
    confidence: float
    band: str
    factors: tuple[Factor, ...]
    action: str


async def top_readings(connection: AsyncConnection, signal: str, *, register: Register, limit: int) -> list[TopReading]:
    """Live readings of a signal, worst first; readings without enough evidence are left out.

    Raises KeyError for an unknown signal.
    """
    table = bulk.table_of(ReadingRow).c
    worst_first = table.value.asc() if SIGNAL_BY_NAME[signal].bands.descending else table.value.desc()
    rows = (
        await connection.execute(
            select(
                *(table.first, table.second, table.third),
                *(table.value, table.confidence, table.band, table.factors, table.action),
            )
            .where(table.week == LIVE_WEEK, table.signal == signal, table.band != INSUFFICIENT)
            .order_by(worst_first, table.first, table.second, table.third)
            .limit(limit)
        )
    ).all()
    known = await register.find_async(connection, {key for row in rows for key in row[:3] if key})
    names = {key: entry.name or entry.text for key, entry in known.items()}
    return [
        TopReading(
            people=tuple(names.get(key, key) for key in row[:3] if key),
            value=row.value,
            confidence=row.confidence,
            band=row.band,
            factors=tuple(read_factors(row.factors)),
            action=row.action,
        )
        for row in rows
    ]
