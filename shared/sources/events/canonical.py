"""Reads canonical events, one JSON object a line. They are validated, and markers take the place of text."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shared.domain.privacy.pseudonym import PseudonymGivenError
from shared.schemas.chat import MessageEdited, MessagePosted
from shared.schemas.registry import CanonicalEvent, event_decoder
from shared.sources.conversations import Conversations, answered_by, talkers
from shared.sources.outside import refuse_pseudonyms
from shared.sources.reader import Accepted, Item, Options, Rejection
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source

_QUOTED: Final = re.compile(r"'.*'", re.DOTALL)
_BOM: Final = b"\xef\xbb\xbf"
_TYPE: Final = re.compile(rb'"type"\s*:\s*"bellwether\.')


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield one event a line in file order. Empty lines are no rows. Events keep their own source and id."""
    decode = event_decoder().decode
    conversations = Conversations(text_features=options.text_features)
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        if not line.strip():
            continue
        try:
            event = decode(line)
            refuse_pseudonyms(event)
            yield Accepted(with_markers(event, conversations))
        except PseudonymGivenError as error:
            yield Rejection(number, str(error))
        except msgspec.ValidationError as error:
            yield Rejection(number, reason_of(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield Rejection(number, "not a JSON object")


def without_text(event: CanonicalEvent, *, text_features: bool) -> CanonicalEvent:
    """One event alone, with markers in the place of its text. Without `text_features` the markers are empty."""
    return with_markers(event, Conversations(text_features=text_features))


def with_markers(event: CanonicalEvent, conversations: Conversations) -> CanonicalEvent:
    """The next event of a pass, with markers in the place of its text."""
    if isinstance(event, MessagePosted | MessageEdited) and event.data.text is not None:
        message = event.data
        markers = conversations.markers(
            message.text,
            at=int(event.time.timestamp()),
            sender=message.sender,
            answered=answered_by(message.in_reply_to, message.recipients),
            place=message.thread or talkers(message.sender, message.recipients),
            opens=event.entity.split(":", 2)[-1],
        )
        return msgspec.structs.replace(event, data=msgspec.structs.replace(message, text=None, markers=markers))
    return event


def reason_of(error: msgspec.ValidationError) -> str:
    """The message of a validation error, without the value that it may quote."""
    return _QUOTED.sub("(a value)", str(error))


def recognise(sample: Sample) -> Match:
    """Certain when there is the type of an event, possible when there are lines of JSON."""
    if _TYPE.search(sample.head):
        return Match(Certainty.CERTAIN, "it names types of events")
    if any(line.lstrip().startswith(b"{") for line in sample.lines):
        return Match(Certainty.POSSIBLE, "it has lines of JSON")
    return Match(Certainty.NO, "no line of JSON in it")


SOURCE: Final = Source(
    format="events",
    kind="events",
    description="Bellwether's own events as JSON, one a line, as `bellwether schema` describes them",
    read=read,
    recognise=recognise,
    takes=frozenset({"text_features"}),
    example=(
        '{"type":"bellwether.chat.posted.v1","id":"demo:message:1","source":"demo","time":"2024-03-04T09:00:00Z",'
        '"data":{"sender":"chat:U1","recipients":["chat:U2"],"channel_kind":"direct","audience":1,'
        f'"text":"{FREE_TEXT}"}}}}\n'
    ),
)
