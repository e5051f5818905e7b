"""Brings a store of an earlier version to keys: it knew teams, goals, queues and tickets by what they are called.

What they are called goes to the register, and is shown again once an operator has confirmed it. The event log is
rewritten with everything that follows from it, so a replay gives the same. No reading is computed anew.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.intake.contribute import contribute
from services.signals.scoring.reading_outbox import TOMBSTONE
from services.signals.settings import SignalsSettings
from shared import topics
from shared.domain.facts.digests import digest
from shared.domain.facts.fact_delta import FactDelta
from shared.domain.privacy.named_things import ThingKind, is_key, is_keyed_ticket, ticket_parts
from shared.domain.privacy.pseudonym import DepartingNames, Pseudonyms
from shared.ingest.pseudonymise import Known
from shared.ingest.routing import record_of
from shared.ingest.stored_names import StoredNames, keyed
from shared.schemas.directory import DirectoryEvent
from shared.schemas.interaction import Stepped
from shared.schemas.registry import event_decoder
from shared.storage.directory.identities import IdentityStore
from shared.storage.directory.keyed_columns import key_columns, live_tickets, queues_excluded
from shared.storage.directory.register import (
    Entry as RegisterEntry,
)
from shared.storage.directory.register import (
    Register,
    Registration,
    names_things_in_clear,
    note_things_keyed,
)
from shared.storage.engine import bulk
from shared.storage.engine.database import Database
from shared.storage.facts.write import FactStore
from shared.storage.log.event_log import DIRECTORY, Entry, EventLogStore, Outgoing
from shared.storage.privacy import erasure
from shared.storage.privacy.erasure_check import compact
from shared.storage.readings.store import ReadingStore, record_key
from shared.storage.tables.directory import GoalRow, TeamRow
from shared.storage.tables.log import AcceptedRow, EventLogRow

_PAGE: Final = 2_000
_OF_TICKETS: Final = b'"kind":"ticket"'


@dataclass(frozen=True, slots=True)
class EdgeKeys:
    """What a store is brought to keys with: the keys of its edge."""

    pseudonyms: Pseudonyms
    departing: DepartingNames
    register: Register


async def key_things(database: Database, keys: EdgeKeys, settings: SignalsSettings) -> bool:
    """Do it in one transaction, then overwrite what was there; whether there was anything to do.

    Nothing else may run on the store meanwhile: services of this version wait until it is done.
    """
    async with database.write() as connection:
        if not await names_things_in_clear(connection):
            return False
        await erasure.hold_consumers(connection)
        await ReadingStore(database.engine.dialect).begin_pass(connection)
        await _Keying(database, keys, settings).run(connection)
        await note_things_keyed(connection)
    if database.is_sqlite:
        await compact(database)
    else:
        async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            for model in (TeamRow, GoalRow, EventLogRow):
                await connection.execute(text(f"VACUUM (FULL) {bulk.table_of(model).name}"))
    return True


class _Keying:
    def __init__(self, database: Database, keys: EdgeKeys, settings: SignalsSettings) -> None:
        dialect = database.engine.dialect
        self._keys: Final = keys
        self._names: Final = StoredNames(keys.pseudonyms)
        self._settings: Final = settings
        self._identities: Final = IdentityStore(dialect)
        self._facts: Final = FactStore(dialect, self._identities)
        self._event_log: Final = EventLogStore(dialect)
        self._decode_directory: Final[Any] = msgspec.json.Decoder(DirectoryEvent).decode
        self._decode_step: Final = msgspec.json.Decoder(Stepped).decode
        self._outgoing: Final[list[Outgoing]] = []

    async def run(self, connection: AsyncConnection) -> None:
        """Rewrite the log, what follows from it, and what was accepted and is not in it yet."""
        async for page in _log_pages(connection):
            await self._rewrite(connection, page)
        readings = self._settings.topic(topics.READINGS.name)
        for signal, ticket in await live_tickets(connection):
            if self._names.ticket(ticket) != ticket:
                self._outgoing.append(Outgoing(readings, record_key((signal, ticket, "", "")), TOMBSTONE))
        queues = [each for each in await queues_excluded(connection) if not is_key(each)]
        await self._register(connection, [self._known(ThingKind.QUEUE, each) for each in queues])
        await key_columns(connection, self._names)
        await self._rewrite_accepted(connection)
        if not self._settings.embedded:  # whose topics are gone with the last process
            await self._event_log.send(connection, self._outgoing)

    async def _rewrite(self, connection: AsyncConnection, page: list[Entry]) -> None:
        delta = FactDelta(self._identities.ids)
        new: list[Entry] = []
        rewritten: list[Entry] = []
        gone: list[bytes] = []
        known: list[Known] = []
        for entry in page:
            if entry.kind == DIRECTORY:
                changed = self._directory(entry, known)
                (rewritten if changed.entity == entry.entity else new).append(changed)
                gone += [entry.entity] if changed.entity != entry.entity else []
            elif _OF_TICKETS in entry.body:
                rewritten.append(self._step(entry, delta, known))
        await self._register(connection, known)
        await erasure.forget_entries(connection, gone)
        await self._event_log.put(connection, new=new, newer=rewritten)
        await self._facts.apply(connection, delta, mark=False)

    def _directory(self, entry: Entry, known: list[Known]) -> Entry:
        before: DirectoryEvent = self._decode_directory(entry.body)
        after, called = keyed(before, self._keys.pseudonyms)
        known += called
        if after != before:
            # The compacted topic keeps the latest record of a key: this one is without what things are called.
            topic = self._settings.topic(topics.DIRECTORY.name)
            if after.entity != before.entity:
                self._outgoing.append(Outgoing(topic, before.entity.encode(), TOMBSTONE))
            sent = record_of(after, self._keys.departing)
            self._outgoing.append(Outgoing(topic, sent.key, sent.value))
        body = msgspec.json.encode(after) if after != before else entry.body
        return Entry(digest(after.entity), entry.revision, entry.kind, entry.at, body)

    def _step(self, entry: Entry, delta: FactDelta, known: list[Known]) -> Entry:
        before = self._decode_step(entry.body)
        after = self._keyed_step(before)
        if after == before:
            return entry
        known += self._called(before)
        contribute(delta, before, entry.entity, -1)
        contribute(delta, after, entry.entity, +1)
        return entry._replace(body=msgspec.json.encode(after))

    def _keyed_step(self, step: Stepped) -> Stepped:
        names = self._names

        def queue(text: str | None) -> str | None:
            return None if text is None else names.named(ThingKind.QUEUE, text)

        return msgspec.structs.replace(
            step,
            ticket=names.ticket(step.ticket),
            group=queue(step.group),
            previous_group=queue(step.previous_group),
            goal=None if step.goal is None else names.named(ThingKind.GOAL, step.goal),
        )

    def _called(self, step: Stepped) -> list[Known]:
        project = None if is_keyed_ticket(step.ticket) else ticket_parts(step.ticket)
        queues = (step.group, step.previous_group, project.project if project else None)
        found = [self._known(ThingKind.QUEUE, each) for each in queues if each and not is_key(each)]
        return found + ([self._known(ThingKind.GOAL, step.goal)] if step.goal and not is_key(step.goal) else [])

    def _known(self, kind: ThingKind, text: str) -> Known:
        return Known(self._keys.pseudonyms.named(kind, text), text, mention=True)

    async def _register(self, connection: AsyncConnection, known: list[Known]) -> None:
        latest = {(each.pseudonym, each.mention): each for each in known}
        await self._keys.register.put(
            connection,
            (
                Registration(each.pseudonym, RegisterEntry(each.text, each.name), mention=each.mention)
                for each in latest.values()
            ),
        )

    async def _rewrite_accepted(self, connection: AsyncConnection) -> None:
        table, decode = bulk.table_of(AcceptedRow), event_decoder().decode
        last = 0
        while True:
            query = select(table.c.id, table.c.value).where(table.c.id > last).order_by(table.c.id).limit(_PAGE)
            rows = (await connection.execute(query)).all()
            if not rows:
                return
            changes: list[dict[str, object]] = []
            for row_id, value in rows:
                try:
                    before = decode(value)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    continue  # it becomes a dead letter whatever is done
                after, known = keyed(before, self._keys.pseudonyms)
                await self._register(connection, list(known))
                new = msgspec.json.encode(after)
                changes.append({
                    "row": row_id, "new": new, "sum": sha256(new).hexdigest(), "at": after.entity.encode(),
                    "id_digest": digest(after.id),
                })  # fmt: skip
            if changes:
                await connection.execute(
                    update(table)
                    .where(table.c.id == bindparam("row"))
                    .values(
                        value=bindparam("new"),
                        sha256=bindparam("sum"),
                        key=bindparam("at"),
                        event=bindparam("id_digest"),
                    ),
                    changes,
                )
            last = rows[-1][0]


async def _log_pages(connection: AsyncConnection) -> AsyncIterator[list[Entry]]:
    """The event log in pages by digest. What is put in meanwhile may come again, and is not changed then."""
    table = bulk.table_of(EventLogRow).c
    last = b""
    while True:
        query = select(table.entity, table.revision, table.kind, table.at, table.body).where(table.entity > last)
        rows = (await connection.execute(query.order_by(table.entity).limit(_PAGE))).all()
        if not rows:
            return
        yield [Entry(*row) for row in rows]
        last = rows[-1][0]
