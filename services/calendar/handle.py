"""Turns a calendar event into an interaction. Pure."""

from datetime import datetime

from shared.domain.privacy.pseudonym import ArrivingNames
from shared.schemas.calendar import CalendarEvent, Meeting, MeetingAnswered, MeetingCancelled, SeriesTold
from shared.schemas.interaction import Answered, AnyInteraction, Met, Retracted, SeriesStated


def interaction(event: CalendarEvent, names: ArrivingNames) -> AnyInteraction:
    """The interaction of an event that passed the edge. Raises NotPseudonymousError.

    Private meetings do not count: they become retractions.
    """
    match event:
        case MeetingAnswered():
            return _answered(event, names)
        case SeriesTold():
            return _stated(event, names)
        case _:
            return _met(event, event.data, names, cancelled=isinstance(event, MeetingCancelled))


def _met(event: CalendarEvent, meeting: Meeting, names: ArrivingNames, *, cancelled: bool) -> Met | Retracted:
    organiser = names[meeting.organiser]
    changed_by, holder = _optional(meeting.changed_by, names), _optional(meeting.holder, names)
    for each in meeting.also_invited:
        names[each]  # looked at, so that nobody is named in clear where it counts for nothing
    everybody = [(names[attendee.identity], attendee.response) for attendee in meeting.attendees]
    others = [(identity, response) for identity, response in everybody if identity != organiser]
    if meeting.private or not others:
        uid = meeting.uid if meeting.private else None
        instance = _scheduled(meeting) if uid is not None and meeting.series is not None else None
        return Retracted(
            id=event.id, entity=event.entity, revision=event.revision, at=event.time, uid=uid, instance=instance
        )
    everybody.append((organiser, meeting.organiser_response))
    declined = {identity for identity, response in others if response == "declined"}
    if meeting.organiser_response == "declined":
        declined.add(organiser)
    return Met(
        id=event.id,
        entity=event.entity,
        revision=event.revision,
        at=event.time,
        organiser=organiser,
        attendees=tuple(sorted({identity for identity, response in others if response != "declined"})),
        declined=tuple(sorted(declined)),
        start=meeting.start,
        end=meeting.end,
        original_start=meeting.original_start,
        series=meeting.series,
        cancelled=cancelled,
        changed_by=changed_by,
        uid=meeting.uid,
        holder=holder,
        holder_response=next((response for identity, response in everybody if identity == holder), "none"),
        sequence=meeting.sequence,
        changed=meeting.changed,
    )


def _answered(event: MeetingAnswered, names: ArrivingNames) -> Answered:
    told = event.data
    return Answered(
        id=event.id,
        entity=event.entity,
        revision=event.revision,
        at=event.time,
        uid=told.uid,
        person=names[told.attendee],
        response=told.response,
        instance=told.instance,
        sequence=told.sequence,
        changed=told.changed,
        rank=told.rank,
    )


def _stated(event: SeriesTold, names: ArrivingNames) -> SeriesStated:
    told = event.data
    return SeriesStated(
        id=event.id,
        entity=event.entity,
        revision=event.revision,
        at=event.time,
        uid=told.uid,
        organiser=_optional(told.organiser, names),
        holder=_optional(told.holder, names),
        starts=tuple(int(each.timestamp()) for each in told.starts),
        excluded=tuple(int(each.timestamp()) for each in told.excluded),
        ends=told.ends,
        until=told.until,
        part=told.part,
        cancelled=told.cancelled,
        changed=told.changed,
        rank=told.rank,
    )


def _scheduled(meeting: Meeting) -> datetime:
    return meeting.original_start or meeting.start


def _optional(identity: str | None, names: ArrivingNames) -> str | None:
    return None if identity is None else names[identity]
