"""Adds facts to the store and takes them back, in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.fact_delta import FactDelta, Facts, MeetingFact, MoveFact, PairDayKey
from shared.storage.directory.identities import IdentityStore
from shared.storage.dirty_marks import DirtyMark, DirtyMarkStore
from shared.storage.engine import bulk
from shared.storage.tables.facts import AttendanceRow, ContactRow, MeetingRow, PairDayRow, TicketStepRow
from shared.storage.tables.texts import TextDayRow
from shared.storage.tables.work import GoalWeekRow, TicketMoveRow


class FactStore:
    """Writes facts in bulk, in the caller's transaction."""

    def __init__(self, dialect: Dialect, identities: IdentityStore) -> None:
        self._identities: Final = identities
        self._marks: Final = DirtyMarkStore(dialect)
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

    async def apply(self, connection: AsyncConnection, delta: FactDelta, *, mark: bool = True) -> None:
        """Apply a delta that was made with the `ids` of the identity store.

        Rows go sorted, so two writers cannot deadlock. Without `mark` the readings are left as they are: for a delta
        that calls facts otherwise and changes none.
        """
        given = await self._identities.store(connection, delta.touched.keys() | delta.named)
        if given:
            delta.renumber(given)
        ids = self._identities.ids
        await self._remove(connection, delta.removed, ids)
        await self._add_counts.run(connection, _counters(delta.counts, ids))
        await self._add_texts.run(connection, _counters(delta.texts, ids))
        worked = ((ids[identity], week, goal, steps) for (identity, week, goal), steps in delta.goal_steps.items())
        await self._add_goals.run(connection, sorted(row for row in worked if row[-1]))
        await self._add(connection, delta.added, ids)
        if not mark:
            return
        for identity, day in delta.touched.items():
            delta.mark(ids[identity], day)
        marks = [DirtyMark.of_identity(number, day) for number, day in delta.marked.items()]
        marks += [DirtyMark.of_ticket(ticket, day) for ticket, day in delta.tickets.items()]
        await self._marks.put(connection, marks)

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
