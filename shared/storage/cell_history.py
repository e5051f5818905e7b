"""Cells of closed weeks, for whoever starts to watch after the fact."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.cells import Cell, CellBuilder
from shared.domain.reading import Reading, Subject
from shared.domain.week import LIVE_WEEK, week_end
from shared.storage import bulk
from shared.storage.directory import load_organisation
from shared.storage.factors import read_factors
from shared.storage.tables import ReadingRow

_READING: Final = bulk.table_of(ReadingRow).c


@dataclass(frozen=True, slots=True)
class WeekOfCells:
    """The cells as of the end of a closed week, in Unix seconds."""

    as_of: int
    cells: list[Cell]


async def closed_weeks(connection: AsyncConnection, *, k: int) -> AsyncIterator[WeekOfCells]:
    """Every closed week that has readings, the oldest first, by the teams of today."""
    teams = (await load_organisation(connection)).teams
    columns = ("signal", "first", "second", "third", "value", "band", "factors")
    query = select(*(_READING[name] for name in columns))
    weeks = select(_READING.week).where(_READING.week < LIVE_WEEK).distinct().order_by(_READING.week)
    for week in (await connection.execute(weeks)).scalars().all():
        builder = CellBuilder(teams, k=k)
        async for row in await connection.stream(query.where(_READING.week == week)):
            builder.add([_reading(row, week_end(week))])
        yield WeekOfCells(week_end(week), builder.cells())


def _reading(row: Any, as_of: int) -> Reading:
    signal, first, second, third, value, band, factors = row
    chain = bool(third)
    return Reading(
        signal=signal,
        subject=Subject("chain", (first, second, third)) if chain else Subject("pair", (first, second)),
        as_of=as_of,
        value=value,
        confidence=1.0,
        band=band,
        factors=tuple(read_factors(factors)) if chain else (),
        action="",
    )
