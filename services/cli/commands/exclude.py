"""`bellwether exclude`: people who object, offices that nobody may be watched turning to, places, planned talks."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from services.cli.connection import DATA, Connection, DatabaseOption, DataOption, connect, store
from services.cli.errors import UsageError
from shared.domain.privacy.excluded_place import kind_of
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.sources.places import place_under
from shared.storage.directory.exclusion_list import (
    PLANNED,
    Excluded,
    Reason,
    exclude,
    excluded_places,
    include,
    list_excluded,
    planned_name,
    planned_skip_levels,
)
from shared.storage.log.accepted_places import forget_accepted

_ACCOUNTS: Final = ("mail:", "chat:", "ticket:")

NamesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="WHO...",
        help="The HR system's id, a pseudonym, or an account such as mail:a@x.io; a place, as channel:ID, "
        "list:ADDRESS, calendar:ID, series:ID or queue:ID; or skip:PERSON/ABOVE, whose skip-level talks are planned.",
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add exclude add, remove and list."""
    group = typer.Typer(
        no_args_is_help=True, help="Who and what is in no signal: objections, offices, places, planned skip-levels."
    )
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
    """Exclude people or accounts: nothing of theirs counts any more, in anybody's readings; past weeks follow.

    What happens in an excluded place is dropped from now on, before it is stored; what is stored already stays until
    its retention is over. Talks of two people that are planned go past nobody; past weeks follow.
    """
    connection = connect(database=database, data=data)
    count = asyncio.run(_add(connection, who, reason))
    typer.echo(f"{count} more on the list; readings follow with the next pass")
    if any(kind_of(each) is not None for each in who):
        typer.echo("events in excluded places are dropped from now on; what was taken in before stays")


def remove(who: NamesArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Take people, accounts, places or planned skip-levels off the list again."""
    count = asyncio.run(_remove(connect(database=database, data=data), who))
    if not count:
        raise UsageError("none of these is on the list")
    typer.echo(f"{count} fewer on the list; readings follow with the next pass")


def list_(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Show the list, by pseudonym; places as BELLWETHER_EXCLUDED_PLACES takes them."""
    table = Table()
    for column in ("who", "reason", "since"):
        table.add_column(column, overflow="fold")
    for each in asyncio.run(_list(connect(database=database, data=data))):
        table.add_row(each.name, each.reason, datetime.fromtimestamp(each.since, UTC).date().isoformat())
    Console().print(table)


async def _add(connection: Connection, who: list[str], reason: Reason) -> int:
    async with store(connection) as database, database.write() as transaction:
        count = await exclude(transaction, _names(connection, who), reason=reason, at=int(time.time()))
        # Nothing would ever come of what was accepted and is not processed yet, and it would be waited for.
        await forget_accepted(transaction, await excluded_places(transaction))
        return count


async def _remove(connection: Connection, who: list[str]) -> int:
    async with store(connection) as database, database.write() as transaction:
        return await include(transaction, _names(connection, who))


async def _list(connection: Connection) -> list[Excluded]:
    async with store(connection) as database, database.read() as reading:
        return await list_excluded(reading)


def _names(connection: Connection, who: list[str]) -> list[str]:
    pseudonyms = connection.keyring().pseudonyms
    return [_name(each, pseudonyms) for each in who]


def _name(who: str, pseudonyms: Pseudonyms | None) -> str:
    if kind_of(who) is not None:
        return place_under(who, pseudonyms)
    person = (lambda each: each) if pseudonyms is None else pseudonyms.person
    if who.startswith(PLANNED):
        ((one, above),) = planned_skip_levels([who]) or [("", "")]
        if not one:
            raise UsageError(f"{who}: planned talks are written skip:PERSON/ABOVE")
        return planned_name(person(one), person(above))
    if who.startswith(_ACCOUNTS):
        return who if pseudonyms is None else pseudonyms.identity(who)
    return person(who)
