"""What a transaction says of itself at its start: whose store it wants, for whom, and for what.

The policies of the database (see `guard`) show rows about people only to transactions that have said so. It is said for
the one transaction, so that a connection that goes back to the pool says nothing. SQLite has no policies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Select, Text, bindparam, func, select
from sqlalchemy.engine import Connection

T = TypeVar("T")

TENANT: Final = "bellwether.tenant"
CALLER: Final = "bellwether.caller"
PURPOSE: Final = "bellwether.purpose"
TOLD: Final = "bellwether.told"
"""Names of the settings that the policies look at."""
NOBODY: Final = "nobody"
"""Told of: a transaction that read readings, found none and so owes no entry of the audit."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """Tenant of the credential, person who holds it, and what readings of people are read for; empty where none."""

    tenant: str
    caller: str = ""
    purpose: str = ""


def declared(work: Callable[[Connection], T], declaration: Declaration) -> Callable[[Connection], T]:
    """The work, once its transaction has said this."""

    def run(connection: Connection) -> T:
        if connection.dialect.name == "postgresql":
            said = {"tenant": declaration.tenant, "caller": declaration.caller, "purpose": declaration.purpose}
            connection.execute(_DECLARE, said)
        return work(connection)

    return run


def declare_nobody_told(connection: Connection) -> None:
    """Say that what was read tells of nobody: there is nothing to write into the audit."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOBODY_TOLD)


def _set(name: str, value: Any) -> Any:
    in_this_transaction = True
    return func.set_config(name, value, in_this_transaction)


_DECLARE: Final[Select[Any]] = select(
    _set(TENANT, bindparam("tenant", type_=Text())),
    _set(CALLER, bindparam("caller", type_=Text())),
    _set(PURPOSE, bindparam("purpose", type_=Text())),
)
_NOBODY_TOLD: Final[Select[Any]] = select(_set(TOLD, NOBODY))
