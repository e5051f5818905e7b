"""API keys: made for the CLI, checked on every request. The store holds id and hash of a key, never its secret."""

import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.privacy.roles import DEFAULT_TENANT, GRANTS, PERSONAL_ROLES, Permission, Role
from shared.domain.week import DAY
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import ApiKeyRow
from shared.storage.tables.directory import PersonRow

LIFETIME_SECONDS: Final = 90 * DAY
# 256 bits: nobody guesses it, so one round of SHA-256 protects what is stored.
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 6
_ENVIRONMENT: Final = re.compile(r"[a-z0-9]{1,16}")
PREFIX: Final = "bw_"
"""How every key begins, so that scanners for leaked secrets find them."""
_TOKEN: Final = re.compile(r"bw_([a-z0-9]{1,16}_[0-9a-f]{12})_([0-9a-f]{64})")
_UNKNOWN_SHA256: Final = "0" * 64  # compared with when there is no such key, so that both cases take the same path


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored, without its hash. `id` is `<environment>_<12 hex digits>`; instants are Unix seconds."""

    id: str
    tenant: str
    name: str
    role: Role
    scopes: frozenset[Permission] | None  # None is all that the role grants
    person: str | None  # the holder
    created_at: int
    expires_at: int
    revoked_at: int | None

    def usable(self, now: int) -> bool:
        """Whether the key is neither revoked nor expired."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the key may do: what its role grants, as far as its scopes go."""
        granted = GRANTS[self.role]
        return granted if self.scopes is None else granted & self.scopes


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. The token is shown once and cannot be had again."""

    key: ApiKey
    token: str = field(repr=False)


_TABLE: Final = table_of(ApiKeyRow)
_COLUMNS: Final = [_TABLE.c[name] for name in ApiKey.__dataclass_fields__]
_PERSON: Final = table_of(PersonRow).c
_IS_ACTIVE: Final = select(_PERSON.active).where(_PERSON.key == bindparam("person"))
# A holder who has left the directory's active people has left with their keys.
_BY_ID: Final = (
    select(*_COLUMNS, _PERSON.active, _TABLE.c.secret_sha256)
    .select_from(_TABLE.outerjoin(table_of(PersonRow), _PERSON.key == _TABLE.c.person))
    .where(_TABLE.c.id == bindparam("key_id"))
)


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
    values = {column.name: getattr(key, column.name) for column in _COLUMNS}
    values |= {"scopes": None if scopes is None else " ".join(sorted(scopes)), "secret_sha256": _hash(secret)}
    await connection.execute(insert(_TABLE).values(values))
    return NewKey(key=key, token=f"{PREFIX}{key.id}_{secret}")


async def list_keys(connection: AsyncConnection) -> list[ApiKey]:
    """Every key, revoked and expired ones included, oldest first."""
    rows = await connection.execute(select(*_COLUMNS).order_by(_TABLE.c.created_at, _TABLE.c.id))
    return [_key(row) for row in rows]


async def revoke_key(connection: AsyncConnection, key_id: str, *, now: int) -> bool:
    """Revoke a key from now on; False when there is none or it is revoked already. Doing it twice changes nothing."""
    statement = update(_TABLE).where(_TABLE.c.id == key_id, _TABLE.c.revoked_at.is_(None)).values(revoked_at=now)
    return (await connection.execute(statement)).rowcount == 1


def authenticate(connection: Connection, token: str, *, tenant: str = DEFAULT_TENANT, now: int) -> ApiKey | None:
    """The key of a token; None when malformed, unknown, wrong, expired or revoked, without telling which.

    So are keys of another tenant, and keys whose holder is not active any more. A plain function for `Transactions`.
    """
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    row = connection.execute(_BY_ID, {"key_id": parts[1]}).one_or_none()
    expected = _UNKNOWN_SHA256 if row is None else row[-1]
    if not hmac.compare_digest(_hash(parts[2]), expected) or row is None:
        return None
    key, holder_active = _key(row), row[-2]
    return key if key.usable(now) and key.tenant == tenant and holder_active is not False else None


def is_active(connection: Connection, person: str) -> bool | None:
    """Whether somebody of the directory has not left; None for who is not in it."""
    active: bool | None = connection.execute(_IS_ACTIVE, {"person": person}).scalar_one_or_none()
    return active


def still_usable(connection: Connection, key_id: str, *, now: int) -> bool:
    """Whether a key that was let in before is neither revoked nor expired since."""
    row = connection.execute(_BY_ID, {"key_id": key_id}).one_or_none()
    return row is not None and _key(row).usable(now) and row[-2] is not False


def _key(row: Sequence[Any]) -> ApiKey:
    key_id, tenant, name, role, scopes, person, created_at, expires_at, revoked_at = row[:9]
    return ApiKey(
        id=key_id,
        tenant=tenant,
        name=name,
        role=Role(role),
        # A scope that is not known any more grants nothing.
        scopes=None if scopes is None else frozenset(each for each in Permission if each in scopes.split()),
        person=person,
        created_at=created_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
