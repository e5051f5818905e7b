"""Who runs a command: the account of an operator, and the user of the operating system. The audit names both.

The account is an API key of the role `operator`, whose token lies in a file: the one that BELLWETHER_OPERATOR_KEY_FILE
names, or `keys/operator.key` beside a SQLite file. Whoever can write a SQLite file can do everything in it, so there
the first command makes the account and its file by itself, and again when the key has expired. For a store on a server
the first account is made with `bellwether keys create --role operator`, which needs the database's owner and nothing
else; so does one that is made because the file is lost. The audit says that nobody's account did it.
"""

import os
import pwd
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import Connection as StoreConnection
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.connection import Connection
from services.cli.errors import UsageError
from shared.domain.privacy.roles import DEFAULT_TENANT, Role
from shared.keyring import KEYS_DIRECTORY, KeyFileError, make_key_file
from shared.storage.access.api_keys import ApiKey, authenticate
from shared.storage.access.audit import ADMINISTRATION, AuditStore, Disclosure, chained_with
from shared.storage.access.key_issue import create_key

OPERATOR_FILE: Final = "operator.key"
_SEEDED: Final = "operator of this machine"
_NOBODYS: Final = "no account"


class OperatorSettings(BaseSettings):
    """Who runs commands."""

    model_config = SettingsConfigDict(env_prefix="BELLWETHER_", frozen=True, extra="ignore")

    operator_key_file: Annotated[
        Path | None,
        Field(
            description="File with the API key of the operator who runs commands, as `bellwether keys create --role "
            "operator` prints it. Beside a SQLite file one is made."
        ),
    ] = None
    tenant: Annotated[str, Field(description="Whose store this is, as the API is set.")] = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs a command."""

    account: str
    user: str  # of the operating system

    @property
    def name(self) -> str:
        """How the audit calls them."""
        return f"{self.account} ({self.user})"

    def may_be(self, name: str) -> bool:
        """Whether a name in the store can be theirs: with their account, or the user that they run commands as."""
        return name.startswith(f"{self.account} (") or name.endswith((f" ({self.user})", f":{self.user}"))


async def operator_of(connection: Connection, transaction: AsyncConnection) -> Operator:
    """Who runs this command, by the store's own word. Raises UsageError without an operator's key, and KeyFileError."""
    named, beside = OperatorSettings().operator_key_file, operator_file(connection)
    file = named or beside
    if file is not None and file.is_file():
        key = await transaction.run_sync(_authenticated, _read(file))
        if key is not None and key.role is Role.OPERATOR:
            return Operator(key.id, system_user())
    if named is not None or beside is None:
        raise UsageError(
            "commands that administer, or tell of people, need the key of an operator of this store: name its file "
            "with BELLWETHER_OPERATOR_KEY_FILE. `bellwether keys create --role operator --name NAME` makes one"
        )
    tenant = OperatorSettings().tenant
    made = await create_key(transaction, name=_SEEDED, role=Role.OPERATOR, tenant=tenant, now=int(time.time()))
    keep_token(beside, made.token)
    return Operator(made.key.id, system_user())


async def first_operator(connection: Connection, transaction: AsyncConnection) -> Operator:
    """The same, for the command that makes accounts of operators: without one, nobody's account does it."""
    try:
        return await operator_of(connection, transaction)
    except UsageError:
        return Operator(_NOBODYS, system_user())


async def record(
    connection: Connection, transaction: AsyncConnection, doer: Operator, act: str, *, purpose: str = ADMINISTRATION
) -> None:
    """Write to the audit, in the caller's transaction, that somebody administered something, or was refused it.

    Raises UsageError when the audit is sealed with keys that are missing here. An entry under another key would break
    it.
    """
    keys = connection.audit_keys()
    if not await transaction.run_sync(chained_with, keys):
        raise UsageError("the audit is sealed with other keys; name them with BELLWETHER_AUDIT_KEY_FILE")
    entry = Disclosure(at=int(time.time()), key_id=doer.name, operation=act, purpose=purpose)
    await transaction.run_sync(AuditStore(transaction.dialect, keys).record, entry)


def operator_file(connection: Connection) -> Path | None:
    """Where the key of the operator lies beside a SQLite file; None for a store on a server."""
    url = connection.database_url
    if not url.drivername.startswith("sqlite") or not url.database:
        return None
    return Path(url.database).parent / KEYS_DIRECTORY / OPERATOR_FILE


def keep_token(file: Path, token: str) -> None:
    """Put the token of an operator in place of the one that was there. Raises KeyFileError."""
    file.unlink(missing_ok=True)
    make_key_file(file, token)


def system_user() -> str:
    """The user that the process runs as: from the system, and never from the environment."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def _authenticated(connection: StoreConnection, token: str) -> ApiKey | None:
    return authenticate(connection, token, tenant=OperatorSettings().tenant, now=int(time.time()))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise KeyFileError(f"cannot read the key file {file}") from None
