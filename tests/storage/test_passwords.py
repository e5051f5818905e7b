"""Passwords of the store: from a file, two at once, and never shown."""

from pathlib import Path

import pytest
from asyncpg.exceptions import InvalidPasswordError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from shared.settings import ServiceSettings
from shared.storage.engine.database import open_database
from tests.storage.postgres import PostgresCluster


def settings_with(url: str, file: Path) -> ServiceSettings:
    return ServiceSettings(database=url, database_password_file=file)


async def test_a_password_is_changed_without_a_connection_refused(
    postgres: PostgresCluster, postgres_url: str, tmp_path: Path
) -> None:
    admin = open_database(make_url(postgres_url))
    rules = postgres.directory / "data" / "pg_hba.conf"
    before = rules.read_text()
    file = tmp_path / "password"
    file.write_text("first\n")
    try:
        rules.write_text("host all rotating 127.0.0.1/32 scram-sha-256\n" + before)
        async with admin.write() as connection:
            await connection.execute(text("CREATE ROLE rotating LOGIN PASSWORD 'first'"))
            await connection.execute(text("SELECT pg_reload_conf()"))
        settings = settings_with(str(make_url(postgres_url).set(username="rotating")), file)

        async def name() -> str:
            database = open_database(settings.database_url())
            try:
                async with database.read() as connection:
                    return str((await connection.execute(text("SELECT current_user"))).scalar_one())
            finally:
                await database.close()

        assert await name() == "rotating"
        file.write_text("second\nfirst\n")
        assert await name() == "rotating"
        async with admin.write() as connection:
            await connection.execute(text("ALTER ROLE rotating PASSWORD 'second'"))
        assert await name() == "rotating"
        file.write_text("second\n")
        assert await name() == "rotating"
        file.write_text("wrong\n")
        with pytest.raises((InvalidPasswordError, DBAPIError), match="password authentication failed"):
            await name()
    finally:
        rules.write_text(before)
        async with admin.write() as connection:
            await connection.execute(text("DROP ROLE IF EXISTS rotating"))
            await connection.execute(text("SELECT pg_reload_conf()"))
        await admin.close()


def test_settings_show_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("in-the-file")
    settings = settings_with("postgresql+asyncpg://ana:in-the-url@db/x", file)
    url = settings.database_url()
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()} {url!r} {url}"
    assert "in-the-url" not in shown
    assert "in-the-file" not in shown + url.render_as_string(hide_password=False)
    with pytest.raises(ValueError, match="no such file") as raised:
        settings_with("postgresql+asyncpg://ana:in-the-url@db/x", tmp_path / "missing")
    assert "in-the-url" not in str(raised.value)
