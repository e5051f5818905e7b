"""Events that an earlier version accepted into a store, and that nobody has processed yet, as they would be now.

Versions before 0.2 sent pseudonyms without checks, and teams, goals and queues by what they are called.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy import bindparam, select, update

from shared.domain.privacy.pseudonym import ArrivingNames, DepartingNames, NotPseudonymousError, PseudonymChecks
from shared.schemas.names import renamed
from shared.schemas.registry import CanonicalEvent, event_decoder
from shared.storage.engine import bulk
from shared.storage.engine.database import Database
from shared.storage.tables.log import AcceptedRow

_PAGE: Final = 2_000


async def add_missing_checks(database: Database, checks: PseudonymChecks) -> int:
    """Rewrite accepted events whose names bear no checks; how many there were. Doing it again changes nothing."""
    table, decode = bulk.table_of(AcceptedRow), event_decoder().decode
    change = update(table).where(table.c.id == bindparam("row")).values(value=bindparam("new"), sha256=bindparam("sum"))
    last, count = 0, 0
    while True:
        async with database.write() as transaction:
            query = select(table.c.id, table.c.value).where(table.c.id > last).order_by(table.c.id).limit(_PAGE)
            rows = (await transaction.execute(query)).all()
            if not rows:
                return count
            changed = [
                {"row": row_id, "new": new, "sum": sha256(new).hexdigest()}
                for row_id, value in rows
                if (new := _checked(decode, value, checks)) is not None
            ]
            if changed:
                await transaction.execute(change, changed)
        last, count = rows[-1][0], count + len(changed)


def _checked(decode: Callable[[bytes], CanonicalEvent], value: bytes, checks: PseudonymChecks) -> bytes | None:
    """The record with checks; None where it bears them, or will be a dead letter whatever is done."""
    try:
        event = decode(value)
        plain = renamed(event, ArrivingNames(checks, unchecked=True))
        return msgspec.json.encode(renamed(event, DepartingNames(checks))) if plain == event else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, NotPseudonymousError):
        return None
