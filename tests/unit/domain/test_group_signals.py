"""Communities, insularity and factions, against values worked out by hand."""

import random
from itertools import combinations
from math import exp, log2

import pytest

from shared.domain.organisation.communities import Edge, communities, modularity
from shared.domain.organisation.work_ties import OrganisationTies, Tie
from shared.domain.signals.factions import FACTIONS
from shared.domain.signals.insularity import INSULARITY
from tests.unit.domain.facts import AS_OF, organisation, team, tie

UNITS = {name: [f"{name}{number}" for number in range(8)] for name in "abc"}


def score(logit: float) -> float:
    return 100 / (1 + exp(-logit))


def clique(nodes: range) -> list[Edge]:
    return [(one, other, 1) for one, other in combinations(nodes, 2)]


def test_two_cliques_with_a_bridge_are_two_communities() -> None:
    edges = [*clique(range(5)), *clique(range(5, 10)), (4, 5, 1)]
    assert communities(11, edges) == [0] * 5 + [1] * 5 + [2]


def test_the_answer_depends_on_the_edges_only() -> None:
    edges = [*clique(range(6)), *clique(range(6, 12)), *clique(range(12, 18)), (0, 6, 2), (7, 12, 2)]
    expected = communities(18, edges)
    for seed in range(20):
        shuffled = random.Random(seed).sample(edges, len(edges))
        assert communities(18, [(other, one, weight) for one, other, weight in shuffled]) == expected


def test_modularity_of_two_apart_is_a_half() -> None:
    edges = [(0, 1, 1), (2, 3, 1)]
    assert modularity(edges, [0, 0, 1, 1]) == pytest.approx(0.5)
    assert modularity(edges, [0, 0, 0, 0]) == pytest.approx(0.0)
    assert modularity([], []) == 0.0


def ties(*, inside: float, across: float, usual_across: float, rough: float) -> OrganisationTies:
    found = [tie(*two, inside) for unit in UNITS.values() for two in combinations(unit, 2)]
    found += [
        tie(one, other, across, usual_across, rough)
        for first, second in combinations(UNITS.values(), 2)
        for one, other in zip(first, second, strict=True)
    ]
    return organisation(UNITS, found)


def test_factions_persist_talk_inside_and_fight_across() -> None:
    found = FACTIONS.compute(ties(inside=2.0, across=1.0, usual_across=2.0, rough=0.5), AS_OF, {})
    assert found is not None
    across, usual = 24 / (168 + 24), 48 / (168 + 48)
    fights = log2((12 + 1) / (12 * across + 1))
    withdrawal = log2((usual + 0.01) / (across + 0.01))
    factors = {factor.name: factor for factor in found.factors}
    assert factors["persisting_share"].value == 1.0
    assert factors["communities"].value == 3
    assert found.value == pytest.approx(score(1 - 0.7 * fights - 0.5 * withdrawal))


def test_close_knit_teams_that_do_not_fight_are_no_factions() -> None:
    found = FACTIONS.compute(ties(inside=2.0, across=1.0, usual_across=1.0, rough=0.0), AS_OF, {})
    assert found is not None
    assert found.value == pytest.approx(score(1))


def test_new_groups_are_no_factions_yet() -> None:
    """Communities of which none was there before: everybody used to talk to everybody else."""
    mixed = ties(inside=2.0, across=1.0, usual_across=0.0, rough=2.0)
    shifted = [
        Tie(each.first, each.second, each.contacts, 1.0 if each.first[1] == each.second[1] else 0.0, each.rough)
        for each in mixed.ties
    ]
    found = FACTIONS.compute(organisation(UNITS, shifted), AS_OF, {})
    assert found is not None
    factors = {factor.name: factor for factor in found.factors}
    assert factors["persisting_share"].value == 0.0
    assert found.value == pytest.approx(score(1))


def test_insularity_against_the_teams_own_past() -> None:
    whole = organisation(UNITS, [tie("a0", "a1", 10.0), tie("a0", "b0", 6.0, 18.0, 4.0), tie("a1", "c1", 4.0, 12.0)])
    found = INSULARITY.compute(team(whole, "a"), AS_OF, {})
    assert found is not None
    usual = (30 + 10 * 0.3) / (40 + 10)
    now = (10 + 10 * usual) / (20 + 10)
    lift = log2((4 + 1) / (4 * now + 1))
    assert found.value == pytest.approx(score(1 + 0.4 * (now - 0.3) / 0.15 + 0.5 * (now - usual) / 0.1 - 0.4 * lift))
    factors = {factor.name: factor for factor in found.factors}
    assert factors["e_i_index"].value == 0.0
