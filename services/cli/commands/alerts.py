"""`bellwether alerts`: how many there are, what was said of them, and where partners are told. Names nobody at risk."""

import asyncio
import getpass
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.engine import Connection as StoreConnection

from services.cli.connection import (
    DATA,
    SECRETS,
    Connection,
    DatabaseOption,
    DataOption,
    connect,
    existing_store,
    store,
)
from services.cli.errors import UsageError
from shared.domain.alerts.webhook_target import ForbiddenTargetError, parse_target
from shared.storage.alerts import webhook_outbox
from shared.storage.alerts.actions import judged_risks
from shared.storage.alerts.reads import count_alerts

T = TypeVar("T")


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
    alerts = typer.Typer(no_args_is_help=True, help="Alerts, by number; and the webhooks that tell partners of them.")
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
    table = Table()
    for column in ("state", "verdict", "alerts"):
        table.add_column(column)
    for state, verdict, number in _read(connect(database=database, data=data), count_alerts):
        table.add_row(state, verdict or "", str(number))
    Console().print(table)


def verdicts(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Write what calibration learns from: a line of JSON per judged alert, with the probability it was raised at."""
    for each in _read(connect(database=database, data=data), judged_risks):
        line = {"probability": each.probability, "verdict": each.verdict.value, "was_at_risk": each.was_at_risk}
        typer.echo(msgspec.json.encode(line).decode())


def list_webhooks(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List where partners are told of alerts, and how many messages wait or ended how."""
    table = Table()
    for column in ("id", "partner", "url", "state", "messages"):
        table.add_column(column)

    def find(connection: StoreConnection) -> list[tuple[webhook_outbox.Endpoint, str]]:
        return [
            (
                each,
                ", ".join(
                    f"{number} {outcome}" for outcome, number in webhook_outbox.message_states(connection, each.id)
                ),
            )
            for each in webhook_outbox.list_endpoints(connection)
        ]

    for endpoint, messages in _read(connect(database=database, data=data), find):
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
    """Tell a partner of alerts. Makes the secret that the receiver needs, in a file."""
    from shared.transport.webhook_signing import make_secret

    connection = connect(database=database, data=data)
    try:
        parse_target(url, loopback=connection.settings().webhook_loopback)
    except ForbiddenTargetError as error:
        raise UsageError(str(error)) from error
    person = connection.pseudonym(partner)
    actor, now = f"cli:{getpass.getuser()}", int(time.time())
    try:
        made = _write(
            connection,
            lambda transaction: webhook_outbox.add_endpoint(
                transaction, person=person, url=url, created_by=actor, now=now
            ),
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
    """Put a new secret in front of the old one; both sign until the next rotation or until you take a line out."""
    from shared.transport.webhook_signing import make_secret

    known = _read(connect(database=database, data=data), webhook_outbox.list_endpoints)
    if endpoint not in {each.id for each in known}:
        raise UsageError(f"there is no webhook {endpoint}")
    typer.echo(f"the new secret is the first line of {make_secret(_secrets(secrets, data), endpoint)}")


def enable_webhook(endpoint: EndpointArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Tell it again, from now on."""
    _switch(connect(database=database, data=data), endpoint, on=True)
    typer.echo(f"{endpoint} is enabled")


def disable_webhook(endpoint: EndpointArgument, database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Tell it nothing more, and drop what waits for it."""
    _switch(connect(database=database, data=data), endpoint, on=False)
    typer.echo(f"{endpoint} is disabled")


def remove_webhook(
    endpoint: EndpointArgument,
    secrets: SecretsOption = None,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Forget it, its messages and its secret."""
    from shared.transport.webhook_signing import secret_path

    connection = connect(database=database, data=data)
    if not _write(connection, lambda transaction: webhook_outbox.remove_endpoint(transaction, endpoint)):
        raise UsageError(f"there is no webhook {endpoint}")
    secret_path(_secrets(secrets, data), endpoint).unlink(missing_ok=True)
    typer.echo(f"{endpoint} is removed")


def _switch(connection: Connection, endpoint: str, *, on: bool) -> None:
    now = int(time.time())
    if _write(connection, lambda store: webhook_outbox.switch_endpoint(store, endpoint, on=on, now=now)) is None:
        raise UsageError(f"there is no webhook {endpoint}")


def _secrets(named: Path | None, data: Path) -> Path:
    return data / SECRETS if named is None else named


def _read(connection: Connection, work: Callable[[StoreConnection], T]) -> T:
    async def run() -> T:
        async with existing_store(connection) as database, database.read() as transaction:
            return await transaction.run_sync(work)

    return asyncio.run(run())


def _write(connection: Connection, work: Callable[[StoreConnection], T]) -> T:
    async def run() -> T:
        async with store(connection) as database, database.write() as transaction:
            return await transaction.run_sync(work)

    return asyncio.run(run())
