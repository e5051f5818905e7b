"""How facts are added to the store and taken from it, in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.engine import bulk
from shared.storage.facts.fact_delta import FactDelta, Facts, Identities, MeetingFact, MoveFact, PairDayKey
from shared.storage.tables.facts import AttendanceRow, ContactRow, IdentityRow, MeetingRow, PairDayRow, TicketStepRow
from shared.storage.tables.readings import DirtyRow
from shared.storage.tables.texts import TextDayRow
from shared.storage.tables.work import GoalWeekRow, TicketMoveRow


class FactStore:
    """Writes facts in bulk. One per process; knows the integers of identities it has seen."""

    def __init__(self, dialect: Dialect) -> None:
        self.ids: Final = Identities()
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

    async def apply(self, connection: AsyncConnection, delta: FactDelta) -> None:
        """Apply a delta, which has our `ids`, in the transaction of the connection.

        Rows go sorted, so two writers cannot deadlock.
        """
        ids = await self.identities(connection, delta.touched.keys() | delta.named, delta=delta)
        await self._remove(connection, delta.removed, ids)
        await self._add_counts.run(connection, _counters(delta.counts, ids))
        await self._add_texts.run(connection, _counters(delta.texts, ids))
        worked = ((ids[identity], week, goal, steps) for (identity, week, goal), steps in delta.goal_steps.items())
        await self._add_goals.run(connection, sorted(row for row in worked if row[-1]))
        await self._add(connection, delta.added, ids)
        for identity, day in delta.touched.items():
            delta.mark(ids[identity], day)
        marks = {f"#{number}": day for number, day in delta.marked.items()}
        marks.update((f"!{ticket}", day) for ticket, day in delta.tickets.items())
        await self.mark(connection, marks)

    async def mark(self, connection: AsyncConnection, marks: Mapping[str, int]) -> None:
        """Mark readings out of date from a day on: see `tables.DirtyRow`."""
        await self._mark.run(connection, sorted((who, day, 1) for who, day in marks.items()))

    async def identities(
        self, connection: AsyncConnection, keys: Iterable[str], *, delta: FactDelta | None = None
    ) -> Mapping[str, int]:
        """Integers of identities, made for those that are new, also of a delta."""
        ids = self.ids
        for key in keys:
            ids[key]
        if ids.new:
            given = {key: ids[key] for key in sorted(ids.new)}
            ids.new.clear()
            await self._intern.run(connection, [(key,) for key in given])
            table = bulk.table_of(IdentityRow).c
            for part in bulk.parts(list(given)):
                rows = await connection.execute(select(table.key, table.id).where(table.key.in_(part)))
                ids.update((key, id_) for key, id_ in rows)
            if delta is not None:
                delta.renumber({number: ids[key] for key, number in given.items()})
        return ids

    def forget(self) -> None:
        """Drop remembered integers after a rollback: some of them were never committed."""
        self.ids.forget()

    async def _remove(self, connection: AsyncConnection, facts: Facts, ids: Mapping[str, int]) -> None:
        await self._drop_contacts.run(
            connection,
            [contact[:4] for contact in facts.contacts],
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
        await self._add_contacts.run(connection, sorted(facts.contacts))
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
    stood = (fact.waits, fact.priority, fact.due, fact.group)
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
