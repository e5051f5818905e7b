"""Erasing a person: the event log is rewritten without them, so that a replay does not bring them back.

Everybody else's facts stay as they are, and so do their readings: the baselines of all weeks so far are frozen, and so
are readings of groups, leaders and series as of closed weeks, which the person may have been part of. What others did
is kept under a placeholder that is the same for all who were erased; what the person wrote is retracted; readings,
alerts and reporting lines that name them are deleted.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.intake.anonymise import without_identities, without_people
from services.signals.intake.contribute import contribute
from services.signals.intake.meetings import Change, Meetings, meeting_of
from services.signals.scoring.reading_outbox import TOMBSTONE, withdrawals
from services.signals.settings import SignalsSettings
from services.signals.upkeep.rejected_rows import lines_naming
from shared import topics
from shared.domain.facts.fact_delta import FactDelta
from shared.schemas.directory import DirectoryEvent
from shared.schemas.interaction import AnyInteraction
from shared.storage.directory.directory import load_organisation
from shared.storage.directory.identities import IdentityStore
from shared.storage.directory.register import Register
from shared.storage.engine.database import Database
from shared.storage.facts.baselines import freeze_baselines
from shared.storage.facts.write import FactStore
from shared.storage.log.event_log import INTERACTION, Entry, EventLogStore, Outgoing
from shared.storage.privacy import erasure
from shared.storage.privacy.erasure_check import compact, occurrences
from shared.storage.privacy.names_search import forget_names, named_things, names_of
from shared.storage.privacy.subject import OutsideId, Subject, subject_of
from shared.storage.readings.store import ReadingStore


@dataclass(slots=True)
class Proof:
    """What an erasure did. `remaining` is what a search of every table still found: empty, or it was not one.

    What teams, goals and queues are called was searched for the names of the person. `names_removed` are keys of those
    that were called after them, and `names_to_look_at` of those that hold one word of their name. `rejected_rows` says
    how many lines of which files of rejected rows name them: these files are the operator's to delete. `overwritten`
    says whether the files of the store are rid of the person as well.
    """

    erased_at: int
    accounts: int
    shared_accounts_kept: int
    records_rewritten: int = 0
    records_deleted: int = 0
    tombstones: int = 0
    removed: dict[str, int] = field(default_factory=dict)
    remaining: dict[str, int] = field(default_factory=dict)
    names_searched: int = 0
    names_removed: list[str] = field(default_factory=list)
    names_to_look_at: list[str] = field(default_factory=list)
    rejected_rows: dict[str, int] = field(default_factory=dict)
    overwritten: bool = False


class NotErasedError(RuntimeError):
    """The person would still be named somewhere. Nothing was changed."""


async def erase(
    database: Database,
    person: str,
    *,
    settings: SignalsSettings,
    at: int,
    outside: OutsideId | None = None,
    files: Sequence[Path] = (),
) -> Proof | None:
    """Erase a person (their pseudonym) in one transaction, then overwrite it; None when nobody is known by it.

    With their id `outside` they are erased as well where the store names them in clear. Of somebody who was erased
    before it overwrites once more, and gives the proof of then. `files` of rejected rows are searched for their names.

    Raises NotErasedError, having changed nothing, when a table would still name them.
    """
    proof = await _erase(database, person, settings=settings, at=at, outside=outside, files=files)
    if proof is not None:
        proof.overwritten = await compact(database)
        async with database.write() as connection:
            await erasure.note_proof(connection, person, msgspec.to_builtins(proof))
    return proof


async def _erase(
    database: Database,
    person: str,
    *,
    settings: SignalsSettings,
    at: int,
    outside: OutsideId | None,
    files: Sequence[Path],
) -> Proof | None:
    async with database.write() as connection:
        await erasure.hold_consumers(connection)
        subjects = await _subjects(connection, person, outside)
        if not subjects:
            before = await erasure.proof_of(connection, person)
            return msgspec.json.decode(before, type=Proof) if before else None
        # A pass that has read what is to be erased must not write it any more.
        await ReadingStore(database.engine.dialect).begin_pass(connection)
        proof = Proof(at, sum(len(each.identities) for each in subjects), sum(len(each.shared) for each in subjects))
        if outside is not None:
            await _forget_names(connection, subjects, outside.register, files=files, proof=proof)
        for subject in subjects:
            await _erase_subject(connection, database, settings, subject, proof)
        if proof.remaining:
            raise NotErasedError(f"would be left in {', '.join(proof.remaining)}")
        await erasure.note_proof(connection, person, msgspec.to_builtins(proof))
    return proof


async def _subjects(connection: AsyncConnection, person: str, outside: OutsideId | None) -> Sequence[Subject]:
    if outside is not None:
        return await outside.subjects(connection)
    subject = await subject_of(connection, person)
    return () if subject is None else (subject,)


async def _forget_names(
    connection: AsyncConnection,
    subjects: Sequence[Subject],
    register: Register,
    *,
    files: Sequence[Path],
    proof: Proof,
) -> None:
    """Take the names of the subjects out of what others have called things, and add to the proof what there was."""
    people = await names_of(connection, subjects, register)
    found = await named_things(connection, people, register)
    await forget_names(connection, found, people, register, at=proof.erased_at)
    proof.names_searched = found.searched
    proof.names_removed, proof.names_to_look_at = list(found.named), list(found.perhaps)
    proof.rejected_rows = await asyncio.to_thread(lines_naming, files, people)


async def _erase_subject(
    connection: AsyncConnection, database: Database, settings: SignalsSettings, subject: Subject, proof: Proof
) -> None:
    """Erase what the store knows under these names, and add it to the proof."""
    await freeze_baselines(connection, subject.person, await load_organisation(connection))
    eraser = _Eraser(database, settings, subject, proof)
    await eraser.rewrite_log(connection)
    await eraser.withdraw_readings(connection)
    for table, count in (await erasure.remove(connection, subject, at=proof.erased_at)).items():
        proof.removed[table] = proof.removed.get(table, 0) + count
    await eraser.send_tombstones(connection)
    found = await occurrences(connection, subject.pseudonyms, subject.identities.keys())
    # Tombstones must name what they delete, until the relay has published them.
    proof.remaining |= {place: count for place, count in found.items() if place != "outbox.key"}


class _Eraser:
    def __init__(self, database: Database, settings: SignalsSettings, subject: Subject, proof: Proof) -> None:
        dialect = database.engine.dialect
        self._identities: Final = IdentityStore(dialect)
        self._facts: Final = FactStore(dialect, self._identities)
        self._event_log: Final = EventLogStore(dialect)
        self._meetings: Final = Meetings(self._event_log)
        self._settings: Final = settings
        self._subject: Final = subject
        self._proof: Final = proof
        self._gone: Final = frozenset(subject.identities.values())
        self._people: Final = frozenset({subject.person})
        self._outgoing: Final[list[Outgoing]] = []
        self._decode_interaction: Final = msgspec.json.Decoder(AnyInteraction).decode
        self._decode_directory: Final[Any] = msgspec.json.Decoder(DirectoryEvent).decode

    async def rewrite_log(self, connection: AsyncConnection) -> None:
        """Replace the records that name the person by records without them, and correct the facts."""
        async for page in erasure.entries_naming(connection, self._subject.pseudonyms):
            delta = FactDelta(self._identities.ids)
            rewritten: list[Entry] = []
            forgotten: list[bytes] = []
            told: list[Change] = []
            for entry in page:
                kept = self._interaction(entry, delta, told) if entry.kind == INTERACTION else self._directory(entry)
                if kept is None:
                    forgotten.append(entry.entity)
                else:
                    rewritten.append(entry._replace(body=kept))
            await self._meetings.contribute(connection, delta, told)
            await self._event_log.put(connection, new=(), newer=rewritten)
            await self._facts.apply(connection, delta)
            await erasure.forget_entries(connection, forgotten)
            self._proof.records_rewritten += len(rewritten)
            self._proof.records_deleted += len(forgotten)

    async def withdraw_readings(self, connection: AsyncConnection) -> None:
        """Put deletions of their readings into the outbox of the topic."""
        topic = self._settings.topic(topics.READINGS.name)
        self._outgoing.extend(withdrawals(topic, await erasure.subjects_of(connection, self._subject.person)))

    async def send_tombstones(self, connection: AsyncConnection) -> None:
        """Put deletions into the outbox, so that compaction removes from the topics what the store has deleted."""
        await self._event_log.send(connection, self._outgoing)
        self._proof.tombstones += len(self._outgoing)

    def _interaction(self, entry: Entry, delta: FactDelta, told: list[Change]) -> bytes:
        before = self._decode_interaction(entry.body)
        after = without_identities(before, self._gone)
        if meeting_of(before) is not None:
            told.append(Change(entry.entity, before, after))
        else:
            contribute(delta, before, entry.entity, -1)
            contribute(delta, after, entry.entity, +1)
        return msgspec.json.encode(after)

    def _directory(self, entry: Entry) -> bytes | None:
        before: DirectoryEvent = self._decode_directory(entry.body)
        topic = self._settings.topic(topics.DIRECTORY.name)
        after = without_people(before, self._people, self._gone)
        if after is None:
            self._outgoing.append(Outgoing(topic, before.entity.encode(), TOMBSTONE))
            return None
        body = msgspec.json.encode(after)
        # The compacted topic keeps the latest record of a key: this one is without the person.
        self._outgoing.append(Outgoing(topic, before.entity.encode(), body))
        return body
