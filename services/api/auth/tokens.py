"""OIDC access tokens (RFC 9068). Only tokens of the configured issuer for this service that are in time are accepted.

A token names the key that verifies it by the id of a key of the issuer, and in no other way: `jku`, `jwk`, `x5u` and
`x5c` are ignored. The algorithm must be on the list of this module and fit the key.

Roles say what the holder may do at most, and `scope` (RFC 8693, 4.2) which part of that this token was given for. What
the scope does not name, the token does not carry: a scope that is empty, of another form or about another API carries
nothing. So does a missing one, unless the settings say that the issuer puts none into its tokens.
"""

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key
from joserfc.jwt import JWTClaimsRegistry

from services.api.auth.key_set import IssuerKeys
from services.api.settings import ApiSettings
from shared.domain.privacy.roles import GRANTS, Permission, Role

LEEWAY_SECONDS: Final = 30
"""Clocks of the issuer and of this service may differ by this much."""
LONGEST_SECONDS: Final = 24 * 3_600
"""A token that lives longer is refused: there is no way to take it back."""
_KEY_TYPES: Final[Mapping[str, str]] = {
    "RS256": "RSA", "PS256": "RSA", "ES256": "EC", "ES384": "EC", "EdDSA": "OKP", "Ed25519": "OKP",
}  # fmt: skip
_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
_MOST_CHARACTERS: Final = 8_192
_MOST_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a verified token says. `person` is the issuer's name for the person."""

    subject: str
    person: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    expires_at: int


class TokenVerifier:
    """Verifies tokens of one issuer. Made once per process, where an issuer is configured."""

    def __init__(self, settings: ApiSettings, clock: Callable[[], float]) -> None:
        self._settings: Final = settings
        self._clock: Final = clock
        self._keys: Final = IssuerKeys(issuer=settings.oidc_issuer, url=settings.oidc_jwks_url, clock=clock)
        self._signatures: Final = jws.JWSRegistry(algorithms=list(_KEY_TYPES))

    async def verify(self, token: str) -> AccessToken | None:
        """What the token says; None when it is not accepted. Never raises for the content of a token."""
        try:
            key = await self._key(token)
            return None if key is None else self._read(token, key)
        except (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None

    async def _key(self, token: str) -> Key | None:
        if len(token) > _MOST_CHARACTERS or not token.isascii() or token.count(".") != 2:  # noqa: PLR2004 - compact form
            return None
        header = jws.extract_compact(token.encode()).headers()
        kind, algorithm, key_id = (_text(header.get(name)) for name in ("typ", "alg", "kid"))
        if kind.lower() not in _TYPES or algorithm not in _KEY_TYPES or "crit" in header:
            return None
        key = await self._keys.find(key_id)
        return key if key is not None and _fits(key, algorithm) else None

    def _read(self, token: str, key: Key) -> AccessToken | None:
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):  # EdDSA is now called Ed25519
            claims = jwt.decode(token, key, algorithms=list(_KEY_TYPES), registry=self._signatures).claims
        now = int(self._clock())
        JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._settings.oidc_issuer},
            aud={"essential": True, "value": self._settings.oidc_audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
        issued, expires = _instant(claims["iat"]), _instant(claims["exp"])
        if expires - issued > LONGEST_SECONDS or not self._is_of_tenant(claims):
            return None
        roles = self._roles(claims.get(self._settings.oidc_role_claim))
        return AccessToken(
            subject=_text(claims["sub"]),
            person=_text(claims[self._settings.oidc_person_claim]),
            roles=roles,
            permissions=self._permissions(roles, claims),
            expires_at=int(expires) + LEEWAY_SECONDS,
        )

    def _is_of_tenant(self, claims: Mapping[str, Any]) -> bool:
        claim = self._settings.oidc_tenant_claim
        return not claim or claims.get(claim) == self._settings.tenant

    def _roles(self, claimed: Any) -> frozenset[Role]:
        """The known roles among those claimed, by their own names or by those of the settings."""
        names = {claimed} if isinstance(claimed, str) else {each for each in claimed or () if isinstance(each, str)}
        given = self._settings.oidc_roles
        return frozenset(role for role in Role if given.get(role, role.value) in names)

    def _permissions(self, roles: frozenset[Role], claims: Mapping[str, Any]) -> frozenset[Permission]:
        """What the roles grant, as far as the scope names it."""
        granted = frozenset(permission for role in roles for permission in GRANTS[role])
        if "scope" not in claims and not self._settings.oidc_scope_required:
            return granted
        scope = claims.get("scope")
        named = scope.split(" ") if isinstance(scope, str) else ()
        return frozenset(permission for permission in granted if permission.value in named)


def _fits(key: Key, algorithm: str) -> bool:
    """Whether the key is of the kind that the algorithm needs, and the issuer meant it for no other algorithm."""
    return key.key_type == _KEY_TYPES[algorithm] and key.get("alg", algorithm) == algorithm


def _instant(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("no instant")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_TEXT or not value.isprintable():
        raise ValueError("no name")
    return value
