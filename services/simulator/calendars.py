"""Calendars: one-to-ones, team meetings, skip-level one-to-ones, all-hands and meetings for one occasion."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.simulator.chance import poisson, stream
from services.simulator.company import Member
from services.simulator.society import Relation, Society, skip_levels
from services.simulator.timeline import DAY, HOUR, WORKDAY_SECONDS, WORKDAYS
from shared.schemas.calendar import (
    Attendee,
    Meeting,
    MeetingCancelled,
    MeetingCreated,
    MeetingEvent,
    MeetingResponded,
    MeetingUpdated,
    Response,
)
from shared.schemas.envelope import event_id, utc

# Sources expand a series this far ahead.
AHEAD_SECONDS: Final = 14 * DAY
CANCELLED: Final = 0.06  # share of one-to-ones that are cancelled with both at work
MOVED: Final = 0.07
CANCELLED_BY_LEADER: Final = 0.75
CANCELLED_WHEN_AWAY: Final = 0.65  # the others are moved to another day
MOST_CANCELLED: Final = 0.95
HAS_SKIP_LEVEL: Final = 0.6  # share of people who have a monthly one-to-one with their leader's leader
MONTH_WEEKS: Final = 4
OCCASIONS_PER_WEEK: Final = 0.1
ANSWERS_INVITATION: Final = 0.75
PRIVATE: Final = 0.03
SLOT_SECONDS: Final = HOUR // 2
RESPONSES: Final[tuple[Response, ...]] = ("accepted",) * 16 + ("declined", "tentative")


@dataclass(slots=True)
class Instance:
    """One meeting instance and its changes."""

    native_id: str
    series: str | None
    organiser: Member
    attendees: tuple[Attendee, ...]
    start: int
    seconds: int
    created: int
    private: bool = False
    revision: int = 0
    original_start: int | None = None

    def event(self, at: int, kind: type[MeetingEvent], *, by: Member | None = None) -> MeetingEvent:
        """The instance as it stands now, as the next revision."""
        revision, self.revision = self.revision, self.revision + 1
        return kind(
            id=event_id(source="sim_calendar", kind="meeting", native_id=self.native_id, revision=revision),
            source="sim_calendar",
            time=utc(at),
            revision=revision,
            data=Meeting(
                organiser=self.organiser.mail,
                attendees=self.attendees,
                start=utc(self.start),
                end=utc(self.start + self.seconds),
                original_start=None if self.original_start is None else utc(self.original_start),
                series=self.series,
                private=self.private,
                changed_by=by.mail if by else None,
            ),
        )


def meetings(society: Society) -> Iterator[MeetingEvent]:
    """Yield every calendar event, meeting by meeting; not in order of time."""
    for tenure in society.tenures:
        weeks = range(tenure.from_week, tenure.to_week)
        name = f"one-{tenure.manager.key}-{tenure.person.key}"
        rng = stream(society.scenario.seed, "meet", name)
        every = 1 if tenure.person.meets_weekly else 2
        weeks = weeks[rng.randrange(every) :: every]
        yield from _one_on_ones(society, name, host=tenure.manager, guest=tenure.person, weeks=weeks, rng=rng)
    for tenure, above in skip_levels(society.tenures):
        weeks = range(tenure.from_week, tenure.to_week)
        name = f"skip-{above.key}-{tenure.person.key}"
        rng = stream(society.scenario.seed, "meet", name)
        if rng.random() < HAS_SKIP_LEVEL:
            monthly = weeks[rng.randrange(MONTH_WEEKS) :: MONTH_WEEKS]
            yield from _one_on_ones(society, name, host=above, guest=tenure.person, weeks=monthly, rng=rng)
    yield from _rounds(society)
    for relation in society.relations:
        if relation.kind in ("partners", "peers"):
            yield from _occasions(society, relation)


def _one_on_ones(
    society: Society, name: str, *, host: Member, guest: Member, weeks: range, rng: random.Random
) -> Iterator[MeetingEvent]:
    attendees = (Attendee(identity=guest.mail, response="accepted"),)
    slot = _slot(host, rng)
    for week in weeks:
        # The same draws for every instance, whatever becomes of it: so a story changes only what it is about.
        cancelled, moved, by_host, lead, day = (rng.random() for _ in range(5))
        instance = _instance(
            society, f"{name}-w{week}", name, organiser=host, attendees=attendees, start=slot, week=week
        )
        yield instance.event(instance.created, MeetingCreated)
        cancel = CANCELLED * society.conduct.factor("cancels", actor=host, other=guest, week=week)
        move = MOVED * society.conduct.factor("moves", actor=host, other=guest, week=week)
        away = [person for person in (host, guest) if not society.timeline.works(person, instance.start)]
        by = away[0] if away else host if cancel > CANCELLED or by_host < CANCELLED_BY_LEADER else guest
        at = _shortly_before(society, instance, by, lead)
        if cancelled < max(CANCELLED_WHEN_AWAY if away else 0.0, min(cancel, MOST_CANCELLED)):
            yield instance.event(at, MeetingCancelled, by=by)
        elif away or moved < move:
            yield from _moved(society, instance, by=by, with_whom=guest if by is host else host, at=at, day=day)


def _moved(
    society: Society, instance: Instance, *, by: Member, with_whom: Member, at: int, day: float
) -> Iterator[MeetingEvent]:
    """Move an instance to another day on which both work, up to a week later; cancel it when there is none."""
    original = instance.start
    days = [
        start
        for start in range(original + DAY, original + 8 * DAY, DAY)
        if society.timeline.works(by, start) and society.timeline.works(with_whom, start)
    ]
    if not days:
        yield instance.event(at, MeetingCancelled, by=by)
        return
    instance.original_start = original
    # Sooner is likelier.
    instance.start = days[int(day * day * len(days))]
    yield instance.event(at, MeetingUpdated, by=by)


def _rounds(society: Society) -> Iterator[MeetingEvent]:
    """Meetings of many: each leader's team weekly, and everybody every four weeks."""
    weeks = range(society.scenario.weeks + 1)
    leaders = sorted({tenure.manager.key for tenure in society.tenures})
    for key in leaders:
        host = society.company.members[key]
        rng = stream(society.scenario.seed, "meet", "team", key)
        slot = _slot(host, rng)
        for week in weeks:
            cancelled, lead = rng.random(), rng.random()
            guests = [
                tenure.person
                for tenure in society.tenures
                if tenure.manager is host and tenure.from_week <= week < tenure.to_week
            ]
            if not guests:
                continue
            attendees = _accepted(society, guests, slot, week)
            series = f"team-{key}"
            instance = _instance(
                society, f"{series}-w{week}", series, organiser=host, attendees=attendees, start=slot, week=week
            )
            instance.seconds = HOUR
            yield instance.event(instance.created, MeetingCreated)
            if cancelled < CANCELLED or not society.timeline.works(host, instance.start):
                yield instance.event(_shortly_before(society, instance, host, lead), MeetingCancelled, by=host)
    chief = society.company.chief
    members = society.company.members
    slot = _slot(chief, stream(society.scenario.seed, "meet", "everybody"))
    for week in weeks[2::MONTH_WEEKS]:
        everybody = [members[person] for person in society.there(members, week) if person != chief.key]
        attendees = _accepted(society, everybody, slot, week)
        instance = _instance(
            society, f"everybody-w{week}", "everybody", organiser=chief, attendees=attendees, start=slot, week=week
        )
        instance.seconds = HOUR
        yield instance.event(instance.created, MeetingCreated)


def _occasions(society: Society, relation: Relation) -> Iterator[MeetingEvent]:
    """Meetings of two people for one occasion; most are answered."""
    host, guest = relation.actor, relation.other
    rng = stream(society.scenario.seed, "meet", "occasion", host.key, guest.key)
    number = 0
    for week in range(society.scenario.weeks + 1):
        for _ in range(poisson(rng, OCCASIONS_PER_WEEK)):
            created = society.timeline.sometime(host, week, rng)
            ahead, private, answers, response = rng.randrange(1, 6), rng.random(), rng.random(), rng.choice(RESPONSES)
            if created is None:
                continue
            start = created + ahead * DAY
            start -= start % SLOT_SECONDS
            if not (society.timeline.works(host, start) and society.timeline.works(guest, start)):
                continue
            number += 1
            instance = Instance(
                native_id=f"once-{host.key}-{guest.key}-{number}",
                series=None,
                organiser=host,
                attendees=(Attendee(identity=guest.mail),),
                start=start,
                seconds=HOUR,
                created=created,
                private=private < PRIVATE,
            )
            yield instance.event(created, MeetingCreated)
            if answers < ANSWERS_INVITATION:
                instance.attendees = (Attendee(identity=guest.mail, response=response),)
                answered = min(society.timeline.after(guest, created, HOUR), start - HOUR // 4)
                yield instance.event(answered, MeetingResponded)


def occasion(native_id: str, relation: Relation, *, created: int, start: int) -> MeetingEvent:
    """A meeting for one occasion that the actor of a relation makes, for an hour, not answered yet."""
    attendees = (Attendee(identity=relation.other.mail),)
    instance = Instance(native_id, None, relation.actor, attendees, start - start % SLOT_SECONDS, HOUR, created)
    return instance.event(created, MeetingCreated)


def _slot(host: Member, rng: random.Random) -> int:
    """A half-hour slot in the host's week: seconds since its Monday. Never the last of a day."""
    slots = WORKDAY_SECONDS // SLOT_SECONDS - 1
    return rng.randrange(WORKDAYS) * DAY + host.opens + rng.randrange(1, slots) * SLOT_SECONDS


def _instance(
    society: Society,
    native_id: str,
    series: str,
    *,
    organiser: Member,
    attendees: tuple[Attendee, ...],
    start: int,
    week: int,
) -> Instance:
    at = society.timeline.monday(week) + start
    # What was already in the calendars on the first day is imported early that morning.
    created = max(at - AHEAD_SECONDS, society.timeline.start)
    return Instance(native_id, series, organiser, attendees, at, SLOT_SECONDS, created)


def _shortly_before(society: Society, instance: Instance, who: Member, lead: float) -> int:
    """When somebody changes an instance: some hours to two working days before, never before it was made."""
    noticed = society.timeline.after(who, instance.start - int((1 + 47 * lead) * HOUR), 0)
    return max(instance.created + 1, min(noticed, instance.start - SLOT_SECONDS))


def _accepted(society: Society, guests: list[Member], slot: int, week: int) -> tuple[Attendee, ...]:
    """The guests. Those who are away decline."""
    at = society.timeline.monday(week) + slot
    return tuple(
        Attendee(identity=guest.mail, response="accepted" if society.timeline.works(guest, at) else "declined")
        for guest in guests
    )
