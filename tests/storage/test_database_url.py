from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared.storage.engine.database import open_database
from shared.storage.engine.schema import differences
from shared.storage.log.event_log import sizes


async def test_a_database_is_empty_and_takes_a_table(empty_database_url: str) -> None:
    engine = create_async_engine(empty_database_url)
    async with engine.begin() as connection:
        assert await tables(connection) == []
        await connection.execute(text("CREATE TABLE fact (n integer)"))
        assert await tables(connection) == ["fact"]
    await engine.dispose()


async def test_each_test_has_another_one(empty_database_url: str, tmp_path: Path) -> None:
    await test_a_database_is_empty_and_takes_a_table(empty_database_url)


async def test_a_store_holds_nothing_and_has_the_newest_schema(database_url: str) -> None:
    database = open_database(make_url(database_url))
    assert await differences(database) == []
    async with database.read() as connection:
        assert set((await sizes(connection)).values()) == {0}
    await database.close()


async def tables(connection: AsyncConnection) -> list[str]:
    return await connection.run_sync(lambda sync: inspect(sync).get_table_names())
