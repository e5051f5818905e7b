"""The schema of the store: brought up to date by Alembic, over our own connections."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from shared.storage.engine.database import Database
from shared.storage.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

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
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    async with database.read() as connection:
        found = await connection.run_sync(lambda sync: compare_metadata(MigrationContext.configure(sync), metadata()))
    return [str(each) for each in found]


def newest_revision() -> str:
    """The last revision of the migrations, by the number that starts each file's name."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    # Importing Alembic takes longer than most commands, and nearly always there is nothing for it to do.
    if _revision(connection) == newest_revision():
        return
    from alembic import command

    command.upgrade(_config(connection), "head")


def _revision(connection: Connection) -> str | None:
    """The revision of the store; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
