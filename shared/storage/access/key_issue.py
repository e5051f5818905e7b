"""Making, listing and revoking API keys, for the commands of operators."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.privacy.roles import DEFAULT_TENANT, GRANTS, PERSONAL_ROLES, Permission, Role
from shared.domain.week import DAY
from shared.storage.access.api_keys import KEY_COLUMNS, PREFIX, ApiKey, hash_of, key_of
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import ApiKeyRow
from shared.storage.tables.directory import PersonRow

LIFETIME_SECONDS: Final = 90 * DAY
# 256 bits: nobody guesses it, so one round of SHA-256 protects what is stored.
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 6
_ENVIRONMENT: Final = re.compile(r"[a-z0-9]{1,16}")
_TABLE: Final = table_of(ApiKeyRow)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. The token is shown once and cannot be had again."""

    key: ApiKey
    token: str = field(repr=False)


async def create_key(
    connection: AsyncConnection,
    *,
    name: str,
    role: Role,
    now: int,
    environment: str = "local",
    tenant: str = DEFAULT_TENANT,
    scopes: Collection[Permission] | None = None,
    person: str | None = None,
    lifetime_seconds: int = LIFETIME_SECONDS,
) -> NewKey:
    """Make a key `bw_<environment>_<id>_<secret>` that expires after `lifetime_seconds`.

    `person` is the holder: conflicts of interest are seen only for keys that have one. `scopes` narrow the role.

    Raises:
        ValueError: the environment is not 1 to 16 lower-case letters or digits, the lifetime is not positive, a scope
            is not among what the role grants, or a role that is about a person has none.
        LookupError: the holder is not in the directory; a misspelt holder would switch the conflict check off.
    """
    if _ENVIRONMENT.fullmatch(environment) is None:
        raise ValueError(f"environment {environment!r} is not 1 to 16 lower-case letters or digits")
    if lifetime_seconds <= 0:
        raise ValueError("a key must live for at least a second")
    if scopes is not None and not GRANTS[role].issuperset(scopes):
        raise ValueError(f"the role {role} grants {', '.join(sorted(GRANTS[role]))} and nothing else")
    if role in PERSONAL_ROLES and person is None:
        raise ValueError(f"a key of the role {role} needs a person who holds it")
    if person is not None:
        people = table_of(PersonRow).c
        known = await connection.execute(select(people.key).where(people.key == person))
        if known.scalar_one_or_none() is None:
            raise LookupError("the holder of the key is not in the directory")
    secret = secrets.token_hex(_SECRET_BYTES)
    key = ApiKey(
        id=f"{environment}_{secrets.token_hex(_ID_BYTES)}",
        tenant=tenant,
        name=name,
        role=role,
        scopes=None if scopes is None else frozenset(scopes),
        person=person,
        created_at=now,
        expires_at=now + lifetime_seconds,
        revoked_at=None,
    )
    values = {column.name: getattr(key, column.name) for column in KEY_COLUMNS}
    values |= {"scopes": None if scopes is None else " ".join(sorted(scopes)), "secret_sha256": hash_of(secret)}
    await connection.execute(insert(_TABLE).values(values))
    return NewKey(key=key, token=f"{PREFIX}{key.id}_{secret}")


async def list_keys(connection: AsyncConnection) -> list[ApiKey]:
    """Every key, revoked and expired ones included, oldest first."""
    rows = await connection.execute(select(*KEY_COLUMNS).order_by(_TABLE.c.created_at, _TABLE.c.id))
    return [key_of(row) for row in rows]


async def revoke_key(connection: AsyncConnection, key_id: str, *, now: int) -> bool:
    """Revoke a key from now on; False when there is none or it is revoked already. Doing it twice changes nothing."""
    statement = update(_TABLE).where(_TABLE.c.id == key_id, _TABLE.c.revoked_at.is_(None)).values(revoked_at=now)
    return (await connection.execute(statement)).rowcount == 1
