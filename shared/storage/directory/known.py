"""Whom the store knows: so that a command can say that it was about nobody."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.engine import bulk
from shared.storage.tables.directory import IdentityLinkRow, PersonRow
from shared.storage.tables.facts import IdentityRow


async def known_names(connection: AsyncConnection, names: Iterable[str]) -> frozenset[str]:
    """Those of the names that are a person's or an account's in the store."""
    found: set[str] = set()
    columns = (
        bulk.table_of(PersonRow).c.key,
        bulk.table_of(IdentityLinkRow).c.person,
        bulk.table_of(IdentityRow).c.key,
    )
    for part in bulk.parts(sorted(set(names))):
        for column in columns:
            found.update((await connection.execute(select(column).where(column.in_(part)))).scalars())
    return frozenset(found)
