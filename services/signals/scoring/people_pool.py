"""Scores people group by group: in this process, or in several for a large company or a long past."""

from collections.abc import Sequence
from typing import Final

from services.signals.scoring.count_weeks import WeekCounter
from services.signals.scoring.plan import Plan
from services.signals.scoring.score_people import PeopleScorer
from services.signals.scoring.workers import processes_for, work_in_processes
from services.signals.settings import SignalsSettings
from shared.storage.engine.database import Database

# Readings of a group are in memory at the same time: with half a year to compute, groups are smaller. At three times as
# many `make run` peaked at 1,009 MB with two workers instead of 713, and was no faster.
_GROUP_MOMENTS: Final = 200


class PeopleWork:
    """Scores people, and counts their weeks beforehand."""

    def __init__(self, *, database: Database, settings: SignalsSettings) -> None:
        self._database: Final = database
        self._settings: Final = settings
        self._scorer: Final = PeopleScorer(database=database, settings=settings)
        self._counter: Final = WeekCounter(database=database)

    async def score(self, plan: Plan, people: Sequence[str]) -> int:
        """Score these people. Returns how many readings were written. Raises ScoringFencedError and WorkerError."""
        size = max(1, min(self._settings.chunk_people, _GROUP_MOMENTS // plan.most_moments))
        return await self._share(plan, people, size, weeks=range(0))

    async def count(self, plan: Plan, people: Sequence[str], weeks: range) -> int:
        """Count these weeks of these people. Returns how many rows were written. Raises as `score` does."""
        return await self._share(plan, people, self._settings.chunk_people, weeks=weeks) if weeks else 0

    async def _share(self, plan: Plan, people: Sequence[str], size: int, *, weeks: range) -> int:
        groups = [people[start : start + size] for start in range(0, len(people), size)]
        closed = 0 if weeks else plan.most_moments - 1  # to count is little beside to score
        processes = min(processes_for(len(people), self._settings, closed_weeks=closed), len(groups))
        if processes:
            return await work_in_processes(
                plan, groups, weeks=weeks, database=self._database, settings=self._settings, processes=processes
            )
        written = 0
        for group in groups:
            if weeks:
                written += await self._counter.count(plan, group, weeks)
            else:
                written += await self._scorer.score(plan, group)
        return written
