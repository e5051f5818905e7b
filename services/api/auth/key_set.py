"""The issuer's public keys. They are fetched from where the settings say, and renewed after five minutes."""

import asyncio
import logging
import warnings
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, KeySet

_log: Final = logging.getLogger("bellwether.api")

REFRESH_SECONDS: Final = 300.0
"""A key that the issuer withdraws verifies nothing any more after this long."""
STALE_SECONDS: Final = 900.0
"""With an issuer that does not answer for this long, no token is accepted."""
UNKNOWN_SECONDS: Final = 60.0
"""Tokens with unknown key ids, which anybody can send, make the issuer be asked at most this often."""
_RETRY_SECONDS: Final = 10.0
_TIMEOUT_SECONDS: Final = 5.0
_MOST_BYTES: Final = 256 * 1024
_ASYMMETRIC: Final = frozenset({"RSA", "EC", "OKP"})  # never a shared secret
_DISCOVERY: Final = "/.well-known/openid-configuration"


class KeySetError(Exception):
    """The issuer's keys cannot be fetched. The message names no token."""


class IssuerKeys:
    """The issuer's keys by id. `url` is that of the key set; when empty, it is looked up at the issuer."""

    def __init__(self, *, issuer: str, url: str, clock: Callable[[], float]) -> None:
        self._issuer: Final = issuer
        self._url: Final = url
        self._clock: Final = clock
        self._keys: dict[str, Key] = {}
        self._fetched_at = self._tried_at = self._asked_at = float("-inf")
        self._lock: Final = asyncio.Lock()

    async def find(self, key_id: str) -> Key | None:
        """The key of this id; None when the issuer has none or does not answer.

        While one request asks the issuer, requests with a known key go on and the others wait.
        """
        fresh = self._clock() - self._fetched_at < REFRESH_SECONDS
        if key_id not in self._keys or not (fresh or self._lock.locked()):
            async with self._lock:
                now = self._clock()
                if now - self._fetched_at >= REFRESH_SECONDS and now - self._tried_at >= _RETRY_SECONDS:
                    await self._refresh(now)
                if key_id not in self._keys and now - self._asked_at >= UNKNOWN_SECONDS:
                    self._asked_at = now
                    await self._refresh(now)
        return self._keys.get(key_id) if self._clock() - self._fetched_at < STALE_SECONDS else None

    async def _refresh(self, now: float) -> None:
        self._tried_at = now
        try:
            self._keys = _usable(await self._fetch())
        except (KeySetError, httpx.HTTPError, JoseError, ValueError, TypeError, KeyError) as error:
            _log.warning("the issuer's keys could not be fetched: %s", type(error).__qualname__)
        else:
            self._fetched_at = now

    async def _fetch(self) -> Any:
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            url = self._url
            if not url:
                found = await _json(client, self._issuer.rstrip("/") + _DISCOVERY)
                if found["issuer"] != self._issuer or not is_safe_url(found["jwks_uri"]):
                    raise KeySetError("the issuer's description is of another issuer")
                url = found["jwks_uri"]
            return await _json(client, url)


def is_safe_url(url: str) -> bool:
    """Whether keys may be fetched from a URL: over TLS, or from this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname and parts.username is None:
        return True
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


async def _json(client: httpx.AsyncClient, url: str) -> Any:
    async with client.stream("GET", url, headers={"Accept": "application/json"}) as response:
        if response.status_code != httpx.codes.OK:
            raise KeySetError("the issuer answered with an error")
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _MOST_BYTES:
                raise KeySetError("the issuer's answer is too long")
    return httpx.Response(httpx.codes.OK, content=bytes(body)).json()


def _usable(document: Any) -> dict[str, Key]:
    """The public signing keys that have an id. Weak keys, other keys and unreadable ones are left out one by one."""
    found: dict[str, Key] = {}
    for each in document["keys"]:
        try:
            with warnings.catch_warnings(action="error", category=SecurityWarning):  # of keys that are too short
                (key,) = KeySet.import_key_set({"keys": [each]}).keys
        except (JoseError, SecurityWarning, ValueError, TypeError, KeyError):
            continue
        signs = each.get("use", "sig") == "sig" and key.key_type in _ASYMMETRIC
        if signs and isinstance(each.get("kid"), str):
            found[each["kid"]] = key
    return found
