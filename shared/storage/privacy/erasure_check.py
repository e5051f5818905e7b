"""What is left of a person after an erasure, and overwriting what was deleted."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, Text, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.engine import bulk
from shared.storage.engine.database import Database
from shared.storage.privacy.data_inventory import data_inventory, naming_columns
from shared.storage.privacy.subject import contains, lists
from shared.storage.releases.ledger import panels_with
from shared.storage.releases.steps import standings_of
from shared.storage.tables import every_table
from shared.storage.tables.declarations import Erasure, Names
from shared.storage.tables.directory import IdentityLinkRow, PersonRow, ReportingLineRow
from shared.storage.tables.facts import IdentityRow
from shared.storage.tables.register import RegisterKeyRow, RegisterRow

_BUSY_SECONDS: Final = 30.0


async def occurrences(
    connection: AsyncConnection, pseudonyms: Iterable[str], accounts: Collection[int] = ()
) -> dict[str, int]:
    """Rows that still hold any of the pseudonyms, or the integer of an account, by `table.column`.

    Every column of text or bytes is searched for pseudonyms, and those that are declared for the others.
    """
    found: dict[str, int] = {}

    async def look(column: ColumnElement[Any], holds: ColumnElement[bool]) -> None:
        table = column.table
        count = (await connection.execute(select(func.count()).select_from(table).where(holds))).scalar_one()
        if count:
            found[f"{table.name}.{column.name}"] = count

    needles, kept = sorted(pseudonyms), kept_tables()
    for table in every_table():
        for column in table.c:
            if isinstance(column.type, Text | LargeBinary) and table.name not in kept:
                await look(column, or_(*(contains(connection.dialect, column, each) for each in needles)))
    for found_in in data_inventory() if accounts else ():
        column = found_in.column
        if found_in.privacy.names is Names.ACCOUNT:
            await look(column, column.in_(accounts))
        elif found_in.privacy.names is Names.ACCOUNTS:
            await look(column, or_(*(lists(column, number) for number in accounts)))
    panels = sum([len(await panels_with(connection, needle)) for needle in needles])
    steps = sum([len(await standings_of(connection, needle)) for needle in needles])
    digests = {"release_panel.people": panels, "release_step.people": steps}
    return found | {place: count for place, count in digests.items() if count}


def kept_tables() -> frozenset[str]:
    """Tables whose rows stay as they are: with the entry of the register gone, they name a pseudonym of nobody."""
    erasures = {table.name: {each.privacy.erasure for each in naming_columns(table)} for table in every_table()}
    return frozenset(name for name, kinds in erasures.items() if kinds == {Erasure.KEEP})


async def compact(database: Database) -> bool:
    """Overwrite what was deleted: neither the file nor its write-ahead log holds it any more. Runs beside others.

    False where somebody went on reading what was there before, for longer than the wait: then both still hold it.

    Of a server the tables that tell who is who are written anew; the others are left to its own clearing away.
    """
    if database.is_sqlite:
        return await asyncio.to_thread(_compact_file, str(database.engine.url.database))
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for model in (RegisterKeyRow, RegisterRow, IdentityRow, PersonRow, IdentityLinkRow, ReportingLineRow):
            await connection.execute(text(f"VACUUM (FULL) {bulk.table_of(model).name}"))
    return True


def _compact_file(path: str) -> bool:
    # On a connection of its own: the engine's begin a transaction first, in which a file cannot be rewritten.
    with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
