"""The CloudEvents 1.0 envelope of every canonical event and directory record."""

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

    `id` is `source:kind:native-id[:revision]`, so the same thing sent twice has the same id. `revision` is an extension
    attribute: only the highest revision of an entity counts, in whatever order they arrive.
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
        """The id without the revision: it names the thing that this event is a revision of."""
        return self.id.removesuffix(f":{self.revision}") if self.revision else self.id


def event_id(*, source: str, kind: str, native_id: str, revision: int = 0) -> str:
    """The id of an event, for sources. Equal arguments give equal ids."""
    base = f"{source}:{kind}:{native_id}"
    return f"{base}:{revision}" if revision else base


def check_span(start: datetime, end: datetime) -> None:
    """Raise ValueError when the end is before the start, or the start is outside the years that events may have."""
    if end < start:
        raise ValueError("end is before start")
    if not YEAR_MIN <= start.year < YEAR_END:
        raise ValueError("start is out of range")


def utc(seconds: float) -> datetime:
    """Instant of a Unix time stamp in seconds."""
    return datetime.fromtimestamp(seconds, UTC)
