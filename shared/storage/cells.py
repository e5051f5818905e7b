"""Cells as gauges: cohort-level numbers, taken from the store so that they survive restarts and agree everywhere."""

import msgspec
from sqlalchemy import select

from shared.domain.week import LIVE_WEEK
from shared.storage import bulk
from shared.storage.database import Database
from shared.storage.readings import scoring_state, watermark
from shared.storage.tables import CellRow
from shared.telemetry import names
from shared.telemetry.metrics import Metrics


async def show_cells(database: Database, metrics: Metrics) -> None:
    """Set the gauges to the live cells. A suppressed cell exports `suppressed` 1 and no value at all.

    Raises DBAPIError when the store does not answer; the gauges are then left as they were.
    """
    table = bulk.table_of(CellRow)
    async with database.read() as connection:
        rows = (await connection.execute(select(table).where(table.c.week == LIVE_WEEK))).all()
        latest = await watermark(connection)
        state = await scoring_state(connection)
    for metric in (names.SIGNAL_MEAN, names.SIGNAL_SHARE, names.SIGNAL_PEOPLE, names.SIGNAL_SUPPRESSED):
        metrics.gauge(metric).clear()
    for row in rows:
        metrics.gauge(names.SIGNAL_SUPPRESSED).labels(row.signal, row.cohort).set(int(row.suppressed))
        if not row.suppressed:
            metrics.gauge(names.SIGNAL_MEAN).labels(row.signal, row.cohort).set(row.mean)
            metrics.gauge(names.SIGNAL_PEOPLE).labels(row.signal, row.cohort).set(row.people)
            for band, share in msgspec.json.decode(row.shares).items():
                metrics.gauge(names.SIGNAL_SHARE).labels(row.signal, row.cohort, band).set(share)
    metrics.gauge(names.WATERMARK).set(latest)
    metrics.gauge(names.SCORED).set(state.scored_at)
