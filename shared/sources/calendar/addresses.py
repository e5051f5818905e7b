"""Calendar addresses: whose they are, and which are of no person. Addresses and display names are looked at only."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from shared.sources.identities import mail_identity
from shared.sources.reader import UnusableError

_LENGTH_MAX: Final = 2_000
_MAILTO: Final = "mailto:"
_X500_PREFIXES: Final = ("ex:", "x500:", "x400:")
# An X.500 name that travels as a mail address: `IMCEAEX-_O=ACME_OU=..._CN=ANA@acme.example`.
_ENCAPSULATED: Final = re.compile(r"imceaex-(.+)@[^@]*", re.IGNORECASE)
_ENCODED: Final = re.compile(r"\+([0-9a-f]{2})", re.IGNORECASE)

# Calendars, rooms and devices that have an address as people do.
_RESOURCE_DOMAINS: Final = (
    "resource.calendar.google.com",
    "group.calendar.google.com",
    "group.v.calendar.google.com",
    "import.calendar.google.com",
)
_NOBODY: Final = frozenset({"unknownorganizer@calendar.google.com", "calendar-notification@google.com"})
# What machines call themselves, whoever runs them.
_MACHINE: Final = re.compile(
    r"(?:^|[.\-_+])(?:note-?_?taker|meeting-?_?(?:bot|notes|recorder|assistant)|no-?_?reply|do-?not-?reply)(?:$|[.\-_+0-9])"
)
_CALLED: Final = re.compile(r"\bnote[\s\-]?takers?\b|\bmeeting (?:bot|recorder|assistant)\b", re.IGNORECASE)
# Makers of notetakers, and the names under which these are invited. People work there too, under other names.
_MAKERS: Final = re.compile(
    r"(?:^|\.)(?:fireflies|otter|read|fathom|avoma|tldv|meetgeek|sembly|airgram|supernormal|circleback|krisp|gong|chorus"
    r"|fellow|grain|spinach|rewatch|jamie|nyota|bluedot|bluedothq|notta|laxis|colibri|claap|modjo|tactiq|granola)"
    r"\.[a-z]+(?:\.[a-z]+)?$"
)
_INVITED_AS: Final = frozenset(
    {
        "fred", "otter", "otterpilot", "pilot", "assistant", "bot", "notes", "notetaker", "recorder", "record", "meet",
        "meeting", "meetings", "ai", "app", "calendar", "invite", "join", "capture", "copilot", "scribe", "spinach",
    }
)  # fmt: skip


# The same people meet again and again.
@lru_cache(maxsize=1 << 14)
def address_identity(text: str) -> str:
    """The identity of a calendar address; empty where it is none, such as `urn:uuid:...` or `invalid:nomail`.

    It takes `mailto:` in any case or none, percent-encoding, `SMTP:`, and X.500 names, also those that travel as a
    mail address: somebody who is known by such a name alone is still somebody.
    """
    address = _bare(text)
    found = _ENCAPSULATED.fullmatch(address)
    if found is not None:
        address = _ENCODED.sub(lambda code: chr(int(code.group(1), 16)), found.group(1).replace("_", "/"))
    elif not address.startswith("/o=") and ("@" not in address or ":" in address):
        return ""
    try:
        return mail_identity(address)
    except UnusableError:
        return ""


def _bare(text: str) -> str:
    text = text[:_LENGTH_MAX].strip().strip("<>\"'").strip()
    # A parameter that was not quoted has swallowed the beginning of the line.
    text = text[text.lower().rfind(_MAILTO) :] if _MAILTO in text.lower() else text
    address = unquote(text.lower().removeprefix(_MAILTO)).partition("?")[0].strip().lower()
    for prefix in ("smtp:", *_X500_PREFIXES):
        address = address.removeprefix(prefix)
    return address.strip()


@lru_cache(maxsize=1 << 14)
def is_machine(identity: str, *, called: str = "") -> bool:
    """Whether an address, or the name that is shown for it, is that of a calendar, a room, a device or a program."""
    address = identity.removeprefix("mail:")
    local, _, domain = address.rpartition("@")
    return (
        address in _NOBODY
        or domain in _RESOURCE_DOMAINS
        or _MACHINE.search(local) is not None
        or (local.rstrip("0123456789") in _INVITED_AS and _MAKERS.search(domain) is not None)
        or _CALLED.search(called) is not None
    )
