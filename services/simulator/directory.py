"""The HR system's records of the company: teams, people, identities, reporting lines and goals."""

from collections.abc import Iterator
from datetime import datetime

from services.simulator.society import Society
from shared.schemas.directory import (
    DirectoryEvent,
    Goal,
    GoalRecorded,
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
    Team,
    TeamRecorded,
)
from shared.schemas.envelope import event_id, utc

SOURCE = "sim_hr"


def records(society: Society) -> Iterator[DirectoryEvent]:
    """Yield every directory record, as of the first instant of the world.

    A move that a story plants is two reporting lines with validity, known from the start, as HR plans them.
    """
    at, company = utc(society.timeline.start), society.company
    for unit in company.units:
        team = Team(team=unit.key, name=unit.name, parent=unit.parent)
        yield TeamRecorded(id=_id("team", unit.key), source=SOURCE, time=at, data=team)
    for member in company.members.values():
        person = Person(person=member.key, name=member.name, team=member.team)
        yield PersonRecorded(id=_id("person", member.key), source=SOURCE, time=at, data=person)
        for identity in (member.mail, member.chat, member.ticket):
            link = IdentityLink(person=member.key, identity=identity)
            yield IdentityLinked(id=_id("identity", identity), source=SOURCE, time=at, data=link)
    yield _line(at, company.chief.key, ReportingLine(person=company.chief.key, manager=None))
    for tenure in society.tenures:
        line = ReportingLine(
            person=tenure.person.key,
            manager=tenure.manager.key,
            valid_from=None if tenure.first else utc(society.timeline.monday(tenure.from_week)),
            valid_to=None if tenure.last else utc(society.timeline.monday(tenure.to_week)),
        )
        yield _line(at, f"{tenure.person.key}.{tenure.manager.key}", line)
    for aim in company.aims:
        goal = Goal(goal=aim.key, name=aim.name, parent=aim.parent, team=aim.team, owner=aim.owner)
        yield GoalRecorded(id=_id("goal", aim.key), source=SOURCE, time=at, data=goal)


def _line(at: datetime, native_id: str, line: ReportingLine) -> LineRecorded:
    return LineRecorded(id=_id("line", native_id), source=SOURCE, time=at, data=line)


def _id(kind: str, native_id: str) -> str:
    return event_id(source=SOURCE, kind=kind, native_id=native_id)
