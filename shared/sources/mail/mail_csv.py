"""Reads metadata of mail from a table: one row a recipient, or one row a message with all recipients in one cell.

Rows with the same sender, time and message id are one message; the message id counts where there is such a column. The
native id is a digest of these three, so neither the order of rows nor repeated rows change anything. Without a message
id, two messages that one person sends in the same second are one. Messages that reach nobody but their sender are
skipped: there is no contact in them.

All messages are held until the end of the table, since their rows may lie anywhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import getaddresses
from typing import Final

from shared.schemas.chat import Markers, Message, MessagePosted
from shared.schemas.envelope import event_id
from shared.sources.identities import digest, mail_identity, native_id
from shared.sources.instants import instant
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import Row, Table, date_order_of, rejected_all

NAME: Final = "mail"
# The wire's limit; above it a mail is a broadcast: it has an audience and no addressees.
RECIPIENTS_MAX: Final = 64
_NO_MARKERS: Final = Markers()

ALIASES: Final = {
    "sender": ("sender", "from", "senderaddress", "fromaddress", "senderemail", "fromemail", "mailfrom", "sendermail"),
    "recipient": (
        "recipient", "recipients", "to", "recipientaddress", "toaddress", "recipientemail", "toemail", "receiver",
        "rcptto", "recipientmail",
    ),
    "cc": ("cc", "ccrecipients", "ccaddress"),
    "time": ("eventdate", "datesent", "sentat", "senttime", "sent", "datetime", "timestamp", "date", "time"),
    "message": ("messageid", "internetmessageid", "mailid", "msgid"),
    "in_reply_to": ("inreplyto", "inreplytoid", "replytomessageid"),
    "thread": ("thread", "threadid", "conversation", "conversationid"),
}  # fmt: skip


@dataclass(slots=True)
class _Mail:
    """A message while its rows come in."""

    line: int
    rows: int = 0
    recipients: set[str] = field(default_factory=set)
    in_reply_to: str = ""
    thread: str = ""


_Key = tuple[str, datetime, str]


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield the rejected rows, then messages in the order of their first rows. Needs sender, recipient and time."""
    table = _table(lines, options.columns)
    if table.problem:
        yield table.rejected_whole()
        return
    mails: dict[_Key, _Mail] = {}
    senders: dict[str, str] = {}
    rows = list(table)
    try:
        order = date_order_of(rows, ("time",), options.date_order)
    except UnusableError as error:
        yield rejected_all(table.header_line, rows, str(error))
        return
    options = replace(options, date_order=order)
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            _add(row, mails=mails, senders=senders, options=options)
        except UnusableError as error:
            yield Rejection(row.line, str(error))
    for key in list(mails):
        # Freed one by one: all at the end would hold the interpreter for as long as it takes.
        mail = mails.pop(key)
        if mail.recipients <= {key[0]}:
            yield Skipped(mail.line, "sent to nobody but the sender", rows=mail.rows)
        else:
            yield Accepted(_posted(key, mail, senders=senders, options=options), rows=mail.rows)


def _table(lines: Iterable[bytes], columns: Mapping[str, str]) -> Table:
    table = Table(lines, aliases=ALIASES, columns=columns)
    table.require("sender", "recipient", "time")
    return table


def _add(row: Row, *, mails: dict[_Key, _Mail], senders: dict[str, str], options: Options) -> None:
    sender = mail_identity(row["sender"], domain=options.mail_domain)
    time = instant(row["time"], zone=options.zone, date_order=options.date_order)
    recipients = _recipients(row["recipient"], options)
    if not recipients:
        raise UnusableError("there is no recipient")
    recipients += _recipients(row["cc"], options)
    message = row["message"]
    mail = mails.setdefault((sender, time, message), _Mail(row.line))
    mail.rows += 1
    mail.recipients.update(recipients)
    # The greatest, so that it does not matter which of several rows comes first.
    mail.in_reply_to = max(mail.in_reply_to, row["in_reply_to"])
    mail.thread = max(mail.thread, row["thread"])
    if message:
        senders[message] = min(senders.get(message, sender), sender)


def _recipients(cell: str, options: Options) -> list[str]:
    domain = options.mail_domain
    if not cell:
        return []
    if "<" in cell or '"' in cell:
        # Display names may hold commas, so this takes the mail grammar.
        try:
            parts = [address for _, address in getaddresses([cell.replace(";", ",")])]
        except RecursionError as error:
            raise UnusableError("the recipients are nested too deep") from error
    else:
        parts = cell.replace(",", ";").split(";")
    return [mail_identity(part, domain=domain) for part in parts if part.strip()]


def _posted(key: _Key, mail: _Mail, *, senders: dict[str, str], options: Options) -> MessagePosted:
    sender, time, message = key
    recipients = sorted(mail.recipients - {sender})
    answered = senders.get(mail.in_reply_to)
    source = options.source or NAME
    return MessagePosted(
        id=event_id(source=source, kind="message", native_id=digest(sender, time.isoformat(), message)),
        source=source,
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


def recognise(sample: Sample) -> Match:
    """A table with columns for sender, recipient and time."""
    return _table(sample.lines, sample.columns).match()


SOURCE: Final = Source(
    format="mail-csv",
    kind="mail",
    description="Mail as a table of senders, recipients and times; subjects and texts are never read",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "columns", "mail_domain", "zone", "date_order"}),
    example=(
        "from,to,date,message-id,subject\n"
        f"ana@example.com,ben@example.com; eva@example.com,2024-03-04T09:00:00Z,m1,{FREE_TEXT}\n"
        f"ben@example.com,ana@example.com,2024-03-04T11:30:00Z,m2,{FREE_TEXT}\n"
    ),
)
