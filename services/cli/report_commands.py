"""Commands that look at a store: export, signals, replay."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import typer
from rich.console import Console

from services.cli.connection import DATA, Connection, DatabaseOption, DataOption, connect, existing_store
from services.cli.errors import DifferentError, UsageError
from services.cli.told import tell_everybody
from services.cli.top_table import top_table
from shared.domain.signals import SIGNAL_BY_NAME
from shared.storage import export
from shared.storage.register import Register
from shared.storage.top import TopReading, top_readings

What = Literal["readings", "facts", "alerts", "aggregates"]


def add_commands(app: typer.Typer) -> None:
    """Add export, signals and replay."""
    app.command("export")(export_command)
    app.command()(signals)
    app.command()(replay)


def export_command(
    what: Annotated[
        What,
        typer.Argument(
            help="Readings, the counters they are made from, alerts, or all that was released about groups.",
            show_default=False,
        ),
    ],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="By default standard output.")] = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Write canonical, sorted NDJSON: equal content gives equal bytes, on any store."""
    connection = connect(database=database, data=data)
    if out is None:
        asyncio.run(_export(connection, what, sys.stdout.buffer))
        sys.stdout.buffer.flush()
        return
    with out.open("wb") as file:
        count = asyncio.run(_export(connection, what, file))
    typer.echo(f"{count:,} {what} in {out}", err=True)


def signals(
    signal: Annotated[str, typer.Option(help="Which signal.")] = "escalation_risk_14d",
    top: Annotated[int, typer.Option(min=1, help="How many subjects.")] = 10,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Show the subjects most at risk, with the reasons and what to try."""
    if signal not in SIGNAL_BY_NAME:
        raise UsageError(f"no signal {signal!r}; there are {', '.join(SIGNAL_BY_NAME)}")
    console = Console()
    readings = asyncio.run(_top(connect(database=database, data=data), signal, top))
    if readings:
        console.print(top_table(signal, readings))
    else:
        console.print("no readings with enough evidence yet")


def replay(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Rebuild from the log of what counts into an empty store, and compare: exit code 9 when they differ."""
    from services.cli.replay import replay as rebuild
    from services.signals.settings import SignalsSettings

    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="bellwether-replay-") as directory:
            async with existing_store(connect(database=database, data=data)) as stored:
                found = await rebuild(stored, Path(directory), settings=SignalsSettings(publish_readings=False))
        if found.differences:
            typer.echo("\n".join(found.differences))
            raise DifferentError("the rebuilt store differs from this one")
        alerts = "alerts of swept weeks not compared" if found.alerts is None else f"{found.alerts:,} alerts"
        counts = f"{found.facts:,} facts, {found.readings:,} readings, {alerts}"
        typer.echo(f"equal: {found.entities:,} entities, {counts}")

    asyncio.run(run())


async def _export(connection: Connection, what: What, file: BinaryIO) -> int:
    lines_of = {
        "readings": export.readings,
        "facts": export.facts,
        "alerts": export.alerts,
        "aggregates": export.aggregates,
    }[what]
    count = 0
    async with existing_store(connection) as database:
        if what != "aggregates":
            await tell_everybody(connection, database, f"export {what}")
        async with database.read() as reading:
            async for line in lines_of(reading):
                file.write(line + b"\n")
                count += 1
    return count


async def _top(connection: Connection, signal: str, limit: int) -> list[TopReading]:
    async with existing_store(connection) as database, database.read() as reading:
        register = Register(database.engine.dialect, connection.keyring().register)
        return await top_readings(reading, signal, register=register, limit=limit)
