"""Marks of readings that are out of date: what is stored of them, and what comes back."""

import sqlite3
from contextlib import closing

from sqlalchemy.engine import make_url

from shared.storage.dirty_marks import DirtyMark, DirtyMarkStore, MarkKind, any_mark, columns_naming, load_marks
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade

OF_EACH_KIND = (
    DirtyMark.of_person("p-ann", 3),
    DirtyMark.of_identity(7, 4),
    DirtyMark.of_link(7, 5),
    DirtyMark.of_ticket("T-1", 6),
    DirtyMark.of_baselines(7),
)
# As stores in use have them.
STORED = ("@p-ann", "#7", "=7", "!T-1", "~norms")


async def test_marks_of_every_kind_come_back_as_they_were_set(database_url: str) -> None:
    assert {mark.kind for mark in OF_EACH_KIND} == set(MarkKind)
    database = open_database(make_url(database_url))
    await upgrade(database)
    store = DirtyMarkStore(database.engine.dialect)
    async with database.write() as connection:
        assert not await any_mark(connection)
        await store.put(connection, OF_EACH_KIND)
        assert await any_mark(connection)
        assert sorted(await load_marks(connection)) == sorted(OF_EACH_KIND)
    await database.close()


async def test_marks_are_stored_as_ever(sqlite_url: str) -> None:
    database = open_database(make_url(sqlite_url))
    await upgrade(database)
    async with database.write() as connection:
        await DirtyMarkStore(database.engine.dialect).put(connection, OF_EACH_KIND)
    file = str(database.engine.url.database)
    await database.close()
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT who, from_day FROM dirty ORDER BY from_day").fetchall()
    assert rows == [(who, mark.from_day) for who, mark in zip(STORED, OF_EACH_KIND, strict=True)]


async def test_the_earliest_day_counts_and_a_mark_that_is_set_again_stays(database_url: str) -> None:
    database = open_database(make_url(database_url))
    await upgrade(database)
    store = DirtyMarkStore(database.engine.dialect)
    async with database.write() as connection:
        await store.put(connection, [DirtyMark.of_person("p", 9), DirtyMark.of_person("p", 4)])
        first = await load_marks(connection)
        assert first == [DirtyMark(MarkKind.PERSON, "p", 4)]
        await store.put(connection, [DirtyMark.of_person("p", 6)])
        await store.clear(connection, first)
        again = await load_marks(connection)
        assert again == [DirtyMark(MarkKind.PERSON, "p", 4, generation=2)]
        await store.clear(connection, again)
        assert await load_marks(connection) == []
    await database.close()


def test_what_names_a_person_is_the_person_and_their_identities() -> None:
    assert columns_naming("p-ann", [7]) == ["@p-ann", "#7", "=7"]
