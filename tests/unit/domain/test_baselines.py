import pytest

from shared.domain.evidence.reading import Factor
from shared.domain.facts.baselines import (
    DEFAULT_BASELINES,
    NO_SUMS,
    SUM_INDEX,
    Baseline,
    Baselines,
    Sums,
    WeekBaselines,
    first_week_with,
    members_of,
    week_baselines,
    weeks_learnt_from,
)
from shared.domain.facts.known_at import pair_known_at
from shared.domain.facts.person_weeks import CONTEXT_WEEKS, person_weeks
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER, Line, Organisation
from shared.domain.signals import SIGNAL_BY_NAME
from shared.domain.week import week_of
from tests.unit.domain.facts import ANN, AS_OF, BOB, TODAY, ago, answer, ask, count, meeting, pair

WEEK = week_of(AS_OF)
# Two teams of six under two leaders, who report to one.
TEAMS = {"a": [f"a{number}" for number in range(6)], "b": [f"b{number}" for number in range(6)]}


def organisation() -> Organisation:
    lines = [Line(each, SINCE_EVER, FOREVER, f"{team}0") for team, people in TEAMS.items() for each in people[1:]]
    lines += [Line(f"{team}0", SINCE_EVER, FOREVER, "top") for team in TEAMS]
    teams = {each: team for team, people in TEAMS.items() for each in people} | {"top": "", "alone": "c"}
    return Organisation(lines=lines, links=(), teams=teams)


def sums(**given: int) -> Sums:
    found = [*NO_SUMS]
    for name, value in given.items():
        found[SUM_INDEX[name]] = value
    return tuple(found)


def asked(*people: str, answered: int, of: int = 10) -> dict[str, Sums]:
    return dict.fromkeys(people, sums(asks=of, answered=answered))


def test_each_level_is_drawn_towards_the_one_above() -> None:
    found = week_baselines(WEEK, organisation(), asked(*TEAMS["a"], answered=9) | asked(*TEAMS["b"], answered=1))
    whole = round((54 + 6 + 19 * 0.51) / (120 + 19), 2)
    assert found.organisation.answered == Baseline(whole, "organisation", 12)
    team = round((54 + 19 * whole) / (60 + 19), 2)
    assert found.teams["a"].answered == Baseline(team, "team", 6)
    leader = round((54 + 19 * team) / (60 + 19), 2)
    assert found.leaders["a0"].answered == Baseline(leader, "leader", 6)
    assert found.leaders["b0"].answered.value < 0.3 < found.organisation.answered.value < leader
    # What nobody has is the documented constant.
    assert found.leaders["a0"].kept == DEFAULT_BASELINES.kept


def test_a_pair_is_compared_with_its_leader_its_team_or_the_organisation() -> None:
    whole = organisation()
    found = week_baselines(WEEK, whole, asked(*TEAMS["a"], answered=9) | asked(*TEAMS["b"], answered=1))
    assert found.of("a1", "a2", whole) == found.of("a0", "a1", whole) == found.of("a1", "a0", whole)
    assert found.of("a1", "a2", whole).answered.level == "leader"
    assert found.of("a1", "b1", whole) == found.of("a0", "b0", whole) == found.organisation
    alike = WeekBaselines(WEEK, found.organisation, found.teams)
    assert alike.of("a1", "a2", whole) == found.teams["a"]
    assert alike.of("alone", "a2", whole) == found.organisation
    assert members_of(found, whole, teams=["b"], leaders=["a0"]) == {*TEAMS["a"], *TEAMS["b"]}


@pytest.mark.parametrize(("own", "parent"), [("x", "x"), ("y", "y"), ("z", "")])
@pytest.mark.parametrize(("x", "y"), [("left", "right"), ("right", "left")])
def test_what_teams_are_called_decides_no_baseline(x: str, y: str, own: str, parent: str) -> None:
    """A leader of two teams of one size is compared with their own, or with everybody."""
    called = {"x": x, "y": y, "z": "z", "": ""}
    people = {"x": [f"x{number}" for number in range(6)], "y": [f"y{number}" for number in range(6)]}
    teams = {each: called[team] for team, members in people.items() for each in members} | {"boss": called[own]}
    lines = [Line(each, SINCE_EVER, FOREVER, "boss") for each in teams if each != "boss"]
    found = week_baselines(
        WEEK,
        Organisation(lines=lines, links=(), teams=teams),
        asked(*people["x"], answered=9) | asked(*people["y"], answered=1),
    )
    above = found.teams[called[parent]] if parent else found.organisation
    assert found.leaders["boss"].answered.value == round((60 + 19 * above.answered.value) / (120 + 19), 2)


def test_a_group_keeps_its_baselines_when_its_leader_is_erased() -> None:
    own = Baselines(answered=Baseline(0.9, "leader", 6))
    others = Baselines(answered=Baseline(0.3, "team", 6))
    groups = {"former1": {"a1": own, "a2": own}, "former2": {"b1": own}}
    baselines = WeekBaselines(WEEK, teams={"a": others}, former=groups)
    assert baselines.of("a1", "a2", organisation()) == own
    assert baselines.of("a1", "a3", organisation()) == others
    # Equal baselines do not make one group of two.
    assert baselines.of("a1", "b1", organisation()) == DEFAULT_BASELINES


def test_fewer_than_five_people_make_no_baseline() -> None:
    found = week_baselines(WEEK, organisation(), asked(*TEAMS["a"][:4], answered=0) | asked(*TEAMS["b"], answered=8))
    assert "a" not in found.teams
    assert "a0" not in found.leaders
    assert found.of("a1", "a2", organisation()).answered == found.organisation.answered
    assert found.organisation.answered.people == 10
    few = week_baselines(WEEK, organisation(), asked(*TEAMS["a"][:4], answered=0))
    assert few == WeekBaselines(WEEK)


def test_nobody_weighs_more_than_the_fifth() -> None:
    """Otherwise the baseline would be one colleague's own figure."""
    people = asked(*TEAMS["a"][1:], answered=10) | asked("a0", answered=0, of=10_000)
    (baseline,) = {week_baselines(WEEK, organisation(), people).organisation.answered}
    assert baseline == Baseline(round((50 + 0 + 19 * 0.51) / (60 + 19), 2), "organisation", 6)


def test_no_order_and_no_single_late_event_moves_a_baseline() -> None:
    people = asked(*TEAMS["a"], answered=5) | asked(*TEAMS["b"], answered=5)
    found = week_baselines(WEEK, organisation(), people)
    assert week_baselines(WEEK, organisation(), dict(reversed(people.items()))) == found
    late = people | asked("a1", answered=6, of=11)
    assert week_baselines(WEEK, organisation(), late).organisation == found.organisation


def test_baselines_are_learnt_from_weeks_whose_facts_a_reading_may_use() -> None:
    weeks = weeks_learnt_from(WEEK)
    assert len(weeks) == 12
    assert first_week_with(weeks[-1]) == WEEK
    assert weeks.start - CONTEXT_WEEKS == WEEK - 15  # the first week of the longest window
    assert weeks[-1] + 2 < WEEK  # what became of asks is known


def test_a_week_of_a_person() -> None:
    history = pair(
        days=[count(24, ANN, BOB, messages=3, replies=1), count(23, BOB, ANN, messages=1)],
        contacts=[
            ask(ago(24, 9), thread=1),
            answer(ago(24, 11), thread=1),
            ask(ago(24, 9), thread=2),  # dropped
            ask(ago(3, 9), thread=3),  # not of that week
        ],
        meetings=[meeting(ago(23)), meeting(ago(22), cancelled_by=BOB)],
    )
    week = WEEK - 3
    acted = {ANN: {TODAY - 24, TODAY - 3}, BOB: {TODAY - 23}}
    found = {
        person: (days, own)
        for person, of, days, own in person_weeks([history], acted, weeks=range(week, week + 1), closed=WEEK)
        if of == week
    }
    both = {"one_on_ones": 2, "one_on_ones_held": 1, "ties": 1, "tie_centilogs": 232, "starts": 4, "quieter_starts": 2}
    assert found[ANN] == (1 << (TODAY - 24 + 3) % 7, sums(**both))
    assert found[BOB] == (1 << (TODAY - 23 + 3) % 7, sums(asks=2, answered=1, reply_centilogs=110, **both))
    early = list(person_weeks([history], acted, weeks=range(week, week + 1), closed=week + 1))
    assert [own for *_, own in early] == [NO_SUMS, NO_SUMS]  # nobody can know yet
    others = person_weeks([history], {ANN: acted[ANN]}, weeks=range(week, week + 1), closed=WEEK)
    assert [(person, own) for person, *_, own in others] == [(ANN, found[ANN][1])]


@pytest.mark.parametrize(
    ("signal", "field", "low", "high", "contribution"),
    [
        ("responsiveness", "answered", 0.1, 0.9, "answered_by_second"),
        ("one_on_one", "kept", 0.4, 1.0, "kept"),
        ("reciprocity", "quieter", 0.1, 0.5, "initiation_balance"),
    ],
)
def test_thin_evidence_is_drawn_towards_the_baseline_and_says_so(
    signal: str, field: str, low: float, high: float, contribution: str
) -> None:
    def factors(value: float, asks: int) -> dict[str, Factor]:
        history = pair(
            days=[count(1 + day % 27, ANN, BOB, messages=1) for day in range(asks)],
            contacts=[ask(ago(2 + day % 20, 9), thread=day) for day in range(asks)],
            meetings=[meeting(ago(2 + day % 20, 9 + day / 100)) for day in range(asks)],
        )
        baselines = Baselines()._replace(**{field: Baseline(value, "leader", 7)})
        measure = SIGNAL_BY_NAME[signal].compute(pair_known_at(history, AS_OF, baselines), AS_OF, {})
        assert measure is not None
        return {factor.name: factor for factor in measure.factors}

    thin = [factors(value, 1)[contribution].contribution for value in (low, high)]
    thick = [factors(value, 60)[contribution].contribution for value in (low, high)]
    assert thin[0] < thin[1]
    assert thick[0] > thick[1]  # with enough evidence of its own, a baseline only tells what was to be expected
    named = next(each for name, each in factors(low, 1).items() if name.endswith("_norm_of_leader"))
    assert (named.value, named.count, named.contribution) == (low, 7, 0)
    weights = [
        next(each.value for name, each in sorted(factors(low, asks).items(), reverse=True) if "norm_weight" in name)
        for asks in (1, 60)
    ]
    assert 1 > weights[0] > 0.6 > weights[1] > 0


def test_without_a_baseline_none_is_named() -> None:
    for signal in ("responsiveness", "one_on_one", "reciprocity", "cadence"):
        history = pair(days=[count(2, ANN, BOB, messages=1)], contacts=[ask(ago(2))], meetings=[meeting(ago(2))])
        measure = SIGNAL_BY_NAME[signal].compute(pair_known_at(history, AS_OF), AS_OF, {})
        assert measure is not None
        assert not [each for each in measure.factors if "norm" in each.name]
