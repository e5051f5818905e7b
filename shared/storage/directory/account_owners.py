"""Whose the accounts are that records of the directory name in the place of a person, and when."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.engine import bulk
from shared.storage.tables.directory import IdentityLinkRow
from shared.storage.tables.facts import IdentityRow

_IDENTITY: Final = bulk.table_of(IdentityRow)
_LINK: Final = bulk.table_of(IdentityLinkRow)

Owned = tuple[str, int, int]
"""A person, and from when to when an account is theirs."""


async def account_owners(connection: AsyncConnection, columns: Iterable[Any]) -> dict[str, list[Owned]]:
    """The owners of every account that one of the columns names; of one that is nobody's, none."""
    found: dict[str, list[Owned]] = {}
    for column in columns:
        query = select(_IDENTITY.c.key, _LINK.c.person, _LINK.c.valid_from, _LINK.c.valid_to)
        query = query.outerjoin_from(_IDENTITY, _LINK, _LINK.c.identity == _IDENTITY.c.id)
        for account, person, since, until in await connection.execute(query.where(_IDENTITY.c.key.in_(select(column)))):
            own = found.setdefault(account, [])
            if person is not None and (person, since, until) not in own:
                own.append((person, since, until))
    return found
