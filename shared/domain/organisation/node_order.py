"""An order of the nodes of a graph that follows from its edges alone, whatever the nodes are called.

Colour refinement (Weisfeiler and Lehman 1968): nodes that differ in what they are tied to, and in what those are tied
to, get different colours. Where nodes are still alike, one of them is set apart and the rest follows from that; it does
not matter which, as the graph looks the same from each of them. Graphs exist in which nodes of one colour differ all
the same, but all their ties have to be equally strong and equally many.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Final

Tied = tuple[int, int, int]
"""Two different nodes, numbered from zero, and what kind of tie they have: equal numbers for equal ties."""

# A colour is a number below a prime. Multipliers are digits of pi; any others would do.
_PRIME: Final = (1 << 61) - 1
_FIRST: Final = 314159265358979323
_SECOND: Final = 846264338327950288
_APART: Final = 419716939937510582


def node_order(nodes: int, ties: Iterable[Tied]) -> list[int]:
    """Nodes in an order that only depends on the ties. Those without any come as they are numbered.

    Linear in the ties per round of refinement, of which few are needed where ties differ in strength.
    """
    neighbours: list[list[tuple[int, int]]] = [[] for _ in range(nodes)]
    for one, other, kind in ties:
        neighbours[one].append((other, kind))
        neighbours[other].append((one, kind))
    colours = _refined(neighbours)
    _set_apart(neighbours, colours)
    return sorted(range(nodes), key=colours.__getitem__)


def _mixed(colour: int, kind: int) -> int:
    """A number for a neighbour; those of all neighbours are added up, in any order."""
    mixed = (colour * _FIRST + (kind + 1) * _SECOND) % _PRIME
    return mixed * (mixed ^ _APART) % _PRIME


def _refined(neighbours: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    """Colours by what nodes are tied to, until another round tells no more of them apart."""
    colours = [1 if adjacent else 0 for adjacent in neighbours]
    count = len(set(colours))
    while True:
        after = [
            _mixed(own, sum([_mixed(colours[other], kind) for other, kind in adjacent]) % _PRIME) if adjacent else 0
            for own, adjacent in zip(colours, neighbours, strict=True)
        ]
        if len(set(after)) == count:
            return colours
        colours, count = after, len(set(after))


def _set_apart(neighbours: Sequence[Sequence[tuple[int, int]]], colours: list[int]) -> None:
    """Give every node that is tied to others a colour of its own."""
    alike: defaultdict[int, set[int]] = defaultdict(set)
    for node, colour in enumerate(colours):
        if neighbours[node]:
            alike[colour].add(node)
    waiting = [colour for colour, own in alike.items() if len(own) > 1]
    heapify(waiting)
    while waiting:
        colour = heappop(waiting)
        if len(alike[colour]) < 2:  # noqa: PLR2004 - one is apart already
            continue
        many = len(alike[colour])
        changed = [_moved(alike[colour].pop(), _mixed(colour, many), colours, alike)]
        heappush(waiting, colour)
        while changed:
            changed = _followed(changed, neighbours, colours, alike, waiting)


def _followed(
    changed: Sequence[int],
    neighbours: Sequence[Sequence[tuple[int, int]]],
    colours: list[int],
    alike: dict[int, set[int]],
    waiting: list[int],
) -> list[int]:
    """Tell apart what changed nodes are tied to; gives the nodes that changed by that."""
    sums: defaultdict[int, int] = defaultdict(int)
    for node in changed:
        for other, kind in neighbours[node]:
            if len(alike[colours[other]]) > 1:
                sums[other] += _mixed(colours[node], kind)
    seen: defaultdict[int, set[int]] = defaultdict(set)  # by colour: what its nodes are tied to
    touched: defaultdict[int, int] = defaultdict(int)
    for node, total in sums.items():
        seen[colours[node]].add(total)
        touched[colours[node]] += 1
    whole = {
        colour for colour, totals in seen.items() if len(totals) == 1 and touched[colour] == len(alike[colour])
    }  # these are as alike as before
    moves = [
        (node, _mixed(colours[node], total % _PRIME)) for node, total in sums.items() if colours[node] not in whole
    ]
    found = [_moved(node, colour, colours, alike) for node, colour in moves]
    for colour in {colour for _, colour in moves}:
        heappush(waiting, colour)
    return found


def _moved(node: int, colour: int, colours: list[int], alike: dict[int, set[int]]) -> int:
    alike[colours[node]].discard(node)
    colours[node] = colour
    alike[colour].add(node)
    return node
