"""Writes to the audit what commands show about people, as the API does."""

import time
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.connection import Connection
from services.cli.errors import UsageError
from services.cli.operator_account import operator_of, record
from shared.domain.privacy.roles import Mode
from shared.storage.access.audit import ADMINISTRATION, REFUSED, AuditStore, Disclosure, chained_with
from shared.storage.access.modes import deployment_mode
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database
from shared.storage.tables.directory import PersonRow


async def require_case_mode(connection: Connection, database: Database, command: str) -> None:
    """Refuse a command that tells of named people in a mode in which nobody is told of any; the audit has that.

    Raises UsageError, also without an operator's key.
    """
    async with database.write() as writing:
        if (await writing.run_sync(deployment_mode)).mode is Mode.CASE:
            return
        doer = await operator_of(connection, writing)
        await record(connection, writing, doer, f"{command} case-mode-off", purpose=REFUSED)
    raise UsageError(
        f"`{command}` tells of named people, and this deployment goes less far: see `bellwether mode show`"
    )


async def record_full_disclosure(connection: Connection, database: Database, command: str, *, purpose: str) -> None:
    """Write to the audit that everybody is about to be shown. Raises UsageError like `record_disclosure`."""
    async with database.write() as writing:
        people = (await writing.execute(select(table_of(PersonRow).c.key))).scalars()
        await record_disclosure(connection, writing, command, dict.fromkeys(people, 1), purpose=purpose)


async def record_disclosure(
    connection: Connection,
    writing: AsyncConnection,
    command: str,
    rows_by_person: Mapping[str, int],
    *,
    purpose: str,
) -> None:
    """Write to the audit, in the caller's transaction, that these people are shown.

    Raises UsageError without an operator's key, and when the audit is sealed with keys that are missing here: an entry
    under another key would break it.
    """
    reader = await operator_of(connection, writing)
    keys = connection.audit_keys()
    if not await writing.run_sync(chained_with, keys):
        raise UsageError("the audit is sealed with other keys; name them with BELLWETHER_AUDIT_KEY_FILE")
    disclosure = Disclosure(at=int(time.time()), key_id=reader.name, operation=command, purpose=purpose)
    await writing.run_sync(AuditStore(writing.dialect, keys).write, disclosure, rows_by_person)


async def record_act(connection: Connection, writing: AsyncConnection, command: str, about: Sequence[str]) -> None:
    """Write to the audit, in the caller's transaction, what a command did, and to what by its key.

    Raises UsageError like `record_disclosure`.
    """
    await record_disclosure(connection, writing, command, dict.fromkeys(about, 1), purpose=ADMINISTRATION)
