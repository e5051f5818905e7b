"""The state of a chain: whether its leader has begun to leave asks unanswered and one-to-ones unheld.

A hidden Markov model over closed weeks. Each week of a chain brings asks and one-to-ones that failed or did not. They
are compared with what the chain is used to, moved by what moved in the whole organisation that week; so a feast, an
incident or a quarter's end that everybody feels says nothing of one leader. How often somebody asks does not matter,
only the share that fails. A leader who changes mostly changes towards several people, so that each chain says something
of the others of its leader.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.domain.facts.week_outcomes import NO_OUTCOMES, WeekOutcomes

ChainPeople = tuple[str, str, str]
"""Person, leader, leader's leader."""
History = Mapping[int, WeekOutcomes]
"""Outcomes of one chain by week; weeks without any are absent."""


@dataclass(frozen=True, slots=True)
class StateModel:
    """Numbers of the model. Each is a choice, tuned on made-up companies (docs/alert-quality.md).

    Strengths are numbers of items that weigh as much as what is observed; rates are a week.
    """

    lag_weeks: int = 6  # the usual is learnt from weeks at least this much older: what begins must not become usual
    usual_weeks: int = 12
    least_usual: int = 12  # items of the leader in these weeks, before which nothing follows
    leader_strength: float = 20.0  # of the organisation for a leader
    chain_strength: float = 30.0  # of the leader for a chain
    worsening: float = 2.2  # logits by which a leader who has changed leaves more asks
    worsening_talks: float = 2.5  # and one-to-ones
    ask_spread: float = 30.0  # items of a week hang together: strength of the beta distribution of a week's share
    talk_spread: float = 12.0
    onset: float = 0.0005  # of a chain whose leader is as ever
    recovery: float = 0.03
    leader_onset: float = 0.004
    leader_recovery: float = 0.03
    spreads: float = 0.15  # onset of a chain whose leader has changed
    spared: float = 0.08  # recovery of it
    leader_caution: float = 0.8  # chains of a leader share a calendar, so together they say a little less
    least_shift: float = -0.3  # logits; a good week of everybody's excuses nobody's bad one


STATE_MODEL: Final = StateModel()

# Before anything is known of an organisation: as many as fail where all is well, worth ten items.
_ORDINARY_ASKS_FAILED: Final = 0.2
_ORDINARY_TALKS_FAILED: Final = 0.05
_ORDINARY_STRENGTH: Final = 10.0
# A leader's few items of a week or two move the organisation's middle little.
_MOVE_STRENGTH: Final = 4.0
# exp() of more says no more, and of much more overflows.
_LARGEST_LOGIT: Final = 50.0


class ChainWeekState(NamedTuple):
    """What is known of a chain at the end of a week.

    `chance` is that of a cause. `evidence` is the week's own, in logits: above 0 it speaks for a cause.
    """

    chance: float
    evidence: float
    outcomes: WeekOutcomes


Chances = tuple[float, float, float, float]
"""That a chain is fine, has a leader who leaves asks, who leaves one-to-ones, and who leaves both."""
_FINE: Final[Chances] = (1.0, 0.0, 0.0, 0.0)


class LeaderBelief(NamedTuple):
    """What is believed of a leader at the end of a week: the chance that they have changed towards their people.

    `as_ever` and `changed` are the chances of each chain's states if they have not, and if they have.
    """

    chance: float
    as_ever: Mapping[ChainPeople, Chances]
    changed: Mapping[ChainPeople, Chances]


Belief = Mapping[str, LeaderBelief]
"""By leader."""
NOTHING_BELIEVED: Final[Belief] = {}
_AS_EVER: Final = LeaderBelief(0.0, {}, {})


class _Usual(NamedTuple):
    """The shares that usually fail."""

    asks: float
    talks: float
    items: int  # of the leader


class _Evidence(NamedTuple):
    """What a week says for a cause rather than against, in logits."""

    asks: float
    talks: float


def states(
    model: StateModel, before: Belief, histories: Mapping[ChainPeople, History], week: int
) -> tuple[Belief, Mapping[ChainPeople, ChainWeekState]]:
    """What is believed at the end of a week, and the states of all chains then.

    `histories` holds every chain that there is in the week, with its outcomes of the last `lag_weeks + usual_weeks`.
    Neither the order of chains nor their names matter.
    """
    usual = _usual(model, histories, week)
    shift = _Evidence(_shift(model, histories, usual, week, kind=0), _shift(model, histories, usual, week, kind=1))
    by_leader: defaultdict[str, dict[ChainPeople, _Evidence]] = defaultdict(dict)
    for chain, history in histories.items():
        by_leader[chain[1]][chain] = _evidence(model, usual[chain], shift, history.get(week, NO_OUTCOMES))
    belief = {leader: _a_week_on(model, before.get(leader, _AS_EVER), own) for leader, own in by_leader.items()}
    found: dict[ChainPeople, ChainWeekState] = {}
    for chain, history in histories.items():
        of_leader = belief[chain[1]]
        fine = (1 - of_leader.chance) * of_leader.as_ever[chain][0] + of_leader.chance * of_leader.changed[chain][0]
        own_evidence = by_leader[chain[1]][chain]
        found[chain] = ChainWeekState(1 - fine, sum(own_evidence), history.get(week, NO_OUTCOMES))
    return belief, found


# --- what is usual


def _usual(model: StateModel, histories: Mapping[ChainPeople, History], week: int) -> dict[ChainPeople, _Usual]:
    """The usual shares of every chain: drawn to its leader's, which are drawn to the organisation's."""
    last = week - model.lag_weeks
    own = {
        chain: _total(history, range(last - model.usual_weeks + 1, last + 1)) for chain, history in histories.items()
    }
    of_leader: defaultdict[str, list[WeekOutcomes]] = defaultdict(list)
    for chain, total in own.items():
        of_leader[chain[1]].append(total)
    leaders = {leader: _sum(totals) for leader, totals in of_leader.items()}
    everybody = _sum(leaders.values())
    asks = _share(everybody.asks_failed, everybody.asks, _ORDINARY_ASKS_FAILED, _ORDINARY_STRENGTH)
    talks = _share(everybody.talks_failed, everybody.talks, _ORDINARY_TALKS_FAILED, _ORDINARY_STRENGTH)
    found: dict[ChainPeople, _Usual] = {}
    for chain, total in own.items():
        leader = leaders[chain[1]]
        leaders_asks = _share(leader.asks_failed, leader.asks, asks, model.leader_strength)
        leaders_talks = _share(leader.talks_failed, leader.talks, talks, model.leader_strength)
        found[chain] = _Usual(
            asks=_share(total.asks_failed, total.asks, leaders_asks, model.chain_strength),
            talks=_share(total.talks_failed, total.talks, leaders_talks, model.chain_strength),
            items=leader.asks + leader.talks,
        )
    return found


def _shift(
    model: StateModel,
    histories: Mapping[ChainPeople, History],
    usual: Mapping[ChainPeople, _Usual],
    week: int,
    *,
    kind: int,
) -> float:
    """By how many logits everybody's share moved, in one week or two, whichever is more.

    It is the middle of the leaders: a mean would hide the very leaders that are looked for.
    """
    moves = (_middle_move(histories, usual, range(week - length + 1, week + 1), kind) for length in (1, 2))
    return max(model.least_shift, *moves)


def _middle_move(
    histories: Mapping[ChainPeople, History], usual: Mapping[ChainPeople, _Usual], weeks: Sequence[int], kind: int
) -> float:
    expected: defaultdict[str, list[float]] = defaultdict(list)
    items: defaultdict[str, int] = defaultdict(int)
    failed: defaultdict[str, int] = defaultdict(int)
    for chain, history in histories.items():
        total = _total(history, weeks)
        items[chain[1]] += total[2 * kind]
        failed[chain[1]] += total[2 * kind + 1]
        expected[chain[1]].append(total[2 * kind] * usual[chain][kind])
    moves = []
    for leader, count in items.items():
        if count:
            share = math.fsum(expected[leader]) / count
            moves.append((_logit(_share(failed[leader], count, share, _MOVE_STRENGTH)) - _logit(share), count))
    return _weighted_median(moves)


def _weighted_median(values: Iterable[tuple[float, int]]) -> float:
    """The middle of values with weights; 0 of none."""
    ordered = sorted(values)
    half, passed = sum(weight for _, weight in ordered) / 2, 0
    for value, weight in ordered:
        passed += weight
        if passed >= half:
            return value
    return 0.0


# --- what a week says


def _evidence(model: StateModel, usual: _Usual, shift: _Evidence, now: WeekOutcomes) -> _Evidence:
    if usual.items < model.least_usual:
        return _Evidence(0.0, 0.0)
    fine = _expit(_logit(usual.asks) + shift.asks)
    fine_talks = _expit(_logit(usual.talks) + shift.talks)
    return _Evidence(
        _log_ratio(fine, model.worsening, now.asks, now.asks_failed, strength=model.ask_spread),
        _log_ratio(fine_talks, model.worsening_talks, now.talks, now.talks_failed, strength=model.talk_spread),
    )


def _log_ratio(fine: float, worsening: float, items: int, failed: int, *, strength: float) -> float:
    bad = _expit(_logit(fine) + worsening)
    return _log_likelihood(bad, items, failed, strength) - _log_likelihood(fine, items, failed, strength)


def _log_likelihood(share: float, items: int, failed: int, strength: float) -> float:
    """Of so many failures by a beta-binomial, without what does not depend on the share."""
    one, other = share * strength, (1 - share) * strength
    return math.fsum(math.log(one + each) for each in range(failed)) + math.fsum(
        math.log(other + each) for each in range(items - failed)
    )


# --- what follows from it


def _a_week_on(model: StateModel, before: LeaderBelief, evidence: Mapping[ChainPeople, _Evidence]) -> LeaderBelief:
    """The belief about a leader after a week.

    Of each chain two things are kept: what to believe if the leader is as ever, and if not. Where a leader may have
    changed sides in between, both are mixed (assumed density filtering), as all courses cannot be kept.
    """
    stays = (1 - before.chance) * (1 - model.leader_onset)
    turns = (1 - before.chance) * model.leader_onset
    heals = before.chance * model.leader_recovery
    holds = before.chance * (1 - model.leader_recovery)
    as_ever: dict[ChainPeople, Chances] = {}
    changed: dict[ChainPeople, Chances] = {}
    ratios: list[float] = []
    for chain, own in evidence.items():
        one, other = before.as_ever.get(chain, _FINE), before.changed.get(chain, _FINE)
        as_ever[chain], likely = _after(
            _mixed(one, stays, other, heals), own, onset=model.onset, recovery=model.recovery
        )
        changed[chain], likely_if_changed = _after(
            _mixed(one, turns, other, holds), own, onset=model.spreads, recovery=model.spared
        )
        ratios.append(math.log(likely_if_changed / likely))
    odds = (turns + holds) / (stays + heals) * math.exp(_held(model.leader_caution * math.fsum(ratios)))
    return LeaderBelief(odds / (1 + odds), as_ever, changed)


def _mixed(one: Chances, weight: float, other: Chances, weight_of_other: float) -> Chances:
    share = weight / (weight + weight_of_other)
    fine, asks, talks, both = (share * mine + (1 - share) * theirs for mine, theirs in zip(one, other, strict=True))
    return fine, asks, talks, both


def _after(before: Chances, evidence: _Evidence, *, onset: float, recovery: float) -> tuple[Chances, float]:
    """The chances after a week: first what may have changed, then what was seen. And how likely that was."""
    fine, asks, talks, both = before
    stays, begins = 1 - recovery, onset / 3 * fine
    moved = (
        fine * (1 - onset) + recovery * (asks + talks + both),
        asks * stays + begins,
        talks * stays + begins,
        both * stays + begins,
    )
    said = (0.0, evidence.asks, evidence.talks, evidence.asks + evidence.talks)
    seen = [chance * math.exp(_held(each)) for chance, each in zip(moved, said, strict=True)]
    likely = math.fsum(seen)
    return (seen[0] / likely, seen[1] / likely, seen[2] / likely, seen[3] / likely), likely


def _held(logits: float) -> float:
    return min(max(logits, -_LARGEST_LOGIT), _LARGEST_LOGIT)


def _total(history: History, weeks: Iterable[int]) -> WeekOutcomes:
    return _sum(history[week] for week in weeks if week in history)


def _sum(outcomes: Iterable[WeekOutcomes]) -> WeekOutcomes:
    asks = asks_failed = talks = talks_failed = 0
    for each in outcomes:
        asks += each.asks
        asks_failed += each.asks_failed
        talks += each.talks
        talks_failed += each.talks_failed
    return WeekOutcomes(asks, asks_failed, talks, talks_failed)


def _share(failed: float, items: float, prior: float, strength: float) -> float:
    return (failed + strength * prior) / (items + strength)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _expit(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
