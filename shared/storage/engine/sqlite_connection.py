"""Connections to a SQLite file that do a whole statement, or several things, in one change of threads."""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import aiosqlite

T = TypeVar("T")
Row = Sequence[Any]
# So many rows come with the statement itself. Nearly all statements have fewer, and of a stream not much is held.
_ROWS_FETCHED_AT_ONCE: Final = 256


class FileCursor:
    """A cursor that changes threads once for a statement of few rows, where the driver's own does four times.

    A change of threads costs more than most statements. It has what SQLAlchemy uses of a cursor.
    """

    def __init__(self, connection: "FileConnection") -> None:
        self.arraysize = _ROWS_FETCHED_AT_ONCE
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._connection: Final = connection
        self._rows: deque[Row] = deque()
        self._rest: sqlite3.Cursor | None = None  # open as long as there may be more rows

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Any = ()) -> Self:
        """Run a statement, and fetch its first rows. Raises what sqlite3 does."""

        def work(connection: sqlite3.Connection) -> sqlite3.Cursor | None:
            cursor = connection.execute(statement, parameters)
            self._told_by(cursor)
            if self.description is None:
                cursor.close()
                return None
            return self._fetch(cursor, _ROWS_FETCHED_AT_ONCE)

        await self.close()
        self._rest = await self._connection.run(work)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Any]) -> Self:
        """Run a statement for each of several sets of parameters. Raises what sqlite3 does."""

        def work(connection: sqlite3.Connection) -> None:
            cursor = connection.executemany(statement, parameters)
            self._told_by(cursor)
            cursor.close()

        await self.close()
        await self._connection.run(work)
        return self

    async def fetchone(self) -> Row | None:
        """The next row; None after the last."""
        await self._hold(1)
        return self._rows.popleft() if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Row]:
        """As many of the next rows, or fewer if they are the last."""
        wanted = self.arraysize if size is None else size
        await self._hold(wanted)
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> list[Row]:
        """All rows that are left."""
        await self._hold(None)
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        """Let go of the rows. May be called again."""
        self._rows.clear()
        rest, self._rest = self._rest, None
        if rest is not None:
            await self._connection.run(lambda _: rest.close())

    async def _hold(self, count: int | None) -> None:
        """Fetch until so many rows are here, or all of them."""
        rest = self._rest
        if rest is None or (count is not None and len(self._rows) >= count):
            return
        more = None if count is None else max(count - len(self._rows), _ROWS_FETCHED_AT_ONCE)
        self._rest = await self._connection.run(lambda _: self._fetch(rest, more))

    def _fetch(self, cursor: sqlite3.Cursor, count: int | None) -> sqlite3.Cursor | None:
        """Take rows from a cursor, in the connection's own thread. Returns the cursor if there may be more."""
        rows = cursor.fetchall() if count is None else cursor.fetchmany(count)
        self._rows.extend(rows)
        if count is not None and len(rows) == count:
            return cursor
        self._told_by(cursor)
        cursor.close()
        return None

    def _told_by(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid


class FileConnection(aiosqlite.Connection):
    """The asynchronous driver's connection, with fewer changes of threads."""

    def cursor(self) -> FileCursor:  # type: ignore[override]  # SQLAlchemy enters what it is given
        """A cursor; there is nothing to wait for."""
        return FileCursor(self)

    async def rollback(self) -> None:
        """Roll back what is under way, if anything is: a pool asks for it whenever a connection comes back."""
        if self.in_transaction:
            await super().rollback()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Give the connection to `work`, in its own thread and in the transaction that is under way."""
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]  # as its own methods do
        return result


def connect_to_file(database: str, **options: Any) -> FileConnection:
    """For SQLAlchemy's `async_creator_fn`: a connection that opens when it is awaited."""
    connection = FileConnection(partial(_open, database, **options), _ROWS_FETCHED_AT_ONCE)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: an engine left open must not keep the process
    return connection


def _open(database: str, **options: Any) -> sqlite3.Connection:
    """As the driver opens a file, but a new one is its owner's alone, and so are the log and index beside it.

    There are no roles in a file: who can read it reads about everybody in it, past the API and its audit.
    """
    if database and not database.startswith((":", "file:")):
        # Never opened where it is there already: closing it again would take the locks of this process from it.
        with suppress(OSError):
            Path(database).touch(mode=0o600, exist_ok=False)
    connection: sqlite3.Connection = sqlite3.connect(database, **options)
    return connection
