"""Calendar events. Each carries the whole meeting instance as it is after the change."""

from typing import Annotated, Literal

import msgspec

from shared.schemas.envelope import Event, Identity, Instant, NativeId, check_span

Response = Literal["accepted", "tentative", "declined", "none"]


class Attendee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One invited person other than the organiser."""

    identity: Identity
    response: Response = "none"
    optional: bool = False


class Meeting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One instance of a meeting. Recurring series are expanded by the source; titles and notes are never carried."""

    organiser: Identity
    attendees: Annotated[tuple[Attendee, ...], msgspec.Meta(max_length=1000)]
    start: Instant
    end: Instant
    original_start: Annotated[
        Instant | None, msgspec.Meta(description="Where the instance was first scheduled, when it has moved.")
    ] = None
    series: Annotated[NativeId | None, msgspec.Meta(description="Set when the meeting recurs.")] = None
    calendar: Annotated[NativeId | None, msgspec.Meta(description="The calendar it is in, by the source's id.")] = None
    private: bool = False
    changed_by: Annotated[Identity | None, msgspec.Meta(description="Who moved or cancelled it, if known.")] = None

    def __post_init__(self) -> None:
        """Refuse a meeting that ends before it starts, or lies outside the years that the store can hold."""
        check_span(self.start, self.end)


class MeetingCreated(Event, frozen=True, kw_only=True, tag="bellwether.calendar.created.v1"):
    """A meeting instance was scheduled."""

    data: Meeting


class MeetingUpdated(Event, frozen=True, kw_only=True, tag="bellwether.calendar.updated.v1"):
    """A meeting instance was moved or its attendees changed."""

    data: Meeting


class MeetingCancelled(Event, frozen=True, kw_only=True, tag="bellwether.calendar.cancelled.v1"):
    """A meeting instance was cancelled; `changed_by` says by whom."""

    data: Meeting


class MeetingResponded(Event, frozen=True, kw_only=True, tag="bellwether.calendar.responded.v1"):
    """An attendee answered the invitation."""

    data: Meeting


CalendarEvent = MeetingCreated | MeetingUpdated | MeetingCancelled | MeetingResponded
