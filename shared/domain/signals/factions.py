"""Factions: communities across the organisation that persist, talk inside and fight across."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.evidence.weighing import BASELINE_DAYS, TYPICAL, WINDOW_DAYS, clipped, logit, own_share, score
from shared.domain.organisation.communities import Edge, communities, modularity
from shared.domain.organisation.node_order import node_order
from shared.domain.organisation.work_ties import OrganisationTies, Tie
from shared.domain.signals.signal import HEALTH_BANDS, Earlier, OrganisationSignal
from shared.domain.week import WEEK_DAYS

# A community persists when half of those in either of both are in both (Jaccard).
_SAME: Final = 0.5
# Ours: rough tickets across communities twice as often as contact across would have it cost 0.7 when all communities
# persist; a halving of contact across costs 0.5.
_FIGHT_WEIGHT: Final = -0.7
_WITHDRAWAL_WEIGHT: Final = -0.5
# Ours: communities explain contact by .1 more modularity than the teams of the org chart do; .15 more is a spread.
_BEYOND_CHART: Final = 0.1
_BEYOND_SPREAD: Final = 0.15
_BEYOND_WEIGHT: Final = -0.3
_STRENGTH: Final = 50.0
_FLOOR: Final = 20  # ties
_PARTS: Final = BASELINE_DAYS // WEEK_DAYS
# More than any amount has parts.
_MOST_PARTS: Final = 1 << 20


def _compute(ties: OrganisationTies, _: int, __: Earlier) -> Measure | None:
    people = _ordered(ties)
    numbers = {person: number for number, person in enumerate(people)}
    ends = [(numbers[tie.first], numbers[tie.second]) for tie in ties.ties]
    now = [(*pair, _weight(tie.contacts)) for pair, tie in zip(ends, ties.ties, strict=True) if tie.contacts > 0]
    usual = [
        (*pair, _weight(tie.usual_contacts))
        for pair, tie in zip(ends, ties.ties, strict=True)
        if tie.usual_contacts > 0
    ]
    if not now:
        return None
    groups, before = communities(len(numbers), now), communities(len(numbers), usual)
    explained = modularity(now, groups)
    across, usually_across = _across(now, groups), _across(usual, groups)
    persisting = _persisting(groups, before, least=ties.least)
    rough = [(groups[one] != groups[other], tie.rough) for (one, other), tie in zip(ends, ties.ties, strict=True)]
    rough_total = math.fsum(each for _, each in rough)
    rough_across = math.fsum(each for crosses, each in rough if crosses)
    lift = math.log2((rough_across + 1) / (rough_total * across + 1))
    withdrawal = math.log2((usually_across + 0.01) / (across + 0.01)) if usual else 0.0
    beyond = explained - modularity(now, _chart(people, ties.teams)) - _BEYOND_CHART
    spreads = beyond / _BEYOND_SPREAD
    factors = (
        TYPICAL,
        Factor("fights_across", lift, int(rough_across), _FIGHT_WEIGHT * persisting * clipped(lift, low=0.0)),
        Factor("withdrawal", withdrawal, len(usual), _WITHDRAWAL_WEIGHT * persisting * clipped(withdrawal, low=0.0)),
        Factor("beyond_the_chart", beyond, len(now), _BEYOND_WEIGHT * persisting * clipped(spreads, low=0.0)),
        Factor("persisting_share", persisting, len(now)),
        Factor("communities", _large(groups, ties.least), len(now)),
        Factor("modularity", explained, len(now)),
        Factor("contact_across", across, len(now)),
        Factor("usual_contact_across", usually_across, len(usual)),
        Factor("rough_across", rough_across, int(rough_total)),
    )
    return Measure(
        value=score(logit(factors)),
        confidence=own_share(len(now), _STRENGTH),
        factors=factors,
        evidence=len(now),
    )


def _ordered(ties: OrganisationTies) -> list[str]:
    """Everybody, in an order that follows from the ties: communities must not depend on what people are called."""
    people = sorted(ties.teams)
    numbers = {person: number for number, person in enumerate(people)}
    order = node_order(len(people), [(numbers[tie.first], numbers[tie.second], _kind(tie)) for tie in ties.ties])
    return [people[number] for number in order]


def _kind(tie: Tie) -> int:
    """A number for everything that is known of a tie."""
    found = 0
    for amount in (tie.contacts, tie.usual_contacts, tie.rough):
        found = found * _MOST_PARTS + _weight(amount)
    return found


def _weight(amount: float) -> int:
    """An amount a week as a whole number: those of four weeks and of twelve are twelfths."""
    return max(round(amount * _PARTS), 1) if amount > 0 else 0


def _chart(people: Sequence[str], teams: Mapping[str, str]) -> list[int]:
    """The org chart as communities: teams, and everybody without one apart."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(teams[person] or f"|{person}", len(numbers)) for person in people]


def _across(edges: Sequence[Edge], groups: Sequence[int]) -> float:
    """Share of the contact that crosses communities."""
    total = sum(weight for _, _, weight in edges)
    return sum(weight for one, other, weight in edges if groups[one] != groups[other]) / total if total else 0.0


def _persisting(now: Sequence[int], before: Sequence[int], *, least: int) -> float:
    """Of the people in communities of at least so many, the share whose community was there before."""
    sizes, sizes_before = Counter(now), Counter(before)
    kept: set[int] = set()
    for (group, old), both in Counter(zip(now, before, strict=True)).items():
        if both / (sizes[group] + sizes_before[old] - both) >= _SAME:
            kept.add(group)
    people = sum(size for size in sizes.values() if size >= least)
    return sum(sizes[group] for group in kept if sizes[group] >= least) / people if people else 0.0


def _large(groups: Sequence[int], least: int) -> int:
    return sum(size >= least for size in Counter(groups).values())


FACTIONS: Final = OrganisationSignal(
    name="factions",
    title="Factions",
    unit="points",
    window_days=WINDOW_DAYS,
    compute=_compute,
    bands=HEALTH_BANDS,
    floor=_FLOOR,
    meaning=(
        "Whether the organisation falls apart into groups that persist, talk among themselves and have rough tickets "
        "with each other. It compares the communities in the contact of the last four weeks with those of the three "
        "months before and with the org chart."
    ),
    caution=(
        "Close-knit teams are no factions: only groups that persist and fight across count. It describes the "
        "organisation as a whole, names no group and nobody in it."
    ),
    formula=(
        "L = 1 - q (.7 log2((rough across + 1) / (rough c + 1)) + .5 log2(usual c / c) + .3 (Q - Q of the chart - .1) "
        "/ .15), each part not below zero, value = 100 / (1 + e^-L); c is the share of contact that crosses "
        "communities, q the share of people in communities that were there before, Q modularity."
    ),
    inputs=(
        "contacts a week of every pair, now and in the three months before",
        "rough passages of tickets of every pair",
        "teams",
    ),
    evidence=(
        "Communities in contact graphs mostly follow the org chart, so only what goes beyond it, persists and fights "
        "counts; not validated on data here."
    ),
    source="Louvain method (Blondel et al. 2008); modularity (Newman 2006); Jaccard overlap for persistence.",
    action="explore_jointly",
)
