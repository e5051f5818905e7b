"""API keys, checked on every request. The store holds id and hash of a key, never its secret.

Plain functions, for the transactions of the API; `key_issue` makes and revokes keys.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from shared.domain.privacy.roles import DEFAULT_TENANT, GRANTS, Permission, Role
from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import ApiKeyRow
from shared.storage.tables.directory import PersonRow

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


_TABLE: Final = table_of(ApiKeyRow)
KEY_COLUMNS: Final = [_TABLE.c[name] for name in ApiKey.__dataclass_fields__]
_PERSON: Final = table_of(PersonRow).c
_IS_ACTIVE: Final = select(_PERSON.active).where(_PERSON.key == bindparam("person"))
# A holder who has left the directory's active people has left with their keys.
_BY_ID: Final = (
    select(*KEY_COLUMNS, _PERSON.active, _TABLE.c.secret_sha256)
    .select_from(_TABLE.outerjoin(table_of(PersonRow), _PERSON.key == _TABLE.c.person))
    .where(_TABLE.c.id == bindparam("key_id"))
)


def authenticate(connection: Connection, token: str, *, tenant: str = DEFAULT_TENANT, now: int) -> ApiKey | None:
    """The key of a token; None when malformed, unknown, wrong, expired or revoked, without telling which.

    So are keys of another tenant, and keys whose holder is not active any more. A plain function for `Transactions`.
    """
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    row = connection.execute(_BY_ID, {"key_id": parts[1]}).one_or_none()
    expected = _UNKNOWN_SHA256 if row is None else row[-1]
    if not hmac.compare_digest(hash_of(parts[2]), expected) or row is None:
        return None
    key, holder_active = key_of(row), row[-2]
    return key if key.usable(now) and key.tenant == tenant and holder_active is not False else None


def is_active(connection: Connection, person: str) -> bool | None:
    """Whether somebody of the directory has not left; None for who is not in it."""
    active: bool | None = connection.execute(_IS_ACTIVE, {"person": person}).scalar_one_or_none()
    return active


def still_usable(connection: Connection, key_id: str, *, now: int) -> bool:
    """Whether a key that was let in before is neither revoked nor expired since."""
    row = connection.execute(_BY_ID, {"key_id": key_id}).one_or_none()
    return row is not None and key_of(row).usable(now) and row[-2] is not False


def key_of(row: Sequence[Any]) -> ApiKey:
    """A key from the columns of its row, in the order of `KEYKEY_COLUMNS`."""
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


def hash_of(secret: str) -> str:
    """What is stored of the secret of a key."""
    return sha256(secret.encode()).hexdigest()
