"""Where events go on from the edge: here into the store, for a broker that forgets; see also `kafka_outlet`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import event as engine_events
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.digests import digest
from shared.ingest.edge import Edge
from shared.ingest.routing import record_of
from shared.schemas.registry import CanonicalEvent
from shared.storage.engine.database import Database
from shared.storage.log.event_log import EventLogStore, Outgoing
from shared.storage.log.progress import known as known_events


@dataclass(frozen=True, slots=True)
class Delivered:
    """What went on: events as they travel, each with its record. Those in excluded places are only counted."""

    events: Sequence[CanonicalEvent]
    records: Sequence[Outgoing]
    excluded: int
    known: frozenset[bytes] = frozenset()
    """Digests of the ids of those events that the store had before, where the outlet was asked to look."""


class Outlet(Protocol):
    """Takes events through the edge, and on."""

    async def deliver(self, events: Sequence[CanonicalEvent]) -> Delivered:
        """Return once the events are safe, and who is who is in the register. Delivering twice is harmless."""


class StoreOutlet:
    """Accepts into the store, for the relay of `bellwether up` to take to its broker. All or nothing of a call."""

    def __init__(self, *, edge: Edge, database: Database, topic_prefix: str, tells_known: bool = False) -> None:
        """With `tells_known` each call says what was known before, which costs a look at the store."""
        self._tells_known: Final = tells_known
        self._edge: Final = edge
        self._database: Final = database
        self._topic_prefix: Final = topic_prefix
        self._event_log: Final = EventLogStore(database.engine.dialect)

    async def deliver(self, events: Sequence[CanonicalEvent]) -> Delivered:
        """Register who is who and accept the events in one transaction."""
        async with self._database.write() as transaction:
            await self._edge.follow(transaction)
            taken, known = await self._edge.take(events)
            records = [record_of(event, self._edge.departing, topic_prefix=self._topic_prefix) for event in taken]
            await self._edge.register(transaction, known)
            before = await known_of(transaction, taken) if self._tells_known else frozenset()
            await self._event_log.accept(transaction, zip((digest(each.id) for each in taken), records, strict=True))
        self._edge.remember(known)
        return Delivered(taken, records, len(events) - len(taken), before)


async def known_of(connection: AsyncConnection, events: Sequence[CanonicalEvent]) -> frozenset[bytes]:
    """Digests of the ids of those events that the store has, applied or waiting."""
    return await known_events(connection, {digest(each.id): (digest(each.entity), each.revision) for each in events})


async def sync_every_commit(database: Database) -> None:
    """Let every commit reach the disk: what is accepted for a broker that forgets exists nowhere else."""
    if database.is_sqlite:
        await database.close()  # connections from before would go on as they were made
        engine_events.listen(database.engine.sync_engine, "connect", _sync_fully)


def _sync_fully(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
