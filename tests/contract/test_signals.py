"""What every signal owes its readers: looped over the registry, so that a new signal is held to it too."""

import re
from collections.abc import Iterable
from dataclasses import fields
from importlib import import_module
from math import exp, expm1, fsum
from pkgutil import iter_modules

import pytest

from shared.domain import signals
from shared.domain.evidence.reading import INSUFFICIENT, SHAPES, Factor
from shared.domain.evidence.suggested_actions import ACTIONS
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.facts.known_at import chain_known_at
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS
from shared.domain.signals.scoring import score_chain
from shared.domain.signals.signal import Signal, SignalOf
from tests.unit.domain.cases import EMPTY, EXTREME, ONE_SIDED, ORDINARY, THIN, Case
from tests.unit.domain.facts import ANN, AS_OF, BOB, CYD

# There is no inference of emotion, in name or in effect.
EMOTION = re.compile(
    r"\b(sentiment|emotion|mood|feel|anger|angry|happy|unhappy|sad|fear|afraid|joy|stress|frustrat|burnout|morale|anxi"
    r"|toxic|upset|engaged|disengage|satisf|motivated)\w*",
    re.IGNORECASE,
)
HORIZON_WEEKS = {"escalation_risk_14d": 2, "escalation_risk_28d": 4}
CASES = {"thin": THIN, "ordinary": ORDINARY, "extreme": EXTREME, "one-sided": ONE_SIDED}
READINGS = {name: case.readings() for name, case in CASES.items()}


def test_every_signal_that_is_written_is_in_the_registry() -> None:
    modules = [import_module(f"{signals.__name__}.{found.name}") for found in iter_modules(signals.__path__)]
    written = {each.name for module in modules for each in vars(module).values() if isinstance(each, SignalOf)}
    assert written == SIGNAL_BY_NAME.keys()
    assert len(SIGNAL_BY_NAME) == len(SIGNALS)


def test_windows_together_are_what_a_reading_looks_back_on() -> None:
    assert LONGEST_WINDOW_DAYS == 28 + 84


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_a_signal_says_what_it_is(signal: Signal) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,39}", signal.name)
    assert signal.action in ACTIONS
    assert signal.kind in SHAPES
    assert 0 < signal.window_days <= LONGEST_WINDOW_DAYS
    assert signal.floor > 0
    for text in (signal.title, signal.unit, signal.meaning, signal.caution):
        assert text.strip() == text != ""
    assert 2 <= len(re.findall(r"[.](?:\s|$)", signal.meaning)) <= 3
    assert len(re.findall(r"[.](?:\s|$)", signal.caution)) >= 1


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_bands_are_ordered(signal: Signal) -> None:
    bands = signal.bands
    assert len(bands.names) == len(bands.limits) + 1
    assert INSUFFICIENT not in bands.names
    assert list(bands.limits) == sorted(bands.limits, reverse=bands.descending)
    assert bands.names == (("healthy", "watch", "strained") if bands.descending else ("low", "elevated", "high"))
    assert [bands.of(limit) for limit in bands.limits] == list(bands.names[:-1])


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_no_word_of_emotion(signal: Signal) -> None:
    names = [factor.name for each in READINGS["extreme"].values() for factor in each.factors]
    texts = [getattr(signal, field.name) for field in fields(signal)]
    for text in [*filter(lambda text: isinstance(text, str), texts), *ACTIONS.values(), *names]:
        assert not EMOTION.search(text.replace("_", " ")), text


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_empty_history_says_nothing(signal: Signal) -> None:
    assert signal.name not in EMPTY.readings()


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_thin_history_never_makes_an_alarm(signal: Signal) -> None:
    found = READINGS["thin"].get(signal.name)
    assert found is None or found.band == INSUFFICIENT


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_an_ordinary_history_is_no_warning(signal: Signal) -> None:
    assert READINGS["ordinary"][signal.name].band == signal.bands.names[0]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_an_extreme_history_is_the_worst_band(signal: Signal) -> None:
    found = READINGS["one-sided" if signal.name == "reciprocity" else "extreme"][signal.name]
    assert found.band == signal.bands.names[-1]
    assert found.action != "keep_going"


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_a_reading_names_its_factors_and_an_action(signal: Signal) -> None:
    for found in (each[signal.name] for each in READINGS.values() if signal.name in each):
        names = [factor.name for factor in found.factors]
        assert len(names) == len(set(names)) > 0
        assert found.action in ACTIONS
        assert found.subject.kind == signal.kind
        assert not {ANN, BOB, CYD} & {word for name in names for word in name.split("_")}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_contributions_sum_to_the_score(case: Case) -> None:
    measures, readings = case.measures(), case.readings()
    assert measures.keys() == readings.keys()
    for name, measure in measures.items():
        unit = SIGNAL_BY_NAME[name].unit
        assert measure.value == pytest.approx(_score(name, unit, measure.factors), abs=1e-9), name
        # What is stored is rounded to 1e-9, factor by factor.
        assert readings[name].value == pytest.approx(_score(name, unit, readings[name].factors), abs=1e-6), name


def _score(name: str, unit: str, factors: Iterable[Factor]) -> float:
    """What the contributions make on the scale of a unit."""
    total = fsum(factor.contribution for factor in factors)
    match unit:
        case "points":
            return 100 / (1 + exp(-total))
        case "probability":
            return -expm1(-HORIZON_WEEKS.get(name, 1) * exp(total))
        case _:
            return total


def test_every_signal_has_every_case() -> None:
    """Otherwise the tests above would hold nobody to anything."""
    names = {signal.name for signal in SIGNALS}
    assert all(READINGS[case].keys() == names for case in ("thin", "ordinary", "extreme"))


def test_a_chain_signal_never_needs_the_pair_signals() -> None:
    """Where the measures of person and leader are missing, the chain is scored all the same."""
    assert {each.signal for each in score_chain(chain_known_at(ORDINARY.chain, AS_OF), AS_OF, {})} == {
        signal.name for signal in SIGNALS if signal.kind == "chain"
    }
