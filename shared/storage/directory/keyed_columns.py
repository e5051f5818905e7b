"""Puts keys in the place of what a store of an earlier version called teams, goals, queues and tickets by."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, and_, bindparam, delete, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.privacy.cases import CaseSubjectKind
from shared.domain.privacy.excluded_place import PlaceKind, place
from shared.domain.privacy.named_things import ThingKind
from shared.domain.signals import signal_names
from shared.schemas.names import Names
from shared.storage.dirty_marks import DirtyMark, DirtyMarkStore, MarkKind, load_marks
from shared.storage.engine import bulk
from shared.storage.tables.access import CaseRow
from shared.storage.tables.baselines import BaselineRow
from shared.storage.tables.directory import GoalRow, MembershipRow, PersonRow, TeamRow
from shared.storage.tables.exclusions import ExclusionRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.releases import ReleasePanelRow, ReleaseRow
from shared.storage.tables.work import GoalWeekRow, TicketMoveRow

_PERSON: Final = bulk.table_of(PersonRow).c
_TEAM: Final = bulk.table_of(TeamRow).c
_GOAL: Final = bulk.table_of(GoalRow).c
_BASELINE: Final = bulk.table_of(BaselineRow).c
_READING: Final = bulk.table_of(ReadingRow).c
_RELEASE: Final = bulk.table_of(ReleaseRow).c
_PANEL: Final = bulk.table_of(ReleasePanelRow).c
_EXCLUSION: Final = bulk.table_of(ExclusionRow).c
_MOVE: Final = bulk.table_of(TicketMoveRow).c
_CASE: Final = bulk.table_of(CaseRow).c
_QUEUE: Final = place(PlaceKind.QUEUE, "")
# Written out: many changes at once take no lists.
_OF_TICKETS: Final = or_(*(_READING.signal == name for name in signal_names("ticket")))
_OF_TEAMS: Final = or_(*(_READING.signal == name for name in signal_names("team")))

_THINGS: Final[tuple[tuple[Column[Any], ThingKind, ColumnElement[bool]], ...]] = (
    (_PERSON.team, ThingKind.TEAM, true()),
    (bulk.table_of(MembershipRow).c.team, ThingKind.TEAM, true()),
    (_TEAM.key, ThingKind.TEAM, true()),
    (_TEAM.parent, ThingKind.TEAM, true()),
    (_GOAL.key, ThingKind.GOAL, true()),
    (_GOAL.parent, ThingKind.GOAL, true()),
    (_GOAL.team, ThingKind.TEAM, true()),
    (_BASELINE.name, ThingKind.TEAM, _BASELINE.level == "team"),
    (_READING.first, ThingKind.TEAM, _OF_TEAMS),
    (_RELEASE.cohort, ThingKind.TEAM, _RELEASE.cohort != ORGANISATION),
    (_PANEL.cohort, ThingKind.TEAM, _PANEL.cohort != ORGANISATION),
    (_MOVE.support_group, ThingKind.QUEUE, _MOVE.support_group != ""),
    (_CASE.subject, ThingKind.TEAM, and_(_CASE.subject_kind == CaseSubjectKind.UNIT, _CASE.subject != ORGANISATION)),
)


async def key_columns(connection: AsyncConnection, names: Names) -> None:
    """Rename in every table but the event log and what is on its way. Facts of tickets were renamed with the log.

    Of those that the log does not hold any more, what is left is renamed here.
    """
    await _move_goal_weeks(connection, names)
    for column, kind, where in _THINGS:
        await _rename(connection, column, where, partial(names.named, kind))
    for column, where in ((_MOVE.ticket, true()), (_READING.first, _OF_TICKETS)):
        await _rename(connection, column, where, names.ticket)
    marks, store = await load_marks(connection), DirtyMarkStore(connection.dialect)
    old = [each for each in marks if each.kind is MarkKind.TICKET and names.ticket(each.key) != each.key]
    await store.clear(connection, old)
    await store.put(connection, [DirtyMark.of_ticket(names.ticket(each.key), each.from_day) for each in old])
    await _rename(
        connection,
        _EXCLUSION.name,
        _EXCLUSION.name.startswith(_QUEUE, autoescape=True),
        lambda name: _QUEUE + names.named(ThingKind.QUEUE, name.removeprefix(_QUEUE)),
    )


async def _move_goal_weeks(connection: AsyncConnection, names: Names) -> None:
    """Counters add up, so what is left by an old name is added to the key."""
    table = bulk.table_of(GoalWeekRow)
    rows = (await connection.execute(select(table.c.identity, table.c.week, table.c.goal, table.c.steps))).all()
    old = [row for row in rows if names.named(ThingKind.GOAL, row.goal) != row.goal]
    left = sorted(
        (row.identity, row.week, names.named(ThingKind.GOAL, row.goal), row.steps) for row in old if row.steps
    )
    for part in bulk.parts(sorted({row.goal for row in old})):
        await connection.execute(delete(table).where(table.c.goal.in_(part)))
    await bulk.adding(GoalWeekRow, connection.dialect).run(connection, left)


async def live_tickets(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Signal and ticket of every reading of one."""
    rows = await connection.execute(select(_READING.signal, _READING.first).where(_OF_TICKETS).distinct())
    return [(signal, ticket) for signal, ticket in rows]


async def queues_excluded(connection: AsyncConnection) -> list[str]:
    """Queues whose events are dropped, as the list names them."""
    query = select(_EXCLUSION.name).where(_EXCLUSION.name.startswith(_QUEUE, autoescape=True))
    return [name.removeprefix(_QUEUE) for name in (await connection.execute(query)).scalars()]


async def _rename(
    connection: AsyncConnection, column: Column[Any], where: ColumnElement[bool], new: Callable[[str], str]
) -> None:
    query = select(column).where(where, column.is_not(None)).distinct()
    changes: Mapping[str, str] = {
        old: called for old in (await connection.execute(query)).scalars() if (called := new(old)) != old
    }
    if changes:
        change = update(column.table).where(and_(column == bindparam("old"), where))
        await connection.execute(
            change.values({column.name: bindparam("new")}), [{"old": old, "new": name} for old, name in changes.items()]
        )
