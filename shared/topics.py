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


# Where producers of the organisation write: with real ids, and text where they have it. The gateway alone reads there.
# A week is long enough to mend a gateway that broke before a holiday, and nothing in the clear stays longer.
_INBOX_MS: Final = 7 * DAY_MS
INBOX_CALENDAR = Topic("inbox.calendar", key="anything", retention_ms=_INBOX_MS)
INBOX_TICKET = Topic("inbox.ticket", key="anything", retention_ms=_INBOX_MS)
INBOX_CHAT = Topic("inbox.chat", key="anything", retention_ms=_INBOX_MS)
INBOX_DIRECTORY = Topic("inbox.directory", key="anything", retention_ms=_INBOX_MS)
INBOXES: Final = (INBOX_CALENDAR, INBOX_TICKET, INBOX_CHAT, INBOX_DIRECTORY)

EVENTS_CALENDAR = Topic("events.calendar", key="entity")
EVENTS_TICKET = Topic("events.ticket", key="entity")
EVENTS_CHAT = Topic("events.chat", key="entity")
DIRECTORY = Topic("directory", key="entity", partitions=1, compacted=True)
INTERACTIONS = Topic("interactions", key="entity")
READINGS = Topic("signals.readings", key="signal and subject", compacted=True)
ALERTS = Topic("alerts", key="one for all", retention_ms=90 * DAY_MS)
DEAD_LETTERS = Topic("dead-letters", key="topic:partition:offset", partitions=1, retention_ms=90 * DAY_MS)

TOPICS: tuple[Topic, ...] = (
    *INBOXES, EVENTS_CALENDAR, EVENTS_TICKET, EVENTS_CHAT, DIRECTORY, INTERACTIONS, READINGS, ALERTS,
    DEAD_LETTERS,
)  # fmt: skip
