"""The directory in the store: written from directory records, read as an `Organisation`."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER, GoalRecord, Line, Link, Organisation
from shared.domain.week import day_of
from shared.schemas.directory import (
    DirectoryEvent,
    GoalRecorded,
    IdentityLinked,
    LineRecorded,
    PersonRecorded,
    TeamRecorded,
)
from shared.schemas.envelope import Instant
from shared.storage.engine import bulk
from shared.storage.facts.write import FactStore
from shared.storage.tables.directory import GoalRow, IdentityLinkRow, PersonRow, ReportingLineRow, TeamRow


class DirectoryStore:
    """Writes directory records, each already known to be the latest revision of its entity."""

    def __init__(self, dialect: Dialect, facts: FactStore) -> None:
        self._facts: Final = facts
        self._people = bulk.replacing(PersonRow, dialect)
        self._links = bulk.replacing(IdentityLinkRow, dialect)
        self._lines = bulk.replacing(ReportingLineRow, dialect)
        self._teams = bulk.replacing(TeamRow, dialect)
        self._goals = bulk.replacing(GoalRow, dialect)

    async def apply(self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent]) -> None:
        """Write records by entity digest and mark the people concerned, from the day the record is valid."""
        marks: dict[str, int] = {}
        await self._apply_people(connection, records, marks)
        await self._apply_links(connection, records, marks)
        await self._apply_lines(connection, records, marks)
        teams = [each.data for each in records.values() if isinstance(each, TeamRecorded)]
        await self._teams.run(
            connection, [(team.team, team.name, team.parent) for team in sorted(teams, key=lambda team: team.team)]
        )
        goals = [each.data for each in records.values() if isinstance(each, GoalRecorded)]
        if goals:
            # Where a goal hangs decides what everybody under it shares with others.
            people = await connection.execute(select(bulk.table_of(PersonRow).c.key))
            marks.update((f"@{person}", day_of(SINCE_EVER)) for (person,) in people)
        await self._goals.run(
            connection,
            [
                (goal.goal, goal.name, goal.parent, goal.team, goal.owner, _from(goal.valid_from), _to(goal.valid_to))
                for goal in sorted(goals, key=lambda goal: goal.goal)
            ],
        )
        await self._facts.mark(connection, marks)

    async def _apply_people(
        self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent], marks: dict[str, int]
    ) -> None:
        people = [each.data for each in records.values() if isinstance(each, PersonRecorded)]
        await self._people.run(
            connection,
            [
                (person.person, person.team, person.active)
                for person in sorted(people, key=lambda person: person.person)
            ],
        )
        marks.update((f"@{person.person}", day_of(SINCE_EVER)) for person in people)

    async def _apply_links(
        self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent], marks: dict[str, int]
    ) -> None:
        links = {entity: each.data for entity, each in records.items() if isinstance(each, IdentityLinked)}
        ids = await self._facts.identities(connection, {link.identity for link in links.values()})
        # A corrected link may have been valid earlier, or somebody else's: all concerned are marked from the start.
        table = bulk.table_of(IdentityLinkRow).c
        for part in bulk.parts(sorted(links)):
            before = await connection.execute(select(table.person).where(table.entity.in_(part)))
            marks.update((f"@{person}", day_of(SINCE_EVER)) for (person,) in before)
        await self._links.run(
            connection,
            sorted(
                (entity, ids[link.identity], link.person, _from(link.valid_from), _to(link.valid_to))
                for entity, link in links.items()
            ),
        )
        for link in links.values():
            # A mark of its own: sharing one with the facts of the identity would hide on which day those begin.
            marks[f"@{link.person}"] = marks[f"={ids[link.identity]}"] = day_of(SINCE_EVER)

    async def _apply_lines(
        self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent], marks: dict[str, int]
    ) -> None:
        lines = {entity: each.data for entity, each in records.items() if isinstance(each, LineRecorded)}
        table = bulk.table_of(ReportingLineRow).c
        for entity, line in lines.items():
            query = select(table.valid_from, table.manager).where(table.entity == entity)
            before, manager = (await connection.execute(query)).one_or_none() or (FOREVER, "")
            since = min(_from(line.valid_from), before)
            # The leader who loses somebody is concerned as well.
            for person in filter(None, (line.person, line.manager, manager)):
                marks[f"@{person}"] = min(day_of(since), marks.get(f"@{person}", FOREVER))
        await self._lines.run(
            connection,
            sorted(
                (entity, line.person, line.manager or "", _from(line.valid_from), _to(line.valid_to))
                for entity, line in lines.items()
            ),
        )


async def load_organisation(connection: AsyncConnection) -> Organisation:
    """The organisation as recorded now, able to answer as-of questions. Inactive people are not scored."""
    people, links, lines = (bulk.table_of(model).c for model in (PersonRow, IdentityLinkRow, ReportingLineRow))
    rows = await connection.execute(select(people.key, people.team).where(people.active))
    teams = {key: team or "" for key, team in rows}
    linked = await connection.execute(select(links.identity, links.valid_from, links.valid_to, links.person))
    reporting = await connection.execute(select(lines.person, lines.valid_from, lines.valid_to, lines.manager))
    goal = bulk.table_of(GoalRow).c
    goals = await connection.execute(
        select(goal.key, goal.parent, goal.team, goal.owner, goal.valid_from, goal.valid_to)
    )
    return Organisation(
        teams=teams,
        links=(Link(*row) for row in linked),
        lines=(Line(*row) for row in reporting),
        goals=(
            GoalRecord(key, parent or "", team or "", owner or "", *valid) for key, parent, team, owner, *valid in goals
        ),
    )


def _from(instant: Instant | None) -> int:
    return SINCE_EVER if instant is None else int(instant.timestamp())


def _to(instant: Instant | None) -> int:
    return FOREVER if instant is None else int(instant.timestamp())
