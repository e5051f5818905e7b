"""What a pass derives before it scores anybody: weeks of people, and the norms that pairs are compared with."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.signals.scoring.people_pool import PeopleWork
from services.signals.scoring.plan import Plan
from shared.domain.facts.baselines import WeekNorms, members_of, week_norms
from shared.domain.organisation.hierarchy import Organisation
from shared.domain.week import LIVE_WEEK, first_day_of_week
from shared.storage.engine.database import Database
from shared.storage.facts.norms import NormStore, load_norms, load_sums
from shared.storage.facts.write import FactStore
from shared.storage.readings.store import ReadingStore

NORMS_MARK: Final = "~norms"
"""Mark of norms that are out of date from a day on: only a pass over everybody deals with it."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A plan that knows its norms, and those of them that are new."""

    plan: Plan
    changed: Sequence[WeekNorms]


class NormLearner:
    """The part of a pass that comes before everybody's readings; see `Scorer`."""

    def __init__(self, *, database: Database, people: PeopleWork) -> None:
        dialect = database.engine.dialect
        self._database: Final = database
        self._people: Final = people
        self._store: Final = NormStore(dialect)
        self._readings: Final = ReadingStore(dialect)
        self._facts: Final = FactStore(dialect)

    async def learn(self, plan: Plan) -> Learnt:
        """Bring weeks of people up to date, and in a full pass the norms.

        Whoever is compared with a norm that changed is scored as well, from that week on. The changed norms are to be
        stored with the end of the pass (`finish`): until then they count as not dealt with. Raises ScoringFencedError.
        """
        await self._people.count(plan, plan.organisation.people, plan.new_sums)
        await self._people.count(plan, sorted(plan.affected), plan.changed_sums)
        weeks = {moment: moment for moment in (*plan.old_weeks, *plan.new_weeks)} | {LIVE_WEEK: plan.running_week}
        async with self._database.read() as connection:
            before = await load_norms(connection, {*weeks.values(), *(plan.norm_weeks if plan.full else ())})
        changed = await self._changed(plan, before) if plan.full else []
        norms = before | {each.week: each for each in changed}
        if not plan.full and plan.norm_weeks:
            async with self._database.write() as connection:
                await self._readings.hold(connection, plan.state.version)
                day = first_day_of_week(plan.norm_weeks.start - 1)
                await self._facts.mark(connection, {NORMS_MARK: day})
        again = [each for each in changed if each.week < plan.new_weeks.start]
        affected = set(plan.affected)
        for each in again:
            affected |= compared_anew(before[each.week], each, plan.organisation)
        first = min([*plan.old_weeks, *(each.week for each in again)], default=plan.old_weeks.start)
        old_weeks = range(first, max(plan.old_weeks.stop, plan.new_weeks.start if again else first))
        missing = set(old_weeks) - weeks.keys()
        async with self._database.read() as connection:
            norms |= await load_norms(connection, missing - norms.keys())
        weeks |= {week: week for week in missing}
        used = {moment: norms[week] for moment, week in weeks.items()}
        return Learnt(replace(plan, affected=frozenset(affected), old_weeks=old_weeks, norms=used), changed)

    async def finish(self, connection: AsyncConnection, learnt: Learnt) -> None:
        """Store the changed norms, in the transaction that ends the pass."""
        for each in learnt.changed:
            await self._store.replace_norms(connection, each)
        await self._store.forget(connection, before=learnt.plan.oldest_week)

    async def _changed(self, plan: Plan, before: dict[int, WeekNorms]) -> list[WeekNorms]:
        found = []
        for week in plan.norm_weeks:
            async with self._database.read() as connection:
                sums = await load_sums(connection, week)
            norms = await asyncio.to_thread(week_norms, week, plan.organisation, sums)
            if norms != before[week]:
                found.append(norms)
        return found


def compared_anew(before: WeekNorms, after: WeekNorms, organisation: Organisation) -> set[str]:
    """Everybody whose pairs are compared with other norms than before."""
    if before.organisation != after.organisation:
        return set(organisation.people)
    teams, leaders = (
        {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
        for one, other in ((before.teams, after.teams), (before.leaders, after.leaders))
    )
    return members_of(after, organisation, teams=teams, leaders=leaders)
