"""Events of a made-up company in the order of time, and as lines of JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

import msgspec

from shared.schemas.registry import CanonicalEvent


def in_order(happened: Iterable[CanonicalEvent], *, until: datetime) -> list[CanonicalEvent]:
    """What happened up to an instant, by time; events of one instant by entity and revision."""
    found = [event for event in happened if event.time <= until]
    return sorted(found, key=lambda event: (event.time, event.entity, event.revision))


def write_lines(events: Iterable[CanonicalEvent], file: BinaryIO) -> int:
    """Write events, one JSON object a line, and return how many. Equal events give equal bytes."""
    encoder = msgspec.json.Encoder()
    count = 0
    for event in events:
        file.write(encoder.encode(event) + b"\n")
        count += 1
    return count
