"""Counts weeks of people: the sums that baselines are learnt from."""

import asyncio
from collections.abc import Sequence
from typing import Final

from services.signals.scoring.plan import Plan
from shared.domain.facts.person_weeks import CONTEXT_WEEKS, person_weeks
from shared.domain.week import DAY, first_day_of_week
from shared.storage.engine.database import Database
from shared.storage.facts.baselines import BaselineStore, PersonWeek
from shared.storage.facts.load import Histories, load_histories
from shared.storage.readings.store import ReadingStore


class WeekCounter:
    """Counts weeks from the facts and writes them, under the version of the pass."""

    def __init__(self, *, database: Database) -> None:
        dialect = database.engine.dialect
        self._database: Final = database
        self._store: Final = BaselineStore(dialect)
        self._readings: Final = ReadingStore(dialect)

    async def count(self, plan: Plan, people: Sequence[str], weeks: range) -> int:
        """Count these weeks of these people anew. Returns how many rows were written.

        Raises ScoringFencedError when another pass has begun.
        """
        since = first_day_of_week(weeks.start - CONTEXT_WEEKS) * DAY
        async with self._database.read() as connection:
            histories = await load_histories(
                connection,
                plan.organisation,
                people,
                since=since,
                excluded=plan.configuration.excluded,
                nobodys=plan.configuration.nobodys,
            )
        rows = await asyncio.to_thread(_counted, histories, weeks, plan.state.scored_week)
        async with self._database.write() as connection:
            await self._readings.hold(connection, plan.state.version)
            await self._store.replace_weeks(connection, people=people, weeks=weeks, rows=rows)
        return len(rows)


def _counted(histories: Histories, weeks: range, closed: int) -> list[PersonWeek]:
    return list(person_weeks(histories.pairs.values(), histories.acted, weeks=weeks, closed=closed))
