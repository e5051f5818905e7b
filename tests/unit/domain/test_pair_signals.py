"""Hand-computed cases of the pair signals. `D(age)` is the weight of a fact of that age: it halves in 30 days."""

from datetime import UTC, datetime
from math import exp, fsum, log1p, log2, sqrt

import pytest

from shared.domain.evidence.reading import Measure
from shared.domain.facts.history import Step, WholePair
from shared.domain.facts.known_at import pair_known_at
from shared.domain.facts.one_on_ones import one_on_ones
from shared.domain.organisation.work_calendar import (
    NOTHING_KNOWN,
    PairCalendars,
    WorkCalendar,
    WorkSchedule,
    calendar_of,
)
from shared.domain.signals.cadence import CADENCE, DaysAway, silence_probability
from shared.domain.signals.friction import FRICTION
from shared.domain.signals.one_on_one import ONE_ON_ONE
from shared.domain.signals.reciprocity import RECIPROCITY
from shared.domain.signals.relationship_health import RELATIONSHIP_HEALTH
from shared.domain.signals.responsiveness import RESPONSIVENESS
from shared.domain.signals.signal import PairSignal
from shared.domain.week import DAY, HOUR
from tests.unit.domain.facts import ANN, AS_OF, BOB, TODAY, ago, answer, ask, count, known, meeting, pair, step

ANSWER_SPREAD = sqrt(0.51 * 0.49 / 5)


def D(age: int) -> float:  # noqa: N802 - stands for the formula's symbol
    return float(0.5 ** (age / 30))


def S(logit: float) -> float:  # noqa: N802 - stands for the formula's symbol
    return 100 / (1 + exp(-logit))


def measured(signal: PairSignal, history: WholePair) -> Measure:
    measure = signal.compute(pair_known_at(history, AS_OF), AS_OF, {})
    assert measure is not None
    return measure


def factors(measure: Measure) -> dict[str, tuple[float, float]]:
    """Value and contribution by name."""
    return {factor.name: (factor.value, factor.contribution) for factor in measure.factors}


# Fridays of the last 16 weeks: four in the window (2, 9, 16 and 23 days ago), twelve before (30 to 107 days ago).
FRIDAYS = range(2, 112, 7)


def test_cadence_of_one_message_every_friday() -> None:
    measure = measured(CADENCE, pair(days=[count(days, ANN, BOB, messages=1) for days in FRIDAYS]))
    usual = (12 + 1) / (12 + 2)  # a week, with one contact in two weeks as prior
    decayed_weeks = fsum(D(age) for age in range(28)) / 7
    now = (D(2) + D(9) + D(16) + D(23) + 2 * usual) / (decayed_weeks + 2)
    rhythm = log2(now / usual)
    assert 0 < rhythm < 0.2  # about as usual
    assert factors(measure)["rhythm"] == pytest.approx((rhythm, 0.8 * rhythm))
    assert factors(measure)["silence"] == (1.0, 0.0)  # no working day has passed since Friday
    assert measure.value == pytest.approx(S(1 + 0.8 * rhythm))
    assert factors(measure)["contacts_per_week"] == (1.0, 0.0)
    assert factors(measure)["usual_contacts_per_week"] == (1.0, 0.0)
    assert measure.evidence == 16
    assert measure.confidence == pytest.approx(16 / (16 + 4))


def test_cadence_of_a_pair_that_went_silent_four_weeks_ago() -> None:
    measure = measured(CADENCE, pair(days=[count(days, ANN, BOB, messages=1) for days in FRIDAYS if days >= 28]))
    usual = 13 / 14
    decayed_weeks = fsum(D(age) for age in range(28)) / 7
    rhythm = log2(2 * usual / (decayed_weeks + 2) / usual)
    # 12 Fridays over 55 working days, then 20 working days of nothing.
    chance = (1 + 20 / (55 + 14)) ** -(11 + 1)
    silence = -0.4 * (-log2(chance) - 2)
    assert factors(measure)["silence"] == pytest.approx((chance, silence))
    assert measure.value == pytest.approx(S(1 + 0.8 * rhythm + silence))
    assert CADENCE.bands.of(measure.value) == "strained"


def test_cadence_counts_contact_by_channel_and_no_broadcasts() -> None:
    days = [
        count(3, ANN, BOB, "chat", messages=3, broadcasts=50, reactions=9),
        count(3, BOB, ANN, "mail", messages=1),
        count(4, BOB, ANN, "meeting", meetings=2, cancelled_meetings=5),
        count(5, ANN, BOB, "ticket", comments=6, handoffs=4),
    ]
    found = factors(measured(CADENCE, pair(days=days)))
    assert [found[f"{name}_per_week"][0] for name in ("mail", "chat", "meeting", "ticket")] == [0.25, 0.75, 0.5, 1.5]


def test_much_more_contact_than_usual_counts_up_to_one_doubling() -> None:
    busy = [count(days, ANN, BOB, messages=100) for days in range(20)]
    assert factors(measured(CADENCE, pair(days=busy)))["rhythm"][1] == pytest.approx(0.8)


def test_silence_probability_of_a_single_contact() -> None:
    # Nothing is known but the prior: after 14 working days, one half. 17 and 2 days ago are Thursday and Friday.
    assert silence_probability([TODAY - 2], AS_OF) == 1.0
    assert silence_probability([TODAY - 20], AS_OF) == pytest.approx((1 + 14 / 14) ** -1)


def test_days_away_are_counted_between_any_two_days() -> None:
    days, first = [103, 104, 107, 140], 100
    away = DaysAway(first, sum(1 << (day - first) for day in days))
    assert len(away) == len(days)
    for start in range(95, 145):
        assert away.since(start) == [day for day in days if day >= start]
        for stop in range(95, 145):
            assert away.between(start, stop) == sum(start <= day < stop for day in days)


def test_one_on_ones_that_are_all_held() -> None:
    measure = measured(ONE_ON_ONE, pair(meetings=[meeting(ago(days)) for days in FRIDAYS]))
    usual = (12 + 2 * 0.8) / (12 + 2)
    expected = 0.8 + 0.3 * (usual - 0.8)
    weight = D(2) + D(9) + D(16) + D(23)
    kept = 0.6 * ((weight + 2 * usual) / (weight + 2) - expected) / 0.2
    assert factors(measure)["kept"] == pytest.approx((1.0, kept))
    assert factors(measure)["overdue"] == (0.0, 0.0)
    assert factors(measure)["weeks_since_last"][0] == pytest.approx((AS_OF - ago(2)) / (7 * DAY))
    assert measure.value == pytest.approx(S(1 + kept))


def test_one_on_ones_called_off_by_whom() -> None:
    history = pair(
        meetings=[
            *(meeting(ago(days)) for days in FRIDAYS if days >= 28),
            meeting(ago(23), cancelled_by=BOB),
            meeting(ago(16), declined=(ANN,)),
            meeting(ago(9), cancelled_by="dan"),
            meeting(ago(2), cancelled_by=BOB),
        ]
    )
    found = factors(measured(ONE_ON_ONE, history))
    assert [found[f"cancelled_by_{side}"][0] for side in ("first", "second", "unknown")] == [1, 2, 1]
    assert (found["held"][0], found["scheduled"][0]) == (0, 4)
    usual = (12 + 1.6) / 14
    expected = 0.8 + 0.3 * (usual - 0.8)
    weight = D(2) + D(9) + D(16) + D(23)
    kept = 0.6 * (2 * usual / (weight + 2) - expected) / 0.2
    # Weekly, so late from 1.5 weeks on; the last one was 30 days ago in the morning.
    overdue = log2((AS_OF - ago(30)) / (7 * DAY) / 1.5)
    assert found["kept"][1] == pytest.approx(kept)
    assert found["overdue"] == pytest.approx((overdue, -0.5 * overdue))
    measure = measured(ONE_ON_ONE, history)
    assert measure.value == pytest.approx(S(1 + kept - 0.5 * overdue))
    assert ONE_ON_ONE.bands.of(measure.value) == "strained"


def test_one_on_ones_that_slip() -> None:
    moved = meeting(ago(2), moved_by_seconds=30 * HOUR)
    found = factors(measured(ONE_ON_ONE, pair(meetings=[meeting(ago(9)), moved])))
    assert found["moved"] == pytest.approx((1, -0.6 * D(2) / (D(2) + D(9) + 2)))
    assert found["slip_hours"][0] == 30


def test_what_is_called_off_while_somebody_is_away_counts_against_nobody() -> None:
    called_off = [meeting(ago(9), cancelled_by=BOB), meeting(ago(2), declined=(BOB,))]
    held = meeting(ago(16))
    absent = calendar_of((), [(ago(10), ago(8))])
    holiday = WorkCalendar(default=WorkSchedule(holidays="DE"))
    for first, second in ((absent, NOTHING_KNOWN), (NOTHING_KNOWN, absent)):
        found = one_on_ones(pair(meetings=[held, *called_off], calendars=PairCalendars(ANN, first, second)), AS_OF)
        assert [(each.start, each.held) for each in found] == [(ago(16), True), (ago(2), False)]
    christmas = int(datetime(2023, 12, 25, 9, tzinfo=UTC).timestamp())
    off = pair(meetings=[meeting(christmas, cancelled_by=BOB)], calendars=PairCalendars(ANN, holiday, NOTHING_KNOWN))
    assert not one_on_ones(off, christmas + DAY)
    assert len(one_on_ones(pair(meetings=[meeting(christmas, cancelled_by=BOB)]), christmas + DAY)) == 1


def test_meetings_of_more_than_two_are_no_one_on_ones() -> None:
    assert ONE_ON_ONE.compute(known(meetings=[meeting(ago(2), (ANN, BOB, "dan"))]), AS_OF, {}) is None


def test_asks_that_bob_answers_within_the_hour() -> None:
    days = (2, 9, 16, 23)
    contacts = [each for day in days for each in (ask(ago(day, 9)), answer(ago(day, 10)))]
    measure = measured(RESPONSIVENESS, pair(contacts=contacts))
    weight = D(2) + D(9) + D(16) + D(23)
    share = 1.2 * ((weight + 4 * 0.51) / (weight + 4) - 0.51) / ANSWER_SPREAD
    log_hours = (weight * log1p(1) + 4 * log1p(1.9)) / (weight + 4)
    time = -0.8 * (log_hours - log1p(1.9))
    found = factors(measure)
    assert found["answered_by_second"] == pytest.approx((1.0, share))
    assert found["reply_hours_median_by_second"] == pytest.approx((1.0, time))
    assert found["reply_hours_p90_by_second"][0] == 1.0
    assert found["answered_by_first"] == (0.0, 0.0)  # nobody asked ann
    assert measure.value == pytest.approx(S(1 + share + time))
    assert measure.evidence == 4


def test_asks_that_bob_never_answers() -> None:
    measure = measured(RESPONSIVENESS, pair(contacts=[ask(ago(days)) for days in (2, 9, 16, 23)]))
    weight = D(2) + D(9) + D(16) + D(23)
    share = 1.2 * (4 * 0.51 / (weight + 4) - 0.51) / ANSWER_SPREAD
    found = factors(measure)
    # The one of Friday 09:00 waits nine working hours, more than the grace of eight, so it counts.
    assert found["answered_by_second"] == pytest.approx((0.0, share))
    assert found["dropped_by_second"][0] == 2  # 16 and 23 days old
    assert found["open_asks_to_second"][0] == 2
    assert found["oldest_open_days_to_second"][0] == pytest.approx((AS_OF - ago(9)) / DAY)
    assert found["waiting_hours_for_second"][0] == 9 + 9 + 50
    assert measure.value == pytest.approx(S(1 + share))
    assert measure.value < 60


def test_an_ask_within_its_grace_does_not_count_yet() -> None:
    history = pair(contacts=[ask(ago(2, 11))])  # seven working hours until the weekend
    assert measured(RESPONSIVENESS, history).evidence == 0


def test_the_less_heard_side_weighs_three_quarters() -> None:
    heard = [each for day in (2, 9) for each in (ask(ago(day, 9), thread=1), answer(ago(day, 10), thread=1))]
    unheard = [ask(ago(day), BOB, ANN, thread=2) for day in (3, 10)]
    both = measured(RESPONSIVENESS, pair(contacts=heard + unheard))
    by_second = measured(RESPONSIVENESS, pair(contacts=heard))
    by_first = measured(RESPONSIVENESS, pair(contacts=unheard))
    better, worse = (fsum(factor.contribution for factor in measure.factors) - 1 for measure in (by_second, by_first))
    assert better > worse
    assert both.value == pytest.approx(S(1 + 0.75 * worse + 0.25 * better))


def test_reciprocity_of_an_even_pair() -> None:
    days = [count(day, *sides, messages=2, replies=1) for day in (2, 9) for sides in ((ANN, BOB), (BOB, ANN))]
    measure = measured(RECIPROCITY, pair(days=days))
    weight = 2 * (D(2) + D(9))  # one start a day on each side
    starts = 0.9 * ((weight / 2 + 4 * 0.4) / (weight + 4) - 0.4) / 0.15
    # Both reply to half of what they get: no gap, where .25 is ordinary. Each got four messages, decayed.
    replies = -0.45 * weight / (weight + 4) * (0 - 0.25) / ANSWER_SPREAD
    found = factors(measure)
    assert found["initiation_balance"] == pytest.approx((0.0, starts))
    assert found["response_gap"] == pytest.approx((0.0, replies))
    assert measure.value == pytest.approx(S(1 + starts + replies))


def test_reciprocity_of_a_one_way_tie() -> None:
    measure = measured(RECIPROCITY, pair(days=[count(day, ANN, BOB, messages=5) for day in range(20)]))
    weight = 5 * fsum(D(day) for day in range(20))
    starts = 0.9 * (4 * 0.4 / (weight + 4) - 0.4) / 0.15
    found = factors(measure)
    assert found["initiation_balance"] == pytest.approx((1.0, starts))  # ann starts everything
    assert found["response_gap"] == (0.0, 0.0)  # the source marks no replies, so nothing is concluded
    assert RECIPROCITY.bands.of(measure.value) == "strained"


def test_reciprocity_forgives_part_of_a_habit() -> None:
    now = [count(day, ANN, BOB, messages=5) for day in range(20)]
    habit = [count(day, ANN, BOB, messages=5) for day in range(40, 80)]
    assert measured(RECIPROCITY, pair(days=now + habit)).value > measured(RECIPROCITY, pair(days=now)).value


def test_friction_counts_handbacks_and_rough_steps() -> None:
    steps = [
        step(ago(9, 9), ANN, BOB, Step.HANDOFF),
        step(ago(9, 12), BOB, ANN, Step.HANDOFF),  # back: one
        step(ago(6, 9), ANN, BOB, Step.HANDOFF),  # and back again: two
        step(ago(6, 9), ANN, BOB, Step.HANDOFF, ticket=2),
        step(ago(2, 9), ANN, BOB, Step.REOPEN, ticket=2),
    ]
    measure = measured(FRICTION, pair(steps=steps))
    load = D(9) + D(6) + D(2)
    expected = log2(1 + 1 + 0.1 * 2)
    rough = -0.8 * log2(1 + load)
    found = factors(measure)
    assert found["handbacks"] == pytest.approx((2, rough * (D(9) + D(6)) / load))
    assert found["reopens"] == pytest.approx((1, rough * D(2) / load))
    assert found["expected"][1] == pytest.approx(0.8 * expected)
    assert measure.value == pytest.approx(S(1 + 0.8 * expected + rough))
    assert measure.evidence == 5


def test_a_ticket_passed_on_by_others_is_no_handback() -> None:
    steps = [step(ago(9), ANN, BOB, Step.HANDOFF), step(ago(8), ANN, BOB, Step.HANDOFF)]
    assert factors(measured(FRICTION, pair(steps=steps)))["handbacks"][0] == 0


def test_friction_of_waiting() -> None:
    steps = [
        step(ago(9, 9), BOB, ANN, Step.WAITING),  # for ann, from Friday 09:00 to Monday 10:00: 9 + 2 hours
        step(ago(8, 9), ANN, BOB, Step.SLA_BREACH),  # noticed by the clock: ann did not act
        step(ago(6, 10), ANN, BOB, Step.COMMENT),
        step(ago(2, 9), BOB, ANN, Step.WAITING, ticket=2),  # until now: 9 hours
    ]
    found = factors(measured(FRICTION, pair(steps=steps)))
    assert found["waiting_hours"] == pytest.approx((20, -0.2 * log2(1 + 2)))
    assert found["sla_breaches"][0] == 1


def test_friction_of_the_extreme_is_bounded() -> None:
    steps = [step(ago(9, 9 + index / 100), ANN, BOB, Step.REOPEN) for index in range(500)]
    measure = measured(FRICTION, pair(steps=steps))
    assert measure.value == pytest.approx(S(1 - 0.8 * 3))


def test_health_is_the_weighted_sum_of_its_parts() -> None:
    history = pair(
        days=[count(days, ANN, BOB, messages=1) for days in FRIDAYS],
        contacts=[ask(ago(days)) for days in (2, 9, 16, 23)],
        meetings=[meeting(ago(days)) for days in FRIDAYS],
    )
    parts = {signal.name: measured(signal, history) for signal in (CADENCE, ONE_ON_ONE, RESPONSIVENESS, RECIPROCITY)}
    health = RELATIONSHIP_HEALTH.compute(pair_known_at(history, AS_OF), AS_OF, parts)
    assert health is not None
    logits = {name: fsum(factor.contribution for factor in part.factors) for name, part in parts.items()}
    expected = (
        1
        + 0.40 * (logits["responsiveness"] - 1)
        + 0.20 * (logits["cadence"] - 1)
        + 0.20 * (logits["one_on_one"] - 1)
        + 0.15 * (logits["reciprocity"] - 1)
    )
    assert health.value == pytest.approx(S(expected))
    assert fsum(factor.contribution for factor in health.factors) == pytest.approx(expected, abs=1e-9)
    assert health.action == "close_the_loop"  # unanswered asks cost most
    assert health.evidence == sum(part.evidence for part in parts.values())


@pytest.mark.parametrize("signal", [CADENCE, ONE_ON_ONE, RESPONSIVENESS, RECIPROCITY, FRICTION, RELATIONSHIP_HEALTH])
def test_nothing_known_says_nothing(signal: PairSignal) -> None:
    assert signal.compute(known(), AS_OF, {}) is None


def test_health_of_an_ordinary_pair_has_nothing_to_repair() -> None:
    parts = {"one_on_one": measured(ONE_ON_ONE, pair(meetings=[meeting(ago(days)) for days in FRIDAYS]))}
    health = RELATIONSHIP_HEALTH.compute(known(), AS_OF, parts)
    assert health is not None
    assert health.action == "keep_going"
    assert health.value > 73
