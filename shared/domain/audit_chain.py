"""A log that shows when it was changed: entries chained under a key, and signed roots to compare it with from outside.

Each entry's seal is HMAC-SHA256 over the seal before it and the entry's canonical bytes, so no entry can be changed,
taken out or moved without the key. The head carries a seal of its own, so none can be cut off the end either. Whoever
holds the key could write the whole chain anew; for that there are roots: over each stretch of seals the root of a
Merkle tree (hashed as in RFC 6962), signed with a key of its own (Ed25519) and written to a file to keep elsewhere.

Keys come in epochs: the first of a list seals, all verify, so that a new one can be put in front of the old.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

BEFORE_ALL: Final = bytes(32)
"""Stands for the seal before the first entry."""

_EPOCH_LETTERS: Final = 12
_LEAF, _NODE = b"\x00", b"\x01"
_encode: Final = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One read that told of people: how many rows about whom. `at` is in Unix seconds; sequences count from 1."""

    sequence: int
    epoch: str
    at: int
    key_id: str
    operation: str
    purpose: str
    rows_by_person: Mapping[str, int]


class ChainKeys:
    """The keys of the chain, by epoch; the first one seals. Nothing shows them.

    Without any, entries are chained but not sealed: whoever can write to the store can write the chain anew.
    """

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._keys: Final = {_epoch(key): key for key in keys or (b"",)}
        self.epoch: Final = next(iter(self._keys))
        self.sealed: Final = bool(keys)

    def seal(self, before: bytes, entry: Entry) -> bytes | None:
        """The seal of an entry after another's; None for an epoch whose key is not here."""
        key = self._keys.get(entry.epoch)
        if key is None:
            return None
        fields = [entry.sequence, entry.epoch, entry.at, entry.key_id, entry.operation, entry.purpose]
        return hmac.digest(key, before + _encode([*fields, entry.rows_by_person]), sha256)

    def seal_head(self, epoch: str, sequence: int, last: bytes) -> bytes | None:
        """The seal of the end of the chain; None for an epoch whose key is not here."""
        key = self._keys.get(epoch)
        return None if key is None else hmac.digest(key, b"head" + _encode(sequence) + last, sha256)


@dataclass(frozen=True, slots=True)
class Root:
    """What was signed of a stretch of the chain, both ends included. `at` is in Unix seconds."""

    first: int
    last: int
    at: int
    root: bytes
    signer: str  # fingerprint of the public key
    signature: bytes


class Signer:
    """Signs roots with the first of its keys; the verifier knows them all."""

    def __init__(self, keys: Sequence[Ed25519PrivateKey]) -> None:
        self._key: Final = keys[0]
        self.verifier: Final = Verifier(key.public_key() for key in keys)

    def sign(self, first: int, at: int, seals: Sequence[bytes]) -> Root:
        """The root of the seals from a sequence on."""
        last, root = first + len(seals) - 1, merkle_root(seals)
        signer = fingerprint(self._key.public_key())
        return Root(first, last, at, root, signer, self._key.sign(_signed(first, last, at, root)))


class Verifier:
    """Verifies roots, with every public key that ever signed one."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys: Final = {fingerprint(key): key for key in keys}

    def holds(self, root: Root) -> bool:
        """Whether the signature is one of these keys' over this root."""
        key = self._keys.get(root.signer)
        if key is None:
            return False
        try:
            key.verify(root.signature, _signed(root.first, root.last, root.at, root.root))
        except InvalidSignature:
            return False
        return True


def fingerprint(key: Ed25519PublicKey) -> str:
    """What a public key is called."""
    return sha256(key.public_bytes_raw()).hexdigest()[:_EPOCH_LETTERS]


def merkle_root(seals: Sequence[bytes]) -> bytes:
    """Root of the tree over the seals, which are at least one."""
    level = [sha256(_LEAF + seal).digest() for seal in seals]
    while len(level) > 1:
        paired = [sha256(_NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = [*paired, level[-1]] if len(level) % 2 else paired
    return level[0]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain as the store has it."""

    sequence: int
    epoch: str
    last: bytes  # seal of the last entry
    seal: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: at which entry, and what."""

    sequence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything there is to verify. `index` holds what each entry is found by: the rows by person, by sequence."""

    entries: Sequence[tuple[Entry, bytes]]  # with their seals, in the order of their sequences
    index: Mapping[int, Mapping[str, int]]
    head: Head | None
    roots: Sequence[Root]


def find_fault(audit: Audit, keys: ChainKeys, *, verifier: Verifier, anchors: Sequence[Root] = ()) -> Fault | None:
    """The first fault of an audit, or None. `anchors` are roots kept outside, in the order they were made."""
    seals: list[bytes] = []
    for expected, (entry, seal) in enumerate(audit.entries, 1):
        if entry.sequence != expected:
            return Fault(expected, "the entry is missing")
        made = keys.seal(seals[-1] if seals else BEFORE_ALL, entry)
        if made is None:
            return Fault(expected, f"there is no key for epoch {entry.epoch!r}")
        if not hmac.compare_digest(made, seal):
            return Fault(expected, "the entry or one before it was changed, or was sealed with another key")
        if audit.index.get(expected, {}) != entry.rows_by_person:
            return Fault(expected, "the people it is found by are not those of the entry")
        seals.append(seal)
    return (
        _strays(audit, len(seals))
        or _head_fault(audit.head, seals, keys)
        or _root_fault(audit.roots, seals, verifier)
        or _anchor_fault(audit.roots, anchors, verifier)
    )


def _strays(audit: Audit, count: int) -> Fault | None:
    stray = min((sequence for sequence in audit.index if not 1 <= sequence <= count), default=None)
    return None if stray is None else Fault(stray, "people are found by an entry that is not there")


def _head_fault(head: Head | None, seals: Sequence[bytes], keys: ChainKeys) -> Fault | None:
    if head is None:
        return Fault(1, "the end of the chain is not recorded") if seals else None
    made = keys.seal_head(head.epoch, head.sequence, head.last)
    if made is None or not hmac.compare_digest(made, head.seal):
        return Fault(len(seals) + 1, "the record of the end of the chain was changed")
    if head.sequence != len(seals):
        return Fault(len(seals) + 1, f"the chain ends here, and should go on to {head.sequence}")
    if not hmac.compare_digest(head.last, seals[-1] if seals else BEFORE_ALL):
        return Fault(len(seals), "it is not the entry that the chain ended with")
    return None


def _root_fault(roots: Sequence[Root], seals: Sequence[bytes], verifier: Verifier) -> Fault | None:
    if roots and roots[0].first != 1:
        return Fault(1, "the first signed root is missing")
    for before, root in pairwise(roots):
        if root.first != before.last + 1:
            return Fault(before.last + 1, "a signed root is missing")
    for root in roots:
        if not verifier.holds(root):
            return Fault(root.first, "the signature of the root from here on does not hold")
        if root.last > len(seals):
            return Fault(len(seals) + 1, f"the chain ends here, and was signed up to {root.last}")
        if merkle_root(seals[root.first - 1 : root.last]) != root.root:
            return Fault(root.first, f"the chain from here to {root.last} is not the one that was signed")
    return None


def _anchor_fault(roots: Sequence[Root], anchors: Sequence[Root], verifier: Verifier) -> Fault | None:
    for place, anchor in enumerate(anchors):
        if not verifier.holds(anchor):
            return Fault(anchor.first, "the signature of the root kept outside does not hold")
        if place >= len(roots) or roots[place] != anchor:
            return Fault(anchor.first, "the root kept outside is not the one in the store")
    return None


def root_line(root: Root) -> bytes:
    """A root as a line of JSON (no line end), for keeping outside."""
    fields = {"first": root.first, "last": root.last, "at": root.at, "root": root.root.hex(), "signer": root.signer}
    return msgspec.json.encode(fields | {"signature": root.signature.hex()})


def read_roots(lines: Iterable[bytes]) -> Iterator[Root]:
    """Roots from their lines. Raises ValueError for a line that is none."""
    for line in lines:
        found = msgspec.json.decode(line, type=_RootLine)
        root, signature = bytes.fromhex(found.root), bytes.fromhex(found.signature)
        yield Root(found.first, found.last, found.at, root, found.signer, signature)


class _RootLine(msgspec.Struct):
    first: int
    last: int
    at: int
    root: str
    signer: str
    signature: str


def _epoch(key: bytes) -> str:
    return sha256(b"epoch" + key).hexdigest()[:_EPOCH_LETTERS] if key else "unsealed"


def _signed(first: int, last: int, at: int, root: bytes) -> bytes:
    return b"bellwether audit root\n" + _encode([first, last, at, root.hex()])
