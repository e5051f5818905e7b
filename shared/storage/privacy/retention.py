"""How long rows are kept, by class of data, and the sweep that deletes older ones. Derived from what tables declare.

Facts and what is made of them age by event time, so that a sweep changes no reading; what people did ages by the clock.
Topics have a retention of their own (`shared.topics`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Table, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.week import DAY, WEEK_DAYS, week_of_day
from shared.storage.privacy.belonging import parts_of
from shared.storage.tables import every_table
from shared.storage.tables.declarations import Ages, DataClass, privacy_of


@dataclass(frozen=True, slots=True)
class Aging:
    """A table whose rows grow old."""

    table: Table
    ages: Ages

    def older_than(self, day: int) -> ColumnElement[bool]:
        """Rows that lie wholly before a day. Only closed things age: an open case or a live key does not."""
        limit = {"day": day, "week": week_of_day(day), "second": day * DAY}[self.ages.unit]
        return and_(self.table.c[self.ages.by] < limit, *self.conditions())

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Which rows of the table age at all."""
        return (self.table.c[name] == value for name, value in self.ages.only.items())


@cache
def aging_tables() -> tuple[Aging, ...]:
    """Every table whose rows grow old, by name."""
    declared = ((table, privacy_of(table).retention) for table in every_table())
    return tuple(Aging(table, ages) for table, ages in declared if isinstance(ages, Ages))


async def sweep(connection: AsyncConnection, first_days: Mapping[DataClass, int]) -> dict[DataClass, int]:
    """Delete what lies before the first day to keep of each class, with the rows that belong to it.

    Gives the number of rows by class. A second sweep changes nothing.
    """
    deleted: dict[DataClass, int] = dict.fromkeys(first_days, 0)
    for each in aging_tables():
        data_class = each.ages.data_class
        if data_class not in first_days or each.ages.chained:
            continue
        old = each.older_than(first_days[data_class])
        for part in parts_of(each.table):
            deleted[data_class] += (await connection.execute(delete(part.table).where(part.of(old)))).rowcount
        deleted[data_class] += (await connection.execute(delete(each.table).where(old))).rowcount
    return deleted


async def oldest_days(connection: AsyncConnection) -> dict[DataClass, int]:
    """Day of the oldest row of each class whose age may be disclosed; classes without rows are left out."""
    found: dict[DataClass, int] = {}
    for each in (aging for aging in aging_tables() if aging.ages.disclosed):
        ages = each.ages
        oldest = select(func.min(each.table.c[ages.begins or ages.by])).where(*each.conditions())
        value: int | None = (await connection.execute(oldest)).scalar_one()
        if value is not None:
            day = {"day": value, "week": value * WEEK_DAYS, "second": value // DAY}[ages.unit]
            found[ages.data_class] = min(day, found.get(ages.data_class, day))
    return found
