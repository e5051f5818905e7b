"""CloudEvents 1.0 envelope that every canonical event and directory record shares."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec

Identity = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(mail|chat|ticket):\S.{0,254}$",
        description="Who, as the source system knows them: `namespace:native id`. Mail addresses are lower case.",
        examples=["mail:ana@example.com", "chat:U024BE7LH", "ticket:5b10a2844c20165700ede21g"],
    ),
]
NativeId = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]

YEAR_MIN: Final = 1980
YEAR_END: Final = 2200
"""Nothing is taken in of before the first of these years, or of the last and after."""
EARLIEST_SECONDS: Final = 315_532_800  # 1980-01-01


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Attributes of CloudEvents 1.0 that every record carries; `type` is the tag of the concrete class.

    `id` is deterministic, `source:kind:native-id[:revision]`, so that the same thing sent twice has the same id.
    `revision` is an extension attribute: of one entity only the highest revision counts, in whatever order
    they arrive.
    """

    id: Annotated[str, msgspec.Meta(min_length=5, max_length=700)]
    source: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    time: Instant
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"

    def __post_init__(self) -> None:
        """Refuse an id that does not name its source and revision, and instants outside the years 1980 to 2199."""
        if not self.id.startswith(f"{self.source}:"):
            raise ValueError("id must start with the source")
        if self.revision and not self.id.endswith(f":{self.revision}"):
            raise ValueError("id must end with the revision")
        if not YEAR_MIN <= self.time.year < YEAR_END:
            raise ValueError("time is out of range")

    @property
    def entity(self) -> str:
        """The thing this event is a revision of: its id without the revision."""
        return self.id.removesuffix(f":{self.revision}") if self.revision else self.id


def event_id(*, source: str, kind: str, native_id: str, revision: int = 0) -> str:
    """Build the deterministic id of an event, for sources. Equal arguments give equal ids."""
    base = f"{source}:{kind}:{native_id}"
    return f"{base}:{revision}" if revision else base


def check_span(start: datetime, end: datetime) -> None:
    """Refuse, with a ValueError, what ends before it starts, or starts outside the years that can be taken in."""
    if end < start:
        raise ValueError("end is before start")
    if not YEAR_MIN <= start.year < YEAR_END:
        raise ValueError("start is out of range")


def utc(seconds: float) -> datetime:
    """Instant of a Unix time stamp in seconds."""
    return datetime.fromtimestamp(seconds, UTC)
