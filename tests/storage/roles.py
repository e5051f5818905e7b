"""A store as the services of a deployment reach it: on a server by roles of their own, on a file like everybody."""

from shared.domain.privacy.roles import DEFAULT_TENANT
from shared.storage.access.database_roles import Login, _database, _on_database, set_roles
from shared.storage.access.role_names import READER, WRITER
from shared.storage.engine.database import Database, open_database
from tests.storage.templates import has_roles


async def as_service(owned: Database, role: str, *, tenant: str = DEFAULT_TENANT) -> Database:
    """The same store as READER, the API, or WRITER, the signals service; on SQLite the very same object."""
    if owned.is_sqlite:
        return owned
    async with owned.write() as connection:
        if await has_roles(connection, tenant):
            # What is granted on a database itself is not copied with it.
            for statement in _on_database(await _database(connection), reader=READER, writer=WRITER):
                await connection.exec_driver_sql(statement)
        else:
            await set_roles(connection, tenant=tenant, reader=Login(READER), writer=Login(WRITER))
    return open_database(owned.engine.url.set(username=role))
