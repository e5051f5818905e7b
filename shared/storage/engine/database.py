"""Connections: one engine per process, SQLite in WAL mode or PostgreSQL, with the transactions the store relies on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.settings import PASSWORD_FILE
from shared.storage.engine.sqlite_connection import connect_to_file

# Writers of one SQLite file wait for each other; a scoring chunk or a large batch takes a few seconds at most.
_BUSY_TIMEOUT_MS: Final = 30_000


class Database:
    """The store of a process. Made by `open_database`; close it when the process ends."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine: Final = engine
        self.is_sqlite: Final = engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed at the end of the block, rolled back when it raises.

        On SQLite it holds the write lock from its start (BEGIN IMMEDIATE): a later upgrade from reading could fail
        at once. On PostgreSQL it is READ COMMITTED, and compare-and-set decides between two owners.
        """
        async with self.engine.connect() as connection:
            writing = await connection.execution_options(bellwether_writes=True)
            async with writing.begin():
                yield writing

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A read transaction over one snapshot of the store."""
        async with self.engine.connect() as connection:
            if self.is_sqlite:
                reading = connection
            else:
                reading = await connection.execution_options(isolation_level="REPEATABLE READ")
            async with reading.begin():
                yield reading

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def open_database(url: URL, *, pool_size: int = 5) -> Database:
    """Engine for a URL (`sqlite+aiosqlite:///file` or `postgresql+asyncpg://...`). Connects on first use.

    With `password_file` in the URL, every new connection reads that file and tries each of its lines as the password:
    a password is changed by writing the new one before the old, changing it in the server, and dropping the old one.

    Raises ValueError for any other driver.
    """
    if url.drivername == "sqlite+aiosqlite":
        if url.database and url.database != ":memory:":
            Path(url.database).expanduser().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        arguments = {"timeout": _BUSY_TIMEOUT_MS / 1000, "async_creator_fn": connect_to_file}
        # Last in, first out: one connection keeps the hot pages, rather than each of them its own copy.
        engine = create_async_engine(url, pool_size=pool_size, pool_use_lifo=True, connect_args=arguments)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    elif url.drivername == "postgresql+asyncpg":
        named = url.query.get(PASSWORD_FILE)
        engine = create_async_engine(
            url.difference_update_query([PASSWORD_FILE]), pool_size=pool_size, pool_pre_ping=True
        )
        if isinstance(named, str):
            event.listen(engine.sync_engine, "do_connect", partial(_connect_with_password, Path(named)))
    else:
        raise ValueError(f"unsupported database driver {url.drivername!r}: use sqlite+aiosqlite or postgresql+asyncpg")
    return Database(engine)


def _connect_with_password(
    file: Path, dialect: Dialect, _record: object, arguments: list[Any], named: dict[str, Any]
) -> Any:
    from asyncpg.exceptions import InvalidPasswordError  # a store in a file has no need of it

    *others, last = file.read_text(encoding="utf-8").split() or [""]
    for password in others:
        with suppress(InvalidPasswordError, dialect.loaded_dbapi.Error):
            return dialect.connect(*arguments, **named | {"password": password})
    return dialect.connect(*arguments, **named | {"password": last})


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so, see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # Offsets and facts share the file: a lost tail of the log is a tail that Kafka still has. What was accepted
    # for the embedded broker is written with FULL by its own writer.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA cache_size=-16384")  # 16 MiB of hot pages; the system caches the rest of the file
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("bellwether_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def sqlite_url(path: Path) -> URL:
    """URL of a SQLite file."""
    return URL.create("sqlite+aiosqlite", database=str(path))
