"""The data inventory: every column that names people, and how. Derived from what the tables declare."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Column, Table

from shared.storage.tables import every_table
from shared.storage.tables.declarations import ColumnPrivacy, Names, column_privacy


@dataclass(frozen=True, slots=True)
class NamingColumn:
    """A column that names people."""

    column: Column[object]
    privacy: ColumnPrivacy

    @property
    def table(self) -> Table:
        """The table it stands in."""
        return self.column.table

    @property
    def place(self) -> str:
        """As `table.column`."""
        return f"{self.column.table.name}.{self.column.name}"


@cache
def data_inventory() -> tuple[NamingColumn, ...]:
    """Every column that names people, by table. Raises LookupError where a column does not say whether it does."""
    return tuple(
        NamingColumn(column, privacy)
        for table in every_table()
        for column in table.columns
        if (privacy := column_privacy(column)).names is not Names.NOBODY
    )


def naming_columns(table: Table) -> tuple[NamingColumn, ...]:
    """The columns of a table that name people, in the order of the table."""
    return tuple(each for each in data_inventory() if each.table is table)
