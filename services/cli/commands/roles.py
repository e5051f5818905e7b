"""`bellwether db roles`: what services may do in a PostgreSQL server, apart from its owner."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import UsageError
from services.cli.options import DatabaseOption
from shared.domain.privacy.roles import DEFAULT_TENANT
from shared.storage.access.role_names import READER, WRITER

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from shared.storage.access.database_roles import Login

PasswordOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="File with its password, the first line counts; without one it stays as it is."),
]


def roles(
    *,
    tenant: Annotated[
        str, typer.Option(envvar="BELLWETHER_TENANT", help="Whose store this is, as the API is set.")
    ] = DEFAULT_TENANT,
    reader: Annotated[str, typer.Option(help="Role of the API.")] = READER,
    reader_password_file: PasswordOption = None,
    writer: Annotated[str, typer.Option(help="Role of the signals service.")] = WRITER,
    writer_password_file: PasswordOption = None,
    database: DatabaseOption = None,
) -> None:
    """Create the roles of the services with their permissions. Run it as the owner after every upgrade."""
    from services.cli.connection import connect
    from shared.storage.access.database_roles import UnsafeRoleError

    logins = (_login(reader, reader_password_file), _login(writer, writer_password_file))
    try:
        asyncio.run(_set(connect(database=database).database_url, tenant, *logins))
    except (ValueError, UnsafeRoleError) as error:
        raise UsageError(str(error)) from error
    typer.echo(f"{reader} reads for the API, {writer} writes for the services; the store is that of {tenant}")


async def _set(url: "URL", tenant: str, reader: "Login", writer: "Login") -> None:
    from shared.storage.access.database_roles import set_roles
    from shared.storage.engine.database import open_database

    store = open_database(url)
    try:
        async with store.write() as connection:
            await set_roles(connection, tenant=tenant, reader=reader, writer=writer)
    finally:
        await store.close()


def _login(name: str, file: Path | None) -> "Login":
    from shared.storage.access.database_roles import Login

    if file is None:
        return Login(name)
    try:
        passwords = file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the password file {file}") from error
    if not passwords:
        raise UsageError(f"{file} holds no password")
    return Login(name, passwords[0])
