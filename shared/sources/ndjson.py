"""Canonical events as they are, one JSON object a line: validated, and without text from here on."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from shared.schemas.chat import Markers, MessageEdited, MessagePosted
from shared.schemas.markers import markers_of
from shared.schemas.registry import CanonicalEvent, event_decoder
from shared.sources.source import Accepted, Item, Options, Rejection, Source

NAME: Final = "events"
_QUOTED: Final = re.compile(r"'.*'", re.DOTALL)
_BOM: Final = b"\xef\xbb\xbf"


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """One event a line in file order; empty lines are no rows. Events keep their own source and id."""
    decode = event_decoder().decode
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        if not line.strip():
            continue
        try:
            yield Accepted(without_text(decode(line), text_features=options.text_features))
        except msgspec.ValidationError as error:
            yield Rejection(number, reason_of(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield Rejection(number, "not a JSON object")


def without_text(event: CanonicalEvent, *, text_features: bool) -> CanonicalEvent:
    """The event with markers in the place of a text: those of the text, or none when texts are not to be looked at."""
    if isinstance(event, MessagePosted | MessageEdited) and event.data.text is not None:
        markers = markers_of(event.data.text) if text_features else Markers()
        return msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, text=None, markers=markers))
    return event


def reason_of(error: msgspec.ValidationError) -> str:
    """Message of a validation error without the offending value, which it quotes at times."""
    return _QUOTED.sub("(a value)", str(error))


SOURCE: Final = Source(
    name=NAME,
    kind="events",
    description="Canonical events as JSON, one a line",
    read=read,
)
