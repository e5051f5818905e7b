"""The status line at the bottom of `bellwether up`. It is cheap however large the store is."""

import asyncio
import time
from typing import Final

from rich.console import Console

from shared.storage.engine.database import Database
from shared.storage.log.event_log import sizes, waiting
from shared.storage.readings.store import watermark
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.telemetry.names import Metric

STATUS_SECONDS: Final = 1.0


async def show_status(database: Database, metrics: Metrics, console: Console) -> None:
    """Show the line until cancelled. The store is counted once; new events are those that the services count."""
    async with database.read() as connection:
        rows = await sizes(connection)
    events = rows["applied"] - _total(metrics, names.INTERACTIONS, kind="applied")
    dead = rows["dead_letter"] - _total(metrics, names.DEAD_LETTERS)
    with console.status("") as line:
        while True:
            async with database.read() as connection:
                left, latest = await waiting(connection), await watermark(connection)
            seen = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(latest)) if latest else "nothing yet"
            stopped = stopped_services(metrics)
            line.update(
                (f"[bold red]stopped: {', '.join(stopped)}[/] · " if stopped else "")
                + f"{events + _total(metrics, names.INTERACTIONS, kind='applied'):,} events · last {seen} UTC · "
                f"{left} waiting · {dead + _total(metrics, names.DEAD_LETTERS)} dead letters · Ctrl-C stops"
            )
            await asyncio.sleep(STATUS_SECONDS)


def stopped_services(metrics: Metrics) -> list[str]:
    """Names of the services that take nothing more as most records cannot be read."""
    samples = (sample for family in metrics.gauge(names.STOPPED).collect() for sample in family.samples)
    return sorted(each.labels["service"] for each in samples if each.value)


def _total(metrics: Metrics, counter: Metric, **labels: str) -> int:
    samples = (sample for family in metrics.counter(counter).collect() for sample in family.samples)
    wanted = labels.items()
    return int(sum(each.value for each in samples if each.name.endswith("_total") and wanted <= each.labels.items()))
