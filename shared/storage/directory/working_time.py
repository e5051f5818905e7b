"""When people work, in the store: written from directory records, read as calendars."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.organisation.work_calendar import DatedSchedule, WorkCalendars, WorkSchedule, calendar_of
from shared.domain.week import MINUTE, day_of
from shared.schemas.directory import Absence, AbsenceRecorded, DirectoryEvent, Schedule, ScheduleRecorded
from shared.schemas.envelope import Instant
from shared.storage.directory.account_owners import Owned, account_owners
from shared.storage.dirty_marks import DirtyMark
from shared.storage.engine import bulk
from shared.storage.tables.directory import AbsenceRow, IdentityLinkRow, WorkScheduleRow
from shared.storage.tables.facts import IdentityRow

_FIRST_DAY: Final = day_of(SINCE_EVER)


class WorkingTimeStore:
    """Writes schedules and absences, each already known to be the latest revision of its entity."""

    def __init__(self, dialect: Dialect) -> None:
        self._schedules: Final = bulk.replacing(WorkScheduleRow, dialect)
        self._absences: Final = bulk.replacing(AbsenceRow, dialect)

    async def apply(self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent]) -> list[DirtyMark]:
        """Write records by entity digest. Returns marks of the people whose working time changes, and from when."""
        schedules = {entity: each.data for entity, each in records.items() if isinstance(each, ScheduleRecorded)}
        absences = {entity: each.data for entity, each in records.items() if isinstance(each, AbsenceRecorded)}
        marks = await _replaced(connection, WorkScheduleRow, schedules)
        marks += await _replaced(connection, AbsenceRow, absences)
        await self._schedules.run(connection, sorted(_schedule_row(key, each) for key, each in schedules.items()))
        await self._absences.run(
            connection,
            sorted(
                (key, _whose(each), _seconds(each.valid_from), _seconds(each.valid_to))
                for key, each in absences.items()
            ),
        )
        marks += [DirtyMark.of_person(_whose(each), _day(each.valid_from)) for each in schedules.values()]
        marks += [DirtyMark.of_person(_whose(each), _day(each.valid_from)) for each in absences.values()]
        return await _of_people(connection, marks)


async def load_work_calendars(connection: AsyncConnection, default: WorkSchedule) -> WorkCalendars:
    """The calendars of everybody of whom something is known; for all others the default of the organisation."""
    schedules: dict[str, list[DatedSchedule]] = defaultdict(list)
    absences: dict[str, list[tuple[int, int]]] = defaultdict(list)
    owners = await account_owners(
        connection, [bulk.table_of(WorkScheduleRow).c.person, bulk.table_of(AbsenceRow).c.person]
    )
    known = bulk.table_of(WorkScheduleRow)
    rows = list(await connection.execute(select(known)))
    profiles = _zones_of_profiles(rows, owners)
    for row in rows:
        if row.person not in owners:
            zone = row.time_zone or _zone_at(profiles.get(row.person, ()), row.valid_from) or default.time_zone
            schedules[row.person].append(_dated(row, zone, default))
    for person, zones in profiles.items():
        if person not in schedules:
            schedules[person] += [
                DatedSchedule(since, until, zone, default.days, default.opens, default.closes, default.holidays)
                for since, until, zone in zones
            ]
    absent = bulk.table_of(AbsenceRow).c
    for name, begins, ends in await connection.execute(select(absent.person, absent.valid_from, absent.valid_to)):
        for person, since, until in owners.get(name, ((name, begins, ends),)):
            absences[person].append((max(begins, since), min(ends, until)))
    people = sorted(schedules.keys() | absences.keys())
    return WorkCalendars(
        default,
        {
            person: calendar_of(schedules.get(person, ()), absences.get(person, ()), default=default)
            for person in people
        },
    )


_Zone = tuple[int, int, str]
"""From when to when a profile says which time zone."""


def _zones_of_profiles(rows: Iterable[Any], owners: Mapping[str, Sequence[Owned]]) -> dict[str, list[_Zone]]:
    found: dict[str, list[_Zone]] = defaultdict(list)
    for row in rows:
        for person, since, until in owners.get(row.person, ()):
            begins, ends = max(row.valid_from, since), min(row.valid_to, until)
            if row.time_zone is not None and begins < ends:
                found[person].append((begins, ends, row.time_zone))
    return {person: sorted(own) for person, own in found.items()}


def _zone_at(zones: Iterable[_Zone], instant: int) -> str | None:
    return next((zone for since, until, zone in reversed(list(zones)) if since <= instant < until), None)


def _dated(row: Any, zone: str, default: WorkSchedule) -> DatedSchedule:
    return DatedSchedule(
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        time_zone=zone,
        days=default.days if row.days is None else row.days,
        opens=default.opens if row.opens is None else row.opens,
        closes=default.closes if row.closes is None else row.closes,
        holidays=default.holidays if row.holidays is None else row.holidays,
    )


async def _replaced(
    connection: AsyncConnection, model: type[WorkScheduleRow | AbsenceRow], records: Mapping[bytes, object]
) -> list[DirtyMark]:
    """Marks of those whom the rows that are replaced were about."""
    table = bulk.table_of(model).c
    marks: list[DirtyMark] = []
    for part in bulk.parts(sorted(records)):
        rows = await connection.execute(select(table.person, table.valid_from).where(table.entity.in_(part)))
        marks += [DirtyMark.of_person(person, day_of(since)) for person, since in rows]
    return marks


async def _of_people(connection: AsyncConnection, marks: Sequence[DirtyMark]) -> list[DirtyMark]:
    """The marks, those of accounts as of everybody whose they ever were."""
    link, identity = bulk.table_of(IdentityLinkRow).c, bulk.table_of(IdentityRow).c
    owners: dict[str, set[str]] = defaultdict(set)
    for part in bulk.parts(sorted({each.key for each in marks})):
        query = select(identity.key, link.person).where(identity.id == link.identity, identity.key.in_(part))
        for account, person in await connection.execute(query):
            owners[account].add(person)
    return [DirtyMark.of_person(person, each.from_day) for each in marks for person in owners.get(each.key, {each.key})]


def _whose(record: Schedule | Absence) -> str:
    """The pseudonym of whom it names: a person, or an account. They are never alike."""
    return record.person or record.identity or ""


def _schedule_row(entity: bytes, schedule: Schedule) -> tuple[object, ...]:
    days = None if schedule.working_days is None else sum(1 << (day - 1) for day in set(schedule.working_days))
    return (
        entity,
        _whose(schedule),
        SINCE_EVER if schedule.valid_from is None else _seconds(schedule.valid_from),
        FOREVER if schedule.valid_to is None else _seconds(schedule.valid_to),
        schedule.time_zone,
        days,
        None if schedule.opens_minutes is None else schedule.opens_minutes * MINUTE,
        None if schedule.closes_minutes is None else schedule.closes_minutes * MINUTE,
        schedule.holidays,
    )


def _seconds(instant: Instant) -> int:
    return int(instant.timestamp())


def _day(instant: Instant | None) -> int:
    return _FIRST_DAY if instant is None else day_of(_seconds(instant))
