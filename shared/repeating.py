"""Work that a process repeats for as long as it runs, and tries again after errors that pass."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter


async def repeat(
    work: Callable[[], Awaitable[float]],
    *,
    failure: str,
    log: logging.Logger,
    transient: tuple[type[Exception], ...],
    first_seconds: float,
    longest_seconds: float,
    owns: asyncio.Event | None = None,
) -> NoReturn:
    """Do the work, sleep for as many seconds as it returns, and begin again. Runs until cancelled.

    With `owns`, only while that event is set: of several processes the one that owns the singleton work does it.

    After a `transient` error the work is tried again after `first_seconds`. The wait doubles with every further error,
    up to `longest_seconds`. Up to a quarter of `first_seconds` is added by chance, so that processes which lost the
    same store or broker do not all come back at once. Any other error is raised.

    `failure` says in the log what was not done. Of the error only the type is logged: its message may quote a record.
    """

    def note(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.warning("%s, will be tried again: %s", failure, type(error).__name__)

    async def do() -> float:
        if owns is not None:
            await owns.wait()
        return await work()

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(transient),
        wait=wait_exponential_jitter(multiplier=first_seconds, max=longest_seconds, jitter=first_seconds / 4),
        before_sleep=note,
    )
    while True:
        pause: float = await retrying(do)
        await asyncio.sleep(pause)
