"""Reads the headers of mail in mbox files and of single messages (.eml). Subjects and texts are never looked at.

A row is a message, and its line is where it begins. To, Cc and Bcc are recipients alike. What machines and lists send
is skipped, and so are invitations: the calendar tells of those.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message as Headers
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses
from typing import Final

from shared.sources.identities import mail_identity
from shared.sources.instants import instant
from shared.sources.mail.messages import AUTOMATIC, Delivery, Mails, is_automatic, is_machine
from shared.sources.reader import Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source

_FROM: Final = re.compile(rb"From \S*.*\d{4}|From - |From \S+@\S+")
_HEADER: Final = re.compile(rb"^(?:date|from|to|message-id|received|return-path|mime-version|subject):", re.IGNORECASE)
_CALENDAR: Final = re.compile(
    rb"content-type:\s*text/calendar|content-class:\s*urn:content-classes:calendarmessage", re.IGNORECASE
)
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]+>")
# Headers of a message that went through many servers have some two hundred lines.
_HEADER_LINES_MAX: Final = 2_000
_HEADER_BYTES: Final = 1 << 16
_FROM_BYTES: Final = 200
_ENOUGH: Final = 2
INVITATION: Final = "an invitation or an answer to one: the calendar tells of it"
_PARSER: Final = BytesHeaderParser(policy=compat32)


@dataclass(slots=True)
class _Raw:
    line: int
    headers: list[bytes] = field(default_factory=list)
    in_headers: bool = True
    has_calendar: bool = False

    def take(self, line: bytes, *, blank: bool) -> None:
        """Keep a line of the headers, and look whether a part of the body is of a calendar."""
        if _CALENDAR.match(line):
            self.has_calendar = True
        if not self.in_headers:
            return
        if blank and self.headers:
            self.in_headers = False
        elif len(self.headers) < _HEADER_LINES_MAX:
            self.headers.append(line[:_HEADER_BYTES])


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield rejected and skipped messages, then those that count in file order."""
    mails = Mails(options.source)
    for raw in _messages(lines):
        try:
            found = _delivery(raw, options)
        except UnusableError as error:
            yield Rejection(raw.line, str(error))
            continue
        if isinstance(found, Skipped):
            yield found
        else:
            mails.add(found)
    yield from mails.items()


def _messages(lines: Iterable[bytes]) -> Iterator[_Raw]:
    """The messages of a file, without their bodies."""
    raw: _Raw | None = None
    blank = True
    for number, line in enumerate(lines, start=1):
        if blank and line.startswith(b"From ") and _FROM.match(line[:_FROM_BYTES]):
            if raw is not None:
                yield raw
            raw, blank = _Raw(number), False
            continue
        blank = not line.strip()
        if raw is None and not blank:
            raw = _Raw(number)
        if raw is not None:
            raw.take(line, blank=blank)
    if raw is not None:
        yield raw


def _delivery(raw: _Raw, options: Options) -> Delivery | Skipped:
    try:
        headers = _PARSER.parsebytes(b"".join(raw.headers))
    except (MessageError, ValueError, LookupError) as error:
        raise UnusableError("unreadable headers") from error
    senders = _people(headers, "from", options) or _people(headers, "sender", options)
    if not senders:
        raise UnusableError("there is no sender")
    text = _text(headers, "date")
    if not text:
        raise UnusableError("there is no date")
    time = instant(text, zone=options.zone)
    automatic = is_automatic(
        auto_submitted=_text(headers, "auto-submitted"), precedence=_text(headers, "precedence"),
        list_id=_text(headers, "list-id") or _text(headers, "list-unsubscribe"),
        suppress=_text(headers, "x-auto-response-suppress"),
    )  # fmt: skip
    if automatic or is_machine(senders[0]) or _text(headers, "content-type").lower().startswith("multipart/report"):
        return Skipped(raw.line, AUTOMATIC)
    if raw.has_calendar:
        return Skipped(raw.line, INVITATION)
    recipients = [each for name in ("to", "cc", "bcc") for each in _people(headers, name, options)]
    if not recipients:
        return Skipped(raw.line, "sent to nobody whose address is shown")
    references = _MESSAGE_ID.findall(_text(headers, "references"))
    answered = _MESSAGE_ID.findall(_text(headers, "in-reply-to")) or references[-1:]
    message = next(iter(_MESSAGE_ID.findall(_text(headers, "message-id"))), "")
    return Delivery(
        line=raw.line, sender=senders[0], time=time, recipients=tuple(recipients), message=message,
        in_reply_to=answered[0] if answered else "", thread=next(iter([*references, *answered]), message),
    )  # fmt: skip


def _text(headers: Headers, name: str) -> str:
    return " ".join(str(headers.get(name, "")).split())


def _people(headers: Headers, name: str, options: Options) -> list[str]:
    values = [" ".join(str(each).split()) for each in headers.get_all(name, [])]
    try:
        found = getaddresses(values)
    except (RecursionError, ValueError, IndexError) as error:
        raise UnusableError("unreadable addresses") from error
    return [mail_identity(address, domain=options.mail_domain) for _, address in found if "@" in address]


def recognise(sample: Sample) -> Match:
    """Certain when it begins as an mbox does, likely when it begins with headers of a mail."""
    begun = [line for line in sample.lines[:50] if line.strip()]
    if begun and begun[0].startswith(b"From ") and any(_HEADER.match(line) for line in begun[1:]):
        return Match(Certainty.CERTAIN, "it begins as an mbox does")
    if begun and re.match(rb"[A-Za-z][\w-]*:", begun[0]) and sum(1 for each in begun if _HEADER.match(each)) > _ENOUGH:
        return Match(Certainty.CERTAIN, "it begins with the headers of a mail")
    return Match(Certainty.NO, "it does not begin with the headers of a mail")


SOURCE: Final = Source(
    format="mbox",
    kind="mail",
    description="Mail in mbox files, or single messages (.eml); only headers are read",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "mail_domain", "zone"}),
    example=(
        "From ana@example.com Mon Mar  4 09:00:00 2024\n"
        "From: Ana Ruiz <ana@example.com>\nTo: Ben Okafor <ben@example.com>\n"
        f"Subject: {FREE_TEXT}\nDate: Mon, 4 Mar 2024 10:00:00 +0100\nMessage-ID: <m1@example.com>\n\n{FREE_TEXT}\n\n"
    ),
)
