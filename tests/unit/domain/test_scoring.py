"""Properties of scoring that hold for any history: a function of the set of facts known at the instant."""

import random
from dataclasses import replace
from math import exp, expm1, fsum
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.evidence.reading import Reading
from shared.domain.facts.history import (
    COUNTERS,
    TEXT_COUNTERS,
    Channel,
    Contact,
    DayCount,
    Mark,
    Meeting,
    Step,
    TextDay,
    TicketStep,
    WholeChain,
    WholePair,
)
from shared.domain.facts.known_at import chain_known_at, pair_known_at
from shared.domain.signals import LONGEST_WINDOW_DAYS, SIGNAL_BY_NAME, SIGNALS
from shared.domain.signals.scoring import score_chain, score_pair
from shared.domain.week import DAY, HOUR, day_of
from tests.unit.domain.facts import ANN, AS_OF, BOB, CYD, TODAY, ago, ask, chain, contact, meeting, pair

Fact = TypeVar("Fact", bound=Contact | Meeting | TicketStep)
CHANNELS: list[Channel] = ["mail", "chat"]
SIDES = st.permutations([ANN, BOB]).map(tuple)
# From before the longest window to after the instant.
INSTANTS = st.integers(-20 * 24, 130 * 24).map(lambda hours: AS_OF - hours * HOUR)
DAYS = st.lists(
    st.builds(
        # Replies are messages too.
        lambda day, sides, channel, counts: DayCount(
            day, sides[0], sides[1], channel, (counts[0] + counts[2], *counts[1:])
        ),
        day=st.integers(TODAY - 130, TODAY + 20),
        sides=SIDES,
        channel=st.sampled_from(CHANNELS),
        counts=st.lists(st.integers(0, 5), min_size=len(COUNTERS), max_size=len(COUNTERS)),
    ),
    max_size=15,
)


def contacts_of(first: str, second: str) -> st.SearchStrategy[list[Contact]]:
    return st.lists(
        st.builds(
            lambda at, up, marks, channel, thread, others: contact(
                at,
                *((first, second) if up else (second, first)),
                marks=Mark(marks),
                channel=channel,
                thread=thread,
                others=others,
            ),
            at=INSTANTS,
            up=st.booleans(),
            marks=st.integers(0, 127),
            channel=st.sampled_from(CHANNELS),
            thread=st.integers(0, 2),
            others=st.sampled_from([(), ("dan",), (BOB,)]) if second == CYD else st.sampled_from([(), ("dan",)]),
        ),
        max_size=20,
    )


def meetings_of(first: str, second: str) -> st.SearchStrategy[list[Meeting]]:
    return st.lists(
        st.builds(
            lambda at, organiser, series, cancelled_by, moved: meeting(
                at,
                (first, second),
                organiser=organiser,
                series=series,
                cancelled_by=cancelled_by,
                moved_by_seconds=moved,
            ),
            at=INSTANTS,
            organiser=st.sampled_from([first, second]),
            series=st.integers(0, 1),
            cancelled_by=st.sampled_from([None, None, first, second, ""]),
            moved=st.sampled_from([0, 0, DAY, -HOUR]),
        ),
        max_size=10,
    )


STEPS = st.lists(
    st.builds(
        lambda at, sides, kind, ticket: TicketStep(at, sides[0], sides[1], kind, ticket),
        at=INSTANTS,
        sides=SIDES,
        kind=st.sampled_from(Step),
        ticket=st.integers(1, 3),
    ),
    max_size=15,
)
TEXTS = st.lists(
    st.builds(
        lambda day, sides, channel, counts: TextDay(day, sides[0], sides[1], channel, tuple(counts)),
        day=st.integers(TODAY - 130, TODAY + 20),
        sides=SIDES,
        channel=st.sampled_from(CHANNELS),
        counts=st.lists(st.integers(0, 9), min_size=len(TEXT_COUNTERS), max_size=len(TEXT_COUNTERS)),
    ),
    max_size=15,
)
PAIRS = st.builds(
    lambda days, contacts, meetings, steps, texts: pair(
        days=days, contacts=contacts, meetings=meetings, steps=steps, texts=texts
    ),
    DAYS,
    contacts_of(ANN, BOB),
    meetings_of(ANN, BOB),
    STEPS,
    TEXTS,
)
CHAINS = st.builds(
    lambda with_leader, contacts, meetings, sent: chain(
        with_leader, contacts=contacts, meetings=meetings, sent_by_day=sent
    ),
    PAIRS,
    contacts_of(ANN, CYD),
    meetings_of(ANN, CYD),
    st.dictionaries(st.integers(TODAY - 130, TODAY + 20), st.integers(0, 9), max_size=20),
)


def scored(history: WholeChain, as_of: int = AS_OF) -> list[Reading]:
    now = chain_known_at(history, as_of)
    readings, measures = score_pair(now.with_leader, as_of)
    return readings + score_chain(now, as_of, measures)


def known(history: WholePair) -> WholePair:
    """What is known at AS_OF, filtered fact by fact."""
    oldest_day = TODAY - LONGEST_WINDOW_DAYS + 1
    oldest = oldest_day * DAY
    return replace(
        history,
        days=tuple(each for each in history.days if oldest_day <= each.day <= day_of(AS_OF)),
        contacts=tuple(each for each in history.contacts if oldest <= each.at <= AS_OF),
        meetings=tuple(each for each in history.meetings if oldest <= each.start <= AS_OF),
        steps=tuple(each for each in history.steps if oldest <= each.at <= AS_OF),
        texts=tuple(each for each in history.texts if oldest_day <= each.day <= day_of(AS_OF)),
    )


@settings(deadline=None)
@given(CHAINS)
def test_what_lies_outside_the_window_is_ignored(history: WholeChain) -> None:
    oldest_day = TODAY - LONGEST_WINDOW_DAYS + 1
    filtered = replace(
        history,
        with_leader=known(history.with_leader),
        upward_contacts=tuple(each for each in history.upward_contacts if oldest_day * DAY <= each.at <= AS_OF),
        upward_meetings=tuple(each for each in history.upward_meetings if oldest_day * DAY <= each.start <= AS_OF),
        sent_by_day={day: sent for day, sent in history.sent_by_day.items() if oldest_day <= day <= TODAY},
    )
    assert scored(history) == scored(filtered)


@settings(deadline=None)
@given(CHAINS, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(history: WholeChain, rng: random.Random) -> None:
    def again(facts: tuple[Fact, ...]) -> list[Fact]:
        twice = [*facts, *rng.sample(facts, len(facts) // 2)]
        rng.shuffle(twice)
        return twice

    with_leader = history.with_leader
    shuffled_days = rng.sample(with_leader.days, len(with_leader.days))  # counters add up, so none comes twice
    other = chain(
        pair(
            days=shuffled_days,
            contacts=again(with_leader.contacts),
            meetings=again(with_leader.meetings),
            steps=again(with_leader.steps),
            texts=rng.sample(with_leader.texts, len(with_leader.texts)),
        ),
        contacts=again(history.upward_contacts),
        meetings=again(history.upward_meetings),
        sent_by_day=dict(rng.sample(sorted(history.sent_by_day.items()), len(history.sent_by_day))),
    )
    assert scored(other) == scored(history)


@settings(deadline=None)
@given(CHAINS)
def test_contributions_sum_to_what_is_scored(history: WholeChain) -> None:
    for each in scored(history):
        total = fsum(factor.contribution for factor in each.factors)
        if each.subject.kind == "pair":
            assert each.value == pytest.approx(100 / (1 + exp(-total)), abs=1e-6)  # readings are rounded, term by term
        elif each.signal.startswith("escalation_risk"):
            weeks = 2 if each.signal.endswith("14d") else 4
            assert each.value == pytest.approx(-expm1(-weeks * exp(total)), abs=1e-7)
        else:
            assert each.value == pytest.approx(total, abs=1e-7)


@settings(deadline=None)
@given(PAIRS)
def test_contributions_sum_exactly_before_rounding(history: WholePair) -> None:
    _, measures = score_pair(pair_known_at(history, AS_OF), AS_OF)
    for measure in measures.values():
        total = fsum(factor.contribution for factor in measure.factors)
        assert measure.value == pytest.approx(100 / (1 + exp(-total)), abs=1e-9)
    if "relationship_health" in measures:
        parts = {factor.name: factor.contribution for factor in measures["relationship_health"].factors}
        unweighed = {"trend", "first_heard_by_second", "second_heard_by_first"}
        assert set(parts) <= {*measures, "typical", *unweighed}


@settings(deadline=None)
@given(CHAINS)
def test_values_stay_on_their_scale(history: WholeChain) -> None:
    for each in scored(history):
        assert 0 <= each.confidence <= 1
        assert each.value >= 0
        if each.subject.kind == "pair":
            assert each.value <= 100
        if SIGNAL_BY_NAME[each.signal].unit == "probability":
            assert each.value <= 1


def test_readings_come_in_the_order_of_the_registry() -> None:
    history = chain(pair(contacts=[ask(ago(3))], meetings=[meeting(ago(2))]), sent_by_day={TODAY: 1})
    names = [each.signal for each in scored(history)]
    assert names == [signal.name for signal in SIGNALS if signal.name in names]
    assert {
        "one_on_one",
        "responsiveness",
        "relational_share",
        "relationship_health",
        "bypass_contact",
        "unheard",
        "escalation_risk_14d",
        "escalation_risk_28d",
    } <= set(names)
    assert {str(each.subject) for each in scored(history)} == {"pair:ann|bob", "chain:ann|bob|cyd"}


def test_only_the_signals_that_are_asked_for() -> None:
    readings, measures = score_pair(
        pair_known_at(pair(meetings=[meeting(ago(2))]), AS_OF), AS_OF, [SIGNAL_BY_NAME["one_on_one"]]
    )
    assert [each.signal for each in readings] == list(measures) == ["one_on_one"]
