"""Seals cursors: whoever hands one back can neither read it nor change it, nor use it as somebody else.

AES-SIV (RFC 5297) gives the same cursor for the same place, so that the version of an answer stays the same, and takes
what a cursor is bound to as associated data.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64Error
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.keyring import CURSOR_KEY_BYTES

# The length of a cursor would tell that of a name, or how many digits a value has.
_STEP_BYTES: Final = 64


class CursorCipher:
    """The keys that seal cursors, the first of which seals. Made once per process.

    Without any a key is made up: cursors are then good in this process alone.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        made_up = [] if keys else [AESSIV.generate_key(CURSOR_KEY_BYTES * 8)]
        self._ciphers: Final = [AESSIV(key) for key in [*keys, *made_up]]

    def seal(self, content: bytes, bound_to: list[bytes]) -> str:
        """JSON, sealed."""
        padded = content.ljust(-(-len(content) // _STEP_BYTES) * _STEP_BYTES)
        return _text(self._ciphers[0].encrypt(padded, bound_to))

    def open(self, cursor: str, bound_to: list[bytes]) -> bytes | None:
        """What was sealed for exactly this; None for every other text."""
        try:
            sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (NotBase64Error, UnicodeError):
            return None
        if _text(sealed) != cursor:
            return None  # another spelling of the same bytes
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(sealed, bound_to)
            except (InvalidTag, ValueError):
                continue
        return None


@dataclass(frozen=True, slots=True)
class CallerCursors:
    """Cursors of one caller of one tenant."""

    cipher: CursorCipher = field(repr=False)
    tenant: str
    caller: str

    def seal(self, content: bytes, list_and_filters: bytes) -> str:
        """A cursor for this caller and this list with these filters."""
        return self.cipher.seal(content, self._bound_to(list_and_filters))

    def open(self, cursor: str, list_and_filters: bytes) -> bytes | None:
        """What was sealed for this caller and this list with these filters; None for every other text."""
        return self.cipher.open(cursor, self._bound_to(list_and_filters))

    def _bound_to(self, list_and_filters: bytes) -> list[bytes]:
        return [self.tenant.encode(), self.caller.encode(), list_and_filters]


def _text(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()
