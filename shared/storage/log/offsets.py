"""Stored offsets of consumers, read on assignment and moved by compare-and-set in the transaction of a batch."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.engine import bulk
from shared.storage.tables.log import PartitionOffsetRow

_OFFSET: Final = bulk.table_of(PartitionOffsetRow).c


class FencedError(Exception):
    """Another owner has moved the offset: this batch must be rolled back, and the consumer must seek."""


@dataclass(frozen=True, slots=True)
class Position:
    """Next offset of a partition, in the topic with this topic id (`cluster id/topic id`)."""

    topic: str
    partition: int
    topic_id: str
    next_offset: int


class OffsetStore:
    """Positions of one consumer (a service). Every method works in the caller's transaction."""

    def __init__(self, consumer: str, dialect: Dialect) -> None:
        self._consumer: Final = consumer
        self._insert = bulk.inserting(PartitionOffsetRow, dialect, ignore=True)

    async def load(
        self, connection: AsyncConnection, topic: str, partition: int, *, reading: bool = False
    ) -> Position | None:
        """Stored position of a partition; None when it was never consumed.

        In a write transaction on PostgreSQL a second owner waits here for the first, and finds it moved.
        """
        query = select(_OFFSET.incarnation, _OFFSET.next_offset).where(*self._key(topic, partition))
        if not reading:
            query = query.with_for_update()
        row = (await connection.execute(query)).one_or_none()
        return Position(topic, partition, row[0], row[1]) if row else None

    async def begin(self, connection: AsyncConnection, position: Position) -> None:
        """Start a partition at a position, unless somebody else already did."""
        row = (self._consumer, position.topic, position.partition, position.topic_id, position.next_offset, 0)
        await self._insert.run(connection, [row])

    async def rebase(self, connection: AsyncConnection, position: Position) -> None:
        """Start a partition again in the topic that was created again under its name. Its watermark stays."""
        await connection.execute(
            update(bulk.table_of(PartitionOffsetRow))
            .where(*self._key(position.topic, position.partition))
            .values(incarnation=position.topic_id, next_offset=position.next_offset)
        )

    async def advance(self, connection: AsyncConnection, position: Position, *, to: int, watermark: int) -> None:
        """Move from a position to a later offset. Raises FencedError when it is not the stored one any more."""
        latest = case((_OFFSET.watermark < watermark, watermark), else_=_OFFSET.watermark)
        result = await connection.execute(
            update(bulk.table_of(PartitionOffsetRow))
            .where(
                *self._key(position.topic, position.partition),
                _OFFSET.incarnation == position.topic_id,
                _OFFSET.next_offset == position.next_offset,
            )
            .values(next_offset=to, watermark=latest)
        )
        if result.rowcount != 1:
            raise FencedError(f"{position.topic}/{position.partition} is no longer at {position.next_offset}")

    def _key(self, topic: str, partition: int) -> tuple[ColumnElement[bool], ...]:
        return (_OFFSET.consumer == self._consumer, _OFFSET.topic == topic, _OFFSET.partition == partition)
