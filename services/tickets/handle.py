"""Turns a ticket event into an interaction. Pure."""

from collections.abc import Mapping
from typing import Final

from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.pseudonym import ArrivingNames
from shared.schemas.chat import Markers
from shared.schemas.interaction import AnyInteraction, Stepped, TicketStepKind
from shared.schemas.ticket import (
    TicketAssigned,
    TicketCommented,
    TicketCreated,
    TicketEscalated,
    TicketEvent,
    TicketHandedToGroup,
    TicketPriorityChanged,
    TicketReopened,
    TicketResolved,
    TicketSlaBreached,
    TicketStatusChanged,
)

_STEPS: Final[Mapping[type[TicketEvent], TicketStepKind]] = {
    TicketCreated: "created",
    TicketCommented: "commented",
    TicketAssigned: "assigned",
    TicketHandedToGroup: "handed_to_group",
    TicketStatusChanged: "status_changed",
    TicketReopened: "reopened",
    TicketSlaBreached: "sla_breached",
    TicketEscalated: "escalated",
    TicketResolved: "resolved",
}


def interaction(event: TicketEvent, names: ArrivingNames) -> AnyInteraction:
    """The interaction of an event that passed the edge. Raises NotPseudonymousError."""
    step = event.data
    _named(ThingKind.QUEUE, step.queue, names)
    if step.parent is not None:
        names.ticket(step.parent)
    return Stepped(
        id=event.id,
        entity=event.entity,
        revision=event.revision,
        at=event.time,
        ticket=names.ticket(step.ticket),
        step=_kind(event),
        actor=_optional(step.actor, names),
        reporter=_optional(step.reporter, names),
        assignee=_optional(step.assignee, names),
        previous_assignee=_optional(step.previous_assignee, names),
        group=_named(ThingKind.QUEUE, step.group, names),
        previous_group=_named(ThingKind.QUEUE, step.previous_group, names),
        status=step.status,
        previous_status=step.previous_status,
        goal=_named(ThingKind.GOAL, step.goal, names),
        priority=step.priority,
        due=step.due,
        markers=step.markers or Markers(),
    )


def _optional(identity: str | None, names: ArrivingNames) -> str | None:
    return None if identity is None else names[identity]


def _named(kind: ThingKind, text: str | None, names: ArrivingNames) -> str | None:
    return None if text is None else names.named(kind, text)


def _kind(event: TicketEvent) -> TicketStepKind:
    if isinstance(event, TicketPriorityChanged):
        raised = (event.data.priority or 0) > (event.data.previous_priority or 0)
        return "priority_raised" if raised else "priority_lowered"
    return _STEPS[type(event)]
