import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import make_url

from shared.storage.engine.database import Database, open_database
from shared.storage.engine.transactions import transactions


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with with_items(database_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def file(sqlite_url: str) -> AsyncIterator[Database]:
    """A server begins at once and commits together by itself; on a file that is ours to do."""
    async with with_items(sqlite_url) as opened:
        yield opened


@asynccontextmanager
async def with_items(url: str) -> AsyncIterator[Database]:
    opened = open_database(make_url(url))
    async with opened.write() as connection:
        await connection.execute(text("CREATE TABLE item (id INTEGER)"))
    yield opened
    await opened.close()


def put(connection: Connection) -> None:
    connection.execute(text("INSERT INTO item VALUES (1)"))


def put_and_fail(connection: Connection) -> None:
    put(connection)
    raise LookupError("on purpose")


def count(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM item")).scalar_one())


async def test_what_returns_is_committed_and_what_raises_is_not(database: Database) -> None:
    store = transactions(database)
    await store.write(put)
    with pytest.raises(LookupError):
        await store.write(put_and_fail)
    assert await store.read(count) == 1
    async with database.read() as connection:
        assert await connection.run_sync(count) == 1


async def test_readers_do_not_wait_for_writers(database: Database) -> None:
    store = transactions(database)
    async with database.write() as connection:
        await connection.run_sync(put)
        waiting = [asyncio.create_task(store.write(put)) for _ in range(3)]
        async with asyncio.timeout(5):
            seen = await asyncio.gather(*(store.read(count) for _ in range(20)))
    # PostgreSQL lets the other writers through; nobody sees what is not committed.
    assert set(seen) <= ({0} if database.is_sqlite else {0, 1, 2, 3})
    await asyncio.gather(*waiting)
    assert await store.read(count) == 4


async def test_what_waits_is_committed_together_and_fails_alone(file: Database) -> None:
    store, commits = transactions(file), 0

    def note(_: Connection) -> None:
        nonlocal commits
        commits += 1

    async with file.write():  # the first waits for the lock, and the others for the first
        waiting = [asyncio.create_task(store.write(put))]
        await asyncio.sleep(0.3)
        waiting += [asyncio.create_task(store.write(work)) for work in (put, put_and_fail, put, put)]
        await asyncio.sleep(0.3)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), LookupError, type(None), type(None)]
    assert await store.read(count) == 4

    event.listen(Engine, "commit", note)
    try:
        async with file.write():
            waiting = [asyncio.create_task(store.write(put)) for _ in range(5)]
            await asyncio.sleep(0.3)
        await asyncio.gather(*waiting)
    finally:
        event.remove(Engine, "commit", note)
    assert commits <= 3  # the lock, whatever began at once, and the rest
    assert await store.read(count) == 9


async def test_what_nobody_waits_for_any_more_is_not_written(file: Database) -> None:
    store = transactions(file)
    async with file.write():
        first = asyncio.create_task(store.write(put))
        await asyncio.sleep(0.3)
        second = asyncio.create_task(store.write(put))
        await asyncio.sleep(0)
        second.cancel()
    await first
    await store.write(put)
    assert await store.read(count) == 2


async def test_closing_the_database_closes_them(database: Database) -> None:
    store = transactions(database)
    assert await store.read(count) == 0
    await database.close()
    if database.is_sqlite:
        with pytest.raises(RuntimeError, match="shutdown"):
            await store.write(put)
