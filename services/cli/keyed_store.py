"""Brings a store of an earlier version to keys, with those of the edge; and keeps services off it until then."""

from services.cli.connection import Connection
from services.cli.errors import UsageError
from services.signals.settings import SignalsSettings
from services.signals.upkeep.key_things import EdgeKeys, key_things
from shared.domain.privacy.pseudonym import DepartingNames
from shared.storage.directory.register import Register, names_things_in_clear
from shared.storage.engine.database import Database


async def bring_to_keys(connection: Connection, database: Database, settings: SignalsSettings) -> bool:
    """Give teams, goals and queues keys; whether there was anything to do. Raises KeyFileError and UsageError.

    The store has the current schema, and nothing runs on it.
    """
    async with database.read() as reading:
        if not await names_things_in_clear(reading):
            return False
    keyring = connection.keyring()
    if keyring.pseudonyms is None or keyring.checks is None or keyring.register is None:
        raise UsageError(
            "name the keys of the edge with BELLWETHER_PSEUDONYM_KEY_FILE and BELLWETHER_REGISTER_KEY_FILE"
        )
    keys = EdgeKeys(
        pseudonyms=keyring.pseudonyms,
        departing=DepartingNames(keyring.checks),
        register=Register(database.engine.dialect, keyring.register),
    )
    return await key_things(database, keys, settings)


async def refuse_names_in_clear(database: Database) -> None:
    """Raise UsageError for a store that knows teams, goals and queues by what they are called."""
    async with database.read() as reading:
        if await names_things_in_clear(reading):
            raise UsageError(
                "this store is of an earlier version, which knew teams and queues by name. Run `bellwether db upgrade` "
                "once, where the keys of the edge are, before services start"
            )
