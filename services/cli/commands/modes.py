"""`bellwether mode`: how far this deployment goes."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.privacy.roles import Mode

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from services.cli.operator_account import Operator


def add_commands(app: typer.Typer) -> None:
    """Add mode show and set."""
    mode = typer.Typer(
        no_args_is_help=True, help="How far this deployment goes: groups only, also oneself, or cases of named people."
    )
    mode.command("show")(show)
    mode.command("set")(set_)
    app.add_typer(mode, name="mode")


def show(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Show the mode, since when, and what allows it."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.access.modes import deployment_mode

    connection = connect(database=database, data=data)
    found = store_calls.read(connection, lambda transaction: transaction.run_sync(deployment_mode))
    since = f" since {datetime.fromtimestamp(found.since, UTC):%Y-%m-%d %H:%M}" if found.since else ""
    typer.echo(f"{found.mode}{since}")
    if found.mode is not Mode.AGGREGATE:
        typer.echo(f"impact assessment: {found.dpia_reference}")
        typer.echo(f"agreement with the employees' representatives: {found.agreement_reference}")


def set_(
    mode: Annotated[Mode, typer.Argument(help="How far to go.")],
    *,
    dpia: Annotated[str, typer.Option(metavar="TEXT", help="Impact assessment that covers it.")] = "",
    agreement: Annotated[
        str, typer.Option(metavar="TEXT", help="Agreement with the employees' representatives that covers it.")
    ] = "",
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Change the mode. Above `aggregate` it needs both references; the audit says who did it.

    On the way down alerts, what was published of readings and open cases go, and with `aggregate` readings of people
    as well, but for what figures about groups still need. On the way up everything is scored again.
    """
    from services.cli import store_calls
    from services.cli.connection import connect
    from services.cli.operator_account import operator_file
    from services.signals.settings import SignalsSettings
    from services.signals.upkeep.mode_change import change_mode
    from shared.storage.access.modes import DeploymentMode

    connection, now = connect(database=database, data=data), int(time.time())
    try:
        wanted = DeploymentMode(mode, dpia.strip(), agreement.strip(), now)
    except ValueError as error:
        raise UsageError(str(error)) from error
    keys = connection.audit_keys() if operator_file(connection) is None else connection.keyring().audit
    if mode is Mode.CASE and not keys.sealed:
        raise UsageError("case mode needs the keys that seal the audit: name their file with BELLWETHER_AUDIT_KEY_FILE")
    settings = SignalsSettings()

    async def change(transaction: "AsyncConnection", doer: "Operator") -> Mode:
        return await change_mode(transaction, wanted, settings=settings, by=doer.name, now=now)

    before = store_calls.administer_as(connection, f"mode set {mode}", change)
    typer.echo(f"{mode}, before {before}")
