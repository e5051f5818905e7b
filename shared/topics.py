"""Every topic, declared once: name, key, partitions and retention. Creation, services and tests read this."""

from dataclasses import dataclass
from typing import Final

DAY_MS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic. `key` says what the records are keyed by; one entity never crosses partitions."""

    name: str
    key: str
    partitions: int = 6
    retention_ms: int = 30 * DAY_MS  # raw events are kept a month: long enough to repair, short enough to forget
    compacted: bool = False


EVENTS_CALENDAR = Topic("events.calendar", key="entity")
EVENTS_TICKET = Topic("events.ticket", key="entity")
EVENTS_CHAT = Topic("events.chat", key="entity")
DIRECTORY = Topic("directory", key="entity", partitions=1, compacted=True)
INTERACTIONS = Topic("interactions", key="entity")
READINGS = Topic("signals.readings", key="signal and subject", compacted=True)
ALERTS = Topic("alerts", key="alert", retention_ms=90 * DAY_MS)
DEAD_LETTERS = Topic("dead-letters", key="topic:partition:offset", partitions=1, retention_ms=90 * DAY_MS)

TOPICS: tuple[Topic, ...] = (
    EVENTS_CALENDAR, EVENTS_TICKET, EVENTS_CHAT, DIRECTORY, INTERACTIONS, READINGS, ALERTS,
    DEAD_LETTERS,
)  # fmt: skip
