"""Applies a batch in one transaction: facts, directory, dead letters, outgoing records and clean-up, all or nothing."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.intake.contribute import contribute
from services.signals.intake.meetings import TELLING, Change, Meetings, kept_until, meeting_of, supersedes
from shared.domain.facts.digests import digest
from shared.domain.facts.fact_delta import FactDelta, Identities
from shared.domain.week import unix_seconds
from shared.schemas.directory import DirectoryEvent
from shared.schemas.envelope import utc
from shared.schemas.interaction import AnyInteraction, Retracted
from shared.schemas.output import DeadLetter
from shared.storage.directory.directory import DirectoryStore
from shared.storage.directory.identities import IdentityStore
from shared.storage.facts.write import FactStore
from shared.storage.log.event_log import DIRECTORY, INTERACTION, Entry, EntryRow, EventLogStore, Outgoing


class Candidate(msgspec.Struct, frozen=True, gc=False):  # without cycles, and made by the ten thousand
    """A decoded record. Whether it counts depends on what is stored already."""

    entity: bytes
    event: bytes
    revision: int
    kind: int
    at: int
    value: AnyInteraction | DirectoryEvent
    body: bytes


@dataclass(slots=True)
class Work:
    """What one batch asks for. Candidates may be decoded as they are taken, and letters be added by that.

    With `all_new`, entities without a revision are taken to be unknown to the store, which saves looking for them;
    where one is not, applying raises RevisedMeanwhileError.
    """

    candidates: Iterable[Candidate] = ()
    all_new: bool = False
    letters: list[DeadLetter] = field(default_factory=list)  # new and received ones
    outgoing: list[Outgoing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch did: records that counted, and records that were duplicates or out of date.

    `known` are the records without a revision whose entity was in the store: with any, not all was new.
    """

    counted: int
    duplicates: int
    known: int = 0


def interaction_candidate(value: AnyInteraction, body: bytes, at: int | None = None) -> Candidate:
    """The candidate of an interaction. `at` is its time in Unix seconds, if the caller knows it."""
    entity, revision = digest(value.entity), value.revision
    if at is None:
        at = unix_seconds(value.at)
    return Candidate(entity, digest(value.id) if revision else entity, revision, INTERACTION, at, value, body)


def directory_candidate(value: DirectoryEvent, body: bytes) -> Candidate:
    """The candidate of a directory record."""
    entity = digest(value.entity)
    event = entity if not value.revision else digest(value.id)
    return Candidate(entity, event, value.revision, DIRECTORY, int(value.time.timestamp()), value, body)


class Applier:
    """Applies work in the caller's transaction. The effect depends on the set of records, and never on their order."""

    def __init__(self, dialect: Dialect, *, forgets_accepted: bool = True) -> None:
        """`forgets_accepted` is for an embedded broker, whose events are kept in the store until they are applied."""
        self._forgets_accepted: Final = forgets_accepted
        self._identities: Final = IdentityStore(dialect)
        self._facts: Final = FactStore(dialect, self._identities)
        self._event_log: Final = EventLogStore(dialect)
        self._meetings: Final = Meetings(self._event_log)
        self._directory: Final = DirectoryStore(dialect, self._identities)
        self._decode_interaction: Final = msgspec.json.Decoder(AnyInteraction).decode

    @property
    def known_identities(self) -> Container[str]:
        """Identities that this process has seen before, and checked then."""
        return self._identities.ids

    def forget(self) -> None:
        """Forget the numbers of identities after a rollback. Some of them were never committed."""
        self._identities.forget()

    async def apply(self, connection: AsyncConnection, work: Work) -> Applied:
        """Apply a batch. The highest revision of each entity counts, once. Raises RevisedMeanwhileError."""
        candidates, known = work.candidates, 0
        taken: set[bytes] = set()  # entities that are not, or no longer, new
        if not work.all_new:
            candidates = list(candidates)
            entities = {each.entity for each in candidates}
            taken.update(await self._event_log.revisions(connection, sorted(entities)))
            known = sum(not each.revision and each.entity in taken for each in candidates)
        # What is new is counted one by one while it is in the processor's cache, the rest afterwards.
        counted, known_before, events = _Counted(self._identities.ids), [], []
        for each in candidates:
            events.append(each.event)
            if each.entity in taken or (each.revision and work.all_new):
                known_before.append(each)
            else:
                taken.add(each.entity)
                counted.add(each)
        await self._write(connection, counted)
        revised = await self._apply_known(connection, _latest(known_before)) if known_before else 0
        await self._tidy(connection, work, events)
        done = len(counted.entries) + revised
        return Applied(counted=done, duplicates=len(events) - done, known=known)

    async def _apply_known(self, connection: AsyncConnection, latest: Mapping[bytes, Candidate]) -> int:
        """Apply what may be a duplicate or a revision; gives how many of these counted."""
        stored = await self._event_log.revisions(connection, sorted(latest))
        equal = await self._equally_new(connection, latest, stored)
        counted = _Counted(self._identities.ids)
        for entity, each in latest.items():
            if each.revision > stored.get(entity, -1) or _says_more(each, equal.get(entity)):
                counted.add(each, revises=entity in stored)
        revised = [each.entity for each in counted.revisions if each.kind == INTERACTION]
        for entity, body in (await self._event_log.bodies(connection, revised)).items():
            counted.revise(entity, self._decode_interaction(body))
        await self._write(connection, counted)
        return len(counted.entries) + len(counted.revisions)

    async def _equally_new(
        self, connection: AsyncConnection, latest: Mapping[bytes, Candidate], stored: Mapping[bytes, int]
    ) -> dict[bytes, AnyInteraction]:
        """Stored records of meetings whose candidates are of the same revision and may say something else."""
        entities = {
            entity
            for entity, each in latest.items()
            if each.revision and each.revision == stored.get(entity) and type(each.value) in TELLING
        }
        bodies = await self._event_log.bodies(connection, entities) if entities else {}
        return {
            entity: self._decode_interaction(body) for entity, body in bodies.items() if body != latest[entity].body
        }

    async def _write(self, connection: AsyncConnection, counted: "_Counted") -> None:
        if counted.told:
            await self._meetings.contribute(connection, counted.delta, counted.told.values())
        await self._event_log.put(connection, new=counted.entries, newer=counted.revisions)
        await self._facts.apply(connection, counted.delta)
        if counted.directory:
            await self._directory.apply(connection, counted.directory)

    async def _tidy(self, connection: AsyncConnection, work: Work, events: Sequence[bytes]) -> None:
        if self._forgets_accepted:
            await self._event_log.processed(connection, set(events))
        if work.letters:
            await self._event_log.keep_dead_letters(connection, work.letters)
        if work.outgoing:
            await self._event_log.send(connection, work.outgoing)


_NOTHING: Final = Retracted(id="", entity="none:", at=utc(0))


class _Counted:
    """Candidates that count, and what they change. Each entity may be added once."""

    def __init__(self, ids: Identities) -> None:
        self.entries: Final[list[EntryRow]] = []
        self.revisions: Final[list[Entry]] = []
        self.delta: Final = FactDelta(ids)
        self.directory: Final[dict[bytes, DirectoryEvent]] = {}
        self.told: Final[dict[bytes, Change]] = {}  # what tells of a meeting together with other records

    def add(self, each: Candidate, *, revises: bool = False) -> None:
        at, meeting, value = each.at, None, each.value
        if type(value) in TELLING and (meeting := meeting_of(value)) is not None:  # type: ignore[arg-type]
            at = kept_until(value, at)  # type: ignore[arg-type]  # told apart by type
            self.told[each.entity] = Change(each.entity, None, value)  # type: ignore[arg-type]  # the same
        entry = (each.entity, each.revision, each.kind, at, each.body, meeting)
        if revises:
            self.revisions.append(Entry(*entry))
        else:
            self.entries.append(entry)
        if each.kind != INTERACTION:
            self.directory[each.entity] = value  # type: ignore[assignment]  # told apart by kind
        elif meeting is None:
            contribute(self.delta, value, each.entity, +1)  # type: ignore[arg-type]  # told apart by kind

    def revise(self, entity: bytes, before: AnyInteraction) -> None:
        """Take back an earlier revision of one that was added."""
        if meeting_of(before) is None:
            contribute(self.delta, before, entity, -1)
            return
        added = self.told.get(entity)
        # Where the new one tells of no meeting it has been added as what it is.
        after = added.after if added is not None else _NOTHING
        self.told[entity] = Change(entity, before, after)


def _latest(candidates: Sequence[Candidate]) -> Mapping[bytes, Candidate]:
    latest: dict[bytes, Candidate] = {}
    for each in candidates:
        best = latest.get(each.entity)
        if best is None or _is_newer(each, best):
            latest[each.entity] = each
    return latest


def _is_newer(each: Candidate, best: Candidate) -> bool:
    if each.kind != INTERACTION:
        return each.revision > best.revision
    return supersedes(each.value, best.value)  # type: ignore[arg-type]  # told apart by kind


def _says_more(each: Candidate, known: AnyInteraction | None) -> bool:
    return known is not None and supersedes(each.value, known)  # type: ignore[arg-type]  # only meetings are known
