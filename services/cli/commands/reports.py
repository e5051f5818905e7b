"""Commands that look at a store: export, signals, replay."""

import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

import typer

from services.cli.errors import DifferentError, UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from services.cli.purposes import PurposeOption, ReadPurpose, purpose_of

if TYPE_CHECKING:
    from services.cli.connection import Connection
    from shared.storage.readings.top_risks import TopRisk

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
    *,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="By default standard output.")] = None,
    purpose: PurposeOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Write canonical, sorted NDJSON. Equal content gives equal bytes, on any store.

    All but aggregates are about named people. They need a purpose, and each person finds the export in their audit.
    """
    from services.cli.connection import connect

    connection = connect(database=database, data=data)
    stated = None if what == "aggregates" else purpose_of(purpose)
    if out is None:
        asyncio.run(_export(connection, what, sys.stdout.buffer, purpose=stated))
        sys.stdout.buffer.flush()
        return
    if stated is not None:
        out.touch(mode=0o600)
    with out.open("wb") as file:
        count = asyncio.run(_export(connection, what, file, purpose=stated))
    typer.echo(f"{count:,} {what} in {out}", err=True)


def signals(
    signal: Annotated[str, typer.Option(help="Which signal.")] = "escalation_risk_14d",
    top: Annotated[int, typer.Option(min=1, help="How many subjects.")] = 10,
    *,
    purpose: PurposeOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Show the subjects most at risk, with the reasons and what to try.

    It needs a purpose, and each person finds it in their audit.
    """
    from rich.console import Console

    from services.cli.connection import connect
    from services.cli.reports.top_table import top_table
    from shared.domain.signals import SIGNAL_BY_NAME

    if signal not in SIGNAL_BY_NAME:
        raise UsageError(f"no signal {signal!r}; there are {', '.join(SIGNAL_BY_NAME)}")
    connection = connect(database=database, data=data)
    # Tickets tell of people too, and readings of groups are what releases are made from: nobody sees any without.
    stated = purpose_of(purpose)
    console = Console()
    readings = asyncio.run(_top(connection, signal, top, purpose=stated))
    if readings:
        console.print(top_table(signal, readings))
    else:
        console.print("no readings with enough evidence yet")


def replay(*, purpose: PurposeOption = None, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Rebuild from the event log into an empty store, and compare. Exit code 9 when they differ.

    The first lines that differ are about named people. They are shown for a purpose only, and each person finds that in
    their audit.
    """
    from services.cli.connection import connect, existing_store
    from services.cli.operator_account import operator_of, record
    from services.cli.reports.disclosures import record_full_disclosure, require_case_mode
    from services.cli.reports.replay import replay as rebuild
    from services.signals.settings import SignalsSettings

    connection = connect(database=database, data=data)

    async def run() -> None:
        async with existing_store(connection) as stored:
            async with stored.write() as writing:
                await record(connection, writing, await operator_of(connection, writing), "replay")
            with tempfile.TemporaryDirectory(prefix="bellwether-replay-") as directory:
                found = await rebuild(stored, Path(directory), settings=SignalsSettings(publish_readings=False))
            if found.differences and purpose is not None:
                await require_case_mode(connection, stored, "replay")
                await record_full_disclosure(connection, stored, "replay", purpose=purpose.value)
        if found.differences:
            shown = "" if purpose else "; --purpose shows the first lines that do"
            typer.echo("\n".join(found.differences) if purpose else ", ".join(found.differing) + " differ")
            raise DifferentError(f"the rebuilt store differs from this one{shown}")
        alerts = "alerts of swept weeks not compared" if found.alerts is None else "alerts"
        counts = f"{found.facts:,} facts, {found.readings:,} readings, {alerts}"
        typer.echo(f"equal: {found.entities:,} entities, {counts}")

    asyncio.run(run())


async def _export(connection: "Connection", what: What, file: BinaryIO, *, purpose: ReadPurpose | None) -> int:
    from services.cli.connection import existing_store
    from services.cli.operator_account import operator_of, record
    from services.cli.reports.disclosures import record_full_disclosure, require_case_mode
    from shared.storage import export

    lines_of = {
        "readings": export.readings,
        "facts": export.facts,
        "alerts": export.alerts,
        "aggregates": export.aggregates,
    }[what]
    count = 0
    async with existing_store(connection) as database:
        if purpose is not None:
            await require_case_mode(connection, database, f"export {what}")
            await record_full_disclosure(connection, database, f"export {what}", purpose=purpose.value)
        else:
            # Some of it is not for those who lead people.
            async with database.write() as writing:
                await record(connection, writing, await operator_of(connection, writing), f"export {what}")
        async with database.read() as reading:
            async for line in lines_of(reading):
                file.write(line + b"\n")
                count += 1
    return count


async def _top(connection: "Connection", signal: str, limit: int, *, purpose: ReadPurpose) -> list["TopRisk"]:
    """The readings, after the audit names the people they are about. Raises UsageError like `record_disclosure`."""
    from services.cli.connection import existing_store
    from services.cli.reports.disclosures import record_disclosure, require_case_mode
    from shared.storage.directory.register import Register
    from shared.storage.readings.top_risks import top_risks

    async with existing_store(connection) as database:
        register = Register(database.engine.dialect, connection.register_keys())
        await require_case_mode(connection, database, "signals")
        async with database.write() as writing:
            found = await top_risks(writing, signal, register=register, limit=limit)
            people = Counter(name for each in found for name in each.about)
            await record_disclosure(connection, writing, "signals", people, purpose=purpose.value)
        return found
