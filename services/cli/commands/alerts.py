"""`bellwether alerts`: counts, verdicts and webhooks. It names nobody at risk.

Exact counts and probabilities tell when somebody came to be at risk, so they are read as named people are: in case
mode, for a purpose, and everybody told of finds it in their audit.
"""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from services.cli.purposes import PurposeOption, ReadPurpose, purpose_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection as StoreConnection

    from services.cli.connection import Connection
    from shared.storage.alerts.actions import JudgedRisk
    from shared.storage.alerts.reads import AlertCount

EndpointArgument = Annotated[str, typer.Argument(metavar="ID", help="As `alerts webhooks` shows it.")]


def add_commands(app: typer.Typer) -> None:
    """Add alerts count, verdicts, webhooks and remove-webhook."""
    alerts = typer.Typer(no_args_is_help=True, help="Counts of alerts, and who is told where.")
    alerts.command("count")(count)
    alerts.command("verdicts")(verdicts)
    alerts.command("webhooks")(list_webhooks)
    alerts.command("remove-webhook")(remove_webhook)
    app.add_typer(alerts, name="alerts")


def count(*, purpose: PurposeOption = None, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Count alerts by state and verdict. It needs a purpose, and everybody finds it in their audit."""
    from rich.console import Console
    from rich.table import Table

    from services.cli.connection import connect

    connection, stated = connect(database=database, data=data), purpose_of(purpose)
    table = Table()
    for column in ("state", "verdict", "alerts"):
        table.add_column(column)
    for state, verdict, number in asyncio.run(_counted(connection, purpose=stated)):
        table.add_row(state, verdict or "", str(number))
    Console().print(table)


def verdicts(*, purpose: PurposeOption = None, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Write a line of JSON per judged alert, with the probability when it was raised. Calibration learns from these.

    It needs a purpose, and each person in the chains finds it in their audit.
    """
    import msgspec

    from services.cli.connection import connect

    connection, stated = connect(database=database, data=data), purpose_of(purpose)
    for each in asyncio.run(_judged(connection, purpose=stated)):
        line = {"probability": each.probability, "verdict": each.verdict.value, "was_at_risk": each.was_at_risk}
        typer.echo(msgspec.json.encode(line).decode())


def list_webhooks(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List where partners and tools are told. Whether anything was sent, and arrived, is theirs to see."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect, existing_store
    from shared.storage.alerts.endpoints import list_everybodys

    table = Table()
    for column in ("id", "whose", "url", "tells of"):
        table.add_column(column)
    connection = connect(database=database, data=data)
    listed = store_calls.administer(
        connection,
        "alerts webhooks",
        lambda transaction: transaction.run_sync(list_everybodys),
        opening=existing_store,
    )
    for endpoint in listed:
        whose = endpoint.person or endpoint.created_by
        table.add_row(endpoint.id, escape(whose), escape(endpoint.url), endpoint.events or "their list, once a week")
    Console().print(table)


def remove_webhook(endpoint: EndpointArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Delete a webhook with what waits for it, such as one of a receiver that must be told nothing any more."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.alerts.endpoints import remove_anybodys

    connection = connect(database=database, data=data)

    def remove(transaction: "StoreConnection") -> None:
        if not remove_anybodys(transaction, endpoint):
            raise UsageError(f"there is no webhook {endpoint}")

    act = f"alerts remove-webhook {endpoint}"
    store_calls.administer(connection, act, lambda transaction: transaction.run_sync(remove))
    typer.echo(f"{endpoint} is removed")


async def _counted(connection: "Connection", *, purpose: ReadPurpose) -> list["AlertCount"]:
    from services.cli.connection import existing_store
    from services.cli.reports.disclosures import record_full_disclosure, require_case_mode
    from shared.storage.alerts.reads import count_alerts

    async with existing_store(connection) as database:
        await require_case_mode(connection, database, "alerts count")
        await record_full_disclosure(connection, database, "alerts count", purpose=purpose.value)
        async with database.read() as reading:
            return await reading.run_sync(count_alerts)


async def _judged(connection: "Connection", *, purpose: ReadPurpose) -> list["JudgedRisk"]:
    from services.cli.connection import existing_store
    from services.cli.reports.disclosures import record_disclosure, require_case_mode
    from shared.storage.alerts.actions import judged_chains, judged_risks

    async with existing_store(connection) as database:
        await require_case_mode(connection, database, "alerts verdicts")
        async with database.write() as writing:
            found = await writing.run_sync(judged_risks)
            people = Counter(person for chain in await writing.run_sync(judged_chains) for person in chain)
            await record_disclosure(connection, writing, "alerts verdicts", people, purpose=purpose.value)
        return found
