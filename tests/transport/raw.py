"""Records as a broker would give them."""

from collections.abc import Sequence
from dataclasses import dataclass

# Record times are the producer's; far enough ahead that no event of a test is from the future.
SENT_MS = 1_900_000_000_000


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record, see `shared.transport.records.Record`."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def raw(
    value: bytes | None,
    *,
    topic: str = "events.chat",
    offset: int = 0,
    timestamp: int = SENT_MS,
    headers: Sequence[tuple[str, bytes | None]] = (),
) -> RawRecord:
    """A record of partition 0."""
    return RawRecord(topic, 0, offset, timestamp, b"key", value, headers)
