"""Who asks. Tenant, roles and person come from the credential, and never from a parameter."""

from dataclasses import dataclass
from typing import Final

from services.api.auth.tokens import AccessToken
from shared.domain.privacy.roles import DIRECTORY_ROLES, Permission, Role
from shared.storage.access.api_keys import ApiKey
from shared.storage.access.visibility import Viewer

_KEY: Final = "key"


@dataclass(frozen=True, slots=True)
class Principal:
    """The holder of a verified credential. `id` is written to the audit. Instants are Unix seconds."""

    id: str
    kind: str  # of credential: "key" or "token"
    tenant: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    person: str | None
    expires_at: int

    @property
    def name(self) -> str:
        """The name in a case: the person's pseudonym, or else the id of the credential."""
        return self.person or self.id

    @property
    def viewer(self) -> Viewer:
        """What the filter of rows needs to know about the principal."""
        return Viewer(person=self.person, leads=Role.LEADER in self.roles)

    @property
    def is_key(self) -> bool:
        """Whether the credential is an API key, which can be revoked."""
        return self.kind == _KEY


def principal_of_key(key: ApiKey) -> Principal:
    """The holder of an API key."""
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
    """The holder of a token, given their pseudonym if they are an active person of the directory.

    None for a token with a role that needs such a person when there is none: without one, the filter of conflicts of
    interest cannot work.
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
