import re

import pytest

from shared.domain.evidence.reading import Factor
from shared.domain.evidence.suggested_actions import ACTIONS, action_text
from shared.domain.signals import SIGNALS
from shared.domain.signals.signal import Signal
from tests.unit.domain.cases import EXTREME, ORDINARY


@pytest.mark.parametrize("key", ACTIONS)
def test_every_action_has_a_text_without_factors(key: str) -> None:
    assert action_text(key, ()) == ACTIONS[key]
    assert "{" not in ACTIONS[key]
    assert ACTIONS[key].endswith(".")


def test_counts_of_open_asks() -> None:
    text = action_text("close_the_loop", [Factor("open_asks", 3), Factor("oldest_open_days", 9.7)])
    assert text == "Close the loop on 3 open asks, the oldest 9 days old; acknowledge first, then add."


def test_one_open_ask() -> None:
    factors = [
        Factor("open_asks_to_first", 0),
        Factor("open_asks_to_second", 1),
        Factor("oldest_open_days_to_second", 1),
    ]
    assert (
        action_text("close_the_loop", factors)
        == "Close the loop on 1 open ask, 1 day old; acknowledge first, then add."
    )
    assert action_text("close_the_loop", [Factor("open_asks", 1)]).startswith(
        "Close the loop on 1 open ask, from today;"
    )


def test_nothing_open_leaves_the_plain_text() -> None:
    assert action_text("close_the_loop", [Factor("open_asks", 0)]) == ACTIONS["close_the_loop"]


def test_weeks_since_the_last_one_on_one() -> None:
    text = action_text("restore_one_on_one", [Factor("weeks_since_last", 5.9)])
    assert text.endswith("protect it. The last one was 5 weeks ago.")


def test_an_unknown_action_is_an_error() -> None:
    with pytest.raises(KeyError):
        action_text("reprimand", ())


# An action invites somebody to do something; it never says what somebody is, did wrong or deserves.
JUDGEMENT = re.compile(
    r"\b(should have|must|fail\w*|fault|blame|poor|bad|weak|lazy|difficult|problem|underperform\w*|reprimand|warn\w*|"
    r"disciplin\w*|rating|rank\w*|monitor\w*|assess\w*|appraisal|report (?:him|her|them)|always|never)\b",
    re.IGNORECASE,
)
INVITES = re.compile(r"^(Nothing to repair|Close|Try|Lead|Move|Book|Put|Invite|Agree|Catch up|Ask|Go round|Explore)\b")


@pytest.mark.parametrize("key", ACTIONS)
def test_an_action_is_an_invitation_and_no_judgement(key: str) -> None:
    text = ACTIONS[key]
    assert INVITES.match(text)
    assert not JUDGEMENT.search(text)
    assert len(text) <= 120


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_the_action_follows_the_factor_that_costs_most(signal: Signal) -> None:
    """Nothing is suggested where nothing costs anything, and every suggestion is one of the list."""
    for case in (ORDINARY, EXTREME):
        found = case.readings()[signal.name]
        worse = -1 if signal.bands.descending else 1
        costs = [factor for factor in found.factors if worse * factor.contribution > 0 and factor.name != "base_rate"]
        assert found.action in ACTIONS
        if found.band == signal.bands.names[-1]:
            assert costs
            assert found.action != "keep_going"
