"""Ticket events. Each is a step of a ticket, with its state before and after."""

from typing import Annotated, Literal

import msgspec

from shared.schemas.chat import Markers
from shared.schemas.envelope import Event, Identity, Instant, NativeId

Status = Literal["open", "in_progress", "waiting", "blocked", "resolved", "closed"]
Priority = Annotated[int, msgspec.Meta(ge=1, le=5, description="1 is the lowest, 5 the most urgent.")]


class TicketStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a ticket. It never carries titles, descriptions or comments. Priorities go from 1 (lowest) to 5."""

    ticket: NativeId
    actor: Annotated[
        Identity | None, msgspec.Meta(description="Who did it; absent when a rule of the tracker did.")
    ] = None
    reporter: Identity | None = None
    assignee: Annotated[Identity | None, msgspec.Meta(description="Assignee after the step.")] = None
    previous_assignee: Identity | None = None
    queue: Annotated[NativeId | None, msgspec.Meta(description="Project or queue it is in, by the source's id.")] = None
    group: NativeId | None = None
    previous_group: NativeId | None = None
    priority: Priority | None = None
    previous_priority: Priority | None = None
    status: Status | None = None
    previous_status: Status | None = None
    parent: NativeId | None = None
    goal: NativeId | None = None
    due: Annotated[Instant | None, msgspec.Meta(description="When it is promised to be done.")] = None
    markers: Annotated[Markers | None, msgspec.Meta(description="Of a comment, computed at the edge.")] = None


class TicketCreated(Event, frozen=True, kw_only=True, tag="bellwether.ticket.created.v1"):
    """A ticket was opened."""

    data: TicketStep


class TicketCommented(Event, frozen=True, kw_only=True, tag="bellwether.ticket.commented.v1"):
    """Somebody commented."""

    data: TicketStep


class TicketAssigned(Event, frozen=True, kw_only=True, tag="bellwether.ticket.assigned.v1"):
    """The assignee changed."""

    data: TicketStep


class TicketHandedToGroup(Event, frozen=True, kw_only=True, tag="bellwether.ticket.handed_to_group.v1"):
    """The responsible group changed."""

    data: TicketStep


class TicketPriorityChanged(Event, frozen=True, kw_only=True, tag="bellwether.ticket.priority_changed.v1"):
    """The priority was raised or lowered."""

    data: TicketStep


class TicketStatusChanged(Event, frozen=True, kw_only=True, tag="bellwether.ticket.status_changed.v1"):
    """The status changed, other than by being resolved or reopened."""

    data: TicketStep


class TicketReopened(Event, frozen=True, kw_only=True, tag="bellwether.ticket.reopened.v1"):
    """A resolved ticket was opened again."""

    data: TicketStep


class TicketSlaBreached(Event, frozen=True, kw_only=True, tag="bellwether.ticket.sla_breached.v1"):
    """A promised time ran out."""

    data: TicketStep


class TicketEscalated(Event, frozen=True, kw_only=True, tag="bellwether.ticket.escalated.v1"):
    """The ticket was formally escalated."""

    data: TicketStep


class TicketResolved(Event, frozen=True, kw_only=True, tag="bellwether.ticket.resolved.v1"):
    """The ticket was resolved."""

    data: TicketStep


TicketEvent = (
    TicketCreated
    | TicketCommented
    | TicketAssigned
    | TicketHandedToGroup
    | TicketPriorityChanged
    | TicketStatusChanged
    | TicketReopened
    | TicketSlaBreached
    | TicketEscalated
    | TicketResolved
)
