"""`bellwether exclude`: people who object, confidential offices, places, and planned skip-level talks."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import NothingMatchedError, UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.privacy.exclusion_reason import Reason

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

NamesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="WHO...",
        help="The HR system's id, or an account such as mail:a@x.io; a place, as channel:ID, "
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
    """Exclude people or accounts: they count in nobody's readings any more, past weeks included.

    Events in an excluded place are dropped from now on, before they are stored. Those that are stored already stay
    until their retention is over. Planned talks of two people do not count as going past a leader, past weeks included.
    """
    from services.cli import store_calls
    from services.cli.connection import connect
    from services.cli.exclusion_names import exclusion_names, names_a_place, names_in_use
    from shared.sources.places import as_travelling
    from shared.storage.directory.exclusion_list import exclude, excluded_places
    from shared.storage.log.accepted_places import forget_accepted

    connection = connect(database=database, data=data)
    named = exclusion_names(connection, who)

    async def put(transaction: "AsyncConnection") -> tuple[int, list[str]]:
        names, nobody = await names_in_use(transaction, named)
        count = await exclude(transaction, names, reason=reason, at=int(time.time()))
        # Nothing would ever come of what was accepted and is not processed yet, and it would be waited for.
        places = await excluded_places(transaction)
        await forget_accepted(transaction, as_travelling(places, connection.checks()))
        return count, nobody

    count, nobody = store_calls.administer(connection, "exclude add", put)
    typer.echo(f"{count} more on the list; readings follow with the next pass")
    if any(map(names_a_place, who)):
        typer.echo("events in excluded places are dropped from now on; what was taken in before stays")
    if nobody:
        raise NothingMatchedError(
            f"nobody in the store is known as {', '.join(nobody)}: on the list all the same, for whoever comes in "
            "under that name. Look whether it is spelt as the HR system or the source does"
        )


def remove(who: NamesArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Take people, accounts, places or planned skip-levels off the list again."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from services.cli.exclusion_names import exclusion_names
    from shared.storage.directory.exclusion_list import include, list_excluded

    connection = connect(database=database, data=data)
    named = exclusion_names(connection, who)

    async def take(transaction: "AsyncConnection") -> tuple[int, list[str]]:
        listed = {each.name for each in await list_excluded(transaction)}
        count = await include(transaction, [form for each in named for form in (each.name, each.in_clear)])
        return count, [each.who for each in named if not listed & {each.name, each.in_clear}]

    count, missing = store_calls.administer(connection, "exclude remove", take)
    if not count:
        raise UsageError("none of these is on the list")
    typer.echo(f"{count} fewer on the list; readings follow with the next pass")
    if missing:
        raise NothingMatchedError(f"not on the list: {', '.join(missing)}")


def list_(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Show the list, by pseudonym; places as BELLWETHER_EXCLUDED_PLACES takes them."""
    from rich.console import Console
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.directory.exclusion_list import list_excluded

    table = Table()
    for column in ("who", "reason", "since"):
        table.add_column(column, overflow="fold")
    # Who objected is nobody's business but an operator's.
    for each in store_calls.administer(connect(database=database, data=data), "exclude list", list_excluded):
        table.add_row(each.name, each.reason, datetime.fromtimestamp(each.since, UTC).date().isoformat())
    Console().print(table)
