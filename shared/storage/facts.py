"""Facts: what interactions say of people, by identity, and how they are added to and taken from the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.history import COUNTERS
from shared.domain.week import week_of_day
from shared.storage import bulk
from shared.storage.tables import (
    AttendanceRow,
    ContactRow,
    DirtyRow,
    IdentityRow,
    MeetingRow,
    PairDayRow,
    TicketStepRow,
)
from shared.storage.text_tables import TextDayRow
from shared.storage.work_tables import GoalWeekRow, TicketMoveRow

PairDayKey = tuple[str, str, int, int]  # sender, recipient, day, channel


def digest(text: str) -> bytes:
    """128 bits that stand for an entity or event id; a collision would need 2^64 of them."""
    return digest_of_key(text.encode())


def digest_of_key(key: bytes) -> bytes:
    """The same for the key of a record, which is an entity in UTF-8."""
    return blake2b(key, digest_size=16).digest()


def locator(entity: bytes) -> int:
    """64 bits of an entity's digest: names its rows next to people and time."""
    return int.from_bytes(entity[:8], "big", signed=True)


def number(text: str | None) -> int:
    """A stable number for a thread, series or ticket; 0 for none."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True) if text else 0


# Made by the ten thousand and without cycles: the garbage collector need not look at them (gc=False).
class ContactFact(msgspec.Struct, frozen=True, gc=False):
    """See `tables.ContactRow`."""

    sender: str
    recipient: str
    at: int
    locator: int
    channel: int
    thread: int
    marks: int
    others: tuple[str, ...]


class MeetingFact(msgspec.Struct, frozen=True, gc=False):
    """See `tables.MeetingRow`."""

    locator: int
    start: int
    end: int
    organiser: str
    people: tuple[str, ...]
    invited: tuple[str, ...]
    series: int
    original_start: int
    cancelled: bool
    changed_by: str | None
    changed_at: int


class StepFact(msgspec.Struct, frozen=True, gc=False):
    """See `tables.TicketStepRow`."""

    actor: str
    target: str
    at: int
    step: int
    locator: int
    ticket: int


class MoveFact(msgspec.Struct, frozen=True, gc=False):
    """See `work_tables.TicketMoveRow`; people are identities, empty for nobody."""

    ticket: str
    at: int
    locator: int
    move: int
    actor: str
    reporter: str
    assignee: str
    handed: bool
    waits: bool
    priority: int
    due: int
    group: str


@dataclass(slots=True)
class Facts:
    """A set of facts to add, or to take back."""

    contacts: list[ContactFact] = field(default_factory=list)
    meetings: list[MeetingFact] = field(default_factory=list)
    steps: list[StepFact] = field(default_factory=list)
    moves: list[MoveFact] = field(default_factory=list)


@dataclass(slots=True)
class Change:
    """What one batch changes: counters add up (negative ones take back), the rest is added and removed."""

    counts: dict[PairDayKey, list[int]] = field(default_factory=dict)
    goal_steps: dict[tuple[str, int, str], int] = field(default_factory=dict)  # identity, week, goal
    texts: dict[PairDayKey, list[int]] = field(default_factory=dict)  # empty unless texts were read
    added: Facts = field(default_factory=Facts)
    removed: Facts = field(default_factory=Facts)
    touched: dict[str, int] = field(default_factory=dict)  # identity -> earliest day
    tickets: dict[str, int] = field(default_factory=dict)  # ticket -> earliest day
    named: set[str] = field(default_factory=set)  # identities whose own readings stay as they are

    def count(self, key: PairDayKey, counter: int, amount: int) -> None:
        """Add to a counter of a pair, day and channel, and mark both people."""
        self.counters(key)[counter] += amount

    def counters(self, key: PairDayKey) -> list[int]:
        """The counters of a pair, day and channel, to add to; both people are marked."""
        counts = self.counts.get(key)
        if counts is None:
            counts = self.counts[key] = [0] * len(COUNTERS)
            self.touch(key[0], key[2])
            self.touch(key[1], key[2])
        return counts

    def count_texts(self, key: PairDayKey, amounts: Sequence[int], sign: int) -> None:
        """Add counters of a text, or take them back; the people are marked by the contact that it belongs to."""
        counts = self.texts.get(key)
        if counts is None:
            counts = self.texts[key] = [0] * len(amounts)
        for index, amount in enumerate(amounts):
            counts[index] += sign * amount

    def touch(self, identity: str, day: int) -> None:
        """Note that the readings of an identity are out of date from a day on."""
        known = self.touched.get(identity)
        if known is None or day < known:
            self.touched[identity] = day

    def work(self, identity: str, day: int, goal: str, amount: int) -> None:
        """Add to what an identity did under a goal in the week of a day, and mark it."""
        key = (identity, week_of_day(day), goal)
        self.goal_steps[key] = self.goal_steps.get(key, 0) + amount
        self.touch(identity, day)

    def touch_ticket(self, ticket: str, day: int) -> None:
        """Note that the readings of a ticket are out of date from a day on."""
        self.tickets[ticket] = min(day, self.tickets.get(ticket, day))


class FactStore:
    """Writes facts in bulk. One per process; knows the integers of identities it has seen."""

    def __init__(self, dialect: Dialect) -> None:
        self._ids: Final[dict[str, int]] = {}
        self._intern = bulk.inserting(IdentityRow, dialect, without=("id",), ignore=True)
        self._add_counts = bulk.adding(PairDayRow, dialect)
        self._add_texts = bulk.adding(TextDayRow, dialect)
        self._add_contacts = bulk.inserting(ContactRow, dialect, ignore=True)
        self._add_meetings = bulk.replacing(MeetingRow, dialect)
        self._add_attendance = bulk.inserting(AttendanceRow, dialect, ignore=True)
        self._add_steps = bulk.inserting(TicketStepRow, dialect, ignore=True)
        self._add_moves = bulk.inserting(TicketMoveRow, dialect, ignore=True)
        self._add_goals = bulk.adding(GoalWeekRow, dialect)
        self._drop_contacts = bulk.deleting(ContactRow, dialect, ("sender", "recipient", "at", "locator"))
        self._drop_meetings = bulk.deleting(MeetingRow, dialect, ("locator",))
        self._drop_attendance = bulk.deleting(AttendanceRow, dialect, ("identity", "start", "locator"))
        self._drop_steps = bulk.deleting(TicketStepRow, dialect, ("actor", "target", "at", "step", "locator"))
        self._drop_moves = bulk.deleting(TicketMoveRow, dialect, ("ticket", "at", "locator"))
        self._mark = bulk.marking(DirtyRow, dialect, least="from_day", count="generation")

    async def apply(self, connection: AsyncConnection, change: Change) -> None:
        """Apply a change in the transaction of the connection. Rows go sorted, so two writers cannot deadlock."""
        ids = await self.identities(connection, change.touched.keys() | change.named)
        await self._remove(connection, change.removed, ids)
        await self._add_counts.run(connection, _counters(change.counts, ids))
        await self._add_texts.run(connection, _counters(change.texts, ids))
        worked = ((ids[identity], week, goal, steps) for (identity, week, goal), steps in change.goal_steps.items())
        await self._add_goals.run(connection, sorted(row for row in worked if row[-1]))
        await self._add(connection, change.added, ids)
        marks = {f"#{ids[identity]}": day for identity, day in change.touched.items()}
        marks.update((f"!{ticket}", day) for ticket, day in change.tickets.items())
        await self.mark(connection, marks)

    async def mark(self, connection: AsyncConnection, marks: Mapping[str, int]) -> None:
        """Mark readings out of date from a day on: see `tables.DirtyRow`."""
        await self._mark.run(connection, sorted((who, day, 1) for who, day in marks.items()))

    async def identities(self, connection: AsyncConnection, keys: Iterable[str]) -> Mapping[str, int]:
        """Integers of identities, made for those that are new."""
        unknown = sorted({key for key in keys if key not in self._ids})
        if unknown:
            await self._intern.run(connection, [(key,) for key in unknown])
            table = bulk.table_of(IdentityRow)
            for start in range(0, len(unknown), bulk.MAX_IN):
                part = unknown[start : start + bulk.MAX_IN]
                rows = await connection.execute(select(table.c.key, table.c.id).where(table.c.key.in_(part)))
                self._ids.update((key, id_) for key, id_ in rows)
        return self._ids

    def forget(self) -> None:
        """Drop remembered integers after a rollback: some of them were never committed."""
        self._ids.clear()

    async def _remove(self, connection: AsyncConnection, facts: Facts, ids: Mapping[str, int]) -> None:
        await self._drop_contacts.run(
            connection, [(ids[fact.sender], ids[fact.recipient], fact.at, fact.locator) for fact in facts.contacts]
        )
        await self._drop_meetings.run(connection, [(fact.locator,) for fact in facts.meetings])
        await self._drop_attendance.run(
            connection,
            [(ids[person], fact.start, fact.locator) for fact in facts.meetings for person in fact.invited],
        )
        await self._drop_steps.run(
            connection,
            [(ids[fact.actor], ids[fact.target], fact.at, fact.step, fact.locator) for fact in facts.steps],
        )
        await self._drop_moves.run(connection, [(fact.ticket, fact.at, fact.locator) for fact in facts.moves])

    async def _add(self, connection: AsyncConnection, facts: Facts, ids: Mapping[str, int]) -> None:
        await self._add_contacts.run(
            connection,
            sorted(
                (
                    ids[fact.sender],
                    ids[fact.recipient],
                    fact.at,
                    fact.locator,
                    fact.channel,
                    fact.thread,
                    fact.marks,
                    _joined(ids[other] for other in fact.others) if fact.others else "",
                )
                for fact in facts.contacts
            ),
        )
        await self._add_meetings.run(connection, sorted(_meeting(fact, ids) for fact in facts.meetings))
        await self._add_attendance.run(
            connection,
            sorted((ids[person], fact.start, fact.locator) for fact in facts.meetings for person in fact.invited),
        )
        await self._add_steps.run(
            connection,
            sorted(
                (ids[fact.actor], ids[fact.target], fact.at, fact.step, fact.locator, fact.ticket)
                for fact in facts.steps
            ),
        )
        await self._add_moves.run(connection, sorted(_move(fact, ids) for fact in facts.moves))


def _move(fact: MoveFact, ids: Mapping[str, int]) -> tuple[Any, ...]:
    actor, reporter, assignee = (ids[who] if who else 0 for who in (fact.actor, fact.reporter, fact.assignee))
    stood = (fact.handed, fact.waits, fact.priority, fact.due, fact.group)
    return (fact.ticket, fact.at, fact.locator, fact.move, actor, reporter, assignee, *stood)


def _counters(counts: Mapping[PairDayKey, Sequence[int]], ids: Mapping[str, int]) -> list[tuple[int, ...]]:
    """Rows of counters that are not all zero, sorted."""
    return sorted((ids[key[0]], ids[key[1]], key[2], key[3], *values) for key, values in counts.items() if any(values))


def _meeting(fact: MeetingFact, ids: Mapping[str, int]) -> tuple[Any, ...]:
    return (
        fact.locator,
        fact.start,
        fact.end,
        ids[fact.organiser],
        _joined(ids[person] for person in fact.people),
        _joined(ids[person] for person in fact.invited),
        fact.series,
        fact.original_start,
        fact.cancelled,
        ids[fact.changed_by] if fact.changed_by else 0,
        fact.changed_at,
    )


def _joined(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))
