"""Turns a calendar event into an interaction. Pure."""

from shared.domain.privacy.pseudonym import ArrivingNames
from shared.schemas.calendar import CalendarEvent, MeetingCancelled
from shared.schemas.interaction import AnyInteraction, Met, Retracted


def interaction(event: CalendarEvent, names: ArrivingNames) -> AnyInteraction:
    """The interaction of an event that passed the edge. Raises NotPseudonymousError.

    Private meetings do not count: they become retractions.
    """
    meeting = event.data
    organiser = names[meeting.organiser]
    changed_by = None if meeting.changed_by is None else names[meeting.changed_by]
    everybody = [(names[attendee.identity], attendee.response) for attendee in meeting.attendees]
    others = [(identity, response) for identity, response in everybody if identity != organiser]
    if meeting.private or not others:
        return Retracted(id=event.id, entity=event.entity, revision=event.revision, at=event.time)
    return Met(
        id=event.id,
        entity=event.entity,
        revision=event.revision,
        at=event.time,
        organiser=organiser,
        attendees=tuple(sorted({identity for identity, response in others if response != "declined"})),
        declined=tuple(sorted({identity for identity, response in others if response == "declined"})),
        start=meeting.start,
        end=meeting.end,
        original_start=meeting.original_start,
        series=meeting.series,
        cancelled=isinstance(event, MeetingCancelled),
        changed_by=changed_by,
    )
