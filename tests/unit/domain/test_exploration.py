"""Hand-computed cases of exploration. `D(age)` is the weight of a text of that age: it halves in 30 days."""

from math import exp, fsum

import pytest

from shared.domain.evidence.reading import Measure
from shared.domain.facts.history import WholePair
from shared.domain.facts.known_at import pair_known_at
from shared.domain.signals.exploration import EXPLORATION
from shared.domain.signals.relationship_health import RELATIONSHIP_HEALTH
from tests.unit.domain.facts import ANN, AS_OF, BOB, known, pair, text

STRENGTH = 16


def D(age: int) -> float:  # noqa: N802 - stands for the formula's symbol
    return float(0.5 ** (age / 30))


def S(logit: float) -> float:  # noqa: N802 - stands for the formula's symbol
    return 100 / (1 + exp(-logit))


def measured(history: WholePair) -> Measure:
    measure = EXPLORATION.compute(pair_known_at(history, AS_OF), AS_OF, {})
    assert measure is not None
    return measure


def factors(measure: Measure) -> dict[str, tuple[float, float]]:
    """Value and contribution by name."""
    return {factor.name: (factor.value, factor.contribution) for factor in measure.factors}


def z(total: float, texts: float, expected: float, within: float) -> float:
    mean = (total + STRENGTH * expected) / (texts + STRENGTH)
    return min(max((mean - expected) / (within / 4), -3), 3)


def test_no_text_says_nothing() -> None:
    assert EXPLORATION.compute(known(), AS_OF, {}) is None


def test_what_ann_does_with_what_bob_says() -> None:
    answers = {
        "texts": 2, "questions": 1, "responses": 2, "acknowledged_halves": 4, "follow_ups": 1, "uptake_texts": 2,
        "uptake": 40, "receptiveness_texts": 1, "receptiveness": 20,
    }  # fmt: skip
    measure = measured(pair(texts=[text(day, ANN, BOB, "chat", **answers) for day in (2, 9, 16)]))
    weight = D(2) + D(9) + D(16)
    found = factors(measure)
    acknowledged = 0.5 * z(2 * weight, 2 * weight, 0.10, 0.28)
    uptake = 0.4 * z(0.4 * weight, 2 * weight, -0.39, 0.30)
    receptive = 0.4 * z(0.2 * weight, weight, -0.38, 0.19)
    follow_ups = 0.3 * z(weight, 2 * weight, 0.05, 0.21)
    assert found["acknowledged_first_by_first"] == pytest.approx((1.0, acknowledged))
    assert found["uptake_by_first"] == pytest.approx((0.2, uptake))
    assert found["receptiveness_by_first"] == pytest.approx((0.2, receptive))
    assert found["follow_ups_by_first"] == pytest.approx((0.5, follow_ups))
    assert found["questions_by_first"] == (0.5, 0.0)
    assert found["advocacy_by_first"] == (0.0, 0.0)  # no debate
    assert measure.value == pytest.approx(S(1 + acknowledged + uptake + receptive + follow_ups))
    assert measure.evidence == 6
    assert measure.confidence == pytest.approx(2 * weight / (2 * weight + STRENGTH))
    assert measure.action == "keep_going"


def test_directions_are_kept_and_the_less_heard_side_weighs_three_quarters() -> None:
    heard = [text(day, ANN, BOB, texts=5, responses=5, acknowledged_halves=8) for day in (2, 9)]
    unheard = [text(day, BOB, ANN, texts=5, responses=5) for day in (2, 9)]
    weight = 5 * (D(2) + D(9))
    by_ann, by_bob = 0.5 * z(0.8 * weight, weight, 0.10, 0.28), 0.5 * z(0, weight, 0.10, 0.28)
    found = factors(measured(pair(texts=heard + unheard)))
    assert found["acknowledged_first_by_first"] == pytest.approx((0.8, 0.25 * by_ann))
    assert found["acknowledged_first_by_second"] == pytest.approx((0.0, 0.75 * by_bob))
    assert measured(pair(texts=heard + unheard)).action == "acknowledge_first"


def test_a_habit_is_partly_forgiven_and_a_change_is_shown() -> None:
    now = [text(day, BOB, ANN, texts=5, responses=5) for day in (2, 9)]
    usual = [text(day, BOB, ANN, texts=5, responses=5, acknowledged_halves=5) for day in range(30, 100, 7)]
    habit = (25 + STRENGTH * 0.10) / (50 + STRENGTH)
    expected = 0.10 + 0.3 * (habit - 0.10)
    weight = 5 * (D(2) + D(9))
    found = factors(measured(pair(texts=now + usual)))
    assert found["acknowledged_first_by_second"][1] == pytest.approx(0.5 * z(0, weight, expected, 0.28))
    assert found["change"][0] == pytest.approx(0.5 * z(0, weight, habit, 0.28))


def test_advocacy_counts_in_debates_only() -> None:
    def advocacy(texts: int, of_bob: int) -> float:
        history = pair(
            texts=[
                text(2, ANN, BOB, texts=texts, advocacy=9, inquiry=1, responses=1),
                text(2, BOB, ANN, texts=1, advocacy=of_bob),
            ]
        )
        return factors(measured(history))["advocacy_by_first"][1]

    alone = -0.2 * z(9 * D(2), 10 * D(2), 0.52, 0.5)
    assert advocacy(texts=2, of_bob=1) == pytest.approx(0.75 * alone)
    assert advocacy(texts=1, of_bob=1) == 0  # two messages are no debate
    assert advocacy(texts=2, of_bob=0) == 0  # nor is one position


def test_two_channels_are_two_talks() -> None:
    texts = [
        text(2, ANN, BOB, "chat", texts=2, advocacy=5, responses=1),
        text(2, BOB, ANN, "mail", texts=2, advocacy=5, responses=1),
    ]
    assert factors(measured(pair(texts=texts)))["advocacy_by_first"] == (0.0, 0.0)


def test_another_language_is_said_and_not_guessed_at() -> None:
    measure = measured(pair(texts=[text(2, ANN, BOB, other_language=40)]))
    assert factors(measure)["other_language"][0] == 40
    assert measure.evidence < EXPLORATION.floor
    assert measure.value == pytest.approx(S(1))


def test_the_extreme_is_bounded() -> None:
    worst = {
        "texts": 500, "advocacy": 5000, "responses": 500, "uptake_texts": 500, "uptake": -150_000,
        "receptiveness_texts": 500, "receptiveness": -150_000,
    }  # fmt: skip
    texts = [text(day, one, other, "chat", **worst) for day in range(28) for one, other in ((ANN, BOB), (BOB, ANN))]
    measure = measured(pair(texts=texts))
    assert measure.value >= S(1 - 3 * (0.5 + 0.4 + 0.4 + 0.3 + 0.2))
    assert EXPLORATION.bands.of(measure.value) == "strained"


def test_health_gives_each_behaviour_the_weight_of_the_notes() -> None:
    history = pair(texts=[text(day, BOB, ANN, texts=5, responses=5) for day in (2, 9)])
    part = measured(history)
    health = RELATIONSHIP_HEALTH.compute(pair_known_at(history, AS_OF), AS_OF, {"exploration": part})
    assert health is not None
    added = fsum(factor.contribution for factor in part.factors) - 1
    assert health.value == pytest.approx(S(1 + 0.5 * added))
    assert health.action == "acknowledge_first"


def test_metadata_alone_is_no_less_certain() -> None:
    history = pair(texts=[text(2, BOB, ANN, texts=5, responses=5)])
    other = Measure(value=73, confidence=1.0, factors=(), evidence=9)
    alone = RELATIONSHIP_HEALTH.compute(pair_known_at(history, AS_OF), AS_OF, {"responsiveness": other})
    both = RELATIONSHIP_HEALTH.compute(
        pair_known_at(history, AS_OF), AS_OF, {"responsiveness": other, "exploration": measured(history)}
    )
    assert alone is not None
    assert both is not None
    assert alone.confidence == pytest.approx(0.4 / 1.2)
    assert both.confidence == pytest.approx((0.4 + 0.5 * measured(history).confidence) / 1.7)
