"""A store as the services of a deployment reach it: on a server by roles of their own, on a file like everybody."""

from shared.domain.privacy.roles import DEFAULT_TENANT
from shared.storage.access.database_roles import Login, set_roles
from shared.storage.access.role_names import READER, WRITER
from shared.storage.engine.database import Database, open_database


async def as_service(owned: Database, role: str, *, tenant: str = DEFAULT_TENANT) -> Database:
    """The same store as READER, the API, or WRITER, the signals service; on SQLite the very same object."""
    if owned.is_sqlite:
        return owned
    async with owned.write() as connection:
        await set_roles(connection, tenant=tenant, reader=Login(READER), writer=Login(WRITER))
    return open_database(owned.engine.url.set(username=role))
