"""The schema of the store: brought up to date by Alembic, over our own connections."""

from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shared.storage.engine.database import Database
from shared.storage.tables import metadata

_MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"
# Any number that is ours: on PostgreSQL it keeps two processes from migrating at once.
MIGRATION_LOCK: Final = 0x62656C6C


async def upgrade(database: Database) -> None:
    """Bring the store to the newest revision; nothing happens when it is there. Safe to call from every process."""
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        await connection.run_sync(_upgrade)


async def differences(database: Database) -> list[str]:
    """What the declared tables have that the store has not, and the other way round; empty when they agree."""
    async with database.read() as connection:
        found = await connection.run_sync(lambda sync: compare_metadata(MigrationContext.configure(sync), metadata()))
    return [str(each) for each in found]


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@cache
def _newest() -> str | None:
    """The newest revision. Finding it reads every migration, which takes longer than asking a store for its own."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    if MigrationContext.configure(connection).get_current_revision() != _newest():
        command.upgrade(_config(connection), "head")
