"""Transactions as plain functions, for the many short ones of the API.

On SQLite they go over the standard driver: the asynchronous one changes threads four times for every statement, which
costs ten times what a small statement does. On PostgreSQL they go over the asynchronous driver.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from threading import Lock
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine

from shared.storage.engine.database import Database

T = TypeVar("T")
Work = Callable[[Connection], T]
_Asked = tuple[Work[Any], asyncio.Future[Any]]

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
        """On SQLite with the write lock from the start, in a thread, and committed with what else waits meanwhile.

        Such work may be run twice: it must change nothing but the store.
        """


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
        self._reader: Final = _Kept(_engine(url, begin="BEGIN", waits_seconds=_READER_WAITS_SECONDS))
        self._writer: Final = _Writer(_engine(url, begin="BEGIN IMMEDIATE", waits_seconds=_WRITER_WAITS_SECONDS))
        event.listen(database.engine.sync_engine, "engine_disposed", self._close)

    async def read(self, work: Work[T]) -> T:
        with self._reader.connection.begin():
            return work(self._reader.connection)

    async def write(self, work: Work[T]) -> T:
        return await self._writer.write(work)

    def _close(self, _: Engine) -> None:
        self._writer.close()
        self._reader.close()


class _Kept:
    """A connection that opens when it is first used and stays: a pool costs as much as a small read."""

    def __init__(self, engine: Engine) -> None:
        self._engine: Final = engine

    @cached_property
    def connection(self) -> Connection:
        return self._engine.connect()

    def close(self) -> None:
        if "connection" in vars(self):
            self.connection.close()
        self._engine.dispose()


class _Writer:
    """Writes in a thread. What is asked for meanwhile is committed together.

    A commit writes whole pages, most of them leaves of the audit's index by person, which requests have in common.
    """

    def __init__(self, engine: Engine) -> None:
        self._kept: Final = _Kept(engine)
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._lock: Final = Lock()
        self._waiting: list[_Asked] = []

    async def write(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        with self._lock:
            if not self._waiting:
                self._thread.submit(self._write_waiting, loop)
            self._waiting.append((work, answer))
        return await answer

    def close(self) -> None:
        self._thread.shutdown()
        self._kept.close()

    def _write_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        self._write(waiting, loop)

    def _write(self, waiting: Sequence[_Asked], loop: asyncio.AbstractEventLoop) -> None:
        """In one transaction; where one of them fails, each in its own, so that no other fails with it."""
        together = [(work, answer) for work, answer in waiting if not answer.cancelled()]
        if not together:
            return
        try:
            connection = self._kept.connection
            with connection.begin():
                results = [work(connection) for work, _ in together]
        except Exception as error:  # noqa: BLE001 - told to whoever waits for it
            if len(together) > 1:
                for each in together:
                    self._write([each], loop)
            else:
                loop.call_soon_threadsafe(_fail, together[0][1], error)
        else:
            loop.call_soon_threadsafe(_answer, [answer for _, answer in together], results)


def _answer(answers: Iterable[asyncio.Future[Any]], results: Iterable[Any]) -> None:
    for answer, result in zip(answers, results, strict=True):
        if not answer.cancelled():
            answer.set_result(result)


def _fail(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.cancelled():
        answer.set_exception(error)


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
