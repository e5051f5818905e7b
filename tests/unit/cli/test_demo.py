import os
from datetime import UTC, datetime, timedelta

import pytest

from services.cli.up.demo import company_clock, now
from services.simulator.settings import SimulatorSettings

MONDAY = datetime(2025, 11, 24, 12, tzinfo=UTC)


def test_a_company_lives_on_from_the_instant_its_past_ends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "BELLWETHER_SIMULATOR_ENDS_AT", "2025-11-24T13:00:00+01:00")
    clock = company_clock(SimulatorSettings())
    first, second = clock(), clock()
    assert MONDAY <= first <= second < MONDAY + timedelta(minutes=1)


def test_without_one_it_goes_by_the_clock() -> None:
    before = now()
    assert before <= company_clock(SimulatorSettings())() <= now()


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        SimulatorSettings(ends_at=datetime(2025, 11, 24))  # noqa: DTZ001 - which is the point
