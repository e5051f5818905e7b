"""Reads metadata of mail from a table: one row a recipient, or one row a message with all recipients in one cell.

Also a message trace, where each row is a delivery with its own time. Messages that reach nobody but their sender are
skipped: there is no contact in them. What machines and lists send is skipped too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from shared.sources.headers import header_key
from shared.sources.identities import mail_identity
from shared.sources.instants import instant
from shared.sources.mail.addresses import addresses
from shared.sources.mail.messages import AUTOMATIC, NOT_DELIVERED, Delivery, Mails, is_automatic, is_machine
from shared.sources.reader import Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import Row, Table, date_order_of, rejected_all


def _keys(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(header_key(each) for each in text.split("|")))


ALIASES: Final = {
    "sender": _keys(
        "sender address|from address|sender email|from email|sender mail|sender smtp address|sender|from"
        "|mail from|from (envelope)|from (header)|envelope from"
        "|Von (Adresse)|Absender|Von|expéditeur|de (adresse)|de|remitente|remetente|afzender|van|nadawca|od|mittente|da"
        "|差出人|送信者|发件人|отправитель"
    ),
    "recipient": _keys(
        "recipient address|to address|recipient email|to email|recipient mail|recipient smtp address|recipients"
        "|recipient|to|receiver|rcpt to|recipient status|An (Adresse)|Empfänger|An|destinataire|destinataires"
        "|à (adresse)|à|destinatario|destinatarios|para|destinatário|destinatários|ontvanger|aan|odbiorca|odbiorcy|do"
        "|destinatari|宛先|受信者|收件人|получатель"
    ),
    "cc": _keys("cc address|cc recipients|cc|Cc (Adresse)|cc (adresse)|抄送"),
    "bcc": _keys("bcc address|bcc recipients|bcc|Bcc (Adresse)|密送"),
    "time": _keys(
        "event date|date sent|sent at|sent time|sent date|sent date/time|sent date time|date/time|sent|sent on"
        "|origin timestamp|origin timestamp utc|origin_timestamp_utc"
        "|received|received date time|datetime|timestamp|date time|date time utc|date_time|date_time_utc|date|time"
        "|Gesendet|Datum|date d'envoi|envoyé|fecha|enviado|data|verzonden|wysłano|送信日時|日付|日期|时间|发送时间"
        "|start date"
    ),
    "message": _keys("message id|internet message id|mail id|msg id|message_id"),
    "in_reply_to": _keys("in reply to|in reply to id|reply to message id"),
    "thread": _keys("thread|thread id|conversation|conversation id|conversation index"),
    "delivery": _keys("delivery status|status|event id|event type"),
    "auto_submitted": _keys("auto submitted"),
    "precedence": _keys("precedence"),
    "list_id": _keys("list id|list unsubscribe"),
}  # fmt: skip
_FAILED: Final = frozenset(
    {"failed", "fail", "filteredasspam", "quarantined", "rejected", "bounced", "deferred", "badmail"}
)
# Of an extended message trace: what stands between a recipient and what became of the message there.
_STATUS_FOLLOWS: Final = "##"
_BETWEEN: Final = re.compile(r"[;,\s]+")


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield the rejected rows, then messages in the order of their first rows. Needs sender, recipient and time."""
    table = _table(lines, options.columns)
    if table.problem:
        yield table.rejected_whole()
        return
    rows = list(table)
    try:
        order = date_order_of(rows, ("time",), options.date_order)
    except UnusableError as error:
        yield rejected_all(table.header_line, rows, str(error))
        return
    options = replace(options, date_order=order)
    mails = Mails(options.source)
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            found = _delivery(row, options)
        except UnusableError as error:
            yield Rejection(row.line, str(error))
            continue
        if isinstance(found, Skipped):
            yield found
        else:
            mails.add(found)
    yield from mails.items()


def _table(lines: Iterable[bytes], columns: Mapping[str, str]) -> Table:
    table = Table(lines, aliases=ALIASES, columns=columns)
    table.require("sender", "recipient", "time")
    return table


def _delivery(row: Row, options: Options) -> Delivery | Skipped:
    domain = options.mail_domain
    senders = addresses(row["sender"], domain=domain)
    sender = senders[0] if len(senders) == 1 else mail_identity(row["sender"], domain=domain)
    time = instant(row["time"], zone=options.zone, date_order=options.date_order)
    automatic = is_automatic(
        auto_submitted=row["auto_submitted"], precedence=row["precedence"], list_id=row["list_id"]
    )  # fmt: skip
    if automatic or is_machine(sender):
        return Skipped(row.line, AUTOMATIC)
    if row["delivery"].lower().replace(" ", "") in _FAILED:
        return Skipped(row.line, NOT_DELIVERED)
    told = [_delivered(row[field]) for field in ("recipient", "cc", "bcc")]
    if row["recipient"] and not any(told):
        return Skipped(row.line, NOT_DELIVERED)
    recipients = [each for text in told for each in addresses(text, domain=domain)]
    if not recipients:
        raise UnusableError("there is no recipient")
    return Delivery(
        line=row.line, sender=sender, time=time, recipients=tuple(recipients), message=row["message"],
        in_reply_to=row["in_reply_to"], thread=row["thread"],
    )  # fmt: skip


def _delivered(text: str) -> str:
    """Recipients without their status, and without those whom the message did not reach. Raises UnusableError."""
    address, *told = text.split(_STATUS_FOLLOWS)
    if not told:
        return text
    reached: list[str] = []
    for part in told:
        if "@" not in address:
            raise UnusableError("a status stands without a recipient before it")
        words = _BETWEEN.split(part)
        if _FAILED.isdisjoint(map(str.lower, words)):
            reached.append(address)
        # What stands after a status is the next recipient, or one of whom nothing is told.
        address = " ".join(word for word in words if "@" in word)
    return "; ".join([*reached, address] if address else reached)


def recognise(sample: Sample) -> Match:
    """A table with columns for sender, recipient and time."""
    return _table(sample.lines, sample.columns).match()


SOURCE: Final = Source(
    format="mail-csv",
    kind="mail",
    description="Mail as a table of senders, recipients and times, or a message trace; only these are read",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "columns", "mail_domain", "zone", "date_order"}),
    example=(
        "from,to,date,message-id,subject\n"
        f"ana@example.com,ben@example.com; eva@example.com,2024-03-04T09:00:00Z,m1,{FREE_TEXT}\n"
        f"ben@example.com,ana@example.com,2024-03-04T11:30:00Z,m2,{FREE_TEXT}\n"
    ),
)
