"""Rows that go with another row when that is deleted, as the tables declare it."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Table, select

from shared.storage.tables import every_table
from shared.storage.tables.declarations import column_privacy


@dataclass(frozen=True, slots=True)
class Part:
    """A column that names the row of another table that a row belongs to."""

    column: Column[object]
    whole: Column[object]

    @property
    def table(self) -> Table:
        """The table whose rows go with the others."""
        return self.column.table

    def of(self, where: ColumnElement[bool]) -> ColumnElement[bool]:
        """Rows that belong to those rows of the other table that meet a condition."""
        return self.column.in_(select(self.whole).where(where))


def parts_in(table: Table) -> Iterator[Part]:
    """Columns of a table by which its rows belong to rows of others."""
    tables = {each.name: each for each in every_table()}
    for column in table.columns:
        belongs_to = column_privacy(column).belongs_to
        if belongs_to is not None:
            yield Part(column, tables[belongs_to[0]].c[belongs_to[1]])


def parts_of(whole: Table) -> Iterator[Part]:
    """Columns of other tables whose rows belong to rows of this one."""
    return (part for table in every_table() for part in parts_in(table) if part.whole.table is whole)
