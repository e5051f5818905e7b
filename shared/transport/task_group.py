"""Coroutines that run side by side and end together."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


class _EndedError(Exception):
    """One of the coroutines has ended. Raised inside the group, so that it cancels the others."""


async def run_until_first(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run coroutines until one ends or fails, cancel the others, and wait for these.

    Raises what the first one raised, by itself and not in a group: callers tell errors apart by their type.
    """
    failure: BaseException = _EndedError()
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(_ending(each))
    except BaseExceptionGroup as errors:
        failure = errors.exceptions[0]  # in the order in which they were raised
    if not isinstance(failure, _EndedError):
        raise failure


async def _ending(work: Coroutine[Any, Any, None]) -> None:
    await work
    raise _EndedError
