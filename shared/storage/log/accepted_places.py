"""Events that were accepted, are not processed yet, and happened where by now nothing counts."""

from collections.abc import Callable, Collection, Iterable
from typing import Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.schemas.registry import CanonicalEvent, event_decoder
from shared.sources.places import places_of
from shared.storage.engine import bulk
from shared.storage.tables.log import AcceptedRow

_PAGE: Final = 2_000


async def forget_accepted(connection: AsyncConnection, places: Collection[str]) -> int:
    """Delete accepted events in these places; how many there were. They would be sent, and waited for, for ever."""
    if not places:
        return 0
    table, wanted, decode = bulk.table_of(AcceptedRow), frozenset(places), event_decoder().decode
    last, count = 0, 0
    while True:
        query = select(table.c.id, table.c.value).where(table.c.id > last).order_by(table.c.id).limit(_PAGE)
        rows = (await connection.execute(query)).all()
        if not rows:
            return count
        gone = [row_id for row_id, value in rows if not wanted.isdisjoint(_places(decode, value))]
        if gone:
            await connection.execute(delete(table).where(table.c.id.in_(gone)))
        last, count = rows[-1][0], count + len(gone)


def _places(decode: Callable[[bytes], CanonicalEvent], value: bytes) -> Iterable[str]:
    """Places of a record; none of one that is no event, which becomes a dead letter in its time."""
    try:
        return places_of(decode(value))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
