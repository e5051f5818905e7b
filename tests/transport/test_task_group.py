"""Coroutines that end together: with the first that ends, and by its error alone."""

import asyncio

import pytest

from shared.transport.errors import ServiceError
from shared.transport.task_group import run_until_first

ended: list[str] = []


async def waiting(name: str, *, cleanup: Exception | None = None) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append(name)
        if cleanup is not None:
            raise cleanup


async def returning() -> None:
    await asyncio.sleep(0)


async def failing(error: Exception) -> None:
    await asyncio.sleep(0)
    raise error


@pytest.fixture(autouse=True)
def nothing_ended() -> None:
    ended.clear()


async def test_the_first_that_returns_ends_the_others() -> None:
    await run_until_first([waiting("a"), returning(), waiting("b")])
    assert sorted(ended) == ["a", "b"]


async def test_the_first_error_is_raised_by_itself_with_its_cause() -> None:
    error = ServiceError("the store is gone")
    error.__cause__ = OSError("the disk")
    with pytest.raises(ServiceError) as raised:
        await run_until_first([waiting("a", cleanup=KeyError("late")), failing(error), waiting("b")])
    assert raised.value is error
    assert isinstance(raised.value.__cause__, OSError)
    assert sorted(ended) == ["a", "b"]


async def test_whoever_is_cancelled_ends_all_and_stays_cancelled() -> None:
    task = asyncio.create_task(run_until_first([waiting("a"), waiting("b")]))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["a", "b"]
