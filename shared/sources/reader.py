"""What a reader is given and what it yields.

Every input row is accounted for exactly once: the `rows` of everything a reader yields add up to the rows it was
given. A row that makes several events counts with the first of them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Final, Literal

from shared.schemas.chat import ChannelKind
from shared.schemas.registry import CanonicalEvent

DateOrder = Literal["dmy", "mdy", "ymd", ""]
"""Order of day, month and year in dates of numbers; empty when nobody has said it."""

_SOURCE_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Channel:
    """What is known about a chat channel beside its messages. `members` are native chat ids."""

    kind: ChannelKind = "public_channel"
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to read, given by the caller: a reader knows nothing but its input. Raises ValueError when inconsistent."""

    source: str = ""
    """Name the events carry as their source; empty means the reader's own."""
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Field to column header, for tables; overrides what is detected."""
    text_features: bool = False
    """Whether texts are read for markers. Off means metadata only."""
    mail_domain: str = ""
    """Domain added to mail identities that have none."""
    zone: tzinfo = UTC
    """Time zone of times that name none."""
    date_order: DateOrder = ""
    """How dates such as 3/4/2016 are written. Without it, the other dates of a column decide, or it is refused."""
    as_of: datetime | None = None
    """The day of a table of people: whoever starts after it has no account and no leader before they start."""
    revision: int = 0
    """Revision of directory records: an import that corrects an earlier one needs a higher number."""
    owner: str = ""
    """Mail address of whose calendar it is: organises the meetings that name no organiser."""
    horizon: datetime | None = None
    """Recurring meetings are expanded up to here; by default `horizon_days` past the newest change in the file."""
    horizon_days: int = 366
    instances_max: int = 1000
    """Instances of one recurring meeting at most, the earliest first."""
    channel: str = ""
    """Native id of the channel that a chat export without channel ids was taken from."""
    channels: Mapping[str, Channel] = field(default_factory=lambda: MappingProxyType({}))
    """Known channels by native id."""
    accounts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Mail address by native id of a chat account."""
    machines: frozenset[str] = frozenset()
    """Native ids of chat accounts that are bots and apps."""
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Words of a tracker in lower case, each with the status or the priority (1 to 5) that it means."""
    file_name: str = ""
    """Name of the file without its folder: the name of a calendar's file often is the mail address of its owner."""

    def __post_init__(self) -> None:
        """Refuse what no event could carry."""
        if self.source and not _SOURCE_NAME.fullmatch(self.source):
            raise ValueError("a source name is lower case letters, digits and underscores, 40 at most")
        if not 0 <= self.revision <= 2**53:
            raise ValueError("a revision is between 0 and 2^53")
        if self.horizon is not None and self.horizon.tzinfo is None:
            raise ValueError("the horizon needs a time zone")
        if self.as_of is not None and self.as_of.tzinfo is None:
            raise ValueError("the day of a table of people needs a time zone")


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event to send, and how many input rows it accounts for."""

    event: CanonicalEvent
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Skipped:
    """Rows that are in order and yield nothing, such as an all-day event. `reason` holds no content."""

    line: int
    reason: str
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows that cannot be read. `line` counts from 1 (in a JSON array: the position). `reason` holds no content."""

    line: int
    reason: str
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that whoever imports should know of a row that is accounted for. `reason` holds no content."""

    line: int
    reason: str
    rows: int = 0


Item = Accepted | Skipped | Rejection | Notice
Read = Callable[[Iterable[bytes], Options], Iterator[Item]]


class UnusableError(ValueError):
    """A value that cannot be used; the message is a reason without content."""
