import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest

from services.simulator.app import build
from services.simulator.live import live
from services.simulator.settings import SimulatorSettings
from shared.schemas.registry import CanonicalEvent, event_decoder
from tests.unit.simulator.worlds import ENDS_AT, scenario, world


def _following(seed: int, *, count: int) -> list[CanonicalEvent]:
    company = live(scenario(), Random(seed))
    return [company.next_event(ENDS_AT + timedelta(seconds=3 * number)) for number in range(count)]


def test_live_events_happen_when_asked_for_and_are_new() -> None:
    happened = _following(1, count=5000)
    assert [event.time for event in happened] == [ENDS_AT + timedelta(seconds=3 * number) for number in range(5000)]
    history = {event.id for event in world(scenario())}
    fresh = {event.id for event in happened}
    assert len(fresh) == 5000
    assert not fresh & history
    decoder = event_decoder()
    assert [decoder.decode(msgspec.json.encode(event)) for event in happened] == happened


def test_live_events_are_of_every_channel() -> None:
    sources = Counter(event.source for event in _following(1, count=2000))
    assert sources.keys() == {"sim_calendar", "sim_chat", "sim_mail", "sim_ticket"}
    assert min(sources.values()) >= 50


def test_the_same_stream_gives_the_same_live_events() -> None:
    assert _following(3, count=300) == _following(3, count=300)
    assert _following(3, count=300) != _following(4, count=300)


def test_time_does_not_go_back() -> None:
    company = live(scenario(), Random(1))
    company.next_event(ENDS_AT)
    with pytest.raises(ValueError, match="before that of the last one"):
        company.next_event(ENDS_AT - timedelta(seconds=1))


async def test_the_simulator_sends_until_cancelled() -> None:
    sent: asyncio.Queue[CanonicalEvent] = asyncio.Queue()
    send: Callable[[CanonicalEvent], Awaitable[None]] = sent.put
    settings = SimulatorSettings(live_interval_seconds=0.001)
    simulator = build(settings, send=send, now=lambda: datetime.now(UTC))
    task = asyncio.create_task(simulator.run())
    async with asyncio.timeout(20):
        first, second = await sent.get(), await sent.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert first.id != second.id
    assert first.time <= second.time


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_SIMULATOR_SEED", "11")
    monkeypatch.setenv("BELLWETHER_SIMULATOR_STORIES", '["null"]')
    settings = SimulatorSettings()
    assert (settings.seed, settings.stories) == (11, ("null",))
