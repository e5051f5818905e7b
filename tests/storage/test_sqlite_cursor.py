"""The cursor of a SQLite file: a statement in one change of threads, streams in parts, errors as sqlite3 has them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from shared.storage.engine.database import Database, open_database, sqlite_url
from shared.storage.engine.sqlite_connection import FileConnection

ROWS = 1_000


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    database = open_database(sqlite_url(folder / "store.db"))
    async with database.write() as connection:
        await connection.execute(text("create table number (n integer primary key)"))
        await connection.execute(text("insert into number values (:n)"), [{"n": n} for n in range(ROWS)])
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every piece of work that a connection's thread was given."""
    given: list[Any] = []
    before = FileConnection._execute

    async def counted(self: FileConnection, *work: Any, **named: Any) -> Any:
        given.append(work)
        return await before(self, *work, **named)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(FileConnection, "_execute", counted)
    return given


async def test_a_statement_of_few_rows_takes_one_change_of_threads(tmp_path: Path, changes: list[Any]) -> None:
    async with opened(tmp_path) as database:
        async with database.read() as connection:
            await connection.execute(text("select 1"))  # connected by now
            changes.clear()
            found = (await connection.execute(text("select n from number where n < 5"))).scalars().all()
            assert found == [0, 1, 2, 3, 4]
            assert len(changes) == 1
            changes.clear()
        assert len(changes) == 1, "it is committed, and there is nothing to roll back"


async def test_all_rows_come_however_many(tmp_path: Path) -> None:
    async with opened(tmp_path) as database, database.read() as connection:
        for count in (0, 1, 255, 256, 257, 512, ROWS):
            found = await connection.execute(text("select n from number where n < :n order by n"), {"n": count})
            assert found.scalars().all() == list(range(count))


async def test_a_stream_is_fetched_as_it_is_read(tmp_path: Path, changes: list[Any]) -> None:
    async with opened(tmp_path) as database, database.read() as connection:
        changes.clear()
        async with connection.stream(text("select n from number order by n")) as stream:
            assert (await stream.fetchmany(3)) == [(0,), (1,), (2,)]
            assert len(changes) == 1
            assert (await stream.fetchone()) == (3,)
            assert [row.n for row in await stream.fetchall()] == list(range(4, ROWS))
        assert (await connection.execute(text("select count(*) from number"))).scalar() == ROWS


async def test_a_stream_that_is_left_leaves_nothing_open(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        async with database.read() as connection, connection.stream(text("select n from number")) as stream:
            await stream.fetchone()
        async with database.write() as connection:
            await connection.execute(text("drop table number"))


async def test_what_was_changed_is_counted_and_returned(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        async with database.write() as connection:
            assert (await connection.execute(text("delete from number where n < 300"))).rowcount == 300
            returned = await connection.execute(text("delete from number where n < 600 returning n"))
            assert sorted(returned.scalars()) == list(range(300, 600))
        async with database.read() as connection:
            assert (await connection.execute(text("select min(n) from number"))).scalar() == 600


async def changed(database: Database, *statements: str) -> None:
    async with database.write() as connection:
        for each in statements:
            await connection.execute(text(each))


async def test_errors_are_those_of_sqlite_and_undo_the_transaction(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        with pytest.raises(IntegrityError):
            await changed(database, "delete from number where n = 7", "insert into number values (8)")
        with pytest.raises(OperationalError):
            await changed(database, "select * from nowhere")
        async with database.read() as connection:
            assert (await connection.execute(text("select count(*) from number"))).scalar() == ROWS
