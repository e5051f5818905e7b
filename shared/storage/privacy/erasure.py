"""Taking a person out of the store: everything that names them, and a search of every table for what is left.

Rewriting the event log is the business of `services.signals.upkeep.erase`, which knows what a record
contributes. Everything here works in the caller's transaction.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Text,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from shared.domain.facts.digests import digest
from shared.storage.directory.exclusion_list import planned_name
from shared.storage.dirty_marks import columns_naming
from shared.storage.engine import bulk
from shared.storage.engine.database import Database
from shared.storage.log.event_log import Entry
from shared.storage.privacy.data_inventory import DATA_INVENTORY
from shared.storage.releases.ledger import forget_in_panels, panels_with
from shared.storage.tables.access import ApiKeyRow, DelegationRow
from shared.storage.tables.alerts import AlertEventRow, AlertRow
from shared.storage.tables.baselines import BaselineRow, PersonWeekRow
from shared.storage.tables.directory import GoalRow, IdentityLinkRow, PersonRow, ReportingLineRow
from shared.storage.tables.exclusions import ExclusionRow
from shared.storage.tables.facts import AttendanceRow, IdentityRow, PairDayRow
from shared.storage.tables.log import EventLogRow, OutboxRow, PartitionOffsetRow
from shared.storage.tables.readings import DirtyRow, ReadingRow
from shared.storage.tables.register import ErasureRow, RegisterKeyRow, RegisterRow
from shared.storage.tables.texts import TextDayRow
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow
from shared.storage.tables.work import GoalWeekRow

_PAGE: Final = 2_000
_BUSY_SECONDS: Final = 30.0
_POSITIONS: Final = ("first", "second", "third")
# Who read what about whom, and with whose leave, must stay provable. With the entry of the register gone, it is about a
# pseudonym of nobody.
SOMEBODY: Final = "erased"
"""Stands for who did something, once they are erased."""
_NO_PROOF: Final = "{}"  # of an account: it is in that of its person
KEPT_TABLES: Final = frozenset({"audit", "audit_entry", "access_case"})


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom it is about: the pseudonym, and the accounts that were theirs alone, by integer."""

    person: str
    identities: Mapping[int, str]
    shared: tuple[str, ...] = ()  # accounts that were also somebody else's: those stay, without this person

    @property
    def pseudonyms(self) -> tuple[str, ...]:
        """Everything that stands for them."""
        return (self.person, *self.identities.values())


async def subject_of(connection: AsyncConnection, person: str) -> Subject | None:
    """A person with their accounts; None when the directory does not know them and nothing is about them."""
    link, identity = bulk.table_of(IdentityLinkRow).c, bulk.table_of(IdentityRow).c
    joined = bulk.table_of(IdentityLinkRow).join(bulk.table_of(IdentityRow), link.identity == identity.id)
    query = select(identity.id, identity.key).select_from(joined).where(link.person == person)
    own: dict[int, str] = {row.id: row.key for row in await connection.execute(query)}
    people = bulk.table_of(PersonRow).c
    known = await connection.execute(select(people.key).where(people.key == person))
    if not own and known.one_or_none() is None:
        return None
    others = await connection.execute(
        select(link.identity).where(link.identity.in_(list(own)), link.person != person).distinct()
    )
    also = {each for (each,) in others}
    return Subject(
        person=person,
        identities={each: key for each, key in own.items() if each not in also},
        shared=tuple(sorted(own[each] for each in also)),
    )


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
    columns = (table.entity, table.revision, table.kind, table.at, table.body)
    naming = or_(*(_contains(connection, table.body, each) for each in sorted(pseudonyms)))
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
    for model in (EventLogRow, IdentityLinkRow, ReportingLineRow):
        table = bulk.table_of(model)
        for part in bulk.parts(sorted(entities)):
            await connection.execute(delete(table).where(table.c.entity.in_(part)))


async def remove(connection: AsyncConnection, subject: Subject, *, at: int) -> dict[str, int]:
    """Delete everything that names them outside the event log; says how many rows by table."""
    person, ids = subject.person, sorted(subject.identities)
    removed: dict[str, int] = {}

    async def drop(model: type[SQLModel], where: ColumnElement[bool]) -> None:
        table = bulk.table_of(model)
        count = (await connection.execute(delete(table).where(where))).rowcount
        removed[table.name] = removed.get(table.name, 0) + count

    alert, goal, line = bulk.table_of(AlertRow).c, bulk.table_of(GoalRow), bulk.table_of(ReportingLineRow).c
    about = or_(*(alert[name] == person for name in _POSITIONS))
    await drop(AlertEventRow, bulk.table_of(AlertEventRow).c.alert.in_(select(alert.id).where(about)))
    endpoint, message = bulk.table_of(WebhookEndpointRow).c, bulk.table_of(WebhookMessageRow).c
    theirs = select(endpoint.id).where(endpoint.person == person)
    await drop(WebhookMessageRow, or_(message.alert.in_(select(alert.id).where(about)), message.endpoint.in_(theirs)))
    await drop(WebhookEndpointRow, endpoint.person == person)
    await drop(AlertRow, about)
    await drop(ReadingRow, or_(*(bulk.table_of(ReadingRow).c[name] == person for name in _POSITIONS)))
    await drop(PersonWeekRow, bulk.table_of(PersonWeekRow).c.person == person)
    await drop(BaselineRow, bulk.table_of(BaselineRow).c.name == person)
    await drop(PersonRow, bulk.table_of(PersonRow).c.key == person)
    await drop(IdentityLinkRow, bulk.table_of(IdentityLinkRow).c.person == person)
    await drop(ReportingLineRow, or_(line.person == person, line.manager == person))
    await drop(ApiKeyRow, bulk.table_of(ApiKeyRow).c.person == person)
    await drop(IdentityRow, bulk.table_of(IdentityRow).c.id.in_(ids))
    days = bulk.table_of(PairDayRow).c
    await drop(PairDayRow, or_(days.sender.in_(ids), days.recipient.in_(ids)))
    texts, deputies = bulk.table_of(TextDayRow).c, bulk.table_of(DelegationRow).c
    await drop(TextDayRow, or_(texts.sender.in_(ids), texts.recipient.in_(ids)))
    await drop(GoalWeekRow, bulk.table_of(GoalWeekRow).c.identity.in_(ids))
    await drop(DelegationRow, or_(deputies.principal == person, deputies.delegate == person))
    await drop(AttendanceRow, bulk.table_of(AttendanceRow).c.identity.in_(ids))
    await drop(DirtyRow, bulk.table_of(DirtyRow).c.who.in_(columns_naming(person, ids)))
    outbox = bulk.table_of(OutboxRow).c
    for pseudonym in subject.pseudonyms:
        await drop(OutboxRow, or_(*(_contains(connection, column, pseudonym) for column in (outbox.key, outbox.value))))
    # What still comes in is taken out on arrival: the objection has nothing left to keep away.
    excluded = bulk.table_of(ExclusionRow).c.name
    planned = (excluded.like(planned_name(person, "%")), excluded.like(planned_name("%", person)))
    await drop(ExclusionRow, or_(excluded.in_(subject.pseudonyms), *planned))
    for model in (RegisterRow, RegisterKeyRow):
        await drop(model, bulk.table_of(model).c.pseudonym.in_(subject.pseudonyms))
    await connection.execute(update(goal).where(goal.c.owner == person).values(owner=None))
    # The credential of an identity provider is called after its holder.
    for column in (bulk.table_of(AlertEventRow).c.actor, bulk.table_of(WebhookEndpointRow).c.created_by):
        acted = _contains(connection, column, person)
        await connection.execute(update(column.table).where(acted).values({column.name: SOMEBODY}))
    removed["release_panel"] = await connection.run_sync(forget_in_panels, person)
    tombstones = [{"digest": digest(each), "erased_at": at, "proof": _NO_PROOF} for each in subject.pseudonyms]
    await connection.execute(insert(bulk.table_of(ErasureRow)), tombstones)
    return {name: count for name, count in removed.items() if count}


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


async def occurrences(
    connection: AsyncConnection, pseudonyms: Iterable[str], accounts: Collection[int] = ()
) -> dict[str, int]:
    """Rows that still hold any of the pseudonyms, or the integer of an account, by `table.column`.

    Every column of text or bytes is searched for pseudonyms, and those that are declared for the others.
    """
    found: dict[str, int] = {}

    async def look(column: ColumnElement[Any], holds: ColumnElement[bool]) -> None:
        table = column.table
        count = (await connection.execute(select(func.count()).select_from(table).where(holds))).scalar_one()
        if count:
            found[f"{table.name}.{column.name}"] = count

    needles = sorted(pseudonyms)
    for table in SQLModel.metadata.sorted_tables:
        for column in table.c:
            if isinstance(column.type, Text | LargeBinary) and table.name not in KEPT_TABLES:
                await look(column, or_(*(_contains(connection, column, each) for each in needles)))
    for each in DATA_INVENTORY:
        for name in each.account if accounts else ():
            await look(each.table.c[name], each.table.c[name].in_(accounts))
        for name in each.accounts if accounts else ():
            listed = literal(",").concat(each.table.c[name]).concat(",")
            await look(each.table.c[name], or_(*(listed.contains(f",{number},") for number in accounts)))
    panels = await connection.run_sync(lambda sync: sum(len(panels_with(sync, needle)) for needle in needles))
    return found | ({"release_panel.people": panels} if panels else {})


async def compact(database: Database) -> bool:
    """Overwrite what was deleted: neither the file nor its write-ahead log holds it any more. Runs beside others.

    False where somebody went on reading what was there before, for longer than the wait: then both still hold it.

    Of a server the tables that tell who is who are written anew; the others are left to its own clearing away.
    """
    if database.is_sqlite:
        return await asyncio.to_thread(_compact_file, str(database.engine.url.database))
    async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for model in (RegisterKeyRow, RegisterRow, IdentityRow, PersonRow, IdentityLinkRow, ReportingLineRow):
            await connection.execute(text(f"VACUUM (FULL) {bulk.table_of(model).name}"))
    return True


def _compact_file(path: str) -> bool:
    # On a connection of its own: the engine's begin a transaction first, in which a file cannot be rewritten.
    with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


def _contains(connection: AsyncConnection, column: Any, pseudonym: str) -> ColumnElement[bool]:
    """The column's text or bytes contain the pseudonym. Pseudonyms are plain ASCII without special characters."""
    is_bytes = isinstance(column.type, LargeBinary)
    needle = bindparam(None, pseudonym.encode() if is_bytes else pseudonym, type_=LargeBinary() if is_bytes else Text())
    if connection.dialect.name == "sqlite":
        return func.instr(column, needle) > 0
    # PostgreSQL's position() takes bytes as well as text; strpos() does not.
    return func.position(needle.op("IN")(column)) > 0
