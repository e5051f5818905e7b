"""Bulk statements: compiled once per dialect, run with tuples by the driver's own executemany.

SQLModel declares the tables; the hot path does not build an object per row.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Table, bindparam, case, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement
from sqlmodel import SQLModel

# Below the smallest limit of bound parameters of either database (32,766), with room for other parameters.
MAX_IN: Final = 5_000


class Bulk:
    """A statement for many rows. `columns` says in which order a row's values are given."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect)
        order = list(getattr(compiled, "positiontup", None) or columns)
        self._sql: Final = str(compiled)
        self._pick: Final = None if order == list(columns) else [list(columns).index(name) for name in order]

    async def run(self, connection: AsyncConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run it for every row, in order, in the transaction of the connection. No rows, no statement."""
        if not rows:
            return
        pick = self._pick
        values = list(rows) if pick is None else [tuple(row[index] for index in pick) for row in rows]
        await connection.exec_driver_sql(self._sql, values)


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table of a SQLModel class."""
    table = getattr(model, "__table__", None)
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is not a table")
    return table


def columns_of(model: type[SQLModel], *, without: Sequence[str] = ()) -> list[str]:
    """Column names in declaration order."""
    return [column.name for column in table_of(model).columns if column.name not in without]


def inserting(model: type[SQLModel], dialect: Dialect, *, without: Sequence[str] = (), ignore: bool = False) -> Bulk:
    """Insert rows; with `ignore`, rows whose key exists are left as they are."""
    columns = columns_of(model, without=without)
    statement = _insert(model, dialect).values({name: bindparam(name) for name in columns})
    return Bulk(statement.on_conflict_do_nothing() if ignore else statement, dialect, columns)


def replacing(model: type[SQLModel], dialect: Dialect) -> Bulk:
    """Insert rows, or overwrite every other column of the row with that key."""
    columns = columns_of(model)
    keys = [column.name for column in table_of(model).primary_key.columns]
    statement = _insert(model, dialect).values({name: bindparam(name) for name in columns})
    return Bulk(
        statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in columns if name not in keys}
        ),
        dialect,
        columns,
    )


def adding(model: type[SQLModel], dialect: Dialect) -> Bulk:
    """Insert rows, or add every other column to the row with that key. Commutative, so order does not matter."""
    table = table_of(model)
    columns = columns_of(model)
    keys = [column.name for column in table.primary_key.columns]
    statement = _insert(model, dialect).values({name: bindparam(name) for name in columns})
    return Bulk(
        statement.on_conflict_do_update(
            index_elements=keys,
            set_={name: table.c[name] + statement.excluded[name] for name in columns if name not in keys},
        ),
        dialect,
        columns,
    )


def marking(model: type[SQLModel], dialect: Dialect, *, least: str, count: str) -> Bulk:
    """Insert rows, or keep the smaller `least` and add one to `count` of the row with that key."""
    table = table_of(model)
    columns = columns_of(model)
    keys = [column.name for column in table.primary_key.columns]
    statement = _insert(model, dialect).values({name: bindparam(name) for name in columns})
    new = statement.excluded[least]
    return Bulk(
        statement.on_conflict_do_update(
            index_elements=keys,
            set_={
                least: case((new < table.c[least], new), else_=table.c[least]),
                count: table.c[count] + literal_column("1"),
            },
        ),
        dialect,
        columns,
    )


def deleting(model: type[SQLModel], dialect: Dialect, keys: Sequence[str]) -> Bulk:
    """Delete the rows with these values in these columns."""
    table = table_of(model)
    statement = table.delete()
    for name in keys:
        statement = statement.where(table.c[name] == bindparam(name))
    return Bulk(statement, dialect, keys)


def _insert(model: type[SQLModel], dialect: Dialect) -> Any:
    table = table_of(model)
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
