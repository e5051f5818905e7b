"""Tells the services of `bellwether up` when the list of excluded places changes."""

import asyncio
import logging
from collections.abc import Collection, Iterable
from typing import Final, Protocol

from sqlalchemy.exc import DBAPIError

from services.cli.connection import Connection
from shared.ingest.edge import places_to_exclude
from shared.repeating import repeat
from shared.settings import EdgeSettings
from shared.sources.places import as_travelling
from shared.storage.engine.database import Database
from shared.storage.log.accepted_places import forget_accepted

AGAIN_SECONDS: Final = 10.0
"""How long a place that was put on the list may still be let through by a service that runs."""

_log: Final = logging.getLogger("bellwether.up")


class Channel(Protocol):
    """A service that reads events."""

    def exclude_places(self, places: Iterable[str]) -> None:
        """Drop events in these places. The list replaces the one before."""


async def apply_exclusions(connection: Connection, database: Database) -> frozenset[str]:
    """The excluded places. Accepted events in one of them are deleted, as they will never be processed."""
    async with database.write() as transaction:
        places = await places_to_exclude(transaction, EdgeSettings(), connection.keyring().pseudonyms)
        await forget_accepted(transaction, as_travelling(places, connection.checks()))
    return places


async def sync_exclusions(
    connection: Connection,
    database: Database,
    channels: Collection[Channel],
    *,
    known: frozenset[str],
    again_seconds: float = AGAIN_SECONDS,
) -> None:
    """Tell the services whenever the list differs from `known`. Runs until cancelled."""
    settings, pseudonyms = EdgeSettings(), connection.keyring().pseudonyms

    async def look() -> float:
        nonlocal known
        async with database.read() as reading:
            places = await places_to_exclude(reading, settings, pseudonyms)
        if places != known:
            for channel in channels:
                channel.exclude_places(places)
            await apply_exclusions(connection, database)
            known = places  # what they were told: the list may have changed since it was read
        return again_seconds

    await asyncio.sleep(again_seconds)
    await repeat(
        look,
        failure="the list of excluded places was not read and stays as it was",
        log=_log,
        transient=(DBAPIError, OSError),
        first_seconds=again_seconds,
        longest_seconds=again_seconds,  # an objection must not wait any longer
    )
