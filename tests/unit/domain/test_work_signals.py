"""Signals of what people work on and how they meet, against values worked out by hand."""

from math import exp, expm1, log, log1p, log2

import pytest

from shared.domain.escalation.ticket_hazard import Share
from shared.domain.escalation.ticket_rates import TicketRates, TicketScene
from shared.domain.evidence.reading import Factor, Measure
from shared.domain.facts.history import Mark, PairHistory, Step
from shared.domain.facts.known_at import pair_known_at
from shared.domain.facts.ticket_history import Move, WholeTicket
from shared.domain.organisation.goals import Assignment, GoalTree, GoalTrees, PlacedGoal, Work, nearest_common_goal
from shared.domain.signals.common_ground import COMMON_GROUND
from shared.domain.signals.leadership_audit import LEADERSHIP_AUDIT, gini
from shared.domain.signals.meeting_style import MEETING_STYLE
from shared.domain.signals.relational_share import RELATIONAL_SHARE
from shared.domain.signals.relationship_health import RELATIONSHIP_HEALTH
from shared.domain.signals.ticket_heat import TICKET_HEAT
from shared.domain.week import DAY, week_of
from tests.unit.domain.facts import (
    ANN,
    AS_OF,
    BOB,
    CYD,
    ago,
    ask,
    contact,
    count,
    known,
    leader,
    meeting,
    move,
    pair,
    series,
    step,
    ticket,
)

PARENTS = {"one": "unit", "two": "unit", "unit": "top", "far": "top", "loop": "pool", "pool": "loop"}
TREE = GoalTree(PARENTS)
TREES = GoalTrees(PlacedGoal(0, goal, parent) for goal, parent in PARENTS.items())
WEEK = week_of(AS_OF)


def score(logit: float) -> float:
    return 100 / (1 + exp(-logit))


def values(measure: Measure | None) -> dict[str, Factor]:
    assert measure is not None
    return {factor.name: factor for factor in measure.factors}


# --- goals


@pytest.mark.parametrize(
    ("ones", "others", "goal", "levels"),
    [
        (["one"], ["one"], "one", 0),
        (["one"], ["two"], "unit", 1),
        (["one"], ["unit"], "unit", 1),
        (["one"], ["far"], "top", 2),
        (["one", "far"], ["far"], "far", 0),
        (["loop"], ["pool"], "loop", 1),
    ],
)
def test_the_nearest_common_goal(ones: list[str], others: list[str], goal: str, levels: int) -> None:
    found = nearest_common_goal(TREE, ones, others)
    assert found is not None
    assert (found.goal, found.levels) == (goal, levels)
    assert nearest_common_goal(TREE, others, ones) == found


def test_without_a_common_goal_there_is_none() -> None:
    assert nearest_common_goal(TREE, ["one"], ["elsewhere"]) is None
    assert nearest_common_goal(TREE, [], ["one"]) is None


def work(**steps: int) -> Work:
    return Work(TREES, [(WEEK, goal, number) for goal, number in steps.items()])


def together(one: Work, other: Work) -> PairHistory:
    return known(days=[count(1, ANN, BOB, messages=1)], work=(one, other))


def test_common_ground_is_the_overlap_at_both_levels() -> None:
    found = COMMON_GROUND.compute(together(work(one=8, two=2), work(one=5, far=5)), AS_OF, {})
    factors = values(found)
    assert found is not None
    assert factors["shared_at_own_level"].value == pytest.approx(0.5)
    assert factors["shared_one_level_higher"].value == pytest.approx(0.5)
    assert found.value == pytest.approx(score(1 + 10 / 14 * 0.5))


def test_assigned_goals_stand_in_but_prove_nothing() -> None:
    assigned = Work(TREES, assigned=[Assignment("one", 0, AS_OF + 1), Assignment("far", 0, AS_OF)])
    found = COMMON_GROUND.compute(together(assigned, work(one=5)), AS_OF, {})
    assert found is not None
    assert found.value == pytest.approx(score(1))
    assert found.evidence == 0
    assert COMMON_GROUND.compute(together(work(), work(one=5)), AS_OF, {}) is None


def test_work_outside_the_last_four_weeks_does_not_count() -> None:
    old = Work(TREES, [(WEEK - 4, "far", 99), (WEEK - 3, "one", 1), (WEEK + 1, "far", 99)])
    assert dict(old.shares(AS_OF).own) == {"one": 1.0}


# --- relational share


def test_relational_share_counts_days_by_what_they_were_about() -> None:
    history = pair(
        days=[count(4, ANN, BOB, reactions=9)],
        meetings=[meeting(ago(3))],
        contacts=[
            contact(ago(2, 9), marks=Mark.TEXT),
            contact(ago(2, 10), marks=Mark.TEXT),
            ask(ago(1)),
            contact(ago(1, 12), BOB, ANN),  # metadata alone: of no known sort
        ],
        steps=[step(ago(6), ANN, BOB, Step.REQUEST), step(ago(6, 11), ANN, BOB, Step.COMMENT)],
    )
    found = RELATIONAL_SHARE.compute(pair_known_at(history, AS_OF), AS_OF, {})
    factors = values(found)
    assert found is not None
    assert found.evidence == 5
    assert factors["relational_share"].value == pytest.approx(3 / 5)
    assert found.value == pytest.approx(score(1 + 0.9 * ((3 + 8 * 0.2) / 13 - 0.2) / 0.1))


def test_what_follows_an_ask_in_its_thread_is_about_work() -> None:
    history = pair(contacts=[ask(ago(3), thread=7), contact(ago(2), BOB, ANN, marks=Mark.TEXT, thread=7)])
    assert values(RELATIONAL_SHARE.compute(pair_known_at(history, AS_OF), AS_OF, {}))["remarks"].value == 0


# --- relationship health


def measured(**logits: float) -> Measure:
    factors = tuple(Factor(f"logit_by_{side}", value, 3) for side, value in logits.items())
    return Measure(value=50.0, confidence=1.0, factors=factors, evidence=6, spread=0.5)


def test_the_less_heard_side_weighs_three_quarters_and_both_are_shown() -> None:
    found = RELATIONSHIP_HEALTH.compute(known(), AS_OF, {"responsiveness": measured(first=-2.0, second=1.0)})
    factors = values(found)
    assert found is not None
    assert found.value == pytest.approx(score(1 + 0.4 * (0.75 * -2.0 + 0.25 * 1.0)))
    assert factors["first_heard_by_second"].value == pytest.approx(score(1 + 0.4))
    assert factors["second_heard_by_first"].value == pytest.approx(score(1 - 0.8))
    assert factors["responsiveness"].contribution == pytest.approx(0.4 * -1.25)


def test_which_side_is_less_heard_is_decided_over_all_that_is_directed() -> None:
    earlier = {"responsiveness": measured(first=-1.0, second=0.0), "exploration": measured(first=0.0, second=-1.0)}
    found = RELATIONSHIP_HEALTH.compute(known(), AS_OF, earlier)
    assert found is not None
    assert found.value == pytest.approx(score(1 + 0.75 * -0.5 + 0.25 * -0.4))


# --- tickets


def heat(*etas: float, usual: float = 0.004) -> float:
    return -expm1(log1p(-usual) * exp(sum(etas)))


def measure_of(history: WholeTicket, rates: TicketRates = TicketRates()) -> Measure:  # noqa: B008  # frozen
    found = TICKET_HEAT.compute(TicketScene(history.known_at(AS_OF), rates), AS_OF, {})
    assert found is not None
    return found


def test_a_calm_ticket_has_about_the_ordinary_chance() -> None:
    calm = ticket(
        move(ago(6, 9), Move.CREATED, assignee=0),
        move(ago(6, 10), Move.ASSIGNED, 2),
        move(ago(2, 16), Move.COMMENTED, 2),
    )
    age = (AS_OF - ago(6, 9)) / DAY
    # Silent for two working hours of ten a day.
    assert measure_of(calm).value == pytest.approx(heat(-0.1 * log2(1 + age), 0.35 * log2(1 + 0.2 / 2)))


def test_every_factor_of_a_hot_ticket() -> None:
    hot = ticket(
        move(ago(6, 9), Move.CREATED, assignee=0, priority=5, due=ago(0, 9), group="desk"),
        move(ago(6, 10), Move.HANDED_TO_GROUP, 5, priority=5, due=ago(0, 9), group="net L2"),
        move(ago(6, 11), Move.HANDED_TO_GROUP, 5, priority=5, due=ago(0, 9), group="desk"),
        move(ago(5, 7), Move.ESCALATED, 5, priority=5, due=ago(0, 9)),
        move(ago(5, 8), Move.COMMENTED, 2, priority=5, due=ago(0, 9)),
        move(ago(4, 8), Move.COMMENTED, 1, priority=5, due=ago(0, 9)),
        move(ago(4, 9), Move.PRIORITY_RAISED, 1, assignee=0, priority=5, due=ago(0, 9), waits=True),
    )
    rates = TicketRates(usual=Share(20, 90), by_group={"desk": Share(15, 30), "net L2": Share(5, 60)})
    measure = measure_of(hot, rates)
    usual = (20 + 10 * 0.004) / 100
    added = {
        "group_rate": log((15 + 10 * usual) / 40 / usual),
        "age": -0.1 * log2(1 + (AS_OF - ago(6, 9)) / DAY),
        "came_down": 0.4,
        "upper_line": 0.0,
        "priority": 0.2 * 2,
        "queued": 0.4,
        "waiting": -0.4,
        "silent_days": 0.35 * log2(1 + 4.0 / 2),  # since the comment on Tuesday at eight
        "unanswered_comments": 0.35,
        "priority_raises": 0.35,
        "escalations": 0.80,
        "promise_used": 0.80 * ((AS_OF - ago(6, 9)) / (6 * DAY) - 0.5) / 0.5,
    }
    factors = values(measure)
    assert {name: factor.contribution for name, factor in factors.items()} == pytest.approx(
        {"base_rate": log(-log1p(-usual)), **added}
    )
    assert measure.value == pytest.approx(heat(*added.values(), usual=usual))
    assert factors["group_rate"].what_if == pytest.approx(
        heat(*(each for name, each in added.items() if name != "group_rate"), usual=usual)
    )
    assert factors["base_rate"].count == 90


def test_a_ticket_of_an_upper_line_and_of_no_known_group() -> None:
    rates = TicketRates(usual=Share(0, 90), by_group={"": Share(80, 80), "net 2nd": Share(0, 10)})
    unknown = values(measure_of(ticket(move(ago(1), Move.CREATED)), rates))
    assert (unknown["group_rate"].contribution, unknown["upper_line"].contribution) == (0, 0)
    upper = values(measure_of(ticket(move(ago(1), Move.CREATED, group="net 2nd")), rates))
    assert upper["upper_line"].contribution == -0.5
    assert upper["group_rate"].contribution == pytest.approx(log(0.5))


def test_a_ticket_that_was_done_and_opened_again_is_open() -> None:
    done = (move(ago(3), Move.CREATED), move(ago(2), Move.RESOLVED))
    assert not ticket(*done).is_open
    assert ticket(*done, move(ago(1), Move.REOPENED)).is_open
    assert not ticket(*done[:1], move(ago(1), Move.CLOSED)).is_open
    assert not ticket().is_open


# --- leaders and meetings


@pytest.mark.parametrize(
    ("amounts", "expected"), [([], 0), ([0, 0], 0), ([2, 2, 2], 0), ([0, 0, 6], 2 / 3), ([2, 0], 0.5)]
)
def test_gini(amounts: list[float], expected: float) -> None:
    assert gini(amounts) == pytest.approx(expected)


def test_leadership_audit_adds_up_what_is_seen() -> None:
    two = pair(meetings=[meeting(ago(3)), meeting(ago(10))])
    found = LEADERSHIP_AUDIT.compute(leader(two, reports=(ANN, "dan"), around=(CYD,)), AS_OF, {})
    factors = values(found)
    assert found is not None
    relational = 0.35 * ((2 + 8 * 0.2) / 10 - 0.2) / 0.1
    unequal = -0.25 * (2 / 6) * (0.5 - 0.2) / 0.2
    reach = 0.20 * (1 / 3 - 0.5) / 0.25
    assert factors["one_on_one_inequality"].contribution == pytest.approx(unequal)
    assert found.value == pytest.approx(score(1 + relational + unequal + reach))
    assert found.action == "reach_out"


def test_meeting_style_looks_at_who_comes_and_whether_it_takes_place() -> None:
    three = (ANN, BOB, CYD)
    held = meeting(ago(3), three, declined=(CYD,), series=1)
    found = MEETING_STYLE.compute(
        series(meetings=[held, meeting(ago(10), three, cancelled_by=BOB, series=1)]), AS_OF, {}
    )
    factors = values(found)
    assert found is not None
    assert factors["coming"].contribution == pytest.approx(0.4 * ((1 + 1.5) / 4 - 0.75) / 0.25)
    assert factors["held"].contribution == pytest.approx(0.3 * ((1 + 1.6) / 4 - 0.8) / 0.2)
    assert found.value == pytest.approx(score(1 - 0.2 - 0.225))
    assert found.action == "ask_what_for"


def test_a_meeting_of_two_is_a_one_on_one_and_has_no_style() -> None:
    assert MEETING_STYLE.compute(series(meetings=[meeting(ago(3), series=1)]), AS_OF, {}) is None
