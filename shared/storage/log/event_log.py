"""The event log, and the queues around it: entities, dead letters, accepted events, outbox."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import Final, NamedTuple

from sqlalchemy import delete, func, select, text
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.schemas.output import DeadLetter
from shared.storage.engine import bulk
from shared.storage.tables import log
from shared.storage.tables.log import AcceptedRow, DeadLetterRow, EventLogRow, OutboxRow

_ENTITY: Final = itemgetter(0)
# Any number that no other lock of this database has.
_MEETINGS_LOCK: Final = 0x6D656574

INTERACTION: Final = log.INTERACTION
DIRECTORY: Final = log.DIRECTORY
"""Kinds of entries."""


class Entry(NamedTuple):
    """The latest revision of an entity."""

    entity: bytes
    revision: int
    kind: int
    at: int
    body: bytes
    meeting: bytes | None = None


EntryRow = tuple[bytes, int, int, int, bytes, bytes | None]
"""An entry without its names, for many of them."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to publish. Topics are physical names."""

    topic: str
    key: bytes
    value: bytes


class RevisedMeanwhileError(Exception):
    """Another transaction has written a revision of the same entity: this one must be rolled back and done again."""


class EventLogStore:
    """Entities, dead letters, accepted events and the outbox, in the caller's transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._add = bulk.inserting(EventLogRow, dialect, ignore=True)
        self._replace = bulk.replacing(EventLogRow, dialect, distinct=True)
        self._known: Final = bulk.Finding(EventLogRow, dialect, "entity", ("entity", "revision"))
        self._insert_dead_letters = bulk.inserting(DeadLetterRow, dialect, ignore=True)
        self._accept = bulk.inserting(AcceptedRow, dialect, without=("id",))
        self._send = bulk.inserting(OutboxRow, dialect, without=("id",))

    async def revisions(self, connection: AsyncConnection, entities: Sequence[bytes]) -> dict[bytes, int]:
        """The stored revisions of those of these entities that are known, in order, each once."""
        return dict(await self._known.run(connection, entities))

    async def bodies(self, connection: AsyncConnection, entities: Collection[bytes]) -> dict[bytes, bytes]:
        """Stored record of each of these entities, to take back what it contributed."""
        table = bulk.table_of(EventLogRow).c
        found: dict[bytes, bytes] = {}
        for part in bulk.parts(sorted(entities)):
            query = select(table.entity, table.body).where(table.entity.in_(part))
            found.update((entity, body) for entity, body in await connection.execute(query))
        return found

    async def told_of(self, connection: AsyncConnection, meetings: Collection[bytes]) -> list[tuple[bytes, bytes]]:
        """Entity and record of every event about these meetings.

        They stay locked until the transaction ends: events about one meeting may come by several partitions.
        """
        if not meetings:
            return []
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MEETINGS_LOCK})"))
        table = bulk.table_of(EventLogRow).c
        found: list[tuple[bytes, bytes]] = []
        for part in bulk.parts(sorted(meetings)):
            query = select(table.entity, table.body).where(table.meeting.in_(part))
            found += [(entity, body) for entity, body in await connection.execute(query)]
        return found

    async def put(self, connection: AsyncConnection, new: Iterable[EntryRow], newer: Iterable[Entry]) -> None:
        """Store entities that `revisions` did not know, and newer revisions of those that it did.

        Raises RevisedMeanwhileError when another transaction was faster with one of the new ones.
        """
        rows = sorted(new, key=_ENTITY)
        if await self._add.run(connection, rows) != len(rows):
            raise RevisedMeanwhileError
        await self._replace.run(connection, sorted(newer))

    async def keep_dead_letters(self, connection: AsyncConnection, letters: Iterable[DeadLetter]) -> None:
        """Keep dead letters, each once, and forget the accepted events that became them."""
        letters = list(letters)
        await self._insert_dead_letters.run(
            connection,
            sorted(
                (each.topic_id, each.topic, each.partition, each.offset, each.sha256, each.reason, each.stage)
                for each in letters
            ),
        )
        table = bulk.table_of(AcceptedRow)
        for part in bulk.parts([each.sha256 for each in letters]):
            await connection.execute(delete(table).where(table.c.sha256.in_(part)))

    async def accept(self, connection: AsyncConnection, events: Iterable[tuple[bytes, Outgoing]]) -> None:
        """Keep events, each with the digest of its id, until they are processed. For a broker that forgets."""
        if connection.dialect.name == "postgresql":
            # Row ids then become visible in their order, which the relay goes by.
            await connection.execute(text("LOCK TABLE accepted IN SHARE ROW EXCLUSIVE MODE"))
        await self._accept.run(
            connection,
            [(event, sha256(out.value).hexdigest(), out.topic, out.key, out.value) for event, out in events],
        )

    async def processed(self, connection: AsyncConnection, events: Collection[bytes]) -> None:
        """Forget accepted events, by the digests of their ids: their effect is in this transaction."""
        table = bulk.table_of(AcceptedRow)
        # What was sent past the store need not be looked for in it. An accepted event is there before it is sent.
        if (await connection.execute(select(table.c.id).limit(1))).first() is None:
            return
        for part in bulk.parts(sorted(events)):
            await connection.execute(delete(table).where(table.c.event.in_(part)))

    async def send(self, connection: AsyncConnection, records: Iterable[Outgoing]) -> None:
        """Put records in the outbox, to be published after this transaction is committed."""
        await self._send.run(connection, [(each.topic, each.key, each.value) for each in records])


async def accepted_after(connection: AsyncConnection, row_id: int, *, limit: int) -> list[tuple[int, Outgoing]]:
    """Accepted events after a row id, in order of acceptance."""
    table = bulk.table_of(AcceptedRow).c
    query = select(table.id, table.topic, table.key, table.value).where(table.id > row_id).order_by(table.id)
    rows = await connection.execute(query.limit(limit))
    return [(id_, Outgoing(topic, key, value)) for id_, topic, key, value in rows]


async def outbox(connection: AsyncConnection, *, limit: int) -> list[tuple[int, Outgoing]]:
    """Records that wait in the outbox, oldest first."""
    table = bulk.table_of(OutboxRow).c
    query = select(table.id, table.topic, table.key, table.value).order_by(table.id).limit(limit)
    return [(id_, Outgoing(topic, key, value)) for id_, topic, key, value in await connection.execute(query)]


async def published(connection: AsyncConnection, row_ids: Sequence[int]) -> None:
    """Delete records of the outbox that Kafka has acknowledged."""
    table = bulk.table_of(OutboxRow)
    for part in bulk.parts(list(row_ids)):
        await connection.execute(delete(table).where(table.c.id.in_(part)))


async def waiting(connection: AsyncConnection) -> int:
    """Accepted events that were not processed yet."""
    query = select(func.count()).select_from(bulk.table_of(AcceptedRow))
    return int((await connection.execute(query)).scalar_one())


async def sizes(connection: AsyncConnection) -> Mapping[str, int]:
    """Rows in the queues: accepted, outbox, dead_letter, applied."""
    return {
        name: (await connection.execute(select(func.count()).select_from(bulk.table_of(model)))).scalar_one()
        for name, model in (
            ("accepted", AcceptedRow),
            ("outbox", OutboxRow),
            ("dead_letter", DeadLetterRow),
            ("applied", EventLogRow),
        )
    }


async def entries(connection: AsyncConnection, *, page: int = 5_000) -> AsyncIterator[list[Entry]]:
    """Every entity's latest revision, in pages by digest, for a rebuild."""
    table = bulk.table_of(EventLogRow).c
    last = b""
    while True:
        query = select(table.entity, table.revision, table.kind, table.at, table.body, table.meeting)
        rows = (await connection.execute(query.where(table.entity > last).order_by(table.entity).limit(page))).all()
        if not rows:
            return
        yield [Entry(*row) for row in rows]
        last = rows[-1][0]
