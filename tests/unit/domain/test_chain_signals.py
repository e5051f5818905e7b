"""Hand-computed cases of the chain signals."""

from math import exp, expm1, fsum, log, log1p, log2, sqrt

import pytest

from shared.domain.escalation.hazard_model import ALPHA, DEFAULT_MODEL, probability
from shared.domain.evidence.reading import Measure
from shared.domain.facts.asks import ask_ledger
from shared.domain.facts.history import Mark, Step, WholeChain
from shared.domain.facts.known_at import chain_known_at
from shared.domain.signals.bypass_contact import BYPASS_CONTACT
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D, ESCALATION_RISK_28D
from shared.domain.signals.signal import ChainSignal
from shared.domain.signals.unheard import UNHEARD
from shared.domain.week import DAY
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
    meeting,
    pair,
    step,
)

WEEK = 7 * DAY
ANSWER_SPREAD = sqrt(0.51 * 0.49 / 5)


def memory(instant: int, half_life_days: int = 14) -> float:
    return float(0.5 ** ((AS_OF - instant) / (half_life_days * DAY)))


def waited(hours_beyond_grace: float) -> float:
    """Time constant of two working days of ten hours."""
    return 1 - exp(-hours_beyond_grace / 20)


def own_rate(weeks: int, *, seen_weeks: float) -> float:
    """Eight weeks of an ordinary chain (2.4% of weeks) beside those of one's own."""
    return log((weeks + 8 * 0.024) / (seen_weeks + 8) / 0.024)


def measured(signal: ChainSignal, history: WholeChain) -> Measure:
    measure = signal.compute(chain_known_at(history, AS_OF), AS_OF, {})
    assert measure is not None
    return measure


def factors(measure: Measure) -> dict[str, tuple[float, float]]:
    return {factor.name: (factor.value, factor.contribution) for factor in measure.factors}


# --- bypass_contact


def test_bypass_counts_unsolicited_contact_against_the_own_norm() -> None:
    history = chain(
        contacts=[contact(ago(days), ANN, CYD) for days in (3, 10, 40, 60, 80)],
        meetings=[meeting(ago(20), (ANN, CYD), organiser=CYD, series=3), meeting(ago(25), (ANN, BOB, CYD))],
        sent_by_day={TODAY - 3: 6, TODAY - 40: 100},
    )
    measure = measured(BYPASS_CONTACT, history)
    found = {name: value for name, (value, _) in factors(measure).items()}
    assert found == {
        "unsolicited": 2,
        "sponsored": 1,
        "programmatic": 1,
        "bypass": 2,
        "other": 0,
        "usual_unsolicited": 1.0,  # three in 84 days
        "change": 1.0,
        "unsolicited_weeks": 5,
        "seen_weeks": pytest.approx((AS_OF - (TODAY - 40) * DAY) / (7 * DAY)),
        "days_since_unsolicited": pytest.approx((AS_OF - ago(3)) / DAY),
    }
    assert measure.value == 2
    assert BYPASS_CONTACT.bands.of(measure.value) == "elevated"
    assert measure.action == "three_way_talk"
    assert measure.evidence == 6  # what ann sent in the window


def test_no_skip_contact_of_an_active_person_is_a_finding() -> None:
    measure = measured(BYPASS_CONTACT, chain(sent_by_day={TODAY: 30}))
    assert (measure.value, measure.evidence, measure.action) == (0.0, 30, "keep_going")


# --- unheard


def test_an_open_ask_weighs_by_age_and_waiting() -> None:
    # Thursday 09:00 until Sunday: 9 + 10 working hours, 11 beyond the grace of eight.
    measure = measured(UNHEARD, chain(pair(contacts=[ask(ago(3, 9))])))
    load = memory(ago(3, 9)) * waited(11)
    assert factors(measure)["open_asks"] == pytest.approx((1, load))
    assert measure.value == pytest.approx(load)
    assert measure.evidence == 1
    assert measure.action == "close_the_loop"


def test_answered_asks_add_nothing_and_promises_count_half() -> None:
    contacts = [
        ask(ago(9, 9), thread=1),
        answer(ago(6), thread=1),
        ask(ago(3, 9), thread=2),
        contact(ago(3, 10), BOB, ANN, marks=Mark.TEXT | Mark.DEFERS, thread=2),
    ]
    found = factors(measured(UNHEARD, chain(pair(contacts=contacts))))
    assert found["open_asks"] == (0, 0)
    assert found["parked_asks"] == pytest.approx((1, 0.5 * memory(ago(3, 9)) * waited(11)))
    assert found["unheard_load"][0] == found["parked_asks"][1]


def test_a_dropped_ask_waited_two_weeks() -> None:
    found = factors(measured(UNHEARD, chain(pair(contacts=[ask(ago(20, 9))]))))
    assert found["dropped_asks"] == pytest.approx((1, memory(ago(20, 9)) * waited(100 - 8)))


def test_asks_of_the_leader_do_not_count() -> None:
    assert UNHEARD.compute(chain_known_at(chain(pair(contacts=[ask(ago(9), BOB, ANN)])), AS_OF), AS_OF, {}) is None


def test_presumed_asks_count_only_beyond_the_ordinary_half() -> None:
    unanswered = [contact(ago(20), thread=1), contact(ago(20), thread=2)]
    answered = [each for thread in (3, 4) for each in (contact(ago(20), thread=thread), answer(ago(19), thread=thread))]
    each_load = memory(ago(20)) * waited(92)
    ordinary = memory(ago(20)) * 0.49
    found = factors(measured(UNHEARD, chain(pair(contacts=unanswered))))
    assert found["unheard_load"][0] == pytest.approx(2 * each_load - 2 * ordinary)
    # Half of four unanswered is (nearly) what is ordinary anyway.
    found = factors(measured(UNHEARD, chain(pair(contacts=unanswered + answered))))
    assert found["unheard_load"][0] == pytest.approx(2 * each_load - 4 * ordinary)
    assert found["unheard_load"][0] < 0.05


def test_one_on_ones_called_off_by_the_leader_add_a_little() -> None:
    meetings = [meeting(ago(2), cancelled_by=BOB), meeting(ago(9), cancelled_by=ANN), meeting(ago(16))]
    measure = measured(UNHEARD, chain(pair(meetings=meetings)))
    added = 0.15 / 0.80 * 0.5 ** (2 / 30)
    assert factors(measure)["one_on_ones_called_off"] == pytest.approx((1, added))
    assert measure.value == pytest.approx(added)
    assert measure.evidence == 3
    assert measure.action == "restore_one_on_one"


def test_acknowledgements_that_stop() -> None:
    usual = [contact(ago(days), BOB, ANN, marks=Mark.TEXT | Mark.ACKNOWLEDGES) for days in range(30, 46)]
    now = [contact(ago(days), BOB, ANN, marks=Mark.TEXT) for days in range(2, 18)]
    measure = measured(UNHEARD, chain(pair(contacts=[*usual, *now, ask(ago(1))])))
    # 16 of 16 shrink to 16/32 = .5; now (0 + 16 * .5) / (16 + 16) = .25, a loss of .25 on each of 16 messages.
    assert factors(measure)["acknowledgements_lost"] == pytest.approx((4.0, 0.25 * 4.0))


def test_what_is_known_of_the_asks() -> None:
    contacts = [ask(ago(9, 9), thread=1), answer(ago(9, 11), thread=1), ask(ago(20), thread=2), ask(ago(18), thread=2)]
    found = {name: value for name, (value, _) in factors(measured(UNHEARD, chain(pair(contacts=contacts)))).items()}
    done, due = 0.5 ** (9 / 30), 0.5 ** (9 / 30) + 0.5 ** (20 / 30)
    assert found["asks"] == 2
    assert found["reply_rate"] == pytest.approx((done + 4 * 0.51) / (due + 4))
    assert found["reply_log_hours"] == pytest.approx((done * log1p(2) + 4 * log1p(1.9)) / (done + 4))
    assert found["reply_hours_median"] == 2.0
    assert found["nudges"] == pytest.approx(memory(ago(18)))


# --- escalation_risk


def test_a_chain_without_asks_is_below_the_ordinary() -> None:
    # Contact, but nothing asked: no load (half an ask is ordinary) and no volume (four asks are).
    history = chain(pair(contacts=[contact(ago(days), BOB, ANN, marks=Mark.TEXT) for days in range(2, 8)]))
    measure = measured(ESCALATION_RISK_14D, history)
    eta = -4.4 - 0.80 * log2(1.5) - 0.20 * log2(5) + own_rate(0, seen_weeks=(AS_OF - ago(7)) / WEEK)
    assert measure.value == pytest.approx(-expm1(-2 * exp(eta)))
    assert measure.value < 0.024
    assert measure.evidence == 6
    assert measure.action == "keep_going"


def test_the_hazard_by_hand() -> None:
    """Three asks of last week, one nudged, a breach, a one-to-one called off, one unsolicited contact."""
    contacts = [ask(ago(9, 9), thread=1), ask(ago(9, 9), thread=2), ask(ago(9, 9), thread=3), ask(ago(7, 9), thread=3)]
    history = chain(
        pair(
            contacts=contacts,
            meetings=[meeting(ago(9), cancelled_by=BOB), meeting(ago(2))],
            steps=[step(ago(6), ANN, BOB, Step.SLA_BREACH), step(ago(6), BOB, ANN, Step.REOPEN)],
        ),
        contacts=[contact(ago(4), ANN, CYD)],
    )
    measure = measured(ESCALATION_RISK_14D, history)
    found = factors(measure)
    load = 3 * memory(ago(9, 9)) * waited(59 - 8)  # Friday 09:00 until the next Sunday: 9 + 50 working hours
    due = 3 * 0.5 ** (9 / 30)
    rate = 4 * 0.51 / (due + 4)
    assert found["base_rate"] == (-4.4, -4.4)
    assert found["unheard_load"] == pytest.approx((load, 0.80 * (log2(1 + load) - log2(1.5))))
    assert found["silence"] == (0.0, 0.0)
    assert found["reply_rate"] == pytest.approx((rate, -0.25 * (rate - 0.51) / ANSWER_SPREAD))
    assert found["reply_hours"] == pytest.approx((1.9, 0.0), abs=1e-9)
    assert found["ask_volume"] == pytest.approx((3, 0.20 * (log2(4) - log2(5))))
    assert found["nudges"] == pytest.approx((memory(ago(7, 9)), 0.15 * log2(1 + memory(ago(7, 9)))))
    breach = memory(ago(6), 21)
    assert found["rough_tickets"] == pytest.approx((breach, 0.25 * log2(1 + breach)))
    missed = 0.5 ** (9 / 30)
    assert found["one_on_ones_missed"] == pytest.approx((missed, 0.15 * log2(1 + missed)))
    own = own_rate(1, seen_weeks=(AS_OF - ago(9, 9)) / WEEK)
    assert found["unsolicited_rate"] == pytest.approx((0.024 * exp(own), own))
    # The contact of four days ago leaves no room for an onset within 14 days: the least share counts.
    assert found["already_in_touch"] == (0.0, -3)
    eta = fsum(contribution for _, contribution in found.values())
    assert measure.value == pytest.approx(1 - exp(-2 * exp(eta)), abs=1e-9)
    assert (found["open_asks"][0], measure.action) == (3, "close_the_loop")
    later = ESCALATION_RISK_28D.compute(chain_known_at(history, AS_OF), AS_OF, {"escalation_risk_14d": measure})
    assert later == ESCALATION_RISK_28D.compute(chain_known_at(history, AS_OF), AS_OF, {})
    assert later is not None
    quiet = 28 - (AS_OF - ago(4)) / DAY
    share = (1 - quiet / 28) * exp(-0.024 * exp(own) * quiet / 7)
    assert factors(later)["already_in_touch"] == pytest.approx((share, log(share)))
    longer = eta + 3 + log(share)
    assert later.value == pytest.approx(1 - exp(-4 * exp(longer)), abs=1e-9)
    assert later.value > measure.value


def test_each_factor_says_what_would_be_without_it() -> None:
    measure = measured(
        ESCALATION_RISK_14D, chain(pair(contacts=[ask(ago(9, 9), thread=number) for number in range(6)]))
    )
    eta = fsum(factor.contribution for factor in measure.factors)
    known = {factor.name: factor for factor in measure.factors if factor.what_if is not None}
    assert set(known) == {weight.term for weight in DEFAULT_MODEL.weights}
    for factor in known.values():
        assert factor.what_if == pytest.approx(1 - exp(-2 * exp(eta - factor.contribution)), abs=1e-12)
    # Had the asks been answered, the chance would be smaller.
    assert (known["unheard_load"].what_if or 1) < measure.value
    assert known["nudges"].what_if == measure.value


def test_asks_that_are_only_presumed_weigh_half() -> None:
    asks = [ask(ago(9, 9), thread=number) for number in range(6)]
    presumed = [contact(each.at, thread=each.thread) for each in asks]
    known, guessed = (
        factors(measured(ESCALATION_RISK_14D, chain(pair(contacts=contacts)))) for contacts in (asks, presumed)
    )
    assert known["ask_volume"][0] == guessed["ask_volume"][0] == 6
    assert guessed["ask_volume"][1] == pytest.approx(known["ask_volume"][1] / 2)


def test_fewer_asks_than_usual_are_silence_only_when_the_person_is_active() -> None:
    asks = [ask(ago(days), thread=days) for days in range(30, 60, 3)] + [
        ask(ago(58), thread=99),
        ask(ago(55), thread=98),
    ]
    history = pair(contacts=asks)

    def silence(sent_by_day: dict[int, int]) -> float:
        return factors(measured(ESCALATION_RISK_14D, chain(history, sent_by_day=sent_by_day)))["silence"][1]

    steady = {TODAY - days: 1 for days in range(112)}
    # Twelve asks in 84 days are four in 28; 28 messages now as ever.
    assert silence(steady) == pytest.approx(0.25 * log2((12 / 3 + 1) / (0 + 1)))
    on_leave = {TODAY - days: 1 for days in range(28, 112)}
    assert silence(on_leave) == pytest.approx(0.25 * log2(12 / 3 * (1 / 29) + 1))
    assert silence(on_leave) < 0.05


def test_time_with_the_skip_as_such_never_raises_risk() -> None:
    with_leader = pair(contacts=[ask(ago(days), thread=days) for days in (3, 9, 15, 20, 24)])
    alone = chain(with_leader, sent_by_day={TODAY: 10})
    exposed = chain(
        with_leader,
        contacts=[
            *(contact(ago(days), ANN, CYD, others=(BOB,)) for days in range(1, 28)),
            *(contact(ago(days), CYD, ANN) for days in range(1, 28)),
            contact(ago(5, 12), ANN, CYD, marks=Mark.REPLY),
            contact(ago(4, 12), ANN, CYD, marks=Mark.PUBLIC),
        ],
        meetings=[
            *(meeting(ago(days), (ANN, CYD), organiser=CYD, series=1) for days in (2, 9, 16)),
            *(meeting(ago(days), (ANN, BOB, CYD), organiser=ANN) for days in (3, 10)),
        ],
        sent_by_day={TODAY: 10},
    )
    for signal in (ESCALATION_RISK_14D, ESCALATION_RISK_28D):
        assert measured(signal, exposed).value == measured(signal, alone).value


def test_a_habit_of_skip_contact_does_not_raise_risk() -> None:
    contacts = [contact(ago(days), ANN, CYD) for days in range(3, 111, 9)]
    active = {TODAY - days: 1 for days in range(112)}
    habit = chain(pair(contacts=[ask(ago(3))]), contacts=contacts, sent_by_day=active)
    none = chain(pair(contacts=[ask(ago(3))]), sent_by_day=active)
    ordinary = probability(ALPHA, weeks=2)
    assert measured(ESCALATION_RISK_14D, habit).value < ordinary
    # The habit comes back sooner than four quiet weeks, so it begins nothing new; what was there before still tells.
    found = factors(measured(ESCALATION_RISK_14D, habit))
    assert found["unsolicited_rate"][1] + found["already_in_touch"][1] <= 0
    assert measured(ESCALATION_RISK_14D, none).value < ordinary


def test_who_did_it_before_may_do_it_again() -> None:
    active = {TODAY - days: 1 for days in range(112)}
    quiet, before = (
        factors(
            measured(ESCALATION_RISK_14D, chain(pair(contacts=[ask(ago(3))]), contacts=contacts, sent_by_day=active))
        )
        for contacts in ((), (contact(ago(60), ANN, CYD), contact(ago(90), ANN, CYD)))
    )
    assert before["unsolicited_rate"][1] > 0 > quiet["unsolicited_rate"][1]
    assert before["already_in_touch"] == (1.0, 0.0)


def test_the_extreme_is_bounded() -> None:
    asks = [ask(ago(days, 9), thread=1000 + days * 100 + index) for days in range(3, 28) for index in range(40)]
    breaches = [step(ago(3, 8 + index / 100), ANN, BOB, Step.SLA_BREACH, ticket=index) for index in range(300)]
    skips = [contact(ago(2, 8 + index / 100), ANN, CYD) for index in range(300)]
    measure = measured(ESCALATION_RISK_14D, chain(pair(contacts=asks, steps=breaches), contacts=skips))
    assert all(abs(factor.contribution) <= 3 for factor in measure.factors[1:])
    assert 0.1 < measure.value < 1
    assert ESCALATION_RISK_14D.bands.of(measure.value) == "high"
    assert len(ask_ledger(sorted(asks), AS_OF)) == 1000


@pytest.mark.parametrize("signal", [BYPASS_CONTACT, UNHEARD, ESCALATION_RISK_14D, ESCALATION_RISK_28D])
def test_nothing_known_says_nothing(signal: ChainSignal) -> None:
    assert signal.compute(chain_known_at(chain(), AS_OF), AS_OF, {}) is None


def test_the_base_rate_is_the_measured_one() -> None:
    assert -expm1(-2 * exp(ALPHA)) == pytest.approx(0.024, abs=5e-4)
    assert ESCALATION_RISK_14D.bands.of(0.024) == "low"
    assert ESCALATION_RISK_28D.bands.of(0.048) == "low"
