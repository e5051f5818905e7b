"""Stores of the newest schema, made once and copied for every test that wants one."""

import asyncio
import shutil
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.privacy.roles import DEFAULT_TENANT, Mode
from shared.storage.access.database_roles import Login, set_roles
from shared.storage.access.modes import DeploymentMode, put_mode
from shared.storage.access.role_names import READER, WRITER
from shared.storage.engine.database import open_database, sqlite_url
from shared.storage.engine.schema import upgrade
from tests.storage.postgres import PostgresCluster

CASE_MODE: Final = DeploymentMode(Mode.CASE, "an assessment", "an agreement", 0)
"""Most tests are about what this mode has and others have not."""
DATABASE: Final = "newest_schema"
# A comment on a schema is copied with its database, one on the database is not.
_NOTED: Final = text("SELECT obj_description('public'::regnamespace, 'pg_namespace')")


def make_file(path: Path) -> Path:
    """Make a store at a path that does not exist yet, to be copied."""
    asyncio.run(_make(str(sqlite_url(path))))
    return path


def copy_file(template: Path, path: Path) -> None:
    """Make a store at another path."""
    assert not template.with_name(f"{template.name}-wal").exists(), "it is closed, and so whole"
    shutil.copyfile(template, path)


def make_database(cluster: PostgresCluster) -> str:
    """Make a store on a server, with the roles of a deployment; its name, to be copied."""
    asyncio.run(_make(cluster.create_database(DATABASE)))
    return DATABASE


async def has_roles(connection: AsyncConnection, tenant: str) -> bool:
    """Whether a store on a server was copied with the roles of this tenant."""
    return bool((await connection.execute(_NOTED)).scalar_one() == _note(tenant))


def _note(tenant: str) -> str:
    return f"with the roles of {tenant}"


async def _make(url: str) -> None:
    database = open_database(make_url(url))
    try:
        await upgrade(database)
        async with database.write() as connection:
            await connection.run_sync(put_mode, CASE_MODE)
        if not database.is_sqlite:
            async with database.write() as connection:
                await set_roles(connection, tenant=DEFAULT_TENANT, reader=Login(READER), writer=Login(WRITER))
                await connection.exec_driver_sql(f"COMMENT ON SCHEMA public IS '{_note(DEFAULT_TENANT)}'")
    finally:
        await database.close()
