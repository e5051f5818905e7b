"""Makes the simulator."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from services.simulator.chance import stream
from services.simulator.live import Live, live
from services.simulator.scenario import Scenario
from services.simulator.settings import SimulatorSettings
from shared.schemas.registry import CanonicalEvent

Send = Callable[[CanonicalEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Simulator:
    """A simulated company that sends live events."""

    company: Live
    send: Send
    now: Callable[[], datetime]
    interval_seconds: float

    async def run(self) -> None:
        """Send one event every interval until cancelled. What `send` raises ends it."""
        while True:
            await self.send(self.company.next_event(self.now()))
            await asyncio.sleep(self.interval_seconds)


def build(settings: SimulatorSettings, *, send: Send, now: Callable[[], datetime]) -> Simulator:
    """Make the simulator. Its history ends when it is built. Raises ValueError for an impossible scenario.

    Args:
        settings: What company, which stories and how often something happens.
        send: Publishes an event; awaited before the next one is made.
        now: The clock, with time zone; it must not go back.
    """
    scenario = Scenario(
        seed=settings.seed,
        ends_at=now(),
        people=settings.people,
        weeks=settings.weeks,
        stories=settings.stories,
    )
    return Simulator(
        company=live(scenario, stream(settings.seed, "live")),
        send=send,
        now=now,
        interval_seconds=settings.live_interval_seconds,
    )
