"""`bellwether keys`: API keys. The store holds hashes only, so a token is shown once."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption
from shared.domain.privacy.roles import DEFAULT_TENANT, Permission, Role
from shared.domain.week import DAY

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


def add_commands(app: typer.Typer) -> None:
    """Add keys create, list and revoke."""
    keys = typer.Typer(no_args_is_help=True, help="API keys; only their hashes are stored.")
    keys.command("create")(create)
    keys.command("list")(list_)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="keys")


def create(
    *,
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    name: Annotated[str, typer.Option(help="What the key is for.")],
    person: Annotated[
        str | None, typer.Option(help="Who holds it; about whom they must not read, the key finds nothing.")
    ] = None,
    scope: Annotated[
        list[Permission] | None, typer.Option(help="Only this of what the role may do; may be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How long it lives.")] = 90,
    tenant: Annotated[
        str, typer.Option(envvar="BELLWETHER_TENANT", help="Whose store it is for, as the API is set.")
    ] = DEFAULT_TENANT,
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Make a key and print its token, which cannot be shown again."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from services.cli.operator_account import first_operator, operator_of
    from shared.storage.access.key_issue import create_key

    connection = connect(database=database, data=data)
    try:
        holder = None if person is None else connection.pseudonym(person)
        made = store_calls.administer(
            connection,
            f"keys create {role}",
            lambda transaction: create_key(
                transaction,
                name=name,
                role=role,
                scopes=scope,
                tenant=tenant,
                person=holder,
                lifetime_seconds=days * DAY,
                now=int(time.time()),
            ),
            who=first_operator if role is Role.OPERATOR else operator_of,
        )
    except (LookupError, ValueError) as error:
        raise UsageError(str(error)) from error
    typer.echo(made.token)
    typer.echo(f"{made.key.id}, {role}, until {_day(made.key.expires_at)}; the token is not shown again", err=True)


def list_(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List every key, without its secret."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.access.key_issue import list_keys

    table = Table()
    for column in ("id", "name", "role", "scopes", "holder", "made", "expires", "state"):
        table.add_column(column)
    now = int(time.time())
    for key in store_calls.administer(connect(database=database, data=data), "keys list", list_keys):
        state = "usable" if key.usable(now) else "revoked" if key.revoked_at is not None else "expired"
        table.add_row(
            key.id,
            escape(key.name),
            key.role,
            "all" if key.scopes is None else " ".join(sorted(key.scopes)),
            escape(key.person or ""),
            _day(key.created_at),
            _day(key.expires_at),
            state,
        )
    Console().print(table)


def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` shows it.")],
    database: DatabaseOption = None,
    data: DataOption = DATA,
) -> None:
    """Revoke a key from now on."""
    from services.cli import store_calls
    from services.cli.connection import connect
    from shared.storage.access.key_issue import revoke_key

    connection, now = connect(database=database, data=data), int(time.time())

    async def revoke_it(transaction: "AsyncConnection") -> None:
        if not await revoke_key(transaction, key_id, now=now):
            raise UsageError(f"there is no key {key_id} that could be revoked")

    store_calls.administer(connection, f"keys revoke {key_id}", revoke_it)
    typer.echo(f"{key_id} is revoked")


def _day(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()
