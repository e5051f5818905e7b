"""Documents of escalation models, learning, and recalibration."""

import random
from itertools import pairwise
from math import exp, expm1, log
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.escalation.calibration import Outcome, isotonic, recalibrated
from shared.domain.escalation.hazard_learning import Prior, Sample, learnt, map_estimate
from shared.domain.escalation.hazard_model import (
    DEFAULT_MODEL,
    DEFAULT_MODELS,
    HazardModel,
    Point,
    Target,
    Weight,
    probability,
)
from shared.domain.facts.known_at import chain_known_at
from shared.domain.signals.escalation_risk import escalation_signals, risk, scene_of
from shared.domain.signals.escalation_terms import TERMS
from tests.bench.evaluation.plain_measures import expected_calibration_error
from tests.unit.domain.facts import AS_OF, ago, ask, chain, pair

ETAS = st.floats(-9, 1)


def outcomes(count: int, *, level: float, slope: float = 1.0, seed: int = 5) -> list[Outcome]:
    """What really happens in a week where the model's log-hazard is off by a line."""
    chance = random.Random(seed)
    etas = [chance.gauss(-3, 1) for _ in range(count)]
    return [Outcome(eta, chance.random() < probability(-3 + level + slope * (eta + 3), weeks=1)) for eta in etas]


def test_there_is_a_default_for_every_target_and_its_terms_are_measured() -> None:
    assert set(DEFAULT_MODELS) == set(get_args(Target))
    for target, model in DEFAULT_MODELS.items():
        assert model.target == target
        assert {each.term for each in model.weights} <= set(TERMS)
    assert len({model.version for model in DEFAULT_MODELS.values()}) == len(DEFAULT_MODELS)


@pytest.mark.parametrize("model", DEFAULT_MODELS.values(), ids=lambda model: model.target)
def test_a_document_survives_json(model: HazardModel) -> None:
    curved = msgspec.structs.replace(model, curve=(Point(-5, -4), Point(-2, -2.5)))
    assert msgspec.json.decode(msgspec.json.encode(curved), type=HazardModel) == curved


@pytest.mark.parametrize(
    "change",
    [
        {"curve": ((-1.0, -1.0), (-1.0, 0.0))},
        {"curve": ((-2.0, -1.0), (-1.0, -2.0))},
        {"weights": ({"term": "silence", "weight": 1.0}, {"term": "silence", "weight": 1.0})},
        {"weights": ({"term": "silence", "weight": 99.0},)},
        {"version": "no spaces"},
        {"surprise": 1},
    ],
)
def test_documents_that_make_no_sense_are_refused(change: dict[str, object]) -> None:
    document = msgspec.to_builtins(DEFAULT_MODEL) | change
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document, HazardModel)


def test_a_signal_is_made_of_onset_models_with_known_terms_only() -> None:
    with pytest.raises(ValueError, match="this model is of contact"):
        escalation_signals(DEFAULT_MODELS["contact"])
    strange = msgspec.structs.replace(DEFAULT_MODEL, weights=(Weight(term="horoscope", weight=1.0),))
    with pytest.raises(ValueError, match="horoscope"):
        escalation_signals(strange)


@given(st.lists(st.tuples(ETAS, ETAS), min_size=2, max_size=6, unique_by=lambda each: each[0]), ETAS, ETAS)
def test_recalibration_never_turns_the_order_round(
    corners: list[tuple[float, float]], one: float, other: float
) -> None:
    etas, values = sorted(eta for eta, _ in corners), sorted(value for _, value in corners)
    curve = tuple(Point(eta, value) for eta, value in zip(etas, values, strict=True))
    model = msgspec.structs.replace(DEFAULT_MODEL, curve=curve)
    low, high = sorted((one, other))
    assert model.calibrated(low) <= model.calibrated(high) + 1e-12
    for corner in curve:
        assert model.calibrated(corner.eta) == pytest.approx(corner.calibrated)


def test_contributions_include_the_recalibration_and_what_ifs_go_through_it() -> None:
    model = msgspec.structs.replace(DEFAULT_MODEL, curve=(Point(-6, -5.0), Point(-3, -4.0), Point(0, -1.0)))
    asked = chain(pair(contacts=[ask(ago(9, 9), thread=each) for each in range(9)]))
    scene = scene_of(chain_known_at(asked, AS_OF), AS_OF, {})
    assert scene is not None
    plain, curved = (risk(each, scene, horizon_days=14) for each in (DEFAULT_MODEL, model))
    total = sum(factor.contribution for factor in curved.factors)
    assert curved.value == pytest.approx(-expm1(-2 * exp(total)), abs=1e-9)
    raw = sum(factor.contribution for factor in plain.factors)
    assert total == pytest.approx(model.calibrated(raw), abs=1e-9)
    load = next(factor for factor in curved.factors if factor.name == "unheard_load")
    assert load.what_if == pytest.approx(probability(model.calibrated(raw - load.contribution), weeks=2), abs=1e-9)


def test_without_samples_nothing_is_learnt() -> None:
    model = learnt(DEFAULT_MODEL, [], version="empty", weeks=0)
    assert (model.alpha, model.weights) == (DEFAULT_MODEL.alpha, DEFAULT_MODEL.weights)
    assert (model.version, model.samples, model.positives) == ("empty", 0, 0)


def test_learning_finds_the_truth_where_there_is_much_of_it() -> None:
    chance = random.Random(3)
    samples = []
    for _ in range(20_000):
        x = (chance.gauss(0, 1), chance.gauss(0, 1))
        samples.append(Sample(x, chance.random() < probability(-3 + 0.7 * x[0] - 0.2 * x[1], weeks=1)))
    found = map_estimate(samples, [Prior(-4.4, 1.0), Prior(0.0, 0.5), Prior(0.0, 0.5)], weeks=1)
    assert found == pytest.approx([-3, 0.7, -0.2], abs=0.06)
    held = map_estimate(samples, [Prior(-4.4, 1.0), Prior(0.0, 0.0), Prior(0.0, 0.5)], weeks=1)
    assert held[1] == 0.0


def test_learning_is_slow_and_opens_after_fifty_positives() -> None:
    names = [each.term for each in DEFAULT_MODEL.weights]
    place = names.index("silence")

    def sample(number: int) -> Sample:
        loud = number % 2 == 0
        x = tuple(2.0 if each == place and loud else 0.0 for each in range(len(names)))
        return Sample(x, loud and number % 20 == 0)

    few, many = (
        learnt(DEFAULT_MODEL, [sample(each) for each in range(count)], version="x", weeks=9) for count in (400, 1200)
    )
    assert (few.positives, many.positives) == (20, 60)
    default = DEFAULT_MODEL.weights[place].weight
    assert default < few.weights[place].weight < default + 0.45
    assert many.weights[place].weight > few.weights[place].weight
    fixed = names.index("already_in_touch")
    assert many.weights[fixed] == DEFAULT_MODEL.weights[fixed]


def test_fewer_than_ten_positives_recalibrate_nothing() -> None:
    seen = [Outcome(-4.0, happened=number < 9) for number in range(500)]
    assert recalibrated(DEFAULT_MODEL, seen, weeks=1) == DEFAULT_MODEL


@pytest.mark.parametrize(("count", "least"), [(300, 10), (1_500, 50), (12_000, 200)])
def test_recalibration_sets_the_level_right(count: int, least: int) -> None:
    seen = outcomes(count, level=1.0, slope=0.6)
    assert sum(each.happened for each in seen) >= least
    model = recalibrated(DEFAULT_MODEL, seen, weeks=1)
    fresh = outcomes(20_000, level=1.0, slope=0.6, seed=9)
    before, after = (
        expected_calibration_error(
            (probability(eta, weeks=1), each.happened) for each, eta in zip(fresh, etas, strict=True)
        )
        for etas in ([each.eta for each in fresh], [model.calibrated(each.eta) for each in fresh])
    )
    assert after < (0.7 if least < 50 else 0.5) * before  # the level alone cannot mend a slope


def test_isotonic_pools_what_falls() -> None:
    assert isotonic([(1, 0.1, 1), (2, 0.5, 1), (3, 0.3, 1), (4, 0.9, 1)]) == [
        (1, 0.1),
        (2.5, pytest.approx(0.4)),
        (4, 0.9),
    ]
    assert isotonic([(1, 0.0, 1), (1, 1.0, 3)]) == [(1, 0.75)]


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 1), st.floats(0.1, 5)), max_size=30))
def test_isotonic_rises_and_keeps_the_mean(points: list[tuple[float, float, float]]) -> None:
    steps = isotonic(points)
    assert all(left[0] < right[0] and left[1] <= right[1] for left, right in pairwise(steps))


def test_calibration_error_by_hand() -> None:
    assert expected_calibration_error([(0.2, False)] * 5 + [(0.8, True)] * 5, bins=2) == pytest.approx(0.2)
    assert expected_calibration_error([(0.5, False), (0.5, True)] * 10, bins=2) == 0.0
    assert expected_calibration_error([]) == 0.0


def test_a_probability_is_the_complementary_log_log_of_the_hazard() -> None:
    assert probability(log(0.012), weeks=2) == pytest.approx(1 - exp(-0.024))
