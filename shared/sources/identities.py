"""Identities and native ids from what source systems write. All raise UnusableError for what the wire would refuse."""

import re
from hashlib import blake2b
from typing import Final

from shared.sources.reader import UnusableError

IDENTITY_MAX: Final = 255  # of the wire's pattern, without the namespace
# Room for a prefix and a time stamp beside it within the 400 characters of a native id.
NATIVE_ID_MAX: Final = 300

_ANGLE: Final = re.compile(r"<([^<>]*)>\s*$")


def mail_identity(text: str, *, domain: str = "") -> str:
    """Identity of a mail address: display name and `mailto:` dropped, lower case, `domain` added when there is none."""
    found = _ANGLE.search(text)
    address = (found.group(1) if found else text).strip().strip("'\"").strip().lower().removeprefix("mailto:").strip()
    if domain and address and "@" not in address:
        address = f"{address}@{domain.lower()}"
    return _identity("mail", address)


def chat_identity(native: str) -> str:
    """Identity of a chat account."""
    return _identity("chat", native.strip())


def ticket_identity(native: str) -> str:
    """Identity of a tracker account."""
    return _identity("ticket", native.strip())


def _identity(namespace: str, native: str) -> str:
    if not native:
        raise UnusableError(f"empty {namespace} identity")
    if len(native) > IDENTITY_MAX or "\n" in native:
        raise UnusableError(f"unusable {namespace} identity")
    return f"{namespace}:{native}"


def native_id(text: str) -> str:
    """A native id as it is, or its digest when it is too long to carry."""
    if not text:
        raise UnusableError("empty id")
    return text if len(text) <= NATIVE_ID_MAX else digest(text)


def digest(*parts: str) -> str:
    """Short deterministic digest of some parts, for things that have no id of their own."""
    return blake2b("\x1f".join(parts).encode(errors="surrogatepass"), digest_size=16).hexdigest()
