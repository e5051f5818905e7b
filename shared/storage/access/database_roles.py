"""Roles of a PostgreSQL server, besides the owner: what each may do with which table, and behind which policies."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.access.grants import table_grants
from shared.storage.access.row_policies import row_policy_statements
from shared.storage.engine.schema import MIGRATION_LOCK

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_ITERATIONS: Final = 4096  # PostgreSQL's own
_SALT_BYTES: Final = 16
_VERSION_TABLE: Final = "alembic_version"


class UnsafeRoleError(Exception):
    """A role could get past what it is given."""


@dataclass(frozen=True, slots=True)
class Login:
    """A role that a service connects as. Without a password it keeps the one it has."""

    name: str
    password: str | None = field(default=None, repr=False)


async def set_roles(connection: AsyncConnection, *, tenant: str, reader: Login, writer: Login) -> None:
    """Make the roles where they are missing, and what they may do what is declared. Twice is as good as once.

    Run as the owner of the tables, on the newest schema. `tenant` is whose store this database is.

    Raises:
        ValueError: this is no PostgreSQL, the two roles are one, or a name or a password cannot be used.
        UnsafeRoleError: a role that exists is more than a plain one.
        DBAPIError: whoever asks is not the owner, or may make no roles.
    """
    if connection.dialect.name != "postgresql":
        raise ValueError("SQLite has no roles: who can read the file reads everything in it")
    if reader.name == writer.name:
        raise ValueError("reader and writer must be two roles")
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    for login in (reader, writer):
        await _make(connection, login)
    statements = [*_on_database(await _database(connection), reader=reader.name, writer=writer.name)]
    statements += row_policy_statements(tenant=tenant, reader=reader.name, writer=writer.name)
    statements += await _on_tables(connection, reader=reader.name, writer=writer.name)
    for statement in statements:
        await connection.exec_driver_sql(statement)


async def _make(connection: AsyncConnection, login: Login) -> None:
    if _NAME.fullmatch(login.name) is None:
        raise ValueError(f"{login.name!r} is no plain name of a role: lower-case letters, digits and _")
    known = await connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": login.name})
    if known.first() is None:
        await connection.exec_driver_sql(f"CREATE ROLE {login.name} LOGIN")
    elif (await connection.execute(_IS_MORE, {"name": login.name})).scalar_one():
        raise UnsafeRoleError(
            f"the role {login.name} is a superuser, may pass policies, make roles or databases, or is a member of "
            "another role: a service must not connect as it"
        )
    if login.password is not None:
        # As the server would store it: the password itself is in no statement, and so in no log of statements.
        await connection.exec_driver_sql(f"ALTER ROLE {login.name} PASSWORD '{scram_verifier(login.password)}'")


_IS_MORE: Final = text(
    "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
    " OR EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) FROM pg_roles WHERE rolname = :name"
)


async def _database(connection: AsyncConnection) -> str:
    return str((await connection.execute(text("SELECT quote_ident(current_database())"))).scalar_one())


def _on_database(database: str, *, reader: str, writer: str) -> list[str]:
    return [
        # Another tenant's roles have no way in, and nobody puts a table of their own in front of ours.
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC, {reader}, {writer}",
        f"GRANT CONNECT ON DATABASE {database} TO {reader}, {writer}",
        f"GRANT TEMPORARY ON DATABASE {database} TO {writer}",  # rows are copied by way of temporary tables
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC, {reader}, {writer}",
        f"GRANT USAGE ON SCHEMA public TO {reader}, {writer}",
    ]


async def _on_tables(connection: AsyncConnection, *, reader: str, writer: str) -> list[str]:
    statements = []
    for table, grants in table_grants():
        statements.append(f"REVOKE ALL ON {table.name} FROM PUBLIC, {reader}, {writer}")
        for role, rights in ((reader, grants.reader), (writer, grants.writer)):
            if rights:
                statements.append(f"GRANT {rights} ON {table.name} TO {role}")
            counter = await _counter(connection, table.name)
            if counter is not None and "INSERT" in rights:
                statements.append(f"GRANT USAGE ON SEQUENCE {counter} TO {role}")
    found = await connection.execute(text("SELECT to_regclass(:name)"), {"name": f"public.{_VERSION_TABLE}"})
    if found.scalar_one() is not None:
        # Every service looks whether the schema is the newest before it starts.
        statements.append(f"GRANT SELECT ON {_VERSION_TABLE} TO {reader}, {writer}")
    return statements


async def _counter(connection: AsyncConnection, table: str) -> str | None:
    """The sequence that numbers the rows of a table, if there is one."""
    query = text(
        "SELECT pg_get_serial_sequence(attrelid::regclass::text, attname) FROM pg_attribute"
        " WHERE attrelid = to_regclass(:name) AND attname = 'id'"
    )
    found = (await connection.execute(query, {"name": table})).scalar_one_or_none()
    return None if found is None else str(found)


def scram_verifier(password: str) -> str:
    """What PostgreSQL keeps of a password (RFC 5803): enough to check it and no more.

    Raises ValueError for one that is not plain ASCII, which clients may write in several ways.
    """
    if not password or not password.isascii() or not password.isprintable():
        raise ValueError("a password must be printable ASCII")
    salt = secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    shown = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{shown[0]}${shown[1]}:{shown[2]}"
