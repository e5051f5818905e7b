"""A session of the database as the role of the API, without the application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from asyncpg.exceptions import InsufficientPrivilegeError

from shared.storage.access.role_names import READER
from tests.api.company import Api


@dataclass(slots=True)
class Session:
    """A session of the reader's without any application."""

    connection: Any

    async def declare(self, **settings: str) -> None:
        for name, value in settings.items():
            await self.connection.execute("SELECT set_config($1, $2, true)", f"bellwether.{name}", value)

    async def rows(self, table: str, columns: str = "*", where: str = "true") -> list[Any]:
        return list(await self.connection.fetch(f"SELECT {columns} FROM {table} WHERE {where}"))  # noqa: S608 - our own names

    async def refuses(self, statement: str) -> bool:
        try:
            async with self.connection.transaction():
                await self.connection.execute(statement)
        except InsufficientPrivilegeError:
            return True
        return False


@asynccontextmanager
async def reader_session(api: Api) -> AsyncIterator[Session]:
    """A session on the store of an API that runs on PostgreSQL; closed at the end."""
    url = api.database.engine.url.set(drivername="postgresql", username=READER)
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        yield Session(connection)
    finally:
        await connection.close()
