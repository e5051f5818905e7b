"""`bellwether doctor`: what is wrong with a running system, and what to do."""

from typing import TYPE_CHECKING

import typer

from services.cli.options import DATA, DatabaseOption, DataOption

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from services.cli.reports.data_health import DataHealth


def add_commands(app: typer.Typer) -> None:
    """Add doctor data."""
    group = typer.Typer(no_args_is_help=True, help="What is wrong, and what to do.")
    group.callback()(lambda: None)  # or the only command would take the name of the group
    group.command("data")(data_)
    app.add_typer(group, name="doctor")


def data_(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Say how well leaders, accounts and events of the store are known. Accounts go by pseudonyms."""
    from rich.console import Console

    from services.cli import store_calls
    from services.cli.connection import connect, existing_store
    from services.cli.reports.data_health import data_health, lines

    connection = connect(database=database, data=data)
    checks = connection.checks()

    async def look(reading: "AsyncConnection") -> "DataHealth":
        return await data_health(reading, checks)

    console = Console()
    for line in lines(store_calls.administer(connection, "doctor data", look, opening=existing_store)):
        console.print(line, soft_wrap=True, markup=False, emoji=False, highlight=False)
