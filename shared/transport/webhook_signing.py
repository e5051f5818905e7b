"""Signatures of outbound webhooks in the way of Standard Webhooks: `v1` by a shared secret, `v1a` by a private key.

Each endpoint has a file of secrets, which is read for every attempt. So a rotation needs no restart: put the new secret
in front of the old one, let the receiver change over, and remove the old one.
"""

import binascii
import hmac
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SHARED: Final = "whsec_"
_PRIVATE: Final = "whsk_"
_SHARED_BYTES: Final = range(24, 65)
_SEED_BYTES: Final = 32
_MOST_KEYS: Final = 4  # two of each kind
_NEW_BYTES: Final = 32
_READ_BY_OTHERS: Final = 0o044
_ENTERED_BY_OTHERS: Final = 0o011
_ENDPOINT: Final = re.compile(r"wh_[0-9a-f]{16}")


class SecretFileError(Exception):
    """There is no usable secret. The message names the file and never quotes it."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys of an endpoint. `repr` does not show them."""

    shared: tuple[bytes, ...] = field(repr=False)
    private: tuple[Ed25519PrivateKey, ...] = field(repr=False)

    def sign(self, message: str, *, timestamp: int, body: bytes) -> str:
        """The header `webhook-signature`: one signature per key. A receiver needs only one of the keys."""
        signed = f"{message}.{timestamp}.".encode() + body
        by_secret = (f"v1,{_text(hmac.digest(key, signed, 'sha256'))}" for key in self.shared)
        by_key = (f"v1a,{_text(key.sign(signed))}" for key in self.private)
        return " ".join((*by_secret, *by_key))


def read_keys(directory: Path, endpoint: str) -> SigningKeys:
    """Read the keys of an endpoint, one a line: `whsec_...` or `whsk_...`. Raises SecretFileError."""
    path = secret_path(directory, endpoint)
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        raise SecretFileError(f"cannot read the secret of the endpoint from {path}") from None
    try:
        keys = parse_keys(lines)
    except ValueError:
        raise SecretFileError(
            f"{path} must hold one to {_MOST_KEYS} lines of whsec_... (24 to 64 bytes) or whsk_... (Ed25519) in base64"
        ) from None
    return keys


def parse_keys(lines: Iterable[str]) -> SigningKeys:
    """Keys from their written form. Raises ValueError, which does not quote the key."""
    shared: list[bytes] = []
    private: list[Ed25519PrivateKey] = []
    for line in lines:
        if line.startswith(_SHARED):
            shared.append(_decoded(line.removeprefix(_SHARED), lengths=_SHARED_BYTES))
        elif line.startswith(_PRIVATE):
            # Some tools write the public half behind the seed.
            seed = _decoded(line.removeprefix(_PRIVATE), lengths=(_SEED_BYTES, 2 * _SEED_BYTES))[:_SEED_BYTES]
            private.append(Ed25519PrivateKey.from_private_bytes(seed))
        else:
            raise ValueError("a key begins with whsec_ or whsk_")
    if not 0 < len(shared) + len(private) <= _MOST_KEYS:
        raise ValueError("too many keys, or none")
    return SigningKeys(tuple(shared), tuple(private))


def secret_path(directory: Path, endpoint: str) -> Path:
    """The file of an endpoint. Raises SecretFileError for anything but the id of an endpoint, such as a path."""
    if _ENDPOINT.fullmatch(endpoint) is None:
        raise SecretFileError("that is not the id of an endpoint")
    return directory / endpoint


def make_secret(directory: Path, endpoint: str) -> Path:
    """Write a new secret in front of the latest one, and drop older ones. Returns the file, readable by its owner only.

    Where others may read the directory but not enter its parent, others may read the file too. A container that mounts
    the directory reads it under another user id.
    """
    path = secret_path(directory, endpoint)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = path.read_text(encoding="ascii").split() if path.exists() else []
    fresh = _SHARED + _text(secrets.token_bytes(_NEW_BYTES))
    written = path.with_suffix(f".{os.getpid()}")
    written.touch(mode=0o600)
    written.write_text("\n".join([fresh, *before[:1]]) + "\n", encoding="ascii")
    if not directory.resolve().parent.stat().st_mode & _ENTERED_BY_OTHERS:
        written.chmod(0o600 | (directory.stat().st_mode & _READ_BY_OTHERS))
    written.replace(path)
    return path


def _decoded(text: str, *, lengths: Iterable[int]) -> bytes:
    try:
        found = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a key is written in base64") from None
    if len(found) not in lengths:
        raise ValueError("a key has an unusual length")
    return found


def _text(value: bytes) -> str:
    return b64encode(value).decode()
