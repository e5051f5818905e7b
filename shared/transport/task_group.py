"""Work that lives and ends together."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


async def run_until_first(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run coroutines until one ends or fails; then cancel the others and raise what it raised."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
