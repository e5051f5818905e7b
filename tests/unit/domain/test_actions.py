import pytest

from shared.domain.actions import ACTIONS, action_text
from shared.domain.reading import Factor


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
