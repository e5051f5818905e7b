"""`bellwether directory`: what tables of people changed, and taking it back."""

import asyncio
from datetime import timedelta
from typing import Final

import typer

from services.cli.options import DATA, BrokerOption, DatabaseOption, DataOption

# Days begin in the zone of the import; noon is the same day in all of them but the outermost.
_NOON: Final = timedelta(hours=12)


def add_commands(app: typer.Typer) -> None:
    """Add directory undo."""
    directory = typer.Typer(no_args_is_help=True, help="People and lines, as tables of them were imported.")
    directory.command("undo")(undo)
    app.add_typer(directory, name="directory")


def undo(
    broker: BrokerOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Take back what the last table of people changed. Its first table is no change, and stays."""
    from services.cli.connection import connect
    from services.cli.importing.undo import undo as take_back

    connection = connect(broker=broker, database=database, data=data)
    when, records = asyncio.run(take_back(connection))
    typer.echo(f"took back {records:,} records of the table of {when + _NOON:%Y-%m-%d}")
