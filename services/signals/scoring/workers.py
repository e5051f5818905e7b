"""Scoring in other processes. Each worker takes one group of people after the other, and uses at most one core.

A worker reads and writes the store by itself, under the version of the pass. Only lists of people and counts cross the
pipe. A worker ends with its pipe, and so with the process that started it.
"""

import asyncio
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final, Self

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from services.signals.scoring.count_weeks import WeekCounter
from services.signals.scoring.plan import Plan
from services.signals.scoring.score_people import PeopleScorer
from services.signals.settings import SignalsSettings
from shared.storage.engine.database import Database, open_database
from shared.storage.readings.store import ScoringFencedError
from shared.telemetry.memory import set_up_collector

# Starting a worker and handing it the organisation takes a second or two: not worth it for fewer.
_LARGE: Final = 5_000
# So many people times closed weeks break up the heap of the process that scores them: after half a year of 120 people
# it kept over 100 MB that malloc_trim could not give back. What a process of its own took is all gone when it ends.
_LONG: Final = 2_000
_MOST: Final = 8
_STOP_SECONDS: Final = 5.0

_FENCED: Final = "fenced"


class WorkerError(OSError):
    """A worker failed or ended. The pass can be repeated."""


def processes_for(people: int, settings: SignalsSettings, *, closed_weeks: int = 0) -> int:
    """How many workers score so many people, live and for closed weeks. 0 means that this process does it.

    The setting decides. Without one there is a worker per core for a large company or a long past.
    """
    if settings.scoring_processes:
        return settings.scoring_processes if settings.scoring_processes > 1 else 0
    if people < _LARGE and people * closed_weeks < _LONG:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST)


async def work_in_processes(
    plan: Plan,
    groups: Iterable[Sequence[str]],
    *,
    weeks: range,
    database: Database,
    settings: SignalsSettings,
    processes: int,
) -> int:
    """Count these weeks of groups of people in so many processes; without weeks, score the people.

    Returns how many rows were written.

    Raises ScoringFencedError when another pass has begun, and WorkerError. Either way every worker has ended.
    """
    waiting = iter(groups)
    url = database.engine.url
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(_Worker(plan, weeks, url, settings)) for _ in range(processes)]
        return sum(await asyncio.gather(*(_drain(worker, waiting) for worker in workers)))


async def _drain(worker: "_Worker", waiting: Iterator[Sequence[str]]) -> int:
    written = 0
    for people in waiting:  # shared: each group goes to whoever asks first
        written += await worker.work(people)
    return written


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, plan: Plan, weeks: range, url: URL, settings: SignalsSettings) -> None:
        # A new interpreter: a fork would copy threads, locks and connections in whatever state they are in.
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: Final = context.Process(target=_work, args=(theirs, plan, weeks, url, settings), daemon=True)
        self._theirs: Final = theirs

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._process.start)
        self._theirs.close()
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(OSError):
            self._pipe.send(None)
        await asyncio.to_thread(self._process.join, _STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()  # what it was writing is rolled back
            await asyncio.to_thread(self._process.join)
        self._process.close()
        self._pipe.close()

    async def work(self, people: Sequence[str]) -> int:
        """Let it deal with these people."""
        try:
            self._pipe.send(people)
            answer = await asyncio.to_thread(self._pipe.recv)
        except (EOFError, OSError) as error:
            raise WorkerError("a scoring process ended by itself") from error
        if isinstance(answer, int):
            return answer
        if answer == _FENCED:
            raise ScoringFencedError
        raise WorkerError(f"a scoring process failed: {answer}")


def _work(pipe: Connection, plan: Plan, weeks: range, url: URL, settings: SignalsSettings) -> None:
    """What a worker does, in its own process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the starter ends its workers
    set_up_collector()
    asyncio.run(_serve(pipe, plan, weeks, url, settings))


async def _serve(pipe: Connection, plan: Plan, weeks: range, url: URL, settings: SignalsSettings) -> None:
    database = open_database(url, pool_size=2)
    scorer = PeopleScorer(database=database, settings=settings)
    counter = WeekCounter(database=database)
    try:
        while (people := pipe.recv()) is not None:
            try:
                pipe.send(await (counter.count(plan, people, weeks) if weeks else scorer.score(plan, people)))
            except ScoringFencedError:
                pipe.send(_FENCED)
            except (DBAPIError, OSError) as error:
                pipe.send(type(error).__name__)
    except (EOFError, BrokenPipeError):
        return
    finally:
        await database.close()
