"""The file of a SQLite store is nobody's but its owner's."""

from pathlib import Path

from sqlalchemy import text

from shared.storage.engine.database import open_database, sqlite_url


async def test_a_new_store_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path / "data" / "bellwether.db"))
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE fact (n integer)"))
        files = list((tmp_path / "data").iterdir())
        assert {each.suffix for each in files} == {".db", ".db-wal", ".db-shm"}
        for each in (tmp_path / "data", *files):
            assert each.stat().st_mode & 0o077 == 0, each.name
    await database.close()


async def test_a_store_that_is_there_stays_as_open_as_it_is(tmp_path: Path) -> None:
    """Whoever gave a group access to it meant that."""
    file = tmp_path / "bellwether.db"
    file.touch(mode=0o640)
    file.chmod(0o640)
    database = open_database(sqlite_url(file))
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE fact (n integer)"))
    await database.close()
    assert file.stat().st_mode & 0o777 == 0o640
