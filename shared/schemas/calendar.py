"""Calendar events: meetings as they are after a change, single answers to invitations, and what a series consists of.

Several calendars tell of one meeting, and a calendar tells of it again and again. Everything with the same `uid` is put
together by the signals service, in whatever order it arrives.
"""

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
    organiser_response: Annotated[
        Response, msgspec.Meta(description="Only `declined` matters: the organiser does not come themselves.")
    ] = "none"
    attendees: Annotated[tuple[Attendee, ...], msgspec.Meta(max_length=1000)]
    start: Instant
    end: Instant
    original_start: Annotated[
        Instant | None, msgspec.Meta(description="Where the instance was first scheduled, when it has moved.")
    ] = None
    series: Annotated[NativeId | None, msgspec.Meta(description="Set when the meeting recurs.")] = None
    calendar: Annotated[NativeId | None, msgspec.Meta(description="The calendar it is in, by the source's id.")] = None
    channel: Annotated[NativeId | None, msgspec.Meta(description="The chat channel that it was held in.")] = None
    private: bool = False
    changed_by: Annotated[Identity | None, msgspec.Meta(description="Who moved or cancelled it, if known.")] = None
    uid: Annotated[
        NativeId | None,
        msgspec.Meta(
            description="Shared by all instances of a series and all copies of a meeting. What several events tell of "
            "it is put together; without it each event stands for itself."
        ),
    ] = None
    holder: Annotated[
        Identity | None, msgspec.Meta(description="In whose mailbox this copy is. They know their own answer best.")
    ] = None
    sequence: Annotated[int, msgspec.Meta(ge=0, description="How often the organiser has changed it.")] = 0
    changed: Annotated[
        Instant | None, msgspec.Meta(description="When it was changed, which may be long after it took place.")
    ] = None
    also_invited: Annotated[
        tuple[Identity, ...],
        msgspec.Meta(
            max_length=1000,
            description="Addresses of no person: lists whose members are attendees, rooms, programs, shared calendars. "
            "They count for nothing; events with one that is excluded are dropped.",
        ),
    ] = ()

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


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one person answered. It changes nothing else of the meeting."""

    uid: NativeId
    attendee: Identity
    response: Response
    instance: Annotated[
        Instant | None, msgspec.Meta(description="The instance, by when it was first scheduled; none means all of it.")
    ] = None
    sequence: Annotated[int, msgspec.Meta(ge=0, description="The state of the meeting that was answered.")] = 0
    changed: Instant | None = None
    calendar: NativeId | None = None
    rank: Annotated[int, msgspec.Meta(ge=0, le=2**53, description="Of two answers the one with more is newer.")] = 0


class MeetingAnswered(Event, frozen=True, kw_only=True, tag="bellwether.calendar.answered.v1"):
    """An attendee answered, and nothing more is told of the meeting."""

    data: Answer


class Series(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of what instances a series consists, as one export or message tells. Instances are named by their first start.

    What a later one no longer lists is gone from then on; what lay before stays as it was. An instance that is
    `excluded` or lies after `ends` is gone in any case.
    """

    uid: NativeId
    organiser: Identity | None = None
    holder: Identity | None = None
    calendar: NativeId | None = None
    starts: Annotated[tuple[Instant, ...], msgspec.Meta(max_length=20_000)] = ()
    excluded: Annotated[tuple[Instant, ...], msgspec.Meta(max_length=20_000)] = ()
    ends: Annotated[Instant | None, msgspec.Meta(description="Its last instance, where it has one.")] = None
    until: Annotated[Instant | None, msgspec.Meta(description="Up to where it was worked out.")] = None
    part: Annotated[bool, msgspec.Meta(description="Only these instances are told of, the rest stays.")] = False
    cancelled: Annotated[bool, msgspec.Meta(description="It, or these instances, will not take place.")] = False
    sequence: Annotated[int, msgspec.Meta(ge=0)] = 0
    changed: Instant | None = None
    rank: Annotated[int, msgspec.Meta(ge=0, le=2**53, description="Of two, the one with more is newer.")] = 0


class SeriesTold(Event, frozen=True, kw_only=True, tag="bellwether.calendar.series.v1"):
    """An export or a message told of what instances a series consists."""

    data: Series


MeetingEvent = MeetingCreated | MeetingUpdated | MeetingCancelled | MeetingResponded
CalendarEvent = MeetingEvent | MeetingAnswered | SeriesTold
