"""Tells whether the system has finished with sent events: they are applied or dead letters, and in the readings."""

from collections import Counter
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


async def known(connection: AsyncConnection, events: Mapping[bytes, tuple[bytes, int]]) -> frozenset[bytes]:
    """Those of these events that the store has, applied or waiting: digests of ids, each with entity and revision."""
    found: set[bytes] = set()
    event_log, accepted = bulk.table_of(EventLogRow).c, bulk.table_of(AcceptedRow).c
    for part in bulk.parts(list(events.items())):
        waiting = select(accepted.event).where(accepted.event.in_([event for event, _ in part]))
        found.update((await connection.execute(waiting)).scalars())
        rows = await connection.execute(
            select(event_log.entity, event_log.revision).where(
                event_log.entity.in_({entity for _, (entity, _) in part})
            )
        )
        revisions: Mapping[bytes, int] = {row.entity: row.revision for row in rows}
        found.update(event for event, (entity, revision) in part if revisions.get(entity, -1) >= revision)
    return frozenset(found)


async def dead(connection: AsyncConnection, sent: Collection[Sent]) -> Counter[str]:
    """How many of these events became dead letters, by reason. What was sent again since then and taken is none."""
    letters = bulk.table_of(DeadLetterRow).c
    taken = await known(connection, {each.event: (each.entity, each.revision) for each in sent})
    found: dict[str, str] = {}
    for part in bulk.parts(sorted({each.sha256 for each in sent})):
        rows = await connection.execute(select(letters.sha256, letters.reason).where(letters.sha256.in_(part)))
        found.update((row.sha256, row.reason) for row in rows)
    return Counter(found[each.sha256] for each in sent if each.sha256 in found and each.event not in taken)


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
