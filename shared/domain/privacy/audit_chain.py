"""A log that shows when it was changed: entries chained under a key, and signed roots to compare it with from outside.

Each entry's seal is HMAC-SHA256 over the seal before it and the entry's canonical bytes, so no entry can be changed,
taken out or moved without the key. The head carries a seal of its own, so none can be cut off the end either. Whoever
holds the key could write the whole chain anew; for that there are roots: over each stretch of seals the root of a
Merkle tree (hashed as in RFC 6962), signed with a key of its own (Ed25519) and written to a file to keep elsewhere.

What is old enough goes from the front, and a signed cut says up to where. It falls on the end of a signed stretch,
whose root stays and tells how young what went can at most have been.

Keys come in epochs: the first of a list seals, all verify, so that a new one can be put in front of the old.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
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
    """One read that told of people: how many rows about whom. What was refused or administered told of nobody.

    `at` is in Unix seconds; sequences count from 1.
    """

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

    def knows(self, epoch: str) -> bool:
        """Whether the key of an epoch is here."""
        return epoch in self._keys

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


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the chain begins since old entries went: the last one that did, and its seal. `at` is in Unix seconds."""

    through: int
    at: int
    seal: bytes
    signer: str  # fingerprint of the public key
    signature: bytes


class Signer:
    """Signs roots and cuts with the first of its keys; the verifier knows them all."""

    def __init__(self, keys: Sequence[Ed25519PrivateKey]) -> None:
        self._key: Final = keys[0]
        self.verifier: Final = Verifier(key.public_key() for key in keys)

    def sign(self, first: int, at: int, seals: Sequence[bytes]) -> Root:
        """The root of the seals from a sequence on."""
        last, root = first + len(seals) - 1, merkle_root(seals)
        signer = fingerprint(self._key.public_key())
        return Root(first, last, at, root, signer, self._key.sign(_signed(first, last, at, root)))

    def cut(self, through: int, at: int, seal: bytes) -> Cut:
        """Sign that all entries up to one, whose seal this is, were deleted because they were old enough."""
        signer = fingerprint(self._key.public_key())
        return Cut(through, at, seal, signer, self._key.sign(_signed_cut(through, at, seal)))


class Verifier:
    """Verifies roots, with every public key that ever signed one."""

    def __init__(self, keys: Iterable[Ed25519PublicKey]) -> None:
        self._keys: Final = {fingerprint(key): key for key in keys}

    def holds(self, root: Root) -> bool:
        """Whether the signature is one of these keys' over this root."""
        return self._signed(root, _signed(root.first, root.last, root.at, root.root))

    def holds_cut(self, cut: Cut) -> bool:
        """Whether the signature is one of these keys' over this cut."""
        return self._signed(cut, _signed_cut(cut.through, cut.at, cut.seal))

    def _signed(self, signed: Root | Cut, what: bytes) -> bool:
        key = self._keys.get(signed.signer)
        if key is None:
            return False
        try:
            key.verify(signed.signature, what)
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


def _signed_cut(through: int, at: int, seal: bytes) -> bytes:
    return b"bellwether audit cut\n" + _encode([through, at, seal.hex()])
