"""Finds communities in a weighted graph: groups whose members have more contact with each other than chance explains.

The Louvain method (Blondel et al. 2008: move every node to the neighbouring community that raises modularity most,
then treat communities as nodes, until nothing rises). It is our own code for two reasons. The answer must be the same
on every machine and in every replay: nodes are taken in their given order (see `node_order`), equal gains go to the
lowest number, and weights are whole numbers, so that nothing is rounded; while libraries shuffle by a seed. And
libraries that are fast enough for a hundred thousand people have no permissive licence, or need a numerical stack that
nothing else here uses.
"""

from collections.abc import Iterable, Sequence
from typing import Final

Edge = tuple[int, int, int]
"""Two different nodes, numbered from zero, and a weight above zero. A pair of nodes may come more than once."""

# Modularity settles within a few sweeps, and cannot fall; the limit only bounds the time it takes.
_MOST_SWEEPS: Final = 50


def communities(nodes: int, edges: Iterable[Edge]) -> list[int]:
    """The community of each node, numbered by first appearance. A node without edges is a community of its own.

    Deterministic in the order of nodes, whatever the order of edges. Linear in the edges per sweep; a million and a
    half take seconds.
    """
    neighbours: list[list[int]] = [[] for _ in range(nodes)]
    weights: list[list[int]] = [[] for _ in range(nodes)]
    for one, other, weight in edges:
        neighbours[one].append(other)
        weights[one].append(weight)
        neighbours[other].append(one)
        weights[other].append(weight)
    membership = list(range(nodes))
    inside = [0] * nodes
    while True:
        moved = _settle(neighbours, weights, inside)
        if len(set(moved)) == len(moved):
            return _renumbered(membership)
        moved = _renumbered(moved)
        membership = [moved[community] for community in membership]
        neighbours, weights, inside = _folded(neighbours, weights, inside, moved)


def modularity(edges: Sequence[Edge], membership: Sequence[int]) -> float:
    """Share of the weight inside communities beyond what chance would put there (Newman 2006); 0 without edges."""
    total = sum(weight for _, _, weight in edges)
    if not total:
        return 0.0
    inside = 0
    degree: dict[int, int] = {}
    for one, other, weight in edges:
        for node in (one, other):
            degree[membership[node]] = degree.get(membership[node], 0) + weight
        if membership[one] == membership[other]:
            inside += weight
    return inside / total - sum(each * each for each in degree.values()) / (4 * total * total)


def _settle(neighbours: list[list[int]], weights: list[list[int]], inside: list[int]) -> list[int]:
    """Move nodes one by one until no move raises modularity. `inside` is twice the weight within each node."""
    degree = [sum(own) + within for own, within in zip(weights, inside, strict=True)]
    total = sum(degree)  # twice the weight of all edges
    community = list(range(len(neighbours)))
    of_community = list(degree)
    for _ in range(_MOST_SWEEPS):
        any_moved = False
        for node, adjacent in enumerate(neighbours):
            if not adjacent:
                continue
            here, own = community[node], degree[node]
            towards: dict[int, int] = {here: 0}
            for other, weight in zip(adjacent, weights[node], strict=True):
                where = community[other]
                towards[where] = towards.get(where, 0) + weight
            of_community[here] -= own
            best, best_gain = here, towards[here] * total - own * of_community[here]
            for where, weight in towards.items():
                gain = weight * total - own * of_community[where]
                if gain > best_gain or (gain == best_gain and where < best != here):
                    best, best_gain = where, gain
            of_community[best] += own
            if best != here:
                community[node] = best
                any_moved = True
        if not any_moved:
            break
    return community


def _folded(
    neighbours: list[list[int]], weights: list[list[int]], inside: list[int], community: list[int]
) -> tuple[list[list[int]], list[list[int]], list[int]]:
    """The graph whose nodes are the communities."""
    number = max(community) + 1
    folded: list[dict[int, int]] = [{} for _ in range(number)]
    within = [0] * number
    for node, adjacent in enumerate(neighbours):
        here = community[node]
        within[here] += inside[node]
        for other, weight in zip(adjacent, weights[node], strict=True):
            where = community[other]
            if where == here:
                within[here] += weight  # every edge is seen from both ends
            else:
                folded[here][where] = folded[here].get(where, 0) + weight
    return [list(each) for each in folded], [list(each.values()) for each in folded], within


def _renumbered(community: Sequence[int]) -> list[int]:
    """The same communities, numbered by first appearance."""
    numbers: dict[int, int] = {}
    return [numbers.setdefault(each, len(numbers)) for each in community]
