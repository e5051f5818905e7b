"""What every signal owes its readers: looped over the registry, so that a new signal is held to it too."""

import re
from dataclasses import fields

import pytest

from shared.domain.actions import ACTIONS
from shared.domain.evidence import LONGEST_WINDOW_DAYS
from shared.domain.history import ChainHistory, Mark, Step
from shared.domain.reading import INSUFFICIENT, Reading
from shared.domain.scoring import score_chain, score_pair
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS
from shared.domain.signals.signal import ChainSignal, PairSignal, Signal
from tests.unit.domain.facts import (
    ANN,
    AS_OF,
    BOB,
    CYD,
    TODAY,
    ago,
    answer,
    ask,
    chain,
    contact,
    count,
    meeting,
    pair,
    step,
)

# There is no inference of emotion, in name or in effect.
EMOTION = re.compile(
    r"\b(sentiment|emotion|mood|feel|anger|angry|happy|unhappy|sad|fear|afraid|joy|stress|frustrat|burnout|morale|anxi"
    r"|toxic|upset|engaged|disengage|satisf|motivated)\w*",
    re.IGNORECASE,
)
THIN = chain(
    pair(days=[count(3, ANN, BOB, messages=1)], contacts=[ask(ago(3))]),
    sent_by_day={TODAY - 3: 1},
)
ORDINARY = chain(
    pair(
        days=[
            count(day, *sides, channel, messages=2, replies=1)
            for day in range(1, 112)
            for sides in ((ANN, BOB), (BOB, ANN))
            for channel in ("chat",)
        ],
        contacts=[
            each
            for day in range(1, 112, 2)
            for each in (ask(ago(day, 9), thread=day), answer(ago(day, 10), thread=day))
        ],
        meetings=[meeting(ago(day)) for day in range(3, 112, 7)],
        steps=[step(ago(day), BOB, ANN, Step.RESOLUTION, ticket=day) for day in range(1, 112, 3)],
    ),
    contacts=[contact(ago(40), ANN, CYD, others=(BOB,))],
    meetings=[meeting(ago(25), (ANN, CYD), organiser=CYD, series=1)],
    sent_by_day={TODAY - day: 4 for day in range(112)},
)
EXTREME = chain(
    pair(
        days=[count(day, ANN, BOB, messages=500) for day in range(60, 112)],
        contacts=[ask(ago(day, 9), thread=day * 100 + each) for day in range(4, 112) for each in range(5)],
        meetings=[
            *(meeting(ago(day)) for day in range(60, 112, 7)),
            *(meeting(ago(day), cancelled_by=BOB) for day in range(1, 28, 7)),
        ],
        steps=[step(ago(day), ANN, BOB, Step.SLA_BREACH, ticket=day) for day in range(1, 28)]
        + [step(ago(day, 12), ANN, BOB, Step.REOPEN, ticket=day) for day in range(1, 28)],
    ),
    contacts=[contact(ago(day), ANN, CYD, marks=Mark.TEXT) for day in range(1, 20)],
    sent_by_day={TODAY - day: 50 for day in range(112)},
)
WORST = {"healthy": 0, "watch": 1, "strained": 2, "low": 0, "elevated": 1, "high": 2}


def readings(history: ChainHistory) -> dict[str, Reading]:
    found, measures = score_pair(history.with_leader, AS_OF)
    return {each.signal: each for each in [*found, *score_chain(history, AS_OF, measures)]}


def test_the_registry_is_complete() -> None:
    assert [signal.name for signal in SIGNALS] == [
        "cadence",
        "one_on_one",
        "responsiveness",
        "reciprocity",
        "friction",
        "relationship_health",
        "bypass_contact",
        "unheard",
        "escalation_risk_14d",
        "escalation_risk_28d",
    ]
    assert len(SIGNAL_BY_NAME) == len(SIGNALS)
    assert LONGEST_WINDOW_DAYS == 28 + 84


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_a_signal_says_what_it_is(signal: Signal) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,39}", signal.name)
    assert signal.action in ACTIONS
    assert signal.kind == ("pair" if isinstance(signal, PairSignal) else "chain")
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
    assert bands.names == (("healthy", "watch", "strained") if signal.kind == "pair" else ("low", "elevated", "high"))
    assert [bands.of(limit) for limit in bands.limits] == list(bands.names[:-1])


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_no_word_of_emotion(signal: Signal) -> None:
    names = [factor.name for each in readings(EXTREME).values() for factor in each.factors]
    texts = [getattr(signal, field.name) for field in fields(signal)]
    for text in [*filter(lambda text: isinstance(text, str), texts), *ACTIONS.values(), *names]:
        assert not EMOTION.search(text.replace("_", " ")), text


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_empty_history_says_nothing(signal: Signal) -> None:
    assert signal.name not in readings(chain())


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_thin_history_never_makes_an_alarm(signal: Signal) -> None:
    found = readings(THIN).get(signal.name)
    assert found is None or found.band == INSUFFICIENT


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_an_ordinary_history_is_no_warning(signal: Signal) -> None:
    assert readings(ORDINARY)[signal.name].band == signal.bands.names[0]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_an_extreme_history_is_the_worst_band(signal: Signal) -> None:
    found = readings(EXTREME)[signal.name]
    if signal.name == "reciprocity":
        assert found.band == INSUFFICIENT  # nobody has written for two months
        return
    assert found.band == signal.bands.names[-1]
    assert found.action != "keep_going"


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_a_reading_names_its_factors_and_an_action(signal: Signal) -> None:
    for history in (THIN, ORDINARY, EXTREME):
        found = readings(history).get(signal.name)
        if found is None:
            continue
        names = [factor.name for factor in found.factors]
        assert len(names) == len(set(names)) > 0
        assert found.action in ACTIONS
        assert found.subject.people == ((ANN, BOB) if isinstance(signal, PairSignal) else (ANN, BOB, CYD))
        assert not {ANN, BOB, CYD} & {word for name in names for word in name.split("_")}


def test_a_chain_signal_never_needs_the_pair_signals() -> None:
    """Where the measures of person and leader are missing, the chain is scored all the same."""
    assert {each.signal for each in score_chain(ORDINARY, AS_OF, {})} == {
        signal.name for signal in SIGNALS if isinstance(signal, ChainSignal)
    }
