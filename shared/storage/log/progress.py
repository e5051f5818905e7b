"""Tells whether the system has finished with sent events: they are applied or dead letters, and in the readings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.dirty_marks import any_mark
from shared.storage.engine import bulk
from shared.storage.readings.store import scoring_state, watermark
from shared.storage.tables.log import AcceptedRow, DeadLetterRow, EventLogRow


@dataclass(frozen=True, slots=True)
class Sent:
    """An event that was sent: digests of entity and event id, revision, and SHA-256 of the record in hex."""

    entity: bytes
    event: bytes
    revision: int
    sha256: str


async def settled(connection: AsyncConnection, sent: Collection[Sent]) -> bool:
    """Whether the readings include all of these events, or will never include them (dead letters)."""
    return not await unprocessed(connection, sent) and await scored(connection)


async def unprocessed(connection: AsyncConnection, sent: Collection[Sent]) -> list[Sent]:
    """Events that the signals service has not accepted yet, in the order given."""
    waiting: list[Sent] = []
    for part in bulk.parts(list(sent)):
        waiting.extend(await _unprocessed(connection, part))
    return waiting


async def scored(connection: AsyncConnection) -> bool:
    """Whether the readings are those of all facts, as of the watermark."""
    return not await any_mark(connection) and (await scoring_state(connection)).scored_at == await watermark(connection)


async def _unprocessed(connection: AsyncConnection, part: Sequence[Sent]) -> list[Sent]:
    event_log, accepted, dead = (bulk.table_of(model).c for model in (EventLogRow, AcceptedRow, DeadLetterRow))
    in_accepted = select(accepted.event).where(accepted.event.in_([each.event for each in part]))
    queued: set[bytes] = set((await connection.execute(in_accepted)).scalars())
    of_entities = select(event_log.entity, event_log.revision).where(
        event_log.entity.in_({each.entity for each in part})
    )
    rows = await connection.execute(of_entities)
    revisions: Mapping[bytes, int] = {row.entity: row.revision for row in rows}
    missing = [each for each in part if revisions.get(each.entity, -1) < each.revision]
    dead_letters: set[str] = set()
    if missing:
        in_dead = select(dead.sha256).where(dead.sha256.in_([each.sha256 for each in missing]))
        dead_letters = set((await connection.execute(in_dead)).scalars())
    unknown = {each.event for each in missing if each.sha256 not in dead_letters}
    return [each for each in part if each.event in queued or each.event in unknown]
