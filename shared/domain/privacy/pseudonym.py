"""Pseudonyms: what people, their accounts and their things are called everywhere behind the edge.

A pseudonym is a keyed digest. Without the key nobody can work out or check whom it stands for; with it, the same name
always gives the same pseudonym, so that a late record still finds its person. The way back is the register of the
store, sealed under a key per person, and nowhere else.
"""

import re
from base64 import b32encode
from hashlib import blake2b
from typing import Final

KEY_BYTES: Final = 32
_DIGEST_BYTES: Final = 16  # 128 bits: a collision would need 2^64 people
_PREFIX: Final = "p-"
_PSEUDONYM: Final = re.compile(r"p-[a-z2-7]{26}")


class Pseudonyms:
    """Makes pseudonyms under one key. Pseudonyms given to it come back as they are, so it may be used twice."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key that is not `KEY_BYTES` long."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a pseudonym key has {KEY_BYTES} bytes, not {len(key)}")
        self._key: Final = key
        # Some names come in every event; what is remembered here is as long as the list of a company's accounts.
        self._identities: Final[dict[str, str]] = {}

    def person(self, key: str) -> str:
        """Pseudonym of the HR system's id of a person."""
        return key if _PSEUDONYM.fullmatch(key) else _PREFIX + self._digest(b"person", key)

    def identity(self, identity: str) -> str:
        """Pseudonym of a source identity; its namespace stays readable: `mail:p-...`."""
        found = self._identities.get(identity)
        if found is None:
            namespace, _, native = identity.partition(":")
            known = _PSEUDONYM.fullmatch(native)
            found = identity if known else f"{namespace}:{_PREFIX}{self._digest(b'identity', identity)}"
            self._identities[identity] = found
        return found

    def native_id(self, text: str) -> str:
        """Stands for a source's own id of a thing, which may hold an address or a name."""
        return text if _PSEUDONYM.fullmatch(text) else _PREFIX + self._digest(b"id", text)

    def __repr__(self) -> str:
        """Says nothing of the key."""
        return "Pseudonyms()"

    def _digest(self, what: bytes, text: str) -> str:
        # The surrogates of a badly decoded name are bytes like any other here.
        data = text.encode(errors="surrogatepass")
        made = blake2b(data, key=self._key, person=what, digest_size=_DIGEST_BYTES).digest()
        return b32encode(made).decode().rstrip("=").lower()


def is_pseudonym(text: str) -> bool:
    """Whether a person key or the native part of an identity is one."""
    return _PSEUDONYM.fullmatch(text) is not None
