"""How the tests of sources read: everything a reader yields, checked against the wire."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from shared.schemas.registry import CanonicalEvent, event_decoder
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped
from shared.sources.registry import source_of

_DECODER = event_decoder()


@dataclass(frozen=True, slots=True)
class Found:
    items: tuple[Item, ...]

    @property
    def events(self) -> list[CanonicalEvent]:
        return [item.event for item in self.items if isinstance(item, Accepted)]

    @property
    def rejected(self) -> list[tuple[int, str]]:
        return [(item.line, item.reason) for item in self.items if isinstance(item, Rejection)]

    @property
    def skipped(self) -> list[tuple[int, str]]:
        return [(item.line, item.reason) for item in self.items if isinstance(item, Skipped)]

    @property
    def rows(self) -> int:
        return sum(item.rows for item in self.items)

    @property
    def encoded(self) -> bytes:
        return b"\n".join(msgspec.json.encode(event) for event in self.events)

    def of(self, kind: type) -> list[CanonicalEvent]:
        return [event for event in self.events if isinstance(event, kind)]


def read(format_name: str, data: str | bytes | Iterable[bytes], options: Options | None = None) -> Found:
    """Read it all; every event must survive the wire as it is, and no id come twice."""
    if isinstance(data, str):
        data = data.encode()
    lines = data.splitlines(keepends=True) if isinstance(data, bytes) else data
    found = Found(tuple(source_of(format_name).read(lines, options or Options())))
    for event in found.events:
        assert _DECODER.decode(msgspec.json.encode(event)) == event
    return found
