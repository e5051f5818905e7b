"""Tells once a day how much of what each source sends is about people who are known."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import DBAPIError

from shared.domain.week import DAY, day_of
from shared.repeating import repeat
from shared.storage.engine.database import Database
from shared.storage.log.published_shares import PublishedShare, coarse, publish, published
from shared.storage.log.source_shares import sampled
from shared.storage.readings.store import watermark
from shared.telemetry import names
from shared.telemetry.metrics import Metrics

# Looked at once an hour, as a day ends at no particular time of a process.
_PAUSE_SECONDS: Final = 3600.0
# A new system has its first figures as soon as there are events enough.
_EMPTY_PAUSE_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 60.0
_LONGEST_RETRY_SECONDS: Final = 600.0
# As far back as most signals look.
_LATELY_SECONDS: Final = 28 * DAY

_log: Final = logging.getLogger("bellwether.signals")


class SourceShares:
    """Measures them in a sample of the log, and shows them as a gauge and to the API."""

    def __init__(self, *, database: Database, metrics: Metrics, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives Unix seconds."""
        self._database: Final = database
        self._metrics: Final = metrics
        self._clock: Final = clock
        self._shown: frozenset[str] = frozenset()

    async def run(self, owns: asyncio.Event) -> None:
        """Measure while this process owns the singleton work. Runs until cancelled."""
        await repeat(
            self._round,
            failure="measuring the shares of sources failed",
            log=_log,
            transient=(DBAPIError, OSError),
            first_seconds=_RETRY_SECONDS,
            longest_seconds=_LONGEST_RETRY_SECONDS,
            owns=owns,
        )

    async def _round(self) -> float:
        await self.measure()
        return _PAUSE_SECONDS if self._shown else _EMPTY_PAUSE_SECONDS

    async def measure(self) -> None:
        """Measure, unless that was done today, and show what there is."""
        now = int(self._clock())
        async with self._database.read() as connection:
            found = await connection.run_sync(published)
        if not found or day_of(found[0].measured_at) != day_of(now):
            async with self._database.read() as connection:
                sample = await sampled(connection, since=await watermark(connection) - _LATELY_SECONDS)
            async with self._database.write() as connection:
                await connection.run_sync(publish, coarse(sample.by_source), now=now)
                found = await connection.run_sync(published)
        self._show(found)

    def _show(self, found: list[PublishedShare]) -> None:
        gauge = self._metrics.gauge(names.SOURCE_SHARE)
        for each in found:
            gauge.labels(each.source).set(each.percent)
        for source in self._shown - {each.source for each in found}:
            gauge.remove(source)
        self._shown = frozenset(each.source for each in found)
