"""What the sections of a report to a person have in common: times, names of accounts, and rows as they are declared."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.storage.engine import bulk
from shared.storage.privacy.data_inventory import naming_columns
from shared.storage.privacy.subject import Subject, naming
from shared.storage.tables.declarations import ColumnPrivacy, Names, column_privacy
from shared.storage.tables.facts import IdentityRow

Report = dict[str, Any]


def instant(seconds: int) -> str | None:
    """Unix seconds as RFC 3339 in UTC; None for the ends of time."""
    if not SINCE_EVER < seconds < FOREVER:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


async def account_names(connection: AsyncConnection, ids: Collection[int]) -> Mapping[int, str]:
    """Pseudonyms of accounts by their integers."""
    table = bulk.table_of(IdentityRow).c
    found: dict[int, str] = {}
    for part in bulk.parts(sorted(ids)):
        query = select(table.id, table.key).where(table.id.in_(part))
        found.update((id_, key) for id_, key in await connection.execute(query))
    return found


async def declared_rows(
    connection: AsyncConnection, table: Table, subject: Subject, *, as_stored: bool = False
) -> list[Report]:
    """Rows of a table that name the subject, by primary key, with the columns that it declares to be shown.

    Instants become RFC 3339 and accounts their pseudonyms, unless they are wanted `as_stored`.
    """
    shown = {column.name: privacy for column in table.columns if (privacy := column_privacy(column)).shown}
    found_by = (each for each in naming_columns(table) if each.privacy.finds)
    conditions = (naming(connection.dialect, each, subject) for each in found_by)
    query = select(*(table.c[name] for name in shown)).where(or_(*conditions)).order_by(*table.primary_key.columns)
    rows = [dict(row) for row in (await connection.execute(query)).mappings()]
    if as_stored:
        return rows
    accounts = {each for row in rows for name, value in row.items() for each in _accounts(shown[name], value)}
    names = await account_names(connection, accounts)
    return [{name: _readable(shown[name], value, names) for name, value in row.items()} for row in rows]


def _accounts(privacy: ColumnPrivacy, value: Any) -> Collection[int]:
    match privacy.names:
        case Names.ACCOUNT:
            return (value,)
        case Names.ACCOUNTS:
            return [int(each) for each in value.split(",") if each]
        case _:
            return ()


def _readable(privacy: ColumnPrivacy, value: Any, names: Mapping[int, str]) -> Any:
    if value is None:
        return None
    if privacy.is_instant:
        return instant(value)
    if privacy.names is Names.ACCOUNT:
        return names.get(value)
    if privacy.names is Names.ACCOUNTS:
        return [names.get(each) for each in _accounts(privacy, value)]
    return value.hex() if isinstance(value, bytes) else value
