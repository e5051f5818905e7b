"""Bulk statements: compiled once for each kind of database, run by the driver's own way for many rows at once.

SQLModel declares the tables; the hot path does not build an object per row. On SQLite a statement takes dozens of rows
at a time, in the thread of the connection. On PostgreSQL rows go by COPY to a temporary table and from there, in one
statement, to where they belong: a third of the client's time, and one answer to wait for.
"""

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import wraps
from itertools import chain
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import Table, bindparam, case, column, literal_column, select, table
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement
from sqlmodel import SQLModel

from shared.storage.engine.sqlite_connection import FileConnection

# Below the smallest limit of bound parameters of either database (32,766), with room for other parameters.
MAX_IN: Final = 5_000
# More rows in a statement of SQLite gain nothing, and every length of statement is compiled once.
_ROWS_AT_ONCE: Final = 64

T = TypeVar("T")
P = ParamSpec("P")
Rows = Sequence[tuple[Any, ...]]


class Bulk(Protocol):
    """A statement for many rows, whose values are given in the order of the columns it was made with."""

    async def run(self, connection: AsyncConnection, rows: Rows) -> int:
        """Run it for every row, in order, in the transaction of the connection. No rows, no statement.

        Gives how many rows it changed, or -1 where the driver does not tell. Raises DBAPIError.
        """


class _Each:
    """A statement run once for each row."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect)
        order = list(getattr(compiled, "positiontup", None) or columns)
        self._sql: Final = str(compiled)
        self._pick: Final = None if order == list(columns) else [list(columns).index(name) for name in order]

    async def run(self, connection: AsyncConnection, rows: Rows) -> int:
        if not rows:
            return 0
        pick = self._pick
        values = list(rows) if pick is None else [tuple(row[index] for index in pick) for row in rows]
        return (await connection.exec_driver_sql(self._sql, values)).rowcount


class _Together:
    """An insertion into a file, of dozens of rows by each statement."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: Sequence[str]) -> None:
        self._one: Final = str(statement.compile(dialect=dialect))
        values = f"({', '.join('?' * len(columns))})"
        self._many: Final = self._one.replace(values, ", ".join([values] * _ROWS_AT_ONCE), 1)

    async def run(self, connection: AsyncConnection, rows: Rows) -> int:
        if not rows:
            return 0
        driver = (await connection.get_raw_connection()).driver_connection
        if not isinstance(driver, FileConnection):
            raise TypeError("SQLite is opened by open_database")
        try:
            return await driver.run(lambda file: self._insert(file, rows))
        except sqlite3.Error as error:
            raise OperationalError(self._one, None, error) from error

    def _insert(self, file: sqlite3.Connection, rows: Rows) -> int:
        changed, whole = 0, len(rows) - len(rows) % _ROWS_AT_ONCE
        for start in range(0, whole, _ROWS_AT_ONCE):
            values = list(chain.from_iterable(rows[start : start + _ROWS_AT_ONCE]))
            changed += file.execute(self._many, values).rowcount
        if whole < len(rows):
            changed += file.executemany(self._one, rows[whole:]).rowcount
        return changed


class _Copied:
    """An insertion by COPY to a temporary table, which is left empty. No two rows may have the same key."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, stage: str, model: type[SQLModel]) -> None:
        self._sql: Final = str(statement.compile(dialect=dialect))
        self._stage: Final = stage
        self._columns: Final = columns_of(model)
        self._create: Final = f"CREATE TEMPORARY TABLE IF NOT EXISTS {stage} (LIKE {table_of(model).name})"

    async def run(self, connection: AsyncConnection, rows: Rows) -> int:
        if not rows:
            return 0
        import asyncpg  # a store in a file has no need of it

        await connection.exec_driver_sql(self._create)  # it also makes sure that the transaction has begun
        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await driver.copy_records_to_table(self._stage, records=rows, columns=self._columns)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise OperationalError(self._sql, None, error) from error
        changed = (await connection.exec_driver_sql(self._sql)).rowcount
        await connection.exec_driver_sql(f"TRUNCATE {self._stage}")
        return changed


class Finding:
    """A look-up of many keys at once. On a server the rows found stay locked until the transaction ends."""

    def __init__(self, model: type[SQLModel], dialect: Dialect, key: str, columns: Sequence[str]) -> None:
        self._on_server: Final = dialect.name == "postgresql"
        start = f"SELECT {', '.join(columns)} FROM {table_of(model).name} WHERE {key}"  # noqa: S608 - our own names
        self._sql: Final = f"{start} = ANY($1) ORDER BY {key} FOR UPDATE" if self._on_server else f"{start} IN "

    async def run(self, connection: AsyncConnection, keys: Sequence[Any]) -> list[Any]:
        """The columns of the rows that have one of the keys, each given once."""
        if self._on_server:
            return list(await connection.exec_driver_sql(self._sql, (list(keys),)))
        found: list[Any] = []
        for part in map(tuple, parts(keys)):
            found += await connection.exec_driver_sql(f"{self._sql}({', '.join('?' * len(part))})", part)
        return found


def parts(values: Sequence[T]) -> Iterable[Sequence[T]]:
    """The values in their order, as many at a time as go into one query."""
    return (values[start : start + MAX_IN] for start in range(0, len(values), MAX_IN))


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table of a SQLModel class."""
    found = getattr(model, "__table__", None)
    if not isinstance(found, Table):
        raise TypeError(f"{model.__name__} is not a table")
    return found


def columns_of(model: type[SQLModel], *, without: Sequence[str] = ()) -> list[str]:
    """Column names in declaration order."""
    return [each.name for each in table_of(model).columns if each.name not in without]


def keys_of(model: type[SQLModel]) -> list[str]:
    """Names of the columns of the primary key, in declaration order."""
    return [each.name for each in table_of(model).primary_key.columns]


def _compiled_once(
    make: Callable[Concatenate[type[SQLModel], Dialect, P], Bulk],
) -> Callable[Concatenate[type[SQLModel], Dialect, P], Bulk]:
    """Make each statement once in a process: all of them together take far longer than opening a store."""
    made: dict[Hashable, Bulk] = {}

    @wraps(make)
    def find(model: type[SQLModel], dialect: Dialect, /, *arguments: P.args, **named: P.kwargs) -> Bulk:
        key = (model, dialect.name, dialect.driver, arguments, tuple(named.items()))
        if key not in made:
            made[key] = make(model, dialect, *arguments, **named)
        return made[key]

    return find


@_compiled_once
def inserting(model: type[SQLModel], dialect: Dialect, *, without: tuple[str, ...] = (), ignore: bool = False) -> Bulk:
    """Insert rows; with `ignore`, rows whose key exists are left as they are."""

    def finish(statement: Any) -> Any:
        return statement.on_conflict_do_nothing() if ignore else statement

    return _insertion(model, dialect, finish, without=without, distinct=not without)


@_compiled_once
def replacing(model: type[SQLModel], dialect: Dialect, *, distinct: bool = False) -> Bulk:
    """Insert rows, or overwrite every other column of the row with that key.

    With `distinct`, the caller knows that no two rows of a call have the same key, which lets them go faster.
    """

    def finish(statement: Any) -> Any:
        return _on_conflict(model, statement, lambda name: statement.excluded[name])

    return _insertion(model, dialect, finish, distinct=distinct)


@_compiled_once
def adding(model: type[SQLModel], dialect: Dialect) -> Bulk:
    """Insert rows of different keys, or add every other column to the row with that key. Commutative."""

    def finish(statement: Any) -> Any:
        return _on_conflict(model, statement, lambda name: table_of(model).c[name] + statement.excluded[name])

    return _insertion(model, dialect, finish, distinct=True)


@_compiled_once
def marking(model: type[SQLModel], dialect: Dialect, *, least: str, count: str) -> Bulk:
    """Insert rows of different keys, or keep the smaller `least` and add one to `count` of the row with that key."""
    kept = table_of(model).c

    def finish(statement: Any) -> Any:
        new = statement.excluded[least]
        smaller = case((new < kept[least], new), else_=kept[least])
        return _on_conflict(
            model, statement, lambda name: {least: smaller, count: kept[count] + literal_column("1")}[name]
        )

    return _insertion(model, dialect, finish, distinct=True)


@_compiled_once
def deleting(model: type[SQLModel], dialect: Dialect, keys: tuple[str, ...]) -> Bulk:
    """Delete the rows with these values in these columns."""
    found = table_of(model)
    statement = found.delete()
    for name in keys:
        statement = statement.where(found.c[name] == bindparam(name))
    return _Each(statement, dialect, keys)


def _insertion(
    model: type[SQLModel],
    dialect: Dialect,
    finish: Callable[[Any], Any],
    *,
    without: Sequence[str] = (),
    distinct: bool,
) -> Bulk:
    columns, into = columns_of(model, without=without), table_of(model)
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    if dialect.name == "sqlite":
        return _Together(finish(sqlite.insert(into).values(values)), dialect, columns)
    from sqlalchemy.dialects import postgresql  # a store in a file has no need of it

    if not distinct:
        return _Each(finish(postgresql.insert(into).values(values)), dialect, columns)
    stage = table(f"new_{into.name}", *map(column, columns))
    # In the order of the key, so that two writers cannot each wait for the other.
    rows = select(*stage.c).order_by(*(stage.c[name] for name in keys_of(model)))
    return _Copied(finish(postgresql.insert(into).from_select(columns, rows)), dialect, stage.name, model)


def _on_conflict(model: type[SQLModel], statement: Any, value: Callable[[str], Any]) -> Any:
    keys = keys_of(model)
    others = [name for name in columns_of(model) if name not in keys]
    return statement.on_conflict_do_update(index_elements=keys, set_={name: value(name) for name in others})
