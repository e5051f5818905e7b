"""Repeated work: tried again after errors that pass, ended by others, and done by the owner alone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from shared.repeating import repeat

LOG = logging.getLogger("bellwether.test")
SECRET = "the value of a record"


class Rounds:
    """Work that raises what it is told to, and notes when each round came."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.times: list[float] = []

    async def work(self) -> float:
        self.times.append(asyncio.get_running_loop().time())
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return 0.0 if self.errors else 3600.0

    def pauses(self) -> list[float]:
        return [after - before for before, after in zip(self.times, self.times[1:], strict=False)]


async def run(
    work: Callable[[], Awaitable[float]], *, rounds: Callable[[], bool], owns: asyncio.Event | None = None
) -> None:
    """Repeat until there were enough rounds, then cancel."""
    task = asyncio.create_task(
        repeat(
            work, failure="nothing was sent", log=LOG, transient=(ConnectionError,), first_seconds=0.02,
            longest_seconds=0.2, owns=owns,
        )
    )  # fmt: skip
    try:
        async with asyncio.timeout(5):
            while not rounds() and not task.done():  # noqa: ASYNC110 - the work only notes when it was called
                await asyncio.sleep(0.005)
    finally:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_that_passes_is_tried_again_ever_later_and_logged_by_its_type(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = Rounds(*(ConnectionError(SECRET) for _ in range(4)), None)
    await run(failing.work, rounds=lambda: len(failing.times) == 5)
    assert caplog.messages == ["nothing was sent, will be tried again: ConnectionError"] * 4
    assert SECRET not in caplog.text
    first, second, third, fourth = failing.pauses()
    assert first >= 0.02
    assert second >= 0.04
    assert third >= 0.05
    assert fourth >= 0.05


async def test_after_a_success_the_wait_is_short_again() -> None:
    failing = Rounds(*(ConnectionError() for _ in range(5)), None, ConnectionError(), None)
    await run(failing.work, rounds=lambda: len(failing.times) == 8)
    pauses = failing.pauses()
    assert pauses[-1] < pauses[4]


async def test_any_other_error_is_raised_as_it_is() -> None:
    failing = Rounds(ConnectionError(), KeyError("unexpected"))
    with pytest.raises(KeyError, match="unexpected"):
        await run(failing.work, rounds=lambda: False)


async def test_only_the_owner_works_and_a_failing_one_stops_when_it_owns_no_more() -> None:
    owns, failing = asyncio.Event(), Rounds(*(ConnectionError() for _ in range(100)))

    async def lose() -> float:
        if len(failing.times) == 2:
            owns.clear()
        return await failing.work()

    waiting = asyncio.create_task(run(lose, rounds=lambda: len(failing.times) > 3, owns=owns))
    await asyncio.sleep(0.05)
    assert not failing.times
    owns.set()
    await asyncio.sleep(0.3)
    assert len(failing.times) == 3, "the round that was under way when it was lost is the last"
    owns.set()
    await waiting
