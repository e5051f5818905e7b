"""What tables of people changed on their days: kept so that the last of them can be undone."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.schemas.envelope import utc
from shared.storage.engine import bulk
from shared.storage.tables.directory import DirectoryChangeRow


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DirectoryChange:
    """A record that was new on a day, in Unix seconds: of a person, a line, an account, working time.

    Names are pseudonyms.
    """

    day: int
    kind: str
    person: str
    account: str = ""
    valid_from: int
    source: str


async def keep_changes(connection: AsyncConnection, changes: Iterable[DirectoryChange]) -> None:
    """Keep them. What is kept for the same day already stays: it knows how it was before that day."""
    inserting = bulk.inserting(DirectoryChangeRow, connection.dialect, ignore=True)
    await inserting.run(connection, sorted((astuple(each) for each in changes), key=lambda row: row[:5]))


async def last_day(connection: AsyncConnection) -> datetime | None:
    """The day of the last table that changed something."""
    day = (await connection.execute(select(func.max(bulk.table_of(DirectoryChangeRow).c.day)))).scalar_one()
    return None if day is None else utc(day)


async def changes_of(connection: AsyncConnection, day: datetime) -> list[DirectoryChange]:
    """What the table of a day changed."""
    table = bulk.table_of(DirectoryChangeRow)
    rows = await connection.execute(select(table).where(table.c.day == int(day.timestamp())))
    return sorted(
        (DirectoryChange(**row) for row in rows.mappings()), key=lambda each: (each.kind, each.person, each.account)
    )  # fmt: skip


async def forget_changes(connection: AsyncConnection, day: datetime) -> None:
    """Forget a day: it is undone."""
    table = bulk.table_of(DirectoryChangeRow)
    await connection.execute(delete(table).where(table.c.day == int(day.timestamp())))
