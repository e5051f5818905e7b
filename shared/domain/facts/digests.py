"""Digests and numbers that stand for entities, threads, series and tickets."""

from collections.abc import Callable
from hashlib import blake2b
from struct import Struct
from typing import Final

_first_64_bits: Final[Callable[[bytes], tuple[int]]] = Struct(">q").unpack_from


def digest(text: str) -> bytes:
    """128 bits that stand for an entity or event id; a collision would need 2^64 of them."""
    return blake2b(text.encode(), digest_size=16).digest()


def locator(entity: bytes) -> int:
    """The first 64 bits of an entity's digest: names its rows next to people and time."""
    return _first_64_bits(entity)[0]


def number(text: str | None) -> int:
    """A stable number for a thread, series or ticket; 0 for none."""
    return _first_64_bits(blake2b(text.encode(), digest_size=8).digest())[0] if text else 0
