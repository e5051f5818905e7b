"""What is kept for how long, by class of data, and the sweep that holds to it.

Facts and what is made of them age by event time, so that a sweep changes no reading; what people did ages by the clock.
Topics have a retention of their own (`shared.topics`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, Table, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from shared.domain.week import DAY, week_of_day
from shared.storage.engine import bulk
from shared.storage.log.event_log import INTERACTION
from shared.storage.tables.access import ApiKeyRow, CaseRow
from shared.storage.tables.alerts import AlertEventRow, AlertRow
from shared.storage.tables.audit import AuditEntryRow, AuditRow
from shared.storage.tables.baselines import BaselineRow, PersonWeekRow
from shared.storage.tables.facts import AttendanceRow, ContactRow, MeetingRow, PairDayRow, TicketStepRow
from shared.storage.tables.log import EventLogRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.texts import TextDayRow
from shared.storage.tables.work import GoalWeekRow, TicketMoveRow

Unit = Literal["day", "week", "second"]
DataClass = Literal["facts", "readings", "alerts", "cases", "keys", "audit"]
"""`facts`: text-free counters and steps, and the log they come from. `keys`: API keys that have expired."""


@dataclass(frozen=True, slots=True)
class Aging:
    """A table whose rows grow old by a column, in days or weeks since 1970 or in Unix seconds."""

    data_class: DataClass
    model: type[SQLModel]
    column: str
    unit: Unit
    begins: str = ""  # column that tells how old a row is, where it ages from a later time
    disclosed: bool = True  # its age is: the age of an alert, or of a look at somebody, tells that there is one
    chained: bool = (
        False  # rows are sealed to each other: they go by a signed cut alone (`shared.storage.access.audit`)
    )

    @property
    def table(self) -> Table:
        """The SQLAlchemy table."""
        return bulk.table_of(self.model)

    def older_than(self, day: int) -> ColumnElement[bool]:
        """Rows that lie wholly before a day. Only closed things age: an open case or a live key does not."""
        limit = {"day": day, "week": week_of_day(day), "second": day * DAY}[self.unit]
        old = self.table.c[self.column] < limit
        # The directory is in the log as well, and is kept as long as it is true.
        return and_(old, self.table.c.kind == INTERACTION) if self.model is EventLogRow else old


AGING: Final = (
    Aging("facts", PairDayRow, "day", "day"),
    Aging("facts", TextDayRow, "day", "day"),
    Aging("facts", ContactRow, "at", "second"),
    Aging("facts", AttendanceRow, "start", "second"),
    Aging("facts", MeetingRow, "start", "second"),
    Aging("facts", TicketStepRow, "at", "second"),
    Aging("facts", TicketMoveRow, "at", "second"),
    Aging("facts", GoalWeekRow, "week", "week"),
    Aging("facts", PersonWeekRow, "week", "week"),
    Aging("facts", EventLogRow, "at", "second"),
    Aging("readings", ReadingRow, "week", "week"),
    Aging("readings", BaselineRow, "week", "week"),
    Aging("alerts", AlertRow, "latest_week", "week", disclosed=False),
    Aging("cases", CaseRow, "expires_at", "second", begins="opened_at"),
    Aging("keys", ApiKeyRow, "expires_at", "second", begins="created_at"),
    Aging("audit", AuditRow, "at", "second", disclosed=False, chained=True),
    Aging("audit", AuditEntryRow, "at", "second", disclosed=False, chained=True),
)


async def sweep(connection: AsyncConnection, first_days: Mapping[DataClass, int]) -> dict[DataClass, int]:
    """Delete what lies before the first day to keep of each class, and say how many rows; twice changes nothing."""
    deleted: dict[DataClass, int] = dict.fromkeys(first_days, 0)
    for each in AGING:
        if each.data_class in first_days and not each.chained:
            old = each.older_than(first_days[each.data_class])
            if each.model is AlertRow:
                events = bulk.table_of(AlertEventRow)
                gone = select(each.table.c.id).where(old)
                deleted["alerts"] += (await connection.execute(delete(events).where(events.c.alert.in_(gone)))).rowcount
            deleted[each.data_class] += (await connection.execute(delete(each.table).where(old))).rowcount
    return deleted


async def oldest_days(connection: AsyncConnection) -> dict[DataClass, int]:
    """Day of the oldest row of each class that may be told; classes without rows are left out."""
    found: dict[DataClass, int] = {}
    for each in (aging for aging in AGING if aging.disclosed):
        oldest = select(func.min(each.table.c[each.begins or each.column]))
        if each.model is EventLogRow:
            oldest = oldest.where(each.table.c.kind == INTERACTION)
        value: int | None = (await connection.execute(oldest)).scalar_one()
        if value is not None:
            day = {"day": value, "week": value * 7, "second": value // DAY}[each.unit]
            found[each.data_class] = min(day, found.get(each.data_class, day))
    return found
