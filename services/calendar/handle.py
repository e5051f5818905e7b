"""Turns a calendar event into an interaction. Pure."""

from shared.schemas.calendar import CalendarEvent, MeetingCancelled
from shared.schemas.interaction import AnyInteraction, Met, Retracted


def interaction(event: CalendarEvent) -> AnyInteraction:
    """The interaction of an event. Private meetings do not count: they become retractions."""
    meeting = event.data
    others = [attendee for attendee in meeting.attendees if attendee.identity != meeting.organiser]
    if meeting.private or not others:
        return Retracted(id=event.id, entity=event.entity, revision=event.revision, at=event.time)
    return Met(
        id=event.id,
        entity=event.entity,
        revision=event.revision,
        at=event.time,
        organiser=meeting.organiser,
        attendees=tuple(sorted({each.identity for each in others if each.response != "declined"})),
        declined=tuple(sorted({each.identity for each in others if each.response == "declined"})),
        start=meeting.start,
        end=meeting.end,
        original_start=meeting.original_start,
        series=meeting.series,
        cancelled=isinstance(event, MeetingCancelled),
        changed_by=meeting.changed_by,
    )
