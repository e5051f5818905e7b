"""One batch, one transaction: offsets, facts, directory, dead letters and clean-up, all or nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.contributions import contribute
from shared.schemas.directory import DirectoryEvent
from shared.schemas.interaction import AnyInteraction
from shared.schemas.output import DeadLetter
from shared.storage.applied import DIRECTORY, INTERACTION, AppliedStore, Entry, Outgoing
from shared.storage.directory import DirectoryStore
from shared.storage.facts import Change, FactStore, digest


class Candidate(msgspec.Struct, frozen=True, gc=False):  # without cycles, and made by the ten thousand
    """A decoded record that may count: whether it does depends on what is stored."""

    entity: bytes
    event: bytes
    revision: int
    kind: int
    at: int
    value: AnyInteraction | DirectoryEvent
    body: bytes


@dataclass(slots=True)
class Work:
    """What one batch asks for."""

    candidates: list[Candidate] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)  # new and received ones
    outgoing: list[Outgoing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch did: records that counted, and records that were duplicates or out of date."""

    counted: int
    duplicates: int


def interaction_candidate(value: AnyInteraction, body: bytes) -> Candidate:
    """A candidate from an interaction."""
    entity = digest(value.entity)
    event = entity if not value.revision else digest(value.id)
    return Candidate(entity, event, value.revision, INTERACTION, int(value.at.timestamp()), value, body)


def directory_candidate(value: DirectoryEvent, body: bytes) -> Candidate:
    """A candidate from a directory record."""
    entity = digest(value.entity)
    event = entity if not value.revision else digest(value.id)
    return Candidate(entity, event, value.revision, DIRECTORY, int(value.time.timestamp()), value, body)


class Applier:
    """Applies work in the caller's transaction. The effect depends on the set of records only, never on their order."""

    def __init__(self, dialect: Dialect, *, forgets_accepted: bool = True) -> None:
        """Without `forgets_accepted`, events are known not to be kept as accepted: a durable broker holds them."""
        self._forgets_accepted: Final = forgets_accepted
        self.facts: Final = FactStore(dialect)
        self._applied: Final = AppliedStore(dialect)
        self._directory: Final = DirectoryStore(dialect, self.facts)
        self._decode_interaction: Final = msgspec.json.Decoder(AnyInteraction).decode

    async def apply(self, connection: AsyncConnection, work: Work) -> Applied:
        """Apply a batch: of each entity the highest revision counts, once."""
        latest = _latest(work.candidates)
        known = await self._applied.revisions(connection, latest.keys())
        newer = {entity: each for entity, each in latest.items() if each.revision > known.get(entity, -1)}
        superseded = [entity for entity, each in newer.items() if entity in known and each.kind == INTERACTION]
        change = Change()
        for entity, body in (await self._applied.bodies(connection, superseded)).items():
            contribute(change, self._decode_interaction(body), entity, -1)
        directory: dict[bytes, DirectoryEvent] = {}
        for entity, each in newer.items():
            if each.kind == INTERACTION:
                contribute(change, each.value, entity, +1)  # type: ignore[arg-type]  # told apart by kind
            else:
                directory[entity] = each.value  # type: ignore[assignment]  # told apart by kind
        await self._applied.put(
            connection,
            (Entry(each.entity, each.revision, each.kind, each.at, each.body) for each in newer.values()),
        )
        await self.facts.apply(connection, change)
        if directory:
            await self._directory.apply(connection, directory)
        await self._tidy(connection, work)
        return Applied(counted=len(newer), duplicates=len(work.candidates) - len(newer))

    async def accept(self, connection: AsyncConnection, events: Iterable[tuple[bytes, Outgoing]]) -> None:
        """Keep accepted events until they come back as interactions."""
        await self._applied.accept(connection, events)

    async def _tidy(self, connection: AsyncConnection, work: Work) -> None:
        if self._forgets_accepted:
            await self._applied.processed(connection, {each.event for each in work.candidates})
        if work.letters:
            await self._applied.bury(connection, work.letters)
        if work.outgoing:
            await self._applied.send(connection, work.outgoing)


def _latest(candidates: Sequence[Candidate]) -> Mapping[bytes, Candidate]:
    latest: dict[bytes, Candidate] = {}
    for each in candidates:
        best = latest.get(each.entity)
        if best is None or each.revision > best.revision:
            latest[each.entity] = each
    return latest


def newest(candidates: Collection[Candidate]) -> int:
    """Latest event time among interactions; 0 for none. Directory records are not events of the world."""
    return max((each.at for each in candidates if each.kind == INTERACTION), default=0)
