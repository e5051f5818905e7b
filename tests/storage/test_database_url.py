from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine


async def test_a_database_is_empty_and_takes_a_table(database_url: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        assert await tables(connection) == []
        await connection.execute(text("CREATE TABLE fact (n integer)"))
        assert await tables(connection) == ["fact"]
    await engine.dispose()


async def test_each_test_has_another_one(database_url: str, tmp_path: Path) -> None:
    await test_a_database_is_empty_and_takes_a_table(database_url)


async def tables(connection: AsyncConnection) -> list[str]:
    return await connection.run_sync(lambda sync: inspect(sync).get_table_names())
