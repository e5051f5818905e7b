"""Taking a person out of the store: everything that names them, and a search of every table for what is left.

Rewriting the event log is the business of `services.signals.upkeep.erase`, which knows what a record
contributes. Everything here works in the caller's transaction.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Table, and_, delete, insert, or_, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.digests import digest
from shared.storage.directory.exclusion_list import PLANNED, planned_name
from shared.storage.dirty_marks import columns_naming
from shared.storage.engine import bulk
from shared.storage.log.event_log import Entry
from shared.storage.privacy.belonging import parts_in
from shared.storage.privacy.data_inventory import data_inventory, naming_columns
from shared.storage.privacy.subject import Subject, contains, naming
from shared.storage.releases.ledger import forget_in_panels
from shared.storage.releases.steps import forget_in_steps
from shared.storage.tables import every_table
from shared.storage.tables.declarations import Erasure
from shared.storage.tables.directory import AbsenceRow, IdentityLinkRow, ReportingLineRow, WorkScheduleRow
from shared.storage.tables.exclusions import ExclusionRow
from shared.storage.tables.log import EventLogRow, PartitionOffsetRow
from shared.storage.tables.readings import DirtyRow, ReadingRow
from shared.storage.tables.register import ErasureRow

_PAGE: Final = 2_000
_POSITIONS: Final = ("first", "second", "third")
SOMEBODY: Final = "erased"
"""Stands for who did something, once they are erased."""
_IN_THEIR_PLACE: Final[Mapping[Erasure | None, tuple[str | None]]] = {
    Erasure.EMPTY: (None,),
    Erasure.REPLACE: (SOMEBODY,),
}
_NO_PROOF: Final = "{}"  # of an account: it is in that of its person


async def hold_consumers(connection: AsyncConnection) -> None:
    """Let no batch commit beside this transaction: each moves an offset, and those are taken here."""
    table = bulk.table_of(PartitionOffsetRow)
    await connection.execute(update(table).values(next_offset=table.c.next_offset))


class Erased:
    """The pseudonyms that were erased, known by their digests only. `in` asks for one."""

    def __init__(self, digests: frozenset[bytes]) -> None:
        self._digests: Final = digests
        self._known: Final[dict[str, bool]] = {}

    def __bool__(self) -> bool:
        """Whether anybody was."""
        return bool(self._digests)

    def __contains__(self, pseudonym: object) -> bool:
        """Whether this one was."""
        if not isinstance(pseudonym, str):
            return False
        answer = self._known.get(pseudonym)
        if answer is None:
            answer = self._known[pseudonym] = digest(pseudonym) in self._digests
        return answer


async def load_erased(connection: AsyncConnection) -> Erased:
    """Everybody who was erased so far."""
    rows = await connection.execute(select(bulk.table_of(ErasureRow).c.digest))
    return Erased(frozenset(each for (each,) in rows))


async def entries_naming(connection: AsyncConnection, pseudonyms: Collection[str]) -> AsyncIterator[list[Entry]]:
    """Entries of the event log that name any of them, in pages by digest. They may be changed meanwhile."""
    table = bulk.table_of(EventLogRow).c
    columns = (table.entity, table.revision, table.kind, table.at, table.body, table.meeting)
    naming = or_(*(contains(connection.dialect, table.body, each) for each in sorted(pseudonyms)))
    last = b""
    while True:
        query = select(*columns).where(table.entity > last, naming).order_by(table.entity).limit(_PAGE)
        rows = (await connection.execute(query)).all()
        if not rows:
            return
        yield [Entry(*row) for row in rows]
        last = rows[-1][0]


async def forget_entries(connection: AsyncConnection, entities: Collection[bytes]) -> None:
    """Take entries out of the event log, with the directory rows that they made."""
    for model in (EventLogRow, IdentityLinkRow, ReportingLineRow, WorkScheduleRow, AbsenceRow):
        table = bulk.table_of(model)
        for part in bulk.parts(sorted(entities)):
            await connection.execute(delete(table).where(table.c.entity.in_(part)))


async def remove(connection: AsyncConnection, subject: Subject, *, at: int) -> dict[str, int]:
    """Take them out of every table but the event log, as each declares it; says how many rows by table."""
    removed: dict[str, int] = {}
    for table in _parts_first():
        gone = _rows_about(table, connection.dialect, subject)
        if gone is not None:
            removed[table.name] = (await connection.execute(delete(table).where(gone))).rowcount
    for found in data_inventory():
        value = _IN_THEIR_PLACE.get(found.privacy.erasure)
        if value is not None:
            change = update(found.table).where(naming(connection.dialect, found, subject))
            await connection.execute(change.values({found.column.name: value[0]}))
        if found.privacy.erasure is Erasure.OWN:
            removed[found.table.name] = await OWN_ERASURE[found.place](connection, subject)
    # Names in clear come in no more, and whoever guesses one could find its digest.
    noted = sorted(set(subject.pseudonyms) - subject.in_clear)
    tombstones = [{"digest": digest(each), "erased_at": at, "proof": _NO_PROOF} for each in noted]
    if tombstones:
        await connection.execute(insert(bulk.table_of(ErasureRow)), tombstones)
    return {name: count for name, count in removed.items() if count}


def _rows_about(table: Table, dialect: Dialect, subject: Subject) -> ColumnElement[bool] | None:
    """Rows that go: those that name the subject, and those that belong to a row that goes. None where none can."""
    named_in = (found for found in naming_columns(table) if found.privacy.erasure is Erasure.DELETE)
    conditions = [naming(dialect, found, subject) for found in named_in]
    for part in parts_in(table):
        whole = _rows_about(part.whole.table, dialect, subject)
        if whole is not None:
            conditions.append(part.of(whole))
    return or_(*conditions) if conditions else None


def _parts_first() -> list[Table]:
    """All tables, each before those that its rows belong to."""

    def depth(table: Table) -> int:
        return max((1 + depth(part.whole.table) for part in parts_in(table)), default=0)

    return sorted(every_table(), key=depth, reverse=True)


async def _forget_marks(connection: AsyncConnection, subject: Subject) -> int:
    table = bulk.table_of(DirtyRow)
    named = columns_naming(subject.person, subject.identities)
    return (await connection.execute(delete(table).where(table.c.who.in_(named)))).rowcount


async def _forget_exclusions(connection: AsyncConnection, subject: Subject) -> int:
    """What still comes in is taken out on arrival: the objection has nothing left to keep away."""
    table = bulk.table_of(ExclusionRow)
    planned = (
        table.c.name.startswith(planned_name(subject.person, ""), autoescape=True),
        and_(
            table.c.name.startswith(PLANNED, autoescape=True),
            table.c.name.endswith(planned_name("", subject.person).removeprefix(PLANNED), autoescape=True),
        ),
    )
    gone = or_(table.c.name.in_(subject.pseudonyms), *planned)
    return (await connection.execute(delete(table).where(gone))).rowcount


async def _forget_in_panels(connection: AsyncConnection, subject: Subject) -> int:
    return await forget_in_panels(connection, subject.person)


async def _forget_in_steps(connection: AsyncConnection, subject: Subject) -> int:
    return await forget_in_steps(connection, subject.person)


async def _nothing(_: AsyncConnection, __: Subject) -> int:
    return 0


OWN_ERASURE: Final[Mapping[str, Callable[[AsyncConnection, Subject], Awaitable[int]]]] = {
    "dirty.who": _forget_marks,
    "exclusion.name": _forget_exclusions,
    "release_panel.people": _forget_in_panels,
    "release_step.people": _forget_in_steps,
    "erasure.digest": _nothing,  # it is where they are noted
}
"""How rows go that a column alone does not find; each says how many."""


async def subjects_of(connection: AsyncConnection, person: str) -> list[tuple[str, str, str, str]]:
    """Signal, first, second and third of every reading that names them, each once."""
    table = bulk.table_of(ReadingRow).c
    columns = (table.signal, *(table[name] for name in _POSITIONS))
    about = or_(*(table[name] == person for name in _POSITIONS))
    rows = (await connection.execute(select(*columns).where(about).distinct().order_by(*columns))).all()
    return [(signal, first, second, third) for signal, first, second, third in rows]


async def proof_of(connection: AsyncConnection, person: str) -> str | None:
    """What `note_proof` kept of a person who was erased; None when nobody was by this pseudonym."""
    table = bulk.table_of(ErasureRow).c
    found: str | None = (
        await connection.execute(select(table.proof).where(table.digest == digest(person)))
    ).scalar_one_or_none()
    return found if found != _NO_PROOF else None


async def note_proof(connection: AsyncConnection, person: str, proof: Mapping[str, Any]) -> None:
    """Keep what was done beside the digest of the pseudonym."""
    table = bulk.table_of(ErasureRow)
    text_of = msgspec.json.encode(proof).decode()
    await connection.execute(update(table).where(table.c.digest == digest(person)).values(proof=text_of))
