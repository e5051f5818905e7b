"""Cells read from the store: cohort-level numbers that survive restarts and agree everywhere."""

from collections import defaultdict

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.cells import Cell
from shared.domain.week import LIVE_WEEK
from shared.storage import bulk
from shared.storage.cell_tables import CellFactorRow
from shared.storage.database import Database
from shared.storage.readings import scoring_state, watermark
from shared.storage.tables import CellRow
from shared.telemetry import names
from shared.telemetry.cohorts import CohortGauges
from shared.telemetry.metrics import Metrics


async def show_cells(database: Database, metrics: Metrics, gauges: CohortGauges) -> None:
    """Set the gauges to the live cells.

    Raises DBAPIError when the store does not answer; the gauges are then left as they were.
    """
    async with database.read() as connection:
        cells = await live_cells(connection)
        latest = await watermark(connection)
        state = await scoring_state(connection)
    gauges.show(cells)
    metrics.gauge(names.WATERMARK).set(latest)
    metrics.gauge(names.SCORED).set(state.scored_at)


async def live_cells(connection: AsyncConnection) -> list[Cell]:
    """The cells as of the watermark, shown and suppressed."""
    table, factor = bulk.table_of(CellRow), bulk.table_of(CellFactorRow).c
    query = select(factor.signal, factor.cohort, factor.factor, factor.mean).where(factor.week == LIVE_WEEK)
    factors: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for signal, cohort, name, mean in await connection.execute(query):
        factors[signal, cohort][name] = mean
    rows = await connection.execute(select(table).where(table.c.week == LIVE_WEEK))
    return [
        Cell(
            signal=row.signal,
            cohort=row.cohort,
            suppressed=row.suppressed,
            people=row.people,
            mean=row.mean,
            shares=msgspec.json.decode(row.shares),
            factors=factors.get((row.signal, row.cohort), {}),
        )
        for row in rows
    ]
