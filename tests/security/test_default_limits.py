"""What nobody sets is a limit as well. Tests set their own, and would not notice a default that is no limit at all."""

from typing import Final

import pytest

from services.api.settings import ApiSettings
from services.signals.settings import SignalsSettings
from shared.domain.release.panels import WINDOW_WEEKS
from shared.domain.release.rule import Limits, rule_of
from shared.domain.release.steps import EVIDENCE_WEEKS, FEWEST_EXACT
from shared.domain.signals import SIGNALS
from shared.telemetry.guess_limits import GuessLimits, TooManyGuessesError

MOST: Final = {
    "connections": 1_024, "connections_per_address": 512, "head_seconds": 15, "body_seconds": 30, "request_seconds": 60,
    "wrong_credentials_per_address": 30, "wrong_credentials": 300, "requests_per_credential": 3_000,
    "requests_per_tenant": 30_000,
}  # fmt: skip


@pytest.mark.parametrize("name", MOST)
def test_no_default_is_more_than_it_protects_from(name: str) -> None:
    assert 0 < ApiSettings.model_fields[name].default <= MOST[name]


def test_cells_are_no_smaller_by_default_than_is_promised() -> None:
    assert SignalsSettings.model_fields["k"].default >= 5
    assert SignalsSettings.model_fields["k_leader"].default >= 10


def test_what_is_promised_in_numbers_is_kept_in_numbers() -> None:
    """Tests that take a number from the product hold for any; these stand in SECURITY.md."""
    assert EVIDENCE_WEEKS >= 8
    assert FEWEST_EXACT >= 20
    assert WINDOW_WEEKS >= 4
    assert [rule_of(signal, Limits()).fewest >= 10 for signal in SIGNALS if signal.family == "escalation"] == [True] * 4


def test_guesses_without_settings_are_few() -> None:
    limits, looked_at = GuessLimits(clock=lambda: 0.0), 0
    for number in range(5_000):
        try:
            limits.begin(f"10.{number // 250}.{number % 250}.1", f"guess {number}")
            looked_at += 1
        except TooManyGuessesError:
            pass
    assert 0 < looked_at <= 2_000
