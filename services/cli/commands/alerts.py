"""`bellwether alerts`: counts, verdicts and webhooks. It names nobody at risk."""

import getpass
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, SECRETS, DatabaseOption, DataOption

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection as StoreConnection

    from services.cli.connection import Connection
    from shared.storage.alerts.webhook_outbox import Endpoint

EndpointArgument = Annotated[str, typer.Argument(metavar="ID", help="As `alerts webhooks` shows it.")]
SecretsOption = Annotated[
    Path | None,
    typer.Option(
        "--secrets",
        envvar="BELLWETHER_WEBHOOK_SECRETS",
        metavar="DIR",
        help="Where the signals service looks for secrets. Without it: webhooks in the data directory.",
        show_default=False,
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add alerts count, verdicts, webhooks, add-webhook, rotate-webhook, enable-webhook, disable-webhook, ..."""
    alerts = typer.Typer(no_args_is_help=True, help="Counts of alerts, and the webhooks that tell partners of them.")
    alerts.command("count")(count)
    alerts.command("verdicts")(verdicts)
    alerts.command("webhooks")(list_webhooks)
    alerts.command("add-webhook")(add_webhook)
    alerts.command("rotate-webhook")(rotate_webhook)
    alerts.command("enable-webhook")(enable_webhook)
    alerts.command("disable-webhook")(disable_webhook)
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
    """List the webhooks, with how many of their messages wait, arrived or failed."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.alerts import webhook_outbox

    table = Table()
    for column in ("id", "partner", "url", "state", "messages"):
        table.add_column(column)

    def find(connection: "StoreConnection") -> list[tuple["Endpoint", str]]:
        return [
            (
                each,
                ", ".join(
                    f"{number} {outcome}" for outcome, number in webhook_outbox.message_states(connection, each.id)
                ),
            )
            for each in webhook_outbox.list_endpoints(connection)
        ]

    connection = connect(database=database, data=data)
    for endpoint, messages in store_calls.read(connection, lambda transaction: transaction.run_sync(find)):
        state = "enabled" if endpoint.disabled_at is None else f"disabled: {endpoint.disabled_because}"
        table.add_row(endpoint.id, escape(endpoint.person), escape(endpoint.url), state, messages)
    Console().print(table)


def add_webhook(
    partner: Annotated[str, typer.Argument(help="Person of the directory; told only of what they may read.")],
    url: Annotated[str, typer.Argument(help="Where to tell them: public, https, port 443 or 8443.")],
    secrets: SecretsOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Add a webhook that tells a partner of alerts. Writes the secret for the receiver into a file."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.domain.alerts.webhook_target import ForbiddenTargetError, parse_target
    from shared.storage.alerts.webhook_outbox import add_endpoint
    from shared.transport.webhook_signing import make_secret

    connection = connect(database=database, data=data)
    try:
        parse_target(url, loopback=connection.settings().webhook_loopback)
    except ForbiddenTargetError as error:
        raise UsageError(str(error)) from error
    person = connection.pseudonym(partner)
    actor, now = f"cli:{getpass.getuser()}", int(time.time())
    try:
        made = store_calls.write(
            connection,
            lambda transaction: transaction.run_sync(add_endpoint, person=person, url=url, created_by=actor, now=now),
        )
    except LookupError as error:
        raise UsageError(str(error)) from error
    path = make_secret(_secrets(secrets, data), made.id)
    typer.echo(made.id)
    typer.echo(f"its secret is in {path}; give it to the receiver, and the file to the signals service", err=True)


def rotate_webhook(
    endpoint: EndpointArgument,
    secrets: SecretsOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Put a new secret in front of the old one. Both sign until the next rotation, or until you remove a line."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.alerts.webhook_outbox import list_endpoints
    from shared.transport.webhook_signing import make_secret

    connection = connect(database=database, data=data)
    known = store_calls.read(connection, lambda transaction: transaction.run_sync(list_endpoints))
    if endpoint not in {each.id for each in known}:
        raise UsageError(f"there is no webhook {endpoint}")
    typer.echo(f"the new secret is the first line of {make_secret(_secrets(secrets, data), endpoint)}")


def enable_webhook(endpoint: EndpointArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Send messages to a webhook again, from now on."""
    from services.cli.connection import connect

    _switch(connect(database=database, data=data), endpoint, on=True)
    typer.echo(f"{endpoint} is enabled")


def disable_webhook(endpoint: EndpointArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Stop sending messages to a webhook, and drop those that wait."""
    from services.cli.connection import connect

    _switch(connect(database=database, data=data), endpoint, on=False)
    typer.echo(f"{endpoint} is disabled")


def remove_webhook(
    endpoint: EndpointArgument,
    secrets: SecretsOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Delete a webhook, its messages and its secret."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.alerts.webhook_outbox import remove_endpoint
    from shared.transport.webhook_signing import secret_path

    connection = connect(database=database, data=data)
    if not store_calls.write(connection, lambda transaction: transaction.run_sync(remove_endpoint, endpoint)):
        raise UsageError(f"there is no webhook {endpoint}")
    secret_path(_secrets(secrets, data), endpoint).unlink(missing_ok=True)
    typer.echo(f"{endpoint} is removed")


def _switch(connection: "Connection", endpoint: str, *, on: bool) -> None:
    from services.cli import store_calls
    from shared.storage.alerts.webhook_outbox import switch_endpoint

    now = int(time.time())
    switched = store_calls.write(
        connection, lambda transaction: transaction.run_sync(switch_endpoint, endpoint, on=on, now=now)
    )
    if switched is None:
        raise UsageError(f"there is no webhook {endpoint}")


def _secrets(named: Path | None, data: Path) -> Path:
    return data / SECRETS if named is None else named
