"""Deletes what is past its retention: once an hour, in the process that scores."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.exc import DBAPIError

from services.signals.settings import SignalsSettings
from shared.domain.privacy.retention import first_kept_day
from shared.domain.week import WEEK_DAYS, day_of
from shared.repeating import repeat
from shared.storage.engine.database import Database
from shared.storage.privacy.retention import sweep
from shared.storage.readings.store import scoring_state
from shared.storage.tables.declarations import DataClass
from shared.telemetry import names
from shared.telemetry.metrics import Metrics

# Nothing here is urgent: rows grow old by the day.
_PAUSE_SECONDS: Final = 3600.0
_RETRY_SECONDS: Final = 60.0
_LONGEST_RETRY_SECONDS: Final = 600.0
_BY_CLOCK: Final = frozenset({"cases", "keys", "audit"})

_log: Final = logging.getLogger("bellwether.signals")


def kept_days(settings: SignalsSettings) -> Mapping[DataClass, int]:
    """How many days each class of data is kept."""
    return {
        "facts": settings.fact_days,
        "readings": settings.history_weeks * WEEK_DAYS,
        "alerts": settings.alert_days,
        "cases": settings.case_days,
        "keys": settings.key_days,
        "audit": settings.audit_days,
    }


class Sweeper:
    """Deletes old rows. Facts, readings and alerts age by event time; cases, keys and the audit by the clock."""

    def __init__(
        self, *, database: Database, settings: SignalsSettings, metrics: Metrics, clock: Callable[[], float] = time.time
    ) -> None:
        self._database: Final = database
        self._kept: Final = kept_days(settings)
        self._metrics: Final = metrics
        self._clock: Final = clock

    async def run(self, owns: asyncio.Event) -> None:
        """Sweep once an hour while this process owns the singleton work. Runs until cancelled."""
        await repeat(
            self._round,
            failure="the sweep failed",
            log=_log,
            transient=(DBAPIError, OSError),
            first_seconds=_RETRY_SECONDS,
            longest_seconds=_LONGEST_RETRY_SECONDS,
            owns=owns,
        )

    async def _round(self) -> float:
        await self.sweep()
        return _PAUSE_SECONDS

    async def sweep(self) -> None:
        """Sweep once.

        Ages count from the instant that readings are as of, and not from the latest event. A pass that is under way and
        every later one are as of that instant or a later one, so they need nothing that is deleted. Waiting for the end
        of scoring instead could take for ever, as events may never stop.
        """
        async with self._database.write() as connection:
            scored = (await scoring_state(connection)).scored_at
            today = day_of(int(self._clock()))
            first_days: dict[DataClass, int] = {
                data: today - days if data in _BY_CLOCK else first_kept_day(scored, days)
                for data, days in self._kept.items()
            }
            deleted = await sweep(connection, first_days)
        for data, rows in deleted.items():
            self._metrics.counter(names.SWEPT).labels(data).inc(rows)
