"""Session context: what a transaction tells the database at its start.

It names the tenant whose store it reads, the caller it reads for, and the purpose. The row policies of PostgreSQL show
rows about people only to transactions with a session context. The context holds for one transaction: a connection that
goes back to the pool carries none. SQLite has no row policies and ignores it.
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
DISCLOSED: Final = "bellwether.told"
"""Names of the settings that the policies look at."""
NOBODY: Final = "nobody"
"""Value of `DISCLOSED` for a transaction that read readings and found none: it owes no entry of the audit."""


@dataclass(frozen=True, slots=True)
class SessionContext:
    """Tenant of the credential, the person who holds it, and the purpose of the read; empty where there is none."""

    tenant: str
    caller: str = ""
    purpose: str = ""


def in_session_context(work: Callable[[Connection], T], context: SessionContext) -> Callable[[Connection], T]:
    """Wrap a transaction so that it sets the session context before its work."""

    def run(connection: Connection) -> T:
        if connection.dialect.name == "postgresql":
            values = {"tenant": context.tenant, "caller": context.caller, "purpose": context.purpose}
            connection.execute(_SET_CONTEXT, values)
        return work(connection)

    return run


def disclose_nobody(connection: Connection) -> None:
    """Say that what was read is about nobody, so that the transaction needs no entry of the audit."""
    if connection.dialect.name == "postgresql":
        connection.execute(_DISCLOSE_NOBODY)


def _set(name: str, value: Any) -> Any:
    in_this_transaction = True
    return func.set_config(name, value, in_this_transaction)


_SET_CONTEXT: Final[Select[Any]] = select(
    _set(TENANT, bindparam("tenant", type_=Text())),
    _set(CALLER, bindparam("caller", type_=Text())),
    _set(PURPOSE, bindparam("purpose", type_=Text())),
)
_DISCLOSE_NOBODY: Final[Select[Any]] = select(_set(DISCLOSED, NOBODY))
