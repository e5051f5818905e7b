"""JSON files as a whole: the objects in them, in plain Python values. Bounded, and never an error of the program."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

_BOM: Final = b"\xef\xbb\xbf"
# As a whole a document takes a few times its size in memory.
BYTES_MAX: Final = 256 << 20
_DECODE: Final = msgspec.json.Decoder().decode
_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Object = dict[str, Any]


class NotJsonError(ValueError):
    """The file is no JSON; the message says why and holds nothing of it."""


def begins_as_json(head: bytes) -> bool:
    """Whether a file with this beginning may hold a list or an object."""
    return b"\0" not in head and head.lstrip(_BOM + b" \t\r\n").startswith((b"[", b"{"))


def documents(lines: Iterable[bytes]) -> list[Any]:
    """The document of a file, or its documents where each has a line of its own. Raises NotJsonError."""
    kept: list[bytes] = []
    size = 0
    for line in lines:
        size += len(line)
        if size > BYTES_MAX:
            raise NotJsonError(f"larger than {BYTES_MAX >> 20} MB")
        kept.append(line)
    data = b"".join(kept).removeprefix(_BOM)
    try:
        return [_DECODE(data)]
    except _ERRORS:
        pass
    try:
        return [_DECODE(line) for line in kept if line.strip()]
    except _ERRORS:
        raise NotJsonError("not JSON") from None


def objects(found: Any, *names: str) -> Iterator[Object]:
    """The objects of a list, or of the list that an object holds under one of the names, or the object itself."""
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, dict))
    elif isinstance(found, dict):
        for name in names:
            if isinstance(found.get(name), list):
                yield from objects(found[name])
                return
        yield found


def text(found: Any, *path: str) -> str:
    """The text or the number at the end of a path through objects, as a text; empty where there is none."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found).strip()
