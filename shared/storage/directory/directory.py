"""The directory in the store: written from directory records, read as an `Organisation`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER, GoalRecord, Line, Link, Organisation
from shared.domain.organisation.work_calendar import WorkSchedule
from shared.domain.week import day_of
from shared.schemas.directory import (
    DirectoryEvent,
    GoalRecorded,
    IdentityLinked,
    LineRecorded,
    TeamRecorded,
)
from shared.schemas.envelope import Instant
from shared.storage.directory.account_owners import Owned, account_owners
from shared.storage.directory.identities import IdentityStore
from shared.storage.directory.memberships import MembershipStore, load_memberships
from shared.storage.directory.working_time import WorkingTimeStore, load_work_calendars
from shared.storage.dirty_marks import DirtyMark, DirtyMarkStore
from shared.storage.engine import bulk
from shared.storage.tables.directory import GoalRow, IdentityLinkRow, PersonRow, ReportingLineRow, TeamRow
from shared.storage.tables.work import TicketMoveRow

_FIRST_DAY: Final = day_of(SINCE_EVER)


class DirectoryStore:
    """Writes directory records, each already known to be the latest revision of its entity."""

    def __init__(self, dialect: Dialect, identities: IdentityStore) -> None:
        self._identities: Final = identities
        self._marks: Final = DirtyMarkStore(dialect)
        self._memberships: Final = MembershipStore(dialect)
        self._links = bulk.replacing(IdentityLinkRow, dialect)
        self._lines = bulk.replacing(ReportingLineRow, dialect)
        self._teams = bulk.replacing(TeamRow, dialect)
        self._goals = bulk.replacing(GoalRow, dialect)
        self._working_time: Final = WorkingTimeStore(dialect)

    async def apply(self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent]) -> None:
        """Write records by entity digest and mark the people concerned, from the day the record is valid."""
        marks = await self._memberships.apply(connection, records)
        marks += await self._tickets_of_people(connection, {each.key for each in marks})
        marks += await self._apply_links(connection, records)
        marks += await self._apply_lines(connection, records)
        marks += await self._working_time.apply(connection, records)
        await self._apply_teams(connection, records)
        marks += await self._apply_goals(connection, records)
        await self._marks.put(connection, marks)

    async def _apply_links(
        self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent]
    ) -> list[DirtyMark]:
        links = {entity: each.data for entity, each in records.items() if isinstance(each, IdentityLinked)}
        await self._identities.store(connection, {link.identity for link in links.values()})
        ids = self._identities.ids
        # A corrected link may have been valid earlier, or somebody else's: all concerned are marked from the start.
        people = {link.person for link in links.values()}
        table = bulk.table_of(IdentityLinkRow).c
        for part in bulk.parts(sorted(links)):
            people.update((await connection.execute(select(table.person).where(table.entity.in_(part)))).scalars())
        await self._links.run(
            connection,
            sorted(
                (entity, ids[link.identity], link.person, _from(link.valid_from), _to(link.valid_to))
                for entity, link in links.items()
            ),
        )
        numbers = sorted({ids[link.identity] for link in links.values()})
        marks = [DirtyMark.of_person(person, _FIRST_DAY) for person in people]
        marks += [DirtyMark.of_link(number, _FIRST_DAY) for number in numbers]
        return marks + await self._tickets_of(connection, numbers)

    async def _tickets_of_people(self, connection: AsyncConnection, people: Collection[str]) -> list[DirtyMark]:
        link, numbers = bulk.table_of(IdentityLinkRow).c, set[int]()
        for part in bulk.parts(sorted(people)):
            numbers.update((await connection.execute(select(link.identity).where(link.person.in_(part)))).scalars())
        return await self._tickets_of(connection, sorted(numbers))

    async def _tickets_of(self, connection: AsyncConnection, numbers: Sequence[int]) -> list[DirtyMark]:
        """Marks for tickets that these accounts had to do with: who answers whom on them may be otherwise now."""
        move, marks = bulk.table_of(TicketMoveRow).c, []
        for part in bulk.parts(numbers):
            theirs = or_(*(column.in_(part) for column in (move.actor, move.reporter, move.assignee)))
            query = select(move.ticket, func.min(move.at)).where(theirs).group_by(move.ticket)
            marks += [DirtyMark.of_ticket(ticket, day_of(at)) for ticket, at in await connection.execute(query)]
        return marks

    async def _apply_lines(
        self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent]
    ) -> list[DirtyMark]:
        lines = {entity: each.data for entity, each in records.items() if isinstance(each, LineRecorded)}
        table, marks = bulk.table_of(ReportingLineRow).c, []
        for entity, line in lines.items():
            query = select(table.valid_from, table.manager).where(table.entity == entity)
            before, manager = (await connection.execute(query)).one_or_none() or (FOREVER, "")
            since = day_of(min(_from(line.valid_from), before))
            # The leader who loses somebody is concerned as well.
            marks += [DirtyMark.of_person(each, since) for each in (line.person, line.manager, manager) if each]
        await self._lines.run(
            connection,
            sorted(
                (entity, line.person, line.manager or "", _from(line.valid_from), _to(line.valid_to))
                for entity, line in lines.items()
            ),
        )
        return marks

    async def _apply_teams(self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent]) -> None:
        teams = [each.data for each in records.values() if isinstance(each, TeamRecorded)]
        await self._teams.run(
            connection, [(team.team, team.parent) for team in sorted(teams, key=lambda team: team.team)]
        )

    async def _apply_goals(
        self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent]
    ) -> list[DirtyMark]:
        goals = [each.data for each in records.values() if isinstance(each, GoalRecorded)]
        if not goals:
            return []
        await self._goals.run(
            connection,
            [
                (
                    goal.goal,
                    goal.parent,
                    goal.team,
                    goal.owner or goal.owner_identity,
                    _from(goal.valid_from),
                    _to(goal.valid_to),
                )
                for goal in sorted(goals, key=lambda goal: goal.goal)
            ],
        )
        # Where a goal hangs decides what everybody under it shares with others.
        people = (await connection.execute(select(bulk.table_of(PersonRow).c.key))).scalars()
        return [DirtyMark.of_person(person, _FIRST_DAY) for person in people]


async def load_organisation(connection: AsyncConnection, schedule: WorkSchedule | None = None) -> Organisation:
    """The organisation as recorded now, able to answer as-of questions. People are scored while they are there.

    With a `schedule` it knows when people work: as that says, where nothing else is known of them. Without, it does not
    look.
    """
    links, lines = (bulk.table_of(model).c for model in (IdentityLinkRow, ReportingLineRow))
    teams, memberships = await load_memberships(connection)
    linked = await connection.execute(select(links.identity, links.valid_from, links.valid_to, links.person))
    reporting = await connection.execute(select(lines.person, lines.valid_from, lines.valid_to, lines.manager))
    goal = bulk.table_of(GoalRow).c
    goals = await connection.execute(
        select(goal.key, goal.parent, goal.team, goal.owner, goal.valid_from, goal.valid_to)
    )
    owners = await account_owners(connection, [goal.owner])
    return Organisation(
        teams=teams,
        memberships=memberships,
        links=(Link(*row) for row in linked),
        lines=(Line(*row) for row in reporting),
        goals=(each for row in goals for each in _goals(row, owners)),
        calendars=None if schedule is None else await load_work_calendars(connection, schedule),
    )


def _goals(row: Any, owners: Mapping[str, Sequence[Owned]]) -> Iterator[GoalRecord]:
    """A goal as recorded; of one whose owner is an account, with everybody whose that was."""
    key, parent, team, owner, valid_from, valid_to = row
    if owner not in owners:
        yield GoalRecord(key, parent or "", team or "", owner or "", valid_from, valid_to)
        return
    yield GoalRecord(key, parent or "", team or "", "", valid_from, valid_to)
    for person, since, until in owners[owner]:
        begins, ends = max(valid_from, since), min(valid_to, until)
        if begins < ends:
            yield GoalRecord(key, parent or "", "", person, begins, ends)


def _from(instant: Instant | None) -> int:
    return SINCE_EVER if instant is None else int(instant.timestamp())


def _to(instant: Instant | None) -> int:
    return FOREVER if instant is None else int(instant.timestamp())
