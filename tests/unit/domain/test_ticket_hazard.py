"""Ticket hazards: where a ticket is tells most, and what happened to it moves that."""

from dataclasses import replace
from math import log

import pytest

from shared.domain.escalation.hazard_model import DEFAULT_MODEL, probability
from shared.domain.escalation.ticket_hazard import (
    DEFAULT_TICKET_MODELS,
    TERMS,
    USUAL,
    Share,
    TicketState,
    log_hazard,
    log_rate,
    terms,
)

NEW = TicketState(hours_open=0.0, handoffs=0, came_down=0, reopens=0, line=1, priority=3, queued=False, waiting=False)


@pytest.mark.parametrize("target", DEFAULT_TICKET_MODELS)
def test_a_new_ordinary_ticket_has_the_usual_share(target: str) -> None:
    model = DEFAULT_TICKET_MODELS[target]  # type: ignore[index]  # every key there is
    assert {each.term for each in model.weights} <= set(TERMS)
    assert probability(log_hazard(model, NEW), weeks=1) == pytest.approx(USUAL[target], abs=1e-3)  # type: ignore[index]


def test_a_rate_is_drawn_towards_the_usual_one() -> None:
    assert log_rate(Share(), usual=0.2) == 0.0
    assert log_rate(Share(5, 10), usual=0.2) == pytest.approx(log((5 + 2) / 20 / 0.2))
    assert log_rate(Share(10_000, 10_000), usual=0.02) == 3.0
    assert log_rate(Share(0, 10_000), usual=0.02) == -3.0


def test_groups_that_pass_up_raise_and_waiting_for_the_requester_lowers() -> None:
    model = DEFAULT_TICKET_MODELS["ticket_goes_up"]
    usual = log_hazard(model, NEW)
    assert log_hazard(model, replace(NEW, of_group=Share(40, 50))) > usual
    assert log_hazard(model, replace(NEW, of_kind=Share(0, 50))) < usual
    assert log_hazard(model, replace(NEW, came_down=1)) > usual
    assert log_hazard(model, replace(NEW, waiting=True)) < usual
    assert log_hazard(model, replace(NEW, line=2)) < usual


def test_the_extreme_is_bounded() -> None:
    worst = replace(
        NEW, hours_open=1e6, handoffs=10**6, came_down=10**6, reopens=10**6, priority=5, of_group=Share(1e9, 1e9)
    )
    for model in DEFAULT_TICKET_MODELS.values():
        assert all(abs(x) <= 3 for x in terms(model, worst))
        assert 0 < probability(log_hazard(model, worst), weeks=1) <= 1


def test_a_model_of_chains_is_refused() -> None:
    with pytest.raises(KeyError):
        log_hazard(DEFAULT_MODEL, NEW)
