"""`bellwether keys`: API keys. The store holds hashes only, so a token is shown once."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.cli.connection import DATA, Connection, DatabaseOption, DataOption, connect, store
from services.cli.errors import UsageError
from shared.domain.privacy.roles import Permission, Role
from shared.domain.week import DAY
from shared.storage.access.api_keys import DEFAULT_TENANT, ApiKey, NewKey, create_key, list_keys, revoke_key


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
    connection = connect(database=database, data=data)
    try:
        made = asyncio.run(
            _create(
                connection,
                name=name,
                role=role,
                scopes=scope,
                tenant=tenant,
                person=person,
                lifetime_seconds=days * DAY,
                now=int(time.time()),
            )
        )
    except (LookupError, ValueError) as error:
        raise UsageError(str(error)) from error
    typer.echo(made.token)
    typer.echo(f"{made.key.id}, {role}, until {_day(made.key.expires_at)}; the token is not shown again", err=True)


def list_(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """List every key, without its secret."""
    table = Table()
    for column in ("id", "name", "role", "scopes", "holder", "made", "expires", "state"):
        table.add_column(column)
    now = int(time.time())
    for key in asyncio.run(_list(connect(database=database, data=data))):
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
    if not asyncio.run(_revoke(connect(database=database, data=data), key_id)):
        raise UsageError(f"there is no key {key_id} that could be revoked")
    typer.echo(f"{key_id} is revoked")


async def _create(connection: Connection, *, person: str | None, **asked: Any) -> NewKey:
    if person is not None:
        person = connection.pseudonym(person)
    async with store(connection) as database, database.write() as transaction:
        return await create_key(transaction, person=person, **asked)


async def _list(connection: Connection) -> list[ApiKey]:
    async with store(connection) as database, database.read() as transaction:
        return await list_keys(transaction)


async def _revoke(connection: Connection, key_id: str) -> bool:
    async with store(connection) as database, database.write() as transaction:
        return await revoke_key(transaction, key_id, now=int(time.time()))


def _day(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).date().isoformat()
