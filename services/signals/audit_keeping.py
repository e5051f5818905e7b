"""Signs the audit as it grows, and lets go what is old enough: once an hour, by whoever scores."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.signals.settings import SignalsSettings
from shared.domain.audit_chain import Root, Signer, root_line
from shared.domain.week import DAY, HOUR
from shared.storage.audit import cut_off, sign_root, unsigned_entries
from shared.storage.database import Database
from shared.telemetry import names
from shared.telemetry.metrics import Metrics

_LOOK_SECONDS: Final = 60.0
_AUDIT: Final = "audit"

_log: Final = logging.getLogger("bellwether.audit")


class AuditKeeper:
    """Makes a signed root of every hour in which somebody looked at people, and cuts off what is old enough.

    Every root is logged as well, so that it lies where logs go and not in the store alone. Without a signer the audit
    grows, unsigned, until somebody runs `bellwether audit roots`; the gauges tell.
    """

    def __init__(
        self,
        *,
        database: Database,
        settings: SignalsSettings,
        metrics: Metrics,
        signer: Signer | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database: Final = database
        self._kept_seconds: Final = settings.audit_days * DAY
        self._metrics: Final = metrics
        self._signer: Final = signer
        self._clock: Final = clock

    async def run(self, owns: asyncio.Event) -> None:
        """Look every minute while this process owns the singleton work. Runs until cancelled."""
        while True:
            await owns.wait()
            try:
                await self.keep()
            except (DBAPIError, OSError) as error:
                _log.warning("the audit was not signed, will be tried again: %s", type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)

    async def keep(self) -> None:
        """Sign and cut what is due, and set the gauges."""
        now = int(self._clock())
        async with self._database.read() as connection:
            waiting, signed_at = await connection.run_sync(unsigned_entries)
        if self._signer is not None and (signed_at is None or now - signed_at >= HOUR):
            root, gone = await self._sign(self._signer, now)
            if root is not None:
                _log.info("audit root %s", root_line(root).decode())
                waiting, signed_at = 0, now
            if gone:
                self._metrics.counter(names.SWEPT).labels(_AUDIT).inc(gone)
        self._metrics.gauge(names.AUDIT_UNSIGNED).set(waiting)
        if signed_at is not None:
            self._metrics.gauge(names.AUDIT_SIGNED).set(signed_at)

    async def _sign(self, signer: Signer, now: int) -> tuple[Root | None, int]:
        def sign(connection: Connection) -> tuple[Root | None, int]:
            root = sign_root(connection, signer, at=now)
            return root, cut_off(connection, signer, before=now - self._kept_seconds, at=now)

        try:
            async with self._database.write() as connection:
                return await connection.run_sync(sign)
        except IntegrityError:
            return None, 0  # somebody signed the same at the same time
