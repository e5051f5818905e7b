"""Calendars of a company of a kind: one-to-ones, teams, planned talks one level up, occasions."""

import random
from collections.abc import Iterator
from typing import Final

from services.simulator.calendars import AHEAD_SECONDS, SLOT_SECONDS, Instance
from services.simulator.chance import poisson
from services.simulator.company import Member
from services.simulator.kinds import effects
from services.simulator.kinds.draft import Gathering
from services.simulator.kinds.settled import Settled
from services.simulator.timeline import DAY, HOUR, WORKDAY_SECONDS, WORKDAYS
from shared.schemas.calendar import Attendee, MeetingCancelled, MeetingCreated, MeetingEvent, MeetingUpdated

_SKIP_TALK_WEEKS: Final = 8
_MOST_GUESTS: Final = 12


def meetings(settled: Settled) -> Iterator[MeetingEvent]:
    """Yield every calendar event, meeting by meeting; not in order of time."""
    draft = settled.draft
    if not draft.calendars:
        return
    for tenure in settled.tenures:
        name = f"one-{tenure.manager}-{tenure.person}-{tenure.from_week}"
        weeks = range(tenure.from_week, tenure.to_week, draft.talk_every)
        yield from _talks(settled, name, tenure.manager, tenure.person, weeks)
        above = settled.managers[tenure.manager][tenure.from_week]
        rng = draft.chance("skip talk", tenure.person, tenure.from_week)
        if above is not None and rng.random() < effects.HAS_SKIP_TALK:
            begin = tenure.from_week + rng.randrange(_SKIP_TALK_WEEKS)
            weeks = range(begin, tenure.to_week, _SKIP_TALK_WEEKS)
            yield from _talks(settled, f"skip-{above}-{tenure.person}", above, tenure.person, weeks)
    for leader in sorted({tenure.manager for tenure in settled.tenures}):
        yield from _team(settled, leader)
    for gathering in draft.gatherings:
        yield from _gathered(settled, gathering)
    for host, guest in sorted({(tie.actor, tie.other) for tie in settled.ties if tie.kind in ("partner", "peers")}):
        yield from _occasions(settled, host, guest)


def _talks(settled: Settled, name: str, host: str, guest: str, weeks: range) -> Iterator[MeetingEvent]:
    """One-to-ones. What is called off without a cause is called off by either; beyond that by the host."""
    draft = settled.draft
    rng = draft.chance("meet", name)
    one, other = settled.members[host], settled.members[guest]
    slot = _slot(one, rng)
    attendees = (Attendee(identity=other.mail, response="accepted"),)
    for week in weeks:
        off, by_leader, moved, lead = (rng.random() for _ in range(4))
        instance = _instance(settled, name, one, attendees=attendees, slot=slot, week=week)
        if instance.start > draft.timeline.ends_at + AHEAD_SECONDS:
            continue
        yield instance.event(instance.created, MeetingCreated)
        absent = [who for who in (one, other) if not draft.timeline.works(who, instance.start)]
        held = settled.conduct.share("held", host, guest, week, 1 - effects.CALLED_OFF)
        caused = off < 1 - held and off >= effects.CALLED_OFF
        by = absent[0] if absent else one if caused or by_leader < effects.BY_LEADER else other
        at = _before(instance, lead)
        if off < (effects.AWAY_CALLED_OFF if absent else 1 - held):
            yield instance.event(at, MeetingCancelled, by=by)
        elif absent or moved < effects.MOVED:
            yield from _moved(settled, instance, rng, by=by, other=one if by is other else other, at=at)


def _moved(
    settled: Settled, instance: Instance, rng: random.Random, *, by: Member, other: Member, at: int
) -> Iterator[MeetingEvent]:
    """Move it to a day of the next week or so on which both work; call it off when there is none."""
    works = settled.draft.timeline.works
    days = [
        start
        for start in range(instance.start + DAY, instance.start + 8 * DAY, DAY)
        if works(by, start) and works(other, start)
    ]
    if not days:
        yield instance.event(at, MeetingCancelled, by=by)
        return
    instance.original_start, instance.start = instance.start, rng.choice(days)
    yield instance.event(at, MeetingUpdated, by=by)


def _team(settled: Settled, leader: str) -> Iterator[MeetingEvent]:
    """The weekly meeting of those who report to a leader."""
    host = settled.members[leader]
    rng = settled.draft.chance("meet", "team", leader)
    slot, name = _slot(host, rng), f"team-{leader}"
    for week in range(settled.draft.weeks):
        off, lead = rng.random(), rng.random()
        guests = [
            each.person for each in settled.tenures if each.manager == leader and each.from_week <= week < each.to_week
        ]
        guests = [guest for guest in guests if settled.there(guest, week)]
        if not guests:
            continue
        attendees = _coming(settled, guests, slot, week)
        instance = _instance(settled, name, host, attendees=attendees, slot=slot, week=week)
        instance.seconds = HOUR
        yield instance.event(instance.created, MeetingCreated)
        if off < effects.CALLED_OFF or not settled.draft.timeline.works(host, instance.start):
            yield instance.event(_before(instance, lead), MeetingCancelled, by=host)


def _gathered(settled: Settled, gathering: Gathering) -> Iterator[MeetingEvent]:
    host = settled.members[gathering.host]
    rng = settled.draft.chance("meet", gathering.name)
    slot = _slot(host, rng)
    for week in range(gathering.from_week, min(gathering.to_week, settled.draft.weeks), gathering.every):
        guests = [guest for guest in gathering.guests if settled.there(guest, week)][:_MOST_GUESTS]
        attendees = _coming(settled, guests, slot, week)
        instance = _instance(settled, gathering.name, host, attendees=attendees, slot=slot, week=week)
        instance.seconds = int(gathering.hours * HOUR)
        if attendees and settled.draft.timeline.works(host, instance.start):
            yield instance.event(instance.created, MeetingCreated)


def _occasions(settled: Settled, host: str, guest: str) -> Iterator[MeetingEvent]:
    """Meetings of two people for one occasion."""
    timeline = settled.draft.timeline
    rng = settled.draft.chance("occasion", host, guest)
    one, other = settled.members[host], settled.members[guest]
    for week in range(settled.draft.weeks):
        for number in range(poisson(rng, effects.OCCASIONS_PER_WEEK)):
            at = timeline.sometime(one, week, rng)
            start = at and at + rng.randrange(1, 4) * DAY
            if not at or not start or not (timeline.works(one, start) and timeline.works(other, start)):
                continue
            start -= start % SLOT_SECONDS
            native_id = f"once-{host}-{guest}-{week}.{number}"
            attendees = (Attendee(identity=other.mail, response="accepted"),)
            yield Instance(native_id, None, one, attendees, start, HOUR, at).event(at, MeetingCreated)


def _coming(settled: Settled, guests: list[str], slot: int, week: int) -> tuple[Attendee, ...]:
    start = settled.draft.timeline.monday(week) + slot
    return tuple(
        Attendee(
            identity=settled.members[guest].mail,
            response="accepted" if settled.draft.timeline.works(settled.members[guest], start) else "declined",
        )
        for guest in guests
    )


def _slot(host: Member, rng: random.Random) -> int:
    """A half-hour slot in the host's week: seconds since its Monday."""
    slots = WORKDAY_SECONDS // SLOT_SECONDS - 1
    return rng.randrange(WORKDAYS) * DAY + host.opens + rng.randrange(1, slots) * SLOT_SECONDS


def _instance(
    settled: Settled, series: str, host: Member, *, attendees: tuple[Attendee, ...], slot: int, week: int
) -> Instance:
    """The instance of a week of a series."""
    at = settled.draft.timeline.monday(week) + slot
    created = max(at - AHEAD_SECONDS, settled.draft.timeline.start)
    return Instance(f"{series}-w{week}", series, host, attendees, at, SLOT_SECONDS, created)


def _before(instance: Instance, lead: float) -> int:
    """When somebody changes an instance: up to two working days before it, and never before it was made."""
    at = instance.start - HOUR - int(lead * 2 * DAY)
    return max(at, instance.created)
