"""Interactions: facts without text, one record for each event, from the channel services to the signals service.

An interaction keeps the id, revision and time of its event, so that the signals service recognises duplicates and late
revisions. An event that counts for nothing, such as a private meeting or a deletion, gives a record too: every accepted
event can be accounted for.
"""

from typing import Annotated, Literal

import msgspec

from shared.schemas.calendar import Response
from shared.schemas.chat import Markers
from shared.schemas.envelope import Identity, Instant, NativeId, check_span
from shared.schemas.ticket import Status

Channel = Literal["mail", "chat", "meeting", "ticket"]
TicketStepKind = Literal[
    "created", "commented", "assigned", "handed_to_group", "priority_raised", "priority_lowered",
    "status_changed", "reopened", "sla_breached", "escalated", "resolved",
]  # fmt: skip


class Interaction(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What every interaction has: `v` is the schema's version, `entity` the id without the revision."""

    id: str
    entity: Annotated[str, msgspec.Meta(min_length=5)]
    at: Instant
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    v: Literal[1] = 1


class Contact(Interaction, frozen=True, kw_only=True, tag="contact", omit_defaults=True):
    """A message from one person to others."""

    channel: Literal["mail", "chat"]
    actor: Identity
    recipients: tuple[Identity, ...]
    audience: Annotated[int, msgspec.Meta(ge=0)]
    thread: NativeId | None = None
    in_reply_to: Identity | None = None
    markers: Markers = Markers()


class Reacted(Interaction, frozen=True, kw_only=True, tag="reaction", omit_defaults=True):
    """A reaction of one person to another's message."""

    channel: Literal["mail", "chat"]
    actor: Identity
    author: Identity


class Met(Interaction, frozen=True, kw_only=True, tag="meeting", omit_defaults=True):
    """A meeting instance, held unless cancelled. `attendees` are those who did not decline, without the organiser.

    With `uid` it is what one calendar tells, and counts together with everything else that is told of that meeting.
    """

    organiser: Identity
    attendees: tuple[Identity, ...]
    declined: tuple[Identity, ...] = ()
    start: Instant
    end: Instant
    original_start: Instant | None = None
    series: NativeId | None = None
    cancelled: bool = False
    changed_by: Identity | None = None
    uid: NativeId | None = None
    holder: Identity | None = None
    holder_response: Response = "none"
    sequence: Annotated[int, msgspec.Meta(ge=0)] = 0
    changed: Instant | None = None

    def __post_init__(self) -> None:
        """Refuse a meeting that ends before it starts, or lies outside the years that the store can hold."""
        check_span(self.start, self.end)


class Stepped(Interaction, frozen=True, kw_only=True, tag="ticket", omit_defaults=True):
    """A step of a ticket, from the person who acted to the person whom it concerns."""

    ticket: NativeId
    step: TicketStepKind
    actor: Identity | None = None
    reporter: Identity | None = None
    assignee: Identity | None = None
    previous_assignee: Identity | None = None
    group: NativeId | None = None
    previous_group: NativeId | None = None
    status: Status | None = None
    previous_status: Status | None = None
    goal: NativeId | None = None
    priority: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    due: Instant | None = None
    markers: Markers = Markers()


class Retracted(Interaction, frozen=True, kw_only=True, tag="retracted", omit_defaults=True):
    """This entity counts for nothing, or no longer: it was deleted, is private, or concerns one person alone.

    With `uid` nothing else that is told of that meeting counts either, for all of it or for the instance.
    """

    uid: NativeId | None = None
    instance: Instant | None = None


class Answered(Interaction, frozen=True, kw_only=True, tag="answer", omit_defaults=True):
    """What one person answered to an invitation, to all of a meeting or to one instance."""

    uid: NativeId
    person: Identity
    response: Response
    instance: Instant | None = None
    sequence: Annotated[int, msgspec.Meta(ge=0)] = 0
    changed: Instant | None = None
    rank: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0


class SeriesStated(Interaction, frozen=True, kw_only=True, tag="series", omit_defaults=True):
    """Of what instances a series consists, as `shared.schemas.calendar.Series` says. `starts` are Unix seconds."""

    uid: NativeId
    organiser: Identity | None = None
    holder: Identity | None = None
    starts: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    ends: Instant | None = None
    until: Instant | None = None
    part: bool = False
    cancelled: bool = False
    changed: Instant | None = None
    rank: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0


AnyInteraction = Contact | Reacted | Met | Stepped | Retracted | Answered | SeriesStated
