"""The API as a service of a process. It reports whether the store answers."""

import asyncio
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database
from shared.storage.tables.access import ApiKeyRow

# Often enough that a load balancer notices within its own interval, rare enough to cost nothing.
_CHECK_SECONDS: Final = 5.0
_NO_ANSWER: Final = "api: the store does not answer"


class ApiService:
    """Watches the store. The HTTP server runs beside it and serves the app of `build`."""

    name: Final = "api"

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._obstacle: str | None = "api: not connected yet"

    def unhealthy(self) -> str | None:
        """None: a store that does not answer comes back without a restart of the service."""
        return None

    def unready(self) -> str | None:
        """Why this service does not work now; None while the store answers."""
        return self._obstacle

    async def run(self) -> None:
        """Check every five seconds whether the store answers, until cancelled."""
        while True:
            self._obstacle = await self._look()
            await asyncio.sleep(_CHECK_SECONDS)

    async def _look(self) -> str | None:
        try:
            async with self._database.read() as connection:
                await connection.execute(select(table_of(ApiKeyRow).c.id).limit(1))
        except (SQLAlchemyError, OSError):
            return _NO_ANSWER
        return None
