"""Signs the audit as it grows, and deletes old entries: once an hour, in the process that scores."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.signals.settings import SignalsSettings
from shared.domain.privacy.audit_chain import Root, Signer, root_line
from shared.domain.week import DAY, HOUR
from shared.repeating import repeat
from shared.storage.access.audit import cut_off, sign_root
from shared.storage.engine.database import Database
from shared.telemetry import names
from shared.telemetry.metrics import Metrics

_RETRY_SECONDS: Final = 60.0
_LONGEST_RETRY_SECONDS: Final = 600.0
_AUDIT: Final = "audit"

_log: Final = logging.getLogger("bellwether.audit")


class AuditKeeper:
    """Signs a root for every hour in which somebody read about people, and deletes entries that are old enough.

    Every root is logged too, so that it is also kept outside the store. Without a signing key there is no keeper:
    nothing is signed or deleted until somebody runs `bellwether audit roots`.
    """

    def __init__(
        self,
        *,
        database: Database,
        settings: SignalsSettings,
        metrics: Metrics,
        signer: Signer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database: Final = database
        self._kept_seconds: Final = settings.audit_days * DAY
        self._metrics: Final = metrics
        self._signer: Final = signer
        self._clock: Final = clock

    async def run(self, owns: asyncio.Event) -> None:
        """Sign once an hour while this process owns the singleton work. Runs until cancelled."""
        await repeat(
            self._round,
            failure="the audit was not signed",
            log=_log,
            transient=(DBAPIError, OSError),
            first_seconds=_RETRY_SECONDS,
            longest_seconds=_LONGEST_RETRY_SECONDS,
            owns=owns,
        )

    async def _round(self) -> float:
        await self.keep()
        return HOUR

    async def keep(self) -> None:
        """Sign new entries, and delete old ones."""
        now = int(self._clock())
        root, gone = await self._sign(now)
        if root is not None:
            _log.info("audit root %s", root_line(root).decode())
        # It moves whether or not somebody looked at people: that is not to be seen here.
        self._metrics.gauge(names.AUDIT_SIGNED).set(now)
        if gone:
            self._metrics.counter(names.SWEPT).labels(_AUDIT).inc(gone)

    async def _sign(self, now: int) -> tuple[Root | None, int]:
        def sign(connection: Connection) -> tuple[Root | None, int]:
            root = sign_root(connection, self._signer, at=now)
            return root, cut_off(connection, self._signer, before=now - self._kept_seconds, at=now)

        try:
            async with self._database.write() as connection:
                return await connection.run_sync(sign)
        except IntegrityError:
            return None, 0  # somebody signed the same at the same time
