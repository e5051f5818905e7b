"""Stores weeks of people and baselines, which a scoring pass derives from facts before it scores anybody."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Final

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.facts.baselines import SUMS, Baselines, Sums, WeekBaselines, weeks_learnt_from
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.week import WEEK_DAYS
from shared.storage.directory.memberships import people_never_there
from shared.storage.engine import bulk
from shared.storage.readings.store import NEVER_SCORED, scoring_state
from shared.storage.tables.baselines import BaselineRow, PersonWeekRow
from shared.storage.tables.readings import ScoringStateRow
from shared.storage.tables.register import ErasureRow

PersonWeek = tuple[str, int, int, Sums]
"""Person, week, days on which they did anything, sums."""

_WEEK: Final = bulk.table_of(PersonWeekRow)
_BASELINE: Final = bulk.table_of(BaselineRow)
_STATE: Final = bulk.table_of(ScoringStateRow)
_FORMER: Final = "former"  # begins the level of a group whose leader was erased; rows are called after its people
_decode: Final = msgspec.json.Decoder(Baselines).decode


class BaselineStore:
    """Writes, in the caller's transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._insert_weeks: Final = bulk.inserting(PersonWeekRow, dialect)
        self._insert_baselines: Final = bulk.inserting(BaselineRow, dialect)

    async def replace_weeks(
        self, connection: AsyncConnection, *, people: Collection[str], weeks: range, rows: Iterable[PersonWeek]
    ) -> None:
        """Put these weeks in place of all weeks of these people in the range."""
        for part in bulk.parts(sorted(people)):
            within = _WEEK.c.week.between(weeks.start, weeks.stop - 1)
            await connection.execute(delete(_WEEK).where(_WEEK.c.person.in_(part), within))
        await self._insert_weeks.run(connection, [(person, week, days, *sums) for person, week, days, sums in rows])

    async def replace_baselines(self, connection: AsyncConnection, baselines: WeekBaselines) -> None:
        """Put these baselines in place of all of their week."""
        await connection.execute(delete(_BASELINE).where(_BASELINE.c.week == baselines.week))
        groups = [("organisation", "", baselines.organisation)]
        groups += [("team", name, own) for name, own in baselines.teams.items()]
        groups += [("leader", name, own) for name, own in baselines.leaders.items()]
        rows = [(baselines.week, level, name, msgspec.json.encode(own).decode()) for level, name, own in groups]
        await self._insert_baselines.run(connection, rows)

    async def forget(self, connection: AsyncConnection, *, before: int) -> None:
        """Delete what lies before a week, and weeks of people who were never there."""
        await connection.execute(delete(_BASELINE).where(_BASELINE.c.week < before))
        oldest = weeks_learnt_from(before).start - 1
        outside = _WEEK.c.person.in_(people_never_there())
        await connection.execute(delete(_WEEK).where((_WEEK.c.week < oldest) | outside))


async def freeze_baselines(connection: AsyncConnection, person: str, organisation: Organisation) -> None:
    """Let nothing change the baselines of the weeks scored so far and of the running one, before a person is erased.

    They are rounded figures over five people and more. Those of a group that the person leads stay with the people in
    it. No pass may run beside this transaction. Before the first pass there is nothing to freeze.
    """
    weeks = select(_BASELINE.c.week, _BASELINE.c.norms).where(_BASELINE.c.level == "leader", _BASELINE.c.name == person)
    # Tells the groups of several who were erased apart.
    count = (await connection.execute(select(func.count()).select_from(bulk.table_of(ErasureRow)))).scalar_one()
    rows = [
        {"week": week, "level": f"{_FORMER}{count}", "name": report, "norms": baselines}
        for week, baselines in (await connection.execute(weeks)).all()
        for report in organisation.reports(person, WeekBaselines(week).at)
    ]
    if rows:
        await connection.execute(insert(_BASELINE), rows)
    await connection.execute(update(_STATE).where(_STATE.c.scored_at > 0).values(frozen_week=_STATE.c.scored_week + 1))


async def copy_frozen_baselines(source: AsyncConnection, target: AsyncConnection) -> None:
    """Put the frozen baselines of one store into another that was never scored: they cannot be learnt again."""
    frozen = (await scoring_state(source)).frozen_week
    if frozen < 0:
        return
    rows = [dict(row) for row in (await source.execute(select(_BASELINE).where(_BASELINE.c.week <= frozen))).mappings()]
    if rows:
        await target.execute(insert(_BASELINE), rows)
    await target.execute(insert(_STATE).values(id=1, **asdict(replace(NEVER_SCORED, frozen_week=frozen))))


async def load_sums(connection: AsyncConnection, week: int) -> dict[str, Sums]:
    """Everybody's sums over the weeks that the baselines of a week are learnt from."""
    weeks = weeks_learnt_from(week)
    columns = [func.sum(_WEEK.c[name]) for name in SUMS]
    query = select(_WEEK.c.person, *columns).where(_WEEK.c.week.between(weeks.start, weeks.stop - 1))
    return {person: tuple(map(int, sums)) for person, *sums in await connection.execute(query.group_by(_WEEK.c.person))}


async def load_baselines(connection: AsyncConnection, weeks: Collection[int]) -> dict[int, WeekBaselines]:
    """Baselines of these weeks; of a week without any, the documented constants."""
    found: dict[int, dict[str, dict[str, Baselines]]] = {week: defaultdict(dict) for week in weeks}
    known: dict[str, Baselines] = {}  # groups without baselines of their own repeat those above them
    query = select(_BASELINE.c.week, _BASELINE.c.level, _BASELINE.c.name, _BASELINE.c.norms)
    for week, level, name, baselines in await connection.execute(query.where(_BASELINE.c.week.in_(sorted(weeks)))):
        if baselines not in known:
            known[baselines] = _decode(baselines)
        found[week][level][name] = known[baselines]
    return {
        week: WeekBaselines(
            week,
            groups["organisation"].get("", Baselines()),
            dict(groups["team"]),
            dict(groups["leader"]),
            _former(groups),
        )
        for week, groups in found.items()
    }


def _former(groups: Mapping[str, Mapping[str, Baselines]]) -> dict[str, Mapping[str, Baselines]]:
    return {level: dict(own) for level, own in groups.items() if level.startswith(_FORMER)}


async def load_active_days(connection: AsyncConnection, people: Collection[str], *, since: int) -> Mapping[str, int]:
    """Days on which people did anything, as bits from the Monday of week `since` on; nobody who never did."""
    days: defaultdict[str, int] = defaultdict(int)
    for part in bulk.parts(sorted(people)):
        query = select(_WEEK.c.person, _WEEK.c.week, _WEEK.c.days).where(
            _WEEK.c.person.in_(part), _WEEK.c.week >= since, _WEEK.c.days > 0
        )
        for person, week, own in await connection.execute(query):
            days[person] |= own << (week - since) * WEEK_DAYS
    return days
