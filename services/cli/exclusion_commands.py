"""`bellwether exclude`: people who object, and offices that nobody may be watched turning to."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.cli.connection import DATA, Connection, DatabaseOption, DataOption, connect, store
from services.cli.errors import UsageError
from shared.storage.exclusion_list import Excluded, Reason, exclude, include, list_excluded

NamesArgument = Annotated[
    list[str],
    typer.Argument(metavar="WHO...", help="The HR system's id, a pseudonym, or an account such as mail:a@x.io."),
]


def add_commands(app: typer.Typer) -> None:
    """Add exclude add, remove and list."""
    group = typer.Typer(no_args_is_help=True, help="Who is in no signal, on neither side: objections and offices.")
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("list")(list_)
    app.add_typer(group, name="exclude")


def add(
    who: NamesArgument,
    *,
    reason: Annotated[Reason, typer.Option(help="Why.")] = Reason.OBJECTION,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Exclude people or accounts: nothing of theirs counts any more, in anybody's readings; past weeks follow."""
    connection = connect(database=database, data=data)
    count = asyncio.run(_add(connection, who, reason))
    typer.echo(f"{count} more on the list; readings follow with the next pass")


def remove(who: NamesArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Take people or accounts off the list again."""
    count = asyncio.run(_remove(connect(database=database, data=data), who))
    if not count:
        raise UsageError("none of these is on the list")
    typer.echo(f"{count} fewer on the list; readings follow with the next pass")


def list_(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Show the list, by pseudonym."""
    table = Table()
    for column in ("who", "reason", "since"):
        table.add_column(column)
    for each in asyncio.run(_list(connect(database=database, data=data))):
        table.add_row(each.name, each.reason, datetime.fromtimestamp(each.since, UTC).date().isoformat())
    Console().print(table)


async def _add(connection: Connection, who: list[str], reason: Reason) -> int:
    async with store(connection) as database, database.write() as transaction:
        return await exclude(transaction, _names(connection, who), reason=reason, at=int(time.time()))


async def _remove(connection: Connection, who: list[str]) -> int:
    async with store(connection) as database, database.write() as transaction:
        return await include(transaction, _names(connection, who))


async def _list(connection: Connection) -> list[Excluded]:
    async with store(connection) as database, database.read() as reading:
        return await list_excluded(reading)


def _names(connection: Connection, who: list[str]) -> list[str]:
    pseudonyms = connection.keyring().pseudonyms
    if pseudonyms is None:
        return who
    accounts = ("mail:", "chat:", "ticket:")
    return [pseudonyms.identity(each) if each.startswith(accounts) else pseudonyms.person(each) for each in who]
