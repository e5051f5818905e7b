"""Scoring on several processes gives the very same readings, and a worker that fails ends the pass, not the service."""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.signals.scoring.scorer import Scorer
from services.signals.scoring.workers import WorkerError, _Worker, processes_for, work_in_processes
from services.signals.settings import SignalsSettings
from shared.storage.readings.store import ReadingStore, ScoringFencedError
from tests.storage.company import Store, from_scratch, opened
from tests.storage.test_scoring import PEOPLE, TRAFFIC


def scorer_of(store: Store, processes: int) -> Scorer:
    url = store.writer.engine.url.render_as_string(hide_password=False)
    settings = SignalsSettings(database=url, chunk_people=2, scoring_processes=processes)
    return Scorer(database=store.writer, settings=settings, metrics=store.metrics)


async def test_processes_give_the_same_readings(database_url: str, tmp_path: Path) -> None:
    alone = await from_scratch(tmp_path, [*PEOPLE, *TRAFFIC])
    async with opened(database_url) as store:
        await store.take([*PEOPLE, *TRAFFIC])
        await scorer_of(store, processes=2).settle()
        assert await store.readings() == alone


async def test_another_pass_ends_this_one(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *TRAFFIC])
        scorer = scorer_of(store, processes=2)
        plan = await scorer._planner.plan(full=True)
        assert plan is not None
        async with store.database.write() as connection:
            await ReadingStore(store.database.engine.dialect).begin_pass(connection)
        with pytest.raises(ScoringFencedError):
            await work_in_processes(
                plan,
                groups(plan.organisation.people),
                weeks=range(0),
                database=store.writer,
                settings=SignalsSettings(),
                processes=2,
            )
        assert await store.readings() == []


async def test_a_worker_that_is_killed_ends_the_pass(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await store.take([*PEOPLE, *TRAFFIC])
        scorer = scorer_of(store, processes=2)
        plan = await scorer._planner.plan(full=True)
        assert plan is not None
        async with _Worker(plan, range(0), store.writer.engine.url, SignalsSettings()) as worker:
            pid = worker._process.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(WorkerError):
                await asyncio.wait_for(worker.work(plan.organisation.people), 30)
        # The next pass is a whole one.
        await scorer.settle()
        assert len(await store.readings()) > 50


def test_a_small_company_with_a_short_past_is_scored_by_the_service_itself() -> None:
    assert processes_for(4_999, SignalsSettings()) == 0
    assert processes_for(120, SignalsSettings(), closed_weeks=2) == 0
    assert 1 <= processes_for(120, SignalsSettings(), closed_weeks=26) <= 8
    assert 1 <= processes_for(100_000, SignalsSettings()) <= 8
    assert processes_for(10, SignalsSettings(scoring_processes=3)) == 3
    assert processes_for(100_000, SignalsSettings(scoring_processes=1), closed_weeks=26) == 0


def groups(people: Sequence[str]) -> list[Sequence[str]]:
    return [people[start : start + 2] for start in range(0, len(people), 2)]
