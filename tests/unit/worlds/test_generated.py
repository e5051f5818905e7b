"""The default weights in worlds made without them: they find what drives people, and nothing where nothing does."""

import random
from dataclasses import replace

import pytest
from msgspec import structs

from shared.domain.alerts.rule import AlertRule, Candidate, RiskWeek, RuleState, fold
from shared.domain.escalation.labels import happens_within, label_events
from shared.domain.evidence.reading import Measure
from shared.domain.evidence.weighing import logit
from shared.domain.facts.history import ActiveDays, Contact, Mark, WholeChain, WholePair
from shared.domain.facts.known_at import chain_known_at, pair_known_at
from shared.domain.signals.cadence import CADENCE
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D
from shared.domain.week import DAY, HOUR, day_of, first_day_of_week
from tests.unit.domain.facts import count
from tests.unit.worlds.generated import (
    FIRST_WEEK,
    ROUTINE,
    SILENCE,
    WEEKS,
    WORLDS,
    Life,
    World,
    end_of,
    history,
    live,
    lives,
)

DRIVEN = [world for world in WORLDS if world not in (ROUTINE, SILENCE)]
LOOKS = range(7, WEEKS - 2, 2)
LAST = end_of(WEEKS - 1)


def measured(chain: WholeChain, as_of: int) -> Measure:
    found = ESCALATION_RISK_14D.compute(chain_known_at(chain, as_of), as_of, {})
    assert found is not None
    return found


def contribution(measure: Measure, name: str) -> float:
    return next(factor.contribution for factor in measure.factors if factor.name == name)


def auroc(pairs: list[tuple[float, bool]]) -> float:
    """Chance that somebody who does is ranked above somebody who does not."""
    yes, no = ([score for score, happened in pairs if happened == wanted] for wanted in (True, False))
    return sum((one > other) + 0.5 * (one == other) for one in yes for other in no) / (len(yes) * len(no))


def ranked(world: World, *, people: int = 150, seed: int = 1, by: str = "") -> list[tuple[float, bool]]:
    """Risk, or what one factor adds to it, and outcome: only where the definition leaves room for an onset at all."""
    pairs = []
    for life in lives(world, people=people, seed=seed):
        chain = history(life)
        events = label_events(chain, LAST)["unsolicited_onset"]
        for week in LOOKS:
            measure = measured(chain, end_of(week))
            if contribution(measure, "already_in_touch") == 0:
                score = contribution(measure, by) if by else measure.value
                pairs.append((score, happens_within(events, end_of(week), days=14)))
    return pairs


@pytest.mark.parametrize("world", DRIVEN, ids=lambda world: world.name)
def test_what_drives_people_is_found_without_training(world: World) -> None:
    pairs = ranked(world)
    assert sum(happened for _, happened in pairs) >= 25
    assert auroc(pairs) >= 0.55


def test_silence_is_seen_by_its_factor() -> None:
    assert auroc(ranked(SILENCE, people=300, by="silence")) >= 0.6


def test_silence_is_seen_in_the_risk() -> None:
    """Who stopped asking is asked nothing and left unanswered nothing: neither takes the silence away again."""
    assert auroc(ranked(SILENCE, people=300)) >= 0.54


def test_where_nothing_drives_people_nothing_is_found() -> None:
    pairs = [*ranked(ROUTINE, seed=1), *ranked(ROUTINE, seed=2)]
    assert sum(happened for _, happened in pairs) >= 50
    assert 0.42 <= auroc(pairs) <= 0.58


def test_where_nothing_drives_people_alerts_keep_to_their_budget() -> None:
    rule = AlertRule(budget_per_100_people=3)
    chains = [history(life) for life in lives(ROUTINE, people=100, seed=3)]
    weeks = []
    for week in LOOKS:
        values = [measured(chain, end_of(week)).value for chain in chains]
        candidates = [
            Candidate((f"p{number}", "leader", "skip"), value, 1.0, "close_the_loop", "3")
            for number, value in enumerate(values)
            if value >= rule.least_value
        ]
        weeks.append(RiskWeek(week, len(chains), tuple(candidates)))
    folded = fold(rule, RuleState(), weeks)
    raised = [episode.raised_week for episode in folded.episodes if episode.raised_week is not None]
    assert all(raised.count(week) <= 3 for week in LOOKS)


def one(**given: object) -> Life:
    """A life in the routine world whose person never goes past the leader."""
    chance = random.Random(11)
    life = Life(0, leader_is_open=0.9, **given)  # type: ignore[arg-type]
    calm = replace(ROUTINE, hazard=lambda _, __: 0.0)
    for week in range(WEEKS):
        live(calm, life, week, chance)
    return life


def test_leave_raises_no_risk() -> None:
    away, there = one(away=range(WEEKS - 4, WEEKS)), one()
    assert not [each for each in away.sent if each * DAY > end_of(WEEKS - 5)]
    # Nobody is more at risk on leave than in an ordinary week, nor in the first week after.
    for week in range(WEEKS - 4, WEEKS):
        found = measured(history(away), end_of(week))
        assert found.value <= max(measured(history(there), end_of(each)).value for each in LOOKS)
        assert contribution(found, "silence") <= 0.25


def both_there(life: Life) -> WholePair:
    """The pair with the days on which each was there, as scoring counts them; the leader always is."""
    since = first_day_of_week(FIRST_WEEK)
    counted = [count(0, each.sender, each.recipient, messages=1) for each in life.messages]
    days = [structs.replace(entry, day=day_of(each.at)) for entry, each in zip(counted, life.messages, strict=True)]
    acted = sum(1 << day - since for day in life.sent)
    return replace(
        history(life).with_leader,
        days=tuple(sorted(days)),
        active=ActiveDays(since=since, first=(1 << 7 * WEEKS) - 1, second=acted),
    )


def test_leave_is_no_silence_of_two_people() -> None:
    """Four weeks away cost neither silence nor rhythm; four weeks without a word while both are there cost both."""
    away = both_there(one(away=range(WEEKS - 4, WEEKS)))
    unseen = replace(away, active=replace(away.active, second=(1 << 7 * WEEKS) - 1))
    for week in range(WEEKS - 4, WEEKS):
        found = cadence(away, end_of(week))
        assert contribution(found, "silence") == 0
        assert CADENCE.bands.of(found.value) == "healthy"
        assert next(each.value for each in found.factors if each.name == "days_away") >= 5 * (week - WEEKS + 5)
    silent = cadence(unseen, LAST)
    assert contribution(silent, "silence") < -0.3
    assert CADENCE.bands.of(silent.value) == "strained"


def cadence(pair: WholePair, as_of: int) -> Measure:
    found = CADENCE.compute(pair_known_at(pair, as_of), as_of, {})
    assert found is not None
    return found


def test_time_zones_raise_no_risk() -> None:
    """Who is nine hours away answers at the start of their day: that is long by the clock and no silence."""
    near = one()
    far = history(near)
    shifted = tuple(
        structs.replace(each, at=each.at + 9 * HOUR) if each.sender == "leader" else each
        for each in far.with_leader.contacts
    )
    far = replace(far, with_leader=replace(far.with_leader, contacts=tuple(sorted(shifted))))
    for week in LOOKS:
        here, there = (measured(chain, end_of(week)) for chain in (history(near), far))
        assert ESCALATION_RISK_14D.bands.of(there.value) == ESCALATION_RISK_14D.bands.of(here.value) == "low"
        assert logit(there.factors) - logit(here.factors) <= 0.5


def test_a_reorganisation_raises_no_risk() -> None:
    """From the move on the chain is another one: what was contact with the skip before is not in it."""
    life = one()
    chain = history(life)
    moved = end_of(12)
    # The old leader's leader is the new leader: there was contact before, and more of it since.
    before = [Contact(moved - days * DAY, "person", "leader", "mail", 0, Mark.TEXT) for days in range(1, 60, 9)]
    contacts = sorted([*before, *(each for each in chain.with_leader.contacts if each.at > moved)])
    fresh = replace(chain, with_leader=replace(chain.with_leader, contacts=tuple(contacts)), upward_contacts=())
    for week in range(13, WEEKS):
        found = measured(fresh, end_of(week))
        assert ESCALATION_RISK_14D.bands.of(found.value) == "low"
        assert contribution(found, "unsolicited_rate") <= 0
        assert contribution(found, "silence") <= 0.25


def test_a_new_joiner_begins_below_the_ordinary_risk() -> None:
    chain = history(one())
    start = end_of(WEEKS - 3)
    joined = replace(
        chain,
        with_leader=replace(
            chain.with_leader, contacts=tuple(each for each in chain.with_leader.contacts if each.at > start)
        ),
        sent_by_day={day: count for day, count in chain.sent_by_day.items() if day * DAY > start},
    )
    for week in (WEEKS - 2, WEEKS - 1):
        found = measured(joined, end_of(week))
        assert ESCALATION_RISK_14D.bands.of(found.value) == "low"
        assert abs(contribution(found, "unsolicited_rate")) < 0.3  # too little seen to say much
