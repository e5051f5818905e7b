"""When people work, in the store: written from directory records, read as calendars."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.organisation.work_calendar import DatedSchedule, WorkCalendars, WorkSchedule, calendar_of
from shared.domain.week import MINUTE, day_of
from shared.schemas.directory import AbsenceRecorded, DirectoryEvent, Schedule, ScheduleRecorded
from shared.schemas.envelope import Instant
from shared.storage.dirty_marks import DirtyMark
from shared.storage.engine import bulk
from shared.storage.tables.directory import AbsenceRow, WorkScheduleRow

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
                (key, each.person, _seconds(each.valid_from), _seconds(each.valid_to)) for key, each in absences.items()
            ),
        )
        marks += [DirtyMark.of_person(each.person, _day(each.valid_from)) for each in schedules.values()]
        marks += [DirtyMark.of_person(each.person, _day(each.valid_from)) for each in absences.values()]
        return marks


async def load_work_calendars(connection: AsyncConnection, default: WorkSchedule) -> WorkCalendars:
    """The calendars of everybody of whom something is known; for all others the default of the organisation."""
    schedules: dict[str, list[DatedSchedule]] = defaultdict(list)
    absences: dict[str, list[tuple[int, int]]] = defaultdict(list)
    known = bulk.table_of(WorkScheduleRow)
    for row in await connection.execute(select(known).order_by(known.c.entity)):
        opens = default.opens if row.opens is None else row.opens
        schedules[row.person].append(
            DatedSchedule(
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                time_zone=default.time_zone if row.time_zone is None else row.time_zone,
                days=default.days if row.days is None else row.days,
                opens=opens,
                closes=default.closes if row.closes is None else row.closes,
                holidays=default.holidays if row.holidays is None else row.holidays,
            )
        )
    absent = bulk.table_of(AbsenceRow).c
    for person, begins, ends in await connection.execute(select(absent.person, absent.valid_from, absent.valid_to)):
        absences[person].append((begins, ends))
    people = sorted(schedules.keys() | absences.keys())
    return WorkCalendars(
        default,
        {
            person: calendar_of(schedules.get(person, ()), absences.get(person, ()), default=default)
            for person in people
        },
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


def _schedule_row(entity: bytes, schedule: Schedule) -> tuple[object, ...]:
    days = None if schedule.working_days is None else sum(1 << (day - 1) for day in set(schedule.working_days))
    return (
        entity,
        schedule.person,
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
