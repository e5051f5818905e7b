import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from shared.storage.database import Database, open_database
from shared.storage.transactions import transactions


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(make_url(database_url))
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


async def test_closing_the_database_closes_them(database: Database) -> None:
    store = transactions(database)
    assert await store.read(count) == 0
    await database.close()
    if database.is_sqlite:
        with pytest.raises(RuntimeError, match="shutdown"):
            await store.write(put)
