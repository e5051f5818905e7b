"""What the HR system says of a company of a kind: people, lines, working times and absences, teams and goals."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from services.simulator.directory import SOURCE
from services.simulator.kinds.draft import Worker
from services.simulator.kinds.settled import Settled
from services.simulator.timeline import DAY, HOUR
from shared.schemas.directory import (
    Absence,
    AbsenceRecorded,
    DirectoryEvent,
    Goal,
    GoalRecorded,
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
    Schedule,
    ScheduleRecorded,
    Team,
    TeamRecorded,
)
from shared.schemas.envelope import event_id, utc

_USUAL_HOURS: Final = 14 * HOUR // 2, 18 * HOUR // 2
_MINUTES: Final = 24 * 60


def records(settled: Settled) -> Iterator[DirectoryEvent]:
    """Yield every record, as of the first instant of the world: moves are known ahead, as HR plans them."""
    draft = settled.draft
    at = utc(draft.timeline.start)
    yield TeamRecorded(id=_id("team", "company"), source=SOURCE, time=at, data=Team(team="company", name="Company"))
    for team in draft.teams:
        data = Team(team=team, name=team.title(), parent="company")
        yield TeamRecorded(id=_id("team", team), source=SOURCE, time=at, data=data)
    for worker in draft.workers.values():
        person = Person(person=worker.key, name=f"{worker.first} {worker.last}", team=worker.team)
        yield PersonRecorded(id=_id("person", worker.key), source=SOURCE, time=at, data=person)
        member = settled.members[worker.key]
        for identity in (member.mail, member.chat, member.ticket):
            link = IdentityLink(person=worker.key, identity=identity)
            yield IdentityLinked(id=_id("identity", identity), source=SOURCE, time=at, data=link)
        if _unusual(worker):
            yield _schedule(at, worker)
    yield _line(at, draft.chief, ReportingLine(person=draft.chief, manager=None))
    for tenure in settled.tenures:
        begin, end = tenure.from_week, tenure.to_week
        line = ReportingLine(
            person=tenure.person,
            manager=tenure.manager,
            valid_from=utc(draft.timeline.monday(begin)) if begin else None,
            valid_to=utc(draft.timeline.monday(end)) if end <= draft.weeks else None,
        )
        yield _line(at, f"{tenure.person}.{tenure.manager}.{begin}", line)
    for number, away in enumerate(draft.away):
        if away.recorded and away.to_day > away.from_day:
            begin, end = (draft.timeline.start + day * DAY for day in (away.from_day, away.to_day))
            absence = Absence(person=away.person, valid_from=utc(begin), valid_to=utc(end))
            yield AbsenceRecorded(id=_id("absence", f"{away.person}.{number}"), source=SOURCE, time=at, data=absence)
    top = Goal(goal="g-company", name="Customers stay", owner=draft.chief)
    yield GoalRecorded(id=_id("goal", "g-company"), source=SOURCE, time=at, data=top)
    for team, leader in draft.teams.items():
        goal = Goal(goal=f"g-{team}", name=f"{team} delivers", parent="g-company", team=team, owner=leader)
        yield GoalRecorded(id=_id("goal", team), source=SOURCE, time=at, data=goal)


def _unusual(worker: Worker) -> bool:
    first, last = _USUAL_HOURS
    return worker.part_time or worker.zone != "Etc/UTC" or not first <= worker.opens <= last


def _schedule(at: datetime, worker: Worker) -> ScheduleRecorded:
    """Working times, where they are not the usual ones. Those who work at night or far away are known to."""
    abroad = worker.zone != "Etc/UTC"
    opens = 8 * 60 if abroad else worker.opens // 60  # people abroad work from eight by their own clock, or about
    schedule = Schedule(
        person=worker.key,
        time_zone=worker.zone,
        working_days=tuple(sorted(day + 1 for day in worker.workdays)),
        opens_minutes=opens % _MINUTES,
        closes_minutes=opens % _MINUTES + 9 * 60,
    )
    return ScheduleRecorded(id=_id("schedule", worker.key), source=SOURCE, time=at, data=schedule)


def _line(at: datetime, native_id: str, line: ReportingLine) -> LineRecorded:
    return LineRecorded(id=_id("line", native_id), source=SOURCE, time=at, data=line)


def _id(kind: str, native_id: str) -> str:
    return event_id(source=SOURCE, kind=kind, native_id=native_id)
