from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from shared.storage.database import open_database
from shared.storage.schema import differences, upgrade
from tests.storage.company import opened


async def test_the_migrations_make_the_declared_tables(database_url: str) -> None:
    async with opened(database_url) as store:
        assert await differences(store.database) == []
        async with store.database.read() as connection:
            made = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    assert made == {*SQLModel.metadata.tables, "alembic_version"}


async def test_an_empty_store_differs(database_url: str) -> None:
    """The comparison above can fail."""
    database = open_database(make_url(database_url))
    assert len(await differences(database)) >= len(SQLModel.metadata.tables)
    await database.close()


async def test_upgrading_again_does_nothing(database_url: str) -> None:
    async with opened(database_url) as store:
        async with store.database.write() as connection:
            await connection.execute(text("INSERT INTO person (key, active) VALUES ('ann', true)"))
        await upgrade(store.database)
        async with store.database.read() as connection:
            assert (await connection.execute(text("SELECT key FROM person"))).scalars().all() == ["ann"]
            revisions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).all()
    assert len(revisions) == 1
