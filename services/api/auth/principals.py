"""Who asks: what a credential says of its holder. Tenant, roles and person come from here and from no parameter."""

from dataclasses import dataclass
from typing import Final

from services.api.auth.tokens import AccessToken
from shared.domain.privacy.roles import DIRECTORY_ROLES, Permission, Role
from shared.storage.access.api_keys import ApiKey
from shared.storage.access.visibility import Viewer

_KEY: Final = "key"


@dataclass(frozen=True, slots=True)
class Principal:
    """The holder of a verified credential. `id` stands in the audit; instants are Unix seconds."""

    id: str
    kind: str  # of credential: "key" or "token"
    tenant: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    person: str | None
    expires_at: int

    @property
    def name(self) -> str:
        """How a case names them: their key in the directory, or else their credential."""
        return self.person or self.id

    @property
    def viewer(self) -> Viewer:
        """What the filter of rows needs to know."""
        return Viewer(person=self.person, leads=Role.LEADER in self.roles)

    @property
    def is_key(self) -> bool:
        """Whether the credential is an API key, which can be revoked."""
        return self.kind == _KEY


def principal_of_key(key: ApiKey) -> Principal:
    """Who holds an API key."""
    return Principal(
        id=key.id,
        kind=_KEY,
        tenant=key.tenant,
        roles=frozenset({key.role}),
        permissions=key.permissions,
        person=key.person,
        expires_at=key.expires_at,
    )


def principal_of_token(said: AccessToken, *, tenant: str, person: str | None) -> Principal | None:
    """Who holds a token, given who they are in the directory.

    None for a role that is about somebody's place among people, when they have none: a person who left, or one whom
    the filter of conflicts could not know.
    """
    if person is None and said.roles & DIRECTORY_ROLES:
        return None
    return Principal(
        id=f"oidc:{person or said.subject}",
        kind="token",
        tenant=tenant,
        roles=said.roles,
        permissions=said.permissions,
        person=person,
        expires_at=said.expires_at,
    )
