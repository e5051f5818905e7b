"""`bellwether register`: the keys of the register of who is who."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.errors import UsageError
from services.cli.options import DATA, DatabaseOption, DataOption

if TYPE_CHECKING:
    from services.cli.connection import Connection


def add_commands(app: typer.Typer) -> None:
    """Add register rotate and check-key."""
    register = typer.Typer(no_args_is_help=True, help="The register of who is behind a pseudonym.")
    register.command("rotate")(rotate)
    register.command("check-key")(check_key)
    app.add_typer(register, name="register")


def rotate(database: DatabaseOption = None, data: DataOption = DATA) -> None:
    """Seal every entry under the first key of the register's key file. The other keys can be removed afterwards."""
    from services.cli.connection import connect

    count = asyncio.run(_rotate(connect(database=database, data=data)))
    typer.echo(f"{count:,} entries are sealed under the first key")


def check_key(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="By default standard output.")] = None,
    data: DataOption = DATA,
) -> None:
    """Write the key that calendar, tickets, chat and signals verify pseudonyms with; it can make and guess none."""
    from services.cli.connection import connect

    pseudonyms = connect(data=data).keyring().pseudonyms
    if pseudonyms is None:
        raise UsageError("it is derived from the pseudonym key: name its file with BELLWETHER_PSEUDONYM_KEY_FILE")
    text = pseudonyms.check_key().hex() + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.touch(mode=0o600)
        out.write_text(text, encoding="ascii")


async def _rotate(connection: "Connection") -> int:
    from cryptography.fernet import InvalidToken

    from services.cli.connection import existing_store
    from services.cli.operator_account import operator_of, record
    from shared.storage.directory.register import Register

    async with existing_store(connection) as database, database.write() as transaction:
        await record(connection, transaction, await operator_of(connection, transaction), "register rotate")
        try:
            return await Register(database.engine.dialect, connection.keyring().register).rotate(transaction)
        except InvalidToken:
            raise UsageError(
                "an entry is sealed under a key that the key file does not hold; nothing was changed"
            ) from None
