"""`bellwether cases` and `bellwether delegates`: who may read about named people, and who acts for whom."""

import getpass
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.privacy.roles import LONGEST_CASE_SECONDS, Mode, Purpose

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection as StoreConnection

    from services.cli.connection import Connection

T = TypeVar("T")
_HOUR_SECONDS = 3_600


def add_commands(app: typer.Typer) -> None:
    """Add cases open, list and close, and delegates add and list."""
    cases = typer.Typer(no_args_is_help=True, help="Time-limited permission for a named HR partner.")
    cases.command("open")(open_)
    cases.command("list")(list_)
    cases.command("close")(close)
    app.add_typer(cases, name="cases")
    delegates = typer.Typer(no_args_is_help=True, help="Who acts for whom, and so must not see what they must not.")
    delegates.command("add")(add_delegate)
    delegates.command("list")(list_delegates)
    app.add_typer(delegates, name="delegates")


def open_(
    *,
    partner: Annotated[str, typer.Option(help="Person who will read in it.")],
    purpose: Annotated[Purpose, typer.Option(help="What for.")],
    hours: Annotated[int, typer.Option(min=1, max=LONGEST_CASE_SECONDS // _HOUR_SECONDS, help="How long.")] = 48,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Open a case for somebody else. Needs case mode with its references in the settings."""
    from services.api.settings import ApiSettings
    from services.cli.connection import connect
    from shared.storage.access.cases import open_case

    if not ApiSettings().mode.includes(Mode.CASE):
        raise UsageError(
            "case mode is off: set BELLWETHER_MODE=case, with BELLWETHER_DPIA_REFERENCE and "
            "BELLWETHER_AGREEMENT_REFERENCE"
        )
    connection = connect(database=database, data=data)
    named = connection.pseudonym(partner)
    case = _write(
        connection,
        lambda transaction: open_case(
            transaction,
            partner=named,
            purpose=purpose,
            opened_by=_operator(),
            now=int(time.time()),
            lifetime_seconds=hours * _HOUR_SECONDS,
        ),
    )
    typer.echo(f"{case.id}: {partner} may read about people for {purpose} until {_minute(case.expires_at)}")


def list_(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List every case, newest first."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.cli.connection import connect
    from shared.storage.access.cases import list_cases

    table = Table()
    for column in ("id", "partner", "purpose", "opened by", "opened", "until", "state"):
        table.add_column(column)
    now = int(time.time())
    for case in _write(connect(database=database, data=data), list_cases):
        state = "open" if case.open(now) else "closed" if case.closed_at is not None else "expired"
        opened, until = _minute(case.opened_at), _minute(case.closed_at or case.expires_at)
        table.add_row(case.id, escape(case.partner), case.purpose, escape(case.opened_by), opened, until, state)
    Console().print(table)


def close(
    case: Annotated[str, typer.Argument(metavar="ID", help="As `cases list` shows it.")],
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Close a case from now on."""
    from services.cli.connection import connect
    from shared.storage.access.cases import close_case

    closed = _write(
        connect(database=database, data=data),
        lambda transaction: close_case(transaction, case, closed_by=_operator(), now=int(time.time())),
    )
    if closed is None:
        raise UsageError(f"there is no case {case}")
    typer.echo(f"{case} is closed")


def add_delegate(
    principal: Annotated[str, typer.Argument(help="Person who is acted for.")],
    delegate: Annotated[str, typer.Argument(help="Person who acts for them, such as an assistant.")],
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Record that somebody acts for somebody. It stays, as a conflict of interest does not end."""
    from services.cli.connection import connect
    from shared.storage.directory.delegations import record_delegation

    connection = connect(database=database, data=data)
    first, second = connection.pseudonym(principal), connection.pseudonym(delegate)
    _write(
        connection,
        lambda transaction: record_delegation(transaction, principal=first, delegate=second, now=int(time.time())),
    )
    typer.echo(f"{delegate} sees no more than {principal} may see")


def list_delegates(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List who acts for whom."""
    from services.cli.connection import connect
    from shared.storage.directory.delegations import list_delegations

    for principal, delegate in _write(connect(database=database, data=data), list_delegations):
        typer.echo(f"{delegate} acts for {principal}")


def _write(connection: "Connection", work: Callable[["StoreConnection"], T]) -> T:
    from services.cli import store_calls

    try:
        return store_calls.write(connection, lambda transaction: transaction.run_sync(work))
    except (LookupError, ValueError) as error:
        raise UsageError(str(error)) from error


def _operator() -> str:
    return f"cli:{getpass.getuser()}"


def _minute(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M")
