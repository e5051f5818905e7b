"""When alerts are raised, by cases worked out by hand, and by any readings at all."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.alerts.rule import AlertRule, Candidate, Episode, RiskWeek, RuleState, Withheld, fold
from shared.domain.week import DAY

RULE = AlertRule(signal="risk", floor=0.10, budget_per_100_people=3)


def candidate(person: str, value: float) -> Candidate:
    return Candidate((person, "lee", "sam"), value, 0.8, "close_the_loop", "1")


def week(number: int, watched: int = 100, /, **values: float) -> RiskWeek:
    return RiskWeek(number, watched, tuple(candidate(person, value) for person, value in values.items()))


def told(episodes: tuple[Episode, ...]) -> list[tuple[str, int, int | None, int | None]]:
    """Person, first week, raised week and ended week."""
    return [(each.people[0], each.first_week, each.raised_week, each.ended_week) for each in episodes]


def test_one_above_the_floor_is_raised_and_one_below_is_not() -> None:
    folded = fold(RULE, RuleState(), [week(1, ann=0.10, bob=0.0999)])
    assert told(folded.episodes) == [("ann", 1, 1, None)]
    assert folded.episodes[0].threshold == 0.10


def test_the_budget_raises_the_highest_and_their_lowest_is_the_threshold() -> None:
    folded = fold(RULE, RuleState(), [week(1, ann=0.12, bob=0.20, cyd=0.15, dan=0.30, eve=0.11)])
    raised = {each.people[0]: each.threshold for each in folded.episodes if each.raised_week is not None}
    assert raised == {"bob": 0.15, "cyd": 0.15, "dan": 0.15}
    assert {each.people[0]: each.withheld for each in folded.episodes if each.raised_week is None} == {
        "ann": Withheld.BUDGET,
        "eve": Withheld.BUDGET,
    }


def test_what_the_budget_withheld_is_raised_when_there_is_room() -> None:
    first = {"ann": 0.12, "bob": 0.20, "cyd": 0.15, "dan": 0.30}
    folded = fold(RULE, RuleState(), [week(1, **first), week(2, **first)])
    assert ("ann", 1, 2, None) in told(folded.episodes)
    (ann,) = (each for each in folded.episodes if each.people[0] == "ann")
    assert ann.withheld is Withheld.BUDGET, "why it waited is kept"
    assert ann.threshold == 0.10, "nobody was turned away in the second week"


def test_a_standing_alert_is_not_raised_again_and_takes_no_budget() -> None:
    weeks = [week(number, 34, ann=0.30, bob=0.11 if number else 0.0) for number in range(4)]
    assert told(fold(RULE, RuleState(), weeks).episodes) == [("ann", 0, 0, None), ("bob", 1, 1, None)]


def test_it_clears_below_sixty_percent_of_its_threshold_and_not_before() -> None:
    crowded = {"ann": 0.20, "bob": 0.30, "cyd": 0.40, "dan": 0.15}  # threshold 0.20, so it clears below 0.12
    quiet = [week(2, ann=0.12), week(3, ann=0.1199)]
    folded = fold(RULE, RuleState(), [week(1, **crowded), *quiet])
    assert ("ann", 1, 1, 3) in told(folded.episodes)
    assert ("bob", 1, 1, 2) in told(folded.episodes), "without a reading there is nothing to stand on"


def test_nothing_is_raised_twice_within_the_refractory_period() -> None:
    # Raised in week 1, cleared in week 2, high again at once: the next alert may come fourteen days after the first.
    weeks = [week(1, ann=0.2), week(2), week(3, ann=0.2)]
    assert told(fold(RULE, RuleState(), weeks).episodes) == [("ann", 1, 1, 2), ("ann", 3, 3, None)]
    late = AlertRule(signal="risk", floor=0.10, refractory_seconds=15 * DAY)
    folded = fold(late, RuleState(), [*weeks, week(4, ann=0.2)])
    assert told(folded.episodes) == [("ann", 1, 1, 2), ("ann", 3, 4, None)]
    assert folded.episodes[1].withheld is Withheld.REFRACTORY


def test_the_refractory_period_does_not_spend_the_budget_of_others() -> None:
    rule = AlertRule(signal="risk", floor=0.10, refractory_seconds=365 * DAY)
    weeks = [week(1, 34, ann=0.9), week(2, 34), week(3, 34, ann=0.9, bob=0.2)]
    assert ("bob", 3, 3, None) in told(fold(rule, RuleState(), weeks).episodes)


def test_twelve_people_get_an_alert_every_third_week() -> None:
    # 36 hundredths a week: 36, 72, 108.
    people = {"ann": 0.2, "bob": 0.3}
    folded = fold(RULE, RuleState(), [week(number, 12, **people) for number in range(1, 7)])
    assert dict(folded.credit_after) == {1: 36, 2: 72, 3: 8, 4: 44, 5: 80, 6: 16}
    assert sorted(each.raised_week or 0 for each in folded.episodes) == [3, 6]


def test_quiet_weeks_do_not_save_up_a_flood() -> None:
    flood = {f"p{number}": 0.2 + number / 100 for number in range(20)}
    folded = fold(RULE, RuleState(), [*(week(number) for number in range(1, 50)), week(50, **flood)])
    # 300 of the week and at most 99 left over.
    assert sum(each.raised_week is not None for each in folded.episodes) == 3


@pytest.mark.parametrize("names", ["abcd", "dcba"])
def test_equal_risks_are_raised_together_or_not_at_all(names: str) -> None:
    # One a week: the highest, then nobody, as there is no room for both of the next.
    values = dict(zip(names, (0.3, 0.2, 0.2, 0.1), strict=True))
    folded = fold(RULE, RuleState(), [week(1, 34, **values), week(2, 34, **values)])
    assert [each[0] for each in told(folded.episodes) if each[2] is not None] == [names[0]]
    roomy = fold(RULE, RuleState(), [week(1, 100, **values)])
    assert {each[0] for each in told(roomy.episodes) if each[2] is not None} == set(names[:3])


def test_of_equal_risks_those_that_are_known_best_come_first() -> None:
    known = RiskWeek(1, 34, (candidate("ann", 0.2), replace(candidate("zoe", 0.2), confidence=0.99)))
    assert [each[0] for each in told(fold(RULE, RuleState(), [known]).episodes) if each[2] is not None] == ["zoe"]


PEOPLE = ("ann", "bob", "cyd", "dan", "eve", "fay")
VALUES = st.dictionaries(
    st.sampled_from(PEOPLE), st.sampled_from([0.06, 0.08, 0.10, 0.12, 0.2, 0.2, 0.4]), max_size=len(PEOPLE)
)
YEARS = st.lists(st.tuples(st.integers(0, 120), VALUES), min_size=1, max_size=14)


def weeks_of(year: list[tuple[int, dict[str, float]]]) -> list[RiskWeek]:
    return [week(number, watched, **values) for number, (watched, values) in enumerate(year)]


@given(YEARS, st.randoms())
def test_the_order_of_candidates_does_not_matter(
    year: list[tuple[int, dict[str, float]]], chance: random.Random
) -> None:
    weeks = weeks_of(year)
    mixed = [
        RiskWeek(each.week, each.watched, tuple(chance.sample(each.candidates, len(each.candidates)))) for each in weeks
    ]
    assert fold(RULE, RuleState(), weeks) == fold(RULE, RuleState(), mixed)


@given(YEARS, st.integers(0, 14))
def test_weeks_may_be_folded_in_parts(year: list[tuple[int, dict[str, float]]], cut: int) -> None:
    weeks = weeks_of(year)
    first = fold(RULE, RuleState(), weeks[:cut])
    second = fold(RULE, first.state, weeks[cut:])
    assert second.state == fold(RULE, RuleState(), weeks).state


@given(YEARS)
def test_the_rule_keeps_its_promises(year: list[tuple[int, dict[str, float]]]) -> None:
    weeks = weeks_of(year)
    folded = fold(RULE, RuleState(), weeks)
    raised = [each for each in folded.episodes if each.raised_week is not None]
    for until in range(len(weeks)):
        # In any stretch of weeks from the start, never more than the budget of those weeks.
        count = sum(each.raised_week is not None and each.raised_week <= until for each in raised)
        assert 100 * count <= sum(each.watched * 3 for each in weeks[: until + 1])
    for each in raised:
        assert each.reading.value >= each.threshold >= RULE.floor
        others = [other.raised_week or 0 for other in raised if other.people == each.people and other is not each]
        assert all(abs((each.raised_week or 0) - other) >= 2 for other in others)
    for people in {each.people for each in folded.episodes}:
        own = sorted((each.first_week, each.ended_week) for each in folded.episodes if each.people == people)
        assert all(ended is not None and ended <= begins for (_, ended), (begins, _) in pairwise(own)), "one at a time"
