"""What verdicts about alerts make of a model: the top is set right, the rest is left alone, and nobody overtakes."""

import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.escalation.calibration import Outcome, recalibrated
from shared.domain.escalation.hazard_model import DEFAULT_MODEL, HazardModel, Point, probability
from shared.domain.escalation.verdict_calibration import judged, log_hazard

WEEKS = 2.0
CURVED = msgspec.structs.replace(DEFAULT_MODEL, curve=(Point(-5, -4.5), Point(-4, -4.5), Point(-2, -1.5)))


def verdicts(model: HazardModel, count: int, *, off: float, seed: int = 3) -> list[tuple[float, bool]]:
    """Alerts at the top of a model, and what people find where its log-hazard is off by so much."""
    chance = random.Random(seed)
    given_out = [model.calibrated(chance.uniform(-2.5, -1)) for _ in range(count)]
    return [(probability(eta, weeks=WEEKS), chance.random() < probability(eta + off, weeks=WEEKS)) for eta in given_out]


@given(st.floats(-10, 0.5))
def test_a_log_hazard_is_what_its_probability_was_made_from(eta: float) -> None:
    assert log_hazard(probability(eta, weeks=WEEKS), weeks=WEEKS) == pytest.approx(eta)


@pytest.mark.parametrize("chance", [0.0, 1.0, -0.1])
def test_no_chance_and_certainty_have_no_log_hazard(chance: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        log_hazard(chance, weeks=WEEKS)


@pytest.mark.parametrize("model", [DEFAULT_MODEL, CURVED], ids=["plain", "curved"])
@pytest.mark.parametrize("off", [-0.7, 0.7])
@pytest.mark.parametrize("count", [60, 400, 3_000])
def test_the_top_comes_nearer_to_what_people_found_and_the_rest_stays(
    model: HazardModel, off: float, count: int
) -> None:
    after = judged(model, verdicts(model, count, off=off), version="judged", weeks=WEEKS)
    assert after.version == "judged"
    for eta in (-9.0, -6.0, -4.5, -3.5):  # nobody was judged there
        assert after.calibrated(eta) == pytest.approx(model.calibrated(eta))
    for eta in (-1.8, -1.5, -1.2):
        assert after.calibrated(eta) == pytest.approx(model.calibrated(eta) + off, abs=0.45)
    assert (after.alpha, after.weights) == (model.alpha, model.weights)


@given(
    st.lists(st.tuples(st.floats(0.01, 0.9), st.booleans()), min_size=12, max_size=300),
    st.sampled_from([DEFAULT_MODEL, CURVED]),
)
def test_who_was_ahead_stays_ahead_or_level(found: list[tuple[float, bool]], model: HazardModel) -> None:
    found += [(0.3, True)] * 10 + [(0.3, False)]
    after = judged(model, found, version="judged", weeks=WEEKS)  # a curve that falls is refused by the model
    etas = [number / 10 for number in range(-90, 20)]
    values = [after.calibrated(eta) for eta in etas]
    assert all(right >= left - 1e-9 for left, right in pairwise(values))


def test_composition_by_hand() -> None:
    """Only the level moves with so few; the curve of the verdicts speaks of what the model gave out."""
    found = verdicts(CURVED, 40, off=0.5)
    plain = msgspec.structs.replace(CURVED, curve=())
    said = recalibrated(plain, [Outcome(log_hazard(chance, weeks=WEEKS), yes) for chance, yes in found], weeks=WEEKS)
    after = judged(CURVED, found, version="judged", weeks=WEEKS)
    for eta in (-2.0, -1.5, -1.0):
        assert after.calibrated(eta) == pytest.approx(said.calibrated(CURVED.calibrated(eta)))


@pytest.mark.parametrize("found", [[], [(0.3, True)] * 50, [(0.3, False)] * 50, [(0.3, True)] * 9 + [(0.2, False)] * 9])
def test_too_few_verdicts_or_verdicts_all_alike_move_nothing(found: list[tuple[float, bool]]) -> None:
    with pytest.raises(ValueError, match="are needed"):
        judged(DEFAULT_MODEL, found, version="judged", weeks=WEEKS)
