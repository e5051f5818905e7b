"""Waits until the running system has processed what a command sent."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from services.cli.connection import Connection, store
from services.cli.errors import NotSettledError
from shared.storage.log import progress
from shared.storage.log.progress import Sent

# Short enough that nobody notices, long enough that the store does not either.
_POLL_SECONDS = 0.2


async def wait_until_settled(
    connection: Connection,
    sent: Sequence[Sent],
    *,
    timeout_seconds: float,
    progressed: Callable[[int], None] | None = None,
) -> Counter[str]:
    """Return when the readings include everything that was sent, but for what became dead letters: those by reason.

    `progressed` is called with the number of events that still wait. Raises NotSettledError after `timeout_seconds`.
    """
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    waiting = list(sent)
    async with store(connection) as database:
        while True:
            async with database.read() as reading:
                waiting = await progress.unprocessed(reading, waiting)
                scored = not waiting and await progress.scored(reading)
            if scored:
                async with database.read() as reading:
                    return await progress.dead(reading, sent)
            if progressed is not None:
                progressed(len(waiting))
            if asyncio.get_running_loop().time() > deadline:
                raise NotSettledError(_late(connection, waiting=len(waiting), timeout_seconds=timeout_seconds))
            await asyncio.sleep(_POLL_SECONDS)


def _late(connection: Connection, *, waiting: int, timeout_seconds: float) -> str:
    if not waiting:
        return f"everything was processed, but the readings are not up to date after {timeout_seconds:g} s"
    running = "`bellwether up`" if connection.embedded else "every service"
    return (
        f"{waiting} of the events sent were not processed within {timeout_seconds:g} s; is {running} running on this "
        "store? What was sent is safe and will be processed"
    )
