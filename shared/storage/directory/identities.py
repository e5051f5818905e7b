"""Integers of source identities, which facts and links use in place of the identity itself."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.fact_delta import Identities
from shared.storage.engine import bulk
from shared.storage.tables.facts import IdentityRow


class IdentityStore:
    """Gives integers to identities, in the caller's transaction. One per process: it remembers those it has seen."""

    def __init__(self, dialect: Dialect) -> None:
        self.ids: Final = Identities()
        self._insert: Final = bulk.inserting(IdentityRow, dialect, without=("id",), ignore=True)

    async def store(self, connection: AsyncConnection, keys: Iterable[str] = ()) -> Mapping[int, int]:
        """Store these identities and every one that `ids` was asked for, as far as they are new.

        `ids` has the integers of all of them afterwards. Gives them by the numbers below zero that `ids` gave before.
        """
        ids = self.ids
        for key in keys:
            ids[key]
        given = {key: ids[key] for key in sorted(ids.new)}
        ids.new.clear()
        await self._insert.run(connection, [(key,) for key in given])
        table = bulk.table_of(IdentityRow).c
        for part in bulk.parts(list(given)):
            rows = await connection.execute(select(table.key, table.id).where(table.key.in_(part)))
            ids.update((key, number) for key, number in rows)
        return {number: ids[key] for key, number in given.items()}

    def forget(self) -> None:
        """Drop remembered integers after a rollback: some of them were never committed."""
        self.ids.forget()
