"""The records that the directory is made of: each entity's latest revision, with those that still wait."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.privacy.pseudonym import ArrivingNames, NotPseudonymousError, PseudonymChecks
from shared.schemas.directory import (
    DirectoryEvent,
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
    Schedule,
    ScheduleRecorded,
)
from shared.schemas.names import renamed
from shared.storage.engine import bulk
from shared.storage.tables.log import DIRECTORY, AcceptedRow, EventLogRow

_Dated = TypeVar("_Dated", Person, ReportingLine, IdentityLink, Schedule)
_SINCE_EVER: Final = datetime.min.replace(tzinfo=UTC)
_DECODE: Final = msgspec.json.Decoder(DirectoryEvent).decode


@dataclass(slots=True)
class Recorded:
    """Records by entity, and what they say; all names are pseudonyms."""

    records: dict[str, DirectoryEvent] = field(default_factory=dict)
    people: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    lines: dict[str, list[ReportingLine]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, list[IdentityLink]] = field(default_factory=lambda: defaultdict(list))
    schedules: dict[str, list[Schedule]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, records: Iterable[DirectoryEvent]) -> "Recorded":
        """What the latest revisions of these say."""
        latest: dict[str, DirectoryEvent] = {}
        for each in records:
            before = latest.get(each.entity)
            if before is None or before.revision < each.revision:
                latest[each.entity] = each
        found = cls(latest)
        for record in latest.values():
            match record:
                case PersonRecorded(data=person):
                    found.people[person.person].append(person)
                case LineRecorded(data=line):
                    found.lines[line.person].append(line)
                case IdentityLinked(data=link):
                    found.links[link.identity].append(link)
                case ScheduleRecorded(data=schedule):
                    if schedule.person is not None:
                        found.schedules[schedule.person].append(schedule)
                case _:
                    pass
        return found

    def person(self, person: str, at: datetime) -> Person | None:
        """Who somebody is; of several records the one that starts later."""
        return _in_force(self.people.get(person, ()), at)

    def active(self, at: datetime) -> set[str]:
        """Everybody who is there."""
        found = {person: self.person(person, at) for person in self.people}
        return {person for person, each in found.items() if each is not None and each.active}

    def line(self, person: str, at: datetime) -> ReportingLine | None:
        """The line of a person that is in force; of several the one that starts later."""
        return _in_force(self.lines.get(person, ()), at)

    def schedule(self, person: str, at: datetime) -> Schedule | None:
        """When somebody works."""
        return _in_force(self.schedules.get(person, ()), at)

    def link(self, identity: str, at: datetime) -> IdentityLink | None:
        """Whose an account is."""
        return _in_force(self.links.get(identity, ()), at)


def _in_force(records: Iterable[_Dated], at: datetime) -> _Dated | None:
    found = [
        each
        for each in records
        if (each.valid_from is None or each.valid_from <= at) and (each.valid_to is None or at < each.valid_to)
    ]
    return max(found, key=lambda each: each.valid_from or _SINCE_EVER, default=None)


async def load_recorded(connection: AsyncConnection, checks: PseudonymChecks) -> Recorded:
    """The directory as recorded, without the checks that pseudonyms bear on their way."""
    log, accepted = bulk.table_of(EventLogRow).c, bulk.table_of(AcceptedRow).c
    bodies = list((await connection.execute(select(log.body).where(log.kind == DIRECTORY))).scalars())
    waiting = select(accepted.value).where(accepted.topic.like("%directory")).order_by(accepted.id)
    bodies += (await connection.execute(waiting)).scalars()
    names = ArrivingNames(checks, unchecked=True)
    return Recorded.of(each for body in bodies if (each := _record(body, names)) is not None)


def _record(body: bytes, names: ArrivingNames) -> DirectoryEvent | None:
    try:
        record: DirectoryEvent = _DECODE(body)
        return renamed(record, names)
    except (NotPseudonymousError, msgspec.MsgspecError):  # of an earlier version, in clear: see `exclude`
        return None
