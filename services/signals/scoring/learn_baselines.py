"""Derives what a pass needs before it scores anybody: weeks of people, and the baselines of pairs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.scoring.people_pool import PeopleWork
from services.signals.scoring.plan import Plan
from shared.domain.facts.baselines import WeekBaselines, members_of, week_baselines
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.week import LIVE_WEEK, first_day_of_week
from shared.storage.dirty_marks import DirtyMark, DirtyMarkStore
from shared.storage.engine.database import Database
from shared.storage.facts.baselines import BaselineStore, load_baselines, load_sums
from shared.storage.readings.store import ReadingStore


@dataclass(frozen=True, slots=True)
class Learnt:
    """A plan that knows its baselines, and those of them that are new."""

    plan: Plan
    changed: Sequence[WeekBaselines]


class BaselineLearner:
    """The part of a pass that comes before everybody's readings; see `Scorer`."""

    def __init__(self, *, database: Database, people: PeopleWork) -> None:
        dialect = database.engine.dialect
        self._database: Final = database
        self._people: Final = people
        self._store: Final = BaselineStore(dialect)
        self._readings: Final = ReadingStore(dialect)
        self._marks: Final = DirtyMarkStore(dialect)

    async def learn(self, plan: Plan) -> Learnt:
        """Bring weeks of people up to date, and in a full pass the baselines.

        The returned plan also scores everybody who is compared with a changed baseline, from that week on. `finish`
        stores the changed baselines at the end of the pass. Raises ScoringFencedError.
        """
        await self._people.count(plan, plan.organisation.people, plan.new_sums)
        await self._people.count(plan, sorted(plan.affected), plan.changed_sums)
        weeks = {moment: moment for moment in (*plan.old_weeks, *plan.new_weeks)} | {LIVE_WEEK: plan.running_week}
        async with self._database.read() as connection:
            before = await load_baselines(connection, {*weeks.values(), *(plan.baseline_weeks if plan.full else ())})
        changed = await self._changed(plan, before) if plan.full else []
        baselines = before | {each.week: each for each in changed}
        if not plan.full and plan.baseline_weeks:
            async with self._database.write() as connection:
                await self._readings.hold(connection, plan.state.version)
                day = first_day_of_week(plan.baseline_weeks.start - 1)
                await self._marks.put(connection, [DirtyMark.of_baselines(day)])
        again = [each for each in changed if each.week < plan.new_weeks.start]
        affected = set(plan.affected)
        for each in again:
            affected |= compared_anew(before[each.week], each, plan.organisation)
        first = min([*plan.old_weeks, *(each.week for each in again)], default=plan.old_weeks.start)
        old_weeks = range(first, max(plan.old_weeks.stop, plan.new_weeks.start if again else first))
        missing = set(old_weeks) - weeks.keys()
        async with self._database.read() as connection:
            baselines |= await load_baselines(connection, missing - baselines.keys())
        weeks |= {week: week for week in missing}
        used = {moment: baselines[week] for moment, week in weeks.items()}
        return Learnt(replace(plan, affected=frozenset(affected), old_weeks=old_weeks, baselines=used), changed)

    async def finish(self, connection: AsyncConnection, learnt: Learnt) -> None:
        """Store the changed baselines, in the transaction that ends the pass."""
        for each in learnt.changed:
            await self._store.replace_baselines(connection, each)
        await self._store.forget(connection, before=learnt.plan.oldest_week)

    async def _changed(self, plan: Plan, before: dict[int, WeekBaselines]) -> list[WeekBaselines]:
        found = []
        for week in plan.baseline_weeks:
            async with self._database.read() as connection:
                sums = await load_sums(connection, week)
            baselines = await asyncio.to_thread(week_baselines, week, plan.organisation, sums)
            if baselines != before[week]:
                found.append(baselines)
        return found


def compared_anew(before: WeekBaselines, after: WeekBaselines, organisation: Organisation) -> set[str]:
    """Everybody whose pairs are compared with other baselines than before."""
    if before.organisation != after.organisation:
        return set(organisation.people)
    teams, leaders = (
        {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
        for one, other in ((before.teams, after.teams), (before.leaders, after.leaders))
    )
    return members_of(after, organisation, teams=teams, leaders=leaders)
