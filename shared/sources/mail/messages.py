"""Messages while their rows come in, and what becomes of them.

Rows of one sender and message id are one message, whatever the time of each delivery: the earliest is the message's.
Without a message id, two messages that one person sends in the same second are one. The native id is a digest of
sender, time and message id, so neither the order of rows nor repeated rows change anything.

All messages are held until the end of a file, since their rows may lie anywhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.schemas.chat import Markers, Message, MessagePosted
from shared.schemas.envelope import event_id
from shared.sources.identities import digest, native_id
from shared.sources.reader import Accepted, Item, Skipped

NAME: Final = "mail"
# The wire's limit; above it a mail is a broadcast: it has an audience and no addressees.
RECIPIENTS_MAX: Final = 64
_NO_MARKERS: Final = Markers()
# Servers try for days; most give up sooner. A message id that comes again later is another message's.
_DELIVERY_MAX: Final = timedelta(days=5)
_MACHINE: Final = re.compile(r"mail:(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)(?:[+.\-_][^@]*)?@")

AUTOMATIC: Final = "sent by a machine or to a list"
NOT_DELIVERED: Final = "not delivered"


@dataclass(slots=True)
class _Mail:
    line: int
    rows: int = 0
    recipients: set[str] = field(default_factory=set)
    in_reply_to: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message as one row or one file tells of it. `message` and `in_reply_to` are message ids."""

    line: int
    sender: str
    time: datetime
    recipients: tuple[str, ...]
    message: str = ""
    in_reply_to: str = ""
    thread: str = ""


class Mails:
    """Collects deliveries."""

    def __init__(self, source: str) -> None:
        self._source: Final = source or NAME
        self._mails: Final[dict[tuple[str, str], dict[datetime, _Mail]]] = {}
        self._senders: Final[dict[str, str]] = {}

    def add(self, found: Delivery) -> None:
        """Take a delivery."""
        by_time = self._mails.setdefault((found.sender, found.message or found.time.isoformat()), {})
        mail = by_time.setdefault(found.time, _Mail(found.line))
        mail.rows += 1
        mail.recipients.update(found.recipients)
        # The greatest, so that it does not matter which of several rows comes first.
        mail.in_reply_to = max(mail.in_reply_to, found.in_reply_to)
        mail.thread = max(mail.thread, found.thread)
        if found.message:
            self._senders[found.message] = min(self._senders.get(found.message, found.sender), found.sender)

    def items(self) -> Iterator[Item]:
        """The messages, in the order of their first rows. To be called once."""
        for key in list(self._mails):
            # Freed one by one: all at the end would hold the interpreter for as long as it takes.
            sender, name = key
            for time, mail in _together(self._mails.pop(key)):
                message = "" if name == time.isoformat() else name
                if mail.recipients <= {sender}:
                    yield Skipped(mail.line, "sent to nobody but the sender", rows=mail.rows)
                else:
                    yield Accepted(self._posted(sender, time, message, mail), rows=mail.rows)

    def _posted(self, sender: str, time: datetime, message: str, mail: _Mail) -> MessagePosted:
        recipients = sorted(mail.recipients - {sender})
        answered = self._senders.get(mail.in_reply_to)
        return MessagePosted(
            id=event_id(source=self._source, kind="message", native_id=digest(sender, time.isoformat(), message)),
            source=self._source,
            time=time,
            data=Message(
                sender=sender,
                recipients=tuple(recipients) if len(recipients) <= RECIPIENTS_MAX else (),
                channel_kind="mail",
                audience=len(recipients),
                thread=native_id(mail.thread) if mail.thread else None,
                in_reply_to=answered if answered != sender else None,
                markers=_NO_MARKERS,
            ),
        )


def _together(by_time: dict[datetime, _Mail]) -> Iterator[tuple[datetime, _Mail]]:
    """Deliveries of one message id as messages: those that follow each other closely are one."""
    if len(by_time) == 1:
        yield from by_time.items()
        return
    begun: tuple[datetime, _Mail] | None = None
    for time, mail in sorted(by_time.items(), key=lambda pair: pair[0]):
        if begun is None or time - begun[0] > _DELIVERY_MAX:
            if begun is not None:
                yield begun
            begun = time, mail
            continue
        first = begun[1]
        first.line = min(first.line, mail.line)
        first.rows += mail.rows
        first.recipients |= mail.recipients
        first.in_reply_to = max(first.in_reply_to, mail.in_reply_to)
        first.thread = max(first.thread, mail.thread)
    if begun is not None:
        yield begun


def is_machine(sender: str) -> bool:
    """Whether an identity is an address that no person writes from, such as no-reply."""
    return _MACHINE.match(sender) is not None


def is_automatic(*, auto_submitted: str = "", precedence: str = "", list_id: str = "", suppress: str = "") -> bool:
    """Whether headers say that no person wrote this to somebody: RFC 3834, bulk mail, lists and automatic answers."""
    if auto_submitted.strip().lower().partition(";")[0].strip() not in {"", "no"}:
        return True
    if precedence.strip().lower() in {"bulk", "list", "junk", "auto_reply"}:
        return True
    # Exchange marks what an absence note or a receipt must not be answered with.
    return bool(list_id.strip()) or suppress.strip().lower() in {"all", "oof, autoreply", "autoreply, oof"}
