"""Transactions as plain functions, for the many short ones of the API.

On SQLite they go over the standard driver: the asynchronous one changes threads four times for every statement, which
costs ten times what a small statement does. On PostgreSQL they go over the asynchronous driver.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine

from shared.storage.database import Database

T = TypeVar("T")
Work = Callable[[Connection], T]

# Readers of a write-ahead log wait only while it is being recovered; the event loop must not stand still for longer.
_READER_WAITS_SECONDS: Final = 0.1
_WRITER_WAITS_SECONDS: Final = 30.0  # as the other writers of the file
# The audit of one page writes some ninety leaves of an index by person: at SQLite's own limit of 1,000 pages the same
# leaves went from the log to the file with every tenth request. At most 32 MB of log are kept instead.
_CHECKPOINT_PAGES: Final = 8_000


class Transactions(Protocol):
    """Runs a function in a transaction: committed when it returns, rolled back when it raises."""

    async def read(self, work: Work[T]) -> T:
        """Over one snapshot of the store. Only for what finds its rows by an index: it may run on the event loop."""

    async def write(self, work: Work[T]) -> T:
        """On SQLite with the write lock from the start, in a thread."""


def transactions(database: Database) -> Transactions:
    """Transactions of a store. Nothing connects before the first; what they open is closed with the database."""
    return _OnFile(database) if database.is_sqlite else _OnServer(database)


class _OnServer:
    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def read(self, work: Work[T]) -> T:
        async with self._database.read() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Work[T]) -> T:
        async with self._database.write() as connection:
            return await connection.run_sync(work)


class _OnFile:
    """One connection that reads and one that writes: SQLite has one writer at a time anyway.

    Reads run on the event loop. They take a fraction of a millisecond, and handing one to a thread and back costs
    three times as much, as the two threads fight for the interpreter.
    """

    def __init__(self, database: Database) -> None:
        url = database.engine.url.set(drivername="sqlite")
        self._reader: Final = _engine(url, begin="BEGIN", waits_seconds=_READER_WAITS_SECONDS)
        self._writer: Final = _engine(url, begin="BEGIN IMMEDIATE", waits_seconds=_WRITER_WAITS_SECONDS)
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="store")
        event.listen(database.engine.sync_engine, "engine_disposed", self._close)

    async def read(self, work: Work[T]) -> T:
        return _whole(self._reader, work)

    async def write(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _whole, self._writer, work)

    def _close(self, _: Engine) -> None:
        self._thread.shutdown()
        self._reader.dispose()
        self._writer.dispose()


def _whole(engine: Engine, work: Work[T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _engine(url: URL, *, begin: str, waits_seconds: float) -> Engine:
    # A connection is used by one thread at a time, and closed by another than opened it.
    arguments = {"timeout": waits_seconds, "check_same_thread": False, "isolation_level": None}
    engine = create_engine(url, pool_size=1, max_overflow=0, connect_args=arguments)
    event.listen(engine, "connect", _prepare)

    def begin_as_asked(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "begin", begin_as_asked)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL").close()  # as the other writers of the file
    connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}").close()
