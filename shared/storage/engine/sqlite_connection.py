"""Connections to a SQLite file that can do several things in one change of threads."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")
# As the driver's own default; we fetch everything at once anyway.
_ROWS_FETCHED_AT_ONCE = 64


class FileConnection(aiosqlite.Connection):
    """The asynchronous driver's connection, which changes threads twice for every statement, and a way around that."""

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
