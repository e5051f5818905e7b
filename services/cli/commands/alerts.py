"""`bellwether alerts`: counts, verdicts and webhooks. It names nobody at risk."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection as StoreConnection

EndpointArgument = Annotated[str, typer.Argument(metavar="ID", help="As `alerts webhooks` shows it.")]


def add_commands(app: typer.Typer) -> None:
    """Add alerts count, verdicts, webhooks and remove-webhook."""
    alerts = typer.Typer(no_args_is_help=True, help="Counts of alerts, and who is told where.")
    alerts.command("count")(count)
    alerts.command("verdicts")(verdicts)
    alerts.command("webhooks")(list_webhooks)
    alerts.command("remove-webhook")(remove_webhook)
    app.add_typer(alerts, name="alerts")


def count(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Count alerts by state and verdict."""
    from rich.console import Console
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.alerts.reads import count_alerts

    connection = connect(database=database, data=data)
    table = Table()
    for column in ("state", "verdict", "alerts"):
        table.add_column(column)
    for state, verdict, number in store_calls.read(connection, lambda transaction: transaction.run_sync(count_alerts)):
        table.add_row(state, verdict or "", str(number))
    Console().print(table)


def verdicts(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Write a line of JSON per judged alert, with the probability when it was raised. Calibration learns from these."""
    import msgspec

    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.alerts.actions import judged_risks

    connection = connect(database=database, data=data)
    for each in store_calls.read(connection, lambda transaction: transaction.run_sync(judged_risks)):
        line = {"probability": each.probability, "verdict": each.verdict.value, "was_at_risk": each.was_at_risk}
        typer.echo(msgspec.json.encode(line).decode())


def list_webhooks(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List where partners and tools are told. Whether anything was sent, and arrived, is theirs to see."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.alerts.endpoints import list_everybodys

    table = Table()
    for column in ("id", "whose", "url", "tells of"):
        table.add_column(column)
    connection = connect(database=database, data=data)
    for endpoint in store_calls.read(connection, lambda transaction: transaction.run_sync(list_everybodys)):
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
