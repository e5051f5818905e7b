"""Cells as gauges: those released last, taken from the store so that they survive restarts and agree everywhere."""

from shared.storage.engine.database import Database
from shared.storage.readings.store import scoring_state, watermark
from shared.storage.releases.ledger import cells_of
from shared.telemetry import names
from shared.telemetry.cohorts import CohortGauges
from shared.telemetry.metrics import Metrics


async def show_release_gauges(database: Database, metrics: Metrics, gauges: CohortGauges) -> int | None:
    """Set the gauges to the cells of the latest released week; which one that is, None before the first.

    Raises DBAPIError when the store does not answer; the gauges are then left as they were.
    """
    async with database.read() as connection:
        week, cells = await cells_of(connection)
        latest = await watermark(connection)
        state = await scoring_state(connection)
    gauges.show(cells)
    metrics.gauge(names.WATERMARK).set(latest)
    metrics.gauge(names.SCORED).set(state.scored_at)
    return week
