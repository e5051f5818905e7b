"""Mail addresses as programs write them into tables: with names, commas, groups, and addresses of directories."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from shared.sources.identities import mail_identity
from shared.sources.reader import UnusableError

_ADDRESS: Final = r"[^@\s<>\"',;:()\[\]|]+@[^@\s<>\"',;:()\[\]|]+"
_ANGLED: Final = re.compile(
    rf"<\s*(?:mailto:|smtp:)?({_ADDRESS})\s*>|\[\s*(?:mailto:|smtp:)({_ADDRESS})\s*\]", re.IGNORECASE
)
_BARE: Final = re.compile(rf"(?:mailto:|smtp:)?({_ADDRESS})", re.IGNORECASE)
# An entry of Exchange's directory. Only the directory knows its address.
_X500: Final = re.compile(r"(?:x500|ex|imceaex[^:]*)?:?\s*/o=", re.IGNORECASE)
_UNDISCLOSED: Final = re.compile(
    r"^\W*(?:undisclosed[- ]recipients?|verborgene_?empf\w*|destinataires? inconnus?)\W*$", re.IGNORECASE
)
# Of a group, before its colon: nothing that an address or a list of them has.
_NO_GROUP: Final = frozenset("@<>;,[")
# What stands between two separators; longer than any address with its name.
_PART_MAX: Final = 1_000
_PLAIN: Final = re.compile(rf"{_ADDRESS}(?:[;,] ?{_ADDRESS})*")
_COMMENT: Final = re.compile(r"\([^()@]*\)")
_PREFIX: Final = re.compile(r"^(?:smtp|mailto|sip):", re.IGNORECASE)


# A log names the same people over and over.
@lru_cache(maxsize=4096)
def addresses(cell: str, *, domain: str = "") -> tuple[str, ...]:
    """The identities of a cell, in order. Names without an address are nobody, unless the cell has only such words.

    Raises UnusableError for addresses that cannot be told apart, and for those that only a directory knows.
    """
    text = cell.strip()
    if _PLAIN.fullmatch(text):  # as most are written
        return tuple(mail_identity(part, domain=domain) for part in text.replace(",", ";").split(";") if part.strip())
    if not text or _UNDISCLOSED.match(text):
        return ()
    name, colon, members = text.partition(":")
    if colon and _NO_GROUP.isdisjoint(name) and not _PREFIX.match(text) and not _X500.match(text):
        text = members.strip().removesuffix(";").strip()
        if not text:
            return ()
    angled = [one or other for one, other in _ANGLED.findall(text)]
    if angled:
        # What stands between addresses in brackets is names, with whatever commas. Bare addresses may be among them.
        rest = _ANGLED.sub(";", text)
        bare = [each for part in re.split(r"[;,]", rest) if (each := _alone(part))]
        return tuple(mail_identity(each) for each in [*angled, *bare])
    return tuple(_plain(_COMMENT.sub(" ", text), domain))


def _alone(part: str) -> str:
    """The address that a part is, and nothing else: names in quotes that look like one are names."""
    found = _BARE.fullmatch(part.strip())
    return found.group(1) if found is not None else ""


def _plain(text: str, domain: str) -> Iterator[str]:
    for part in re.split(r"[;,|\n]", text):
        address = _PREFIX.sub("", part.strip().strip("'\"").strip())
        if not address:
            continue
        if _X500.match(address):
            raise UnusableError("an address is that of a directory (X.500); export the SMTP addresses")
        # Whatever is longer is refused as it stands.
        found = _BARE.search(address) if len(address) <= _PART_MAX else None
        if found is not None and found.group(0) != address:
            address = found.group(1)  # `Jane Doe jane@example.com`, and addresses in round brackets
        yield mail_identity(address, domain=domain)
