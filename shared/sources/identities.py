"""Makes identities and native ids of what source systems write.

Every function raises UnusableError for a value that the wire would refuse.
"""

import re
from hashlib import blake2b
from typing import Final

from shared.domain.organisation.account_form import account_form
from shared.domain.privacy.pseudonym import looks_like_pseudonym
from shared.sources.reader import UnusableError

IDENTITY_MAX: Final = 255  # of the wire's pattern, without the namespace
# Room for a prefix and a time stamp beside it within the 400 characters of a native id.
NATIVE_ID_MAX: Final = 300

_CALLED: Final = {"mail": "mail address", "chat": "chat account", "ticket": "tracker account"}
_MAILBOX: Final = re.compile(r"(?:[^<>]*<)?([^<>@\s]+@[^<>@\s]+\.[^<>@\s]+)>?")  # as `Ana Ruiz <ana@example.com>`
_ANGLE: Final = re.compile(r"<([^<>]*)>\s*$")


def mail_identity(text: str, *, domain: str = "") -> str:
    """The identity of a mail address, in its one form and without display name and `mailto:`.

    An address without a domain gets `domain`.
    """
    found = _ANGLE.search(text)
    address = (found.group(1) if found else text).strip().strip("'\"").strip().lower().removeprefix("mailto:").strip()
    if domain and address and "@" not in address:
        address = f"{address}@{domain.lower()}"
    return _identity("mail", address)


def chat_identity(native: str) -> str:
    """The identity of a chat account."""
    return _identity("chat", native.strip())


def ticket_identity(native: str) -> str:
    """The identity of a tracker account; where a tracker names people by mail address, that of the mailbox."""
    mailbox = _MAILBOX.fullmatch(native.strip())
    return mail_identity(mailbox[1]) if mailbox else _identity("ticket", native.strip())


def _identity(namespace: str, native: str) -> str:
    if not native:
        raise UnusableError(f"the {_CALLED[namespace]} is empty")
    if looks_like_pseudonym(native):
        raise UnusableError(f"the {_CALLED[namespace]} is a pseudonym, which is nobody's outside")
    if len(native) > IDENTITY_MAX or "\n" in native:
        raise UnusableError(f"the {_CALLED[namespace]} is too long or has a line break")
    return account_form(f"{namespace}:{native}")


def native_id(text: str) -> str:
    """The native id, or its digest when it is longer than an event may carry."""
    if not text:
        raise UnusableError("the id is empty")
    return text if len(text) <= NATIVE_ID_MAX else digest(text)


def digest(*parts: str) -> str:
    """A short digest of some parts, for things without an id of their own. Equal parts give equal digests."""
    return blake2b("\x1f".join(parts).encode(errors="surrogatepass"), digest_size=16).hexdigest()
