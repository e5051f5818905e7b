"""Somebody who adds and subtracts everything that was ever said. Shares no code with the publisher.

They know whom every release covers, and that nobody's value changes. What they can work out is the row space of the
indicator vectors of those sets: a group can be told apart when its own vector lies in it. The test of membership is
exact: a vector lies in the row space if and only if it is orthogonal to the null space, which is computed over the
rationals. All sums and differences of fewer than k people are tried.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product


def null_space(rows: Sequence[Mapping[str, int]], columns: Sequence[str]) -> list[dict[str, Fraction]]:
    """A basis of what the rows leave open: ways in which values could differ without any answer differing."""
    pivots: dict[str, dict[str, Fraction]] = {}
    for row in rows:
        left = {column: Fraction(value) for column, value in row.items()}
        for pivot, other in pivots.items():
            if factor := left.get(pivot):
                left = _minus(left, factor, other)
        if not left:
            continue
        pivot = min(left)
        scale = left[pivot]
        left = {column: value / scale for column, value in left.items()}
        for name, other in pivots.items():
            if factor := other.get(pivot):
                pivots[name] = _minus(other, factor, left)
        pivots[pivot] = left
    return [
        {free: Fraction(1)} | {pivot: -row[free] for pivot, row in pivots.items() if free in row}
        for free in columns
        if free not in pivots
    ]


def _minus(row: Mapping[str, Fraction], factor: Fraction, other: Mapping[str, Fraction]) -> dict[str, Fraction]:
    columns = row.keys() | other.keys()
    left = {column: row.get(column, Fraction(0)) - factor * other.get(column, Fraction(0)) for column in columns}
    return {column: value for column, value in left.items() if value}


def exposed(answers: Iterable[frozenset[str]], *, fewer_than: int) -> Iterator[dict[str, int]]:
    """Sums and differences of fewer than so many people that can be worked out from answers about these sets."""
    sets = sorted(set(answers), key=lambda people: (len(people), sorted(people)))
    columns = sorted(frozenset().union(*sets)) if sets else []
    open_ways = null_space([dict.fromkeys(people, 1) for people in sets], columns)
    chance = random.Random(1)
    weights = [chance.getrandbits(64) for _ in open_ways]
    # Every person's part in one random way of staying hidden: what can be told apart must come to zero on it.
    part = dict.fromkeys(columns, Fraction(0))
    for weight, way in zip(weights, open_ways, strict=True):
        for column, value in way.items():
            part[column] += weight * value
    for found in _zero_sums(part, fewer_than - 1):
        if all(_is_orthogonal(found, way) for way in open_ways):
            yield found


def _is_orthogonal(found: Mapping[str, int], way: Mapping[str, Fraction]) -> bool:
    return sum((sign * way.get(column, Fraction(0)) for column, sign in found.items()), Fraction(0)) == 0


def _zero_sums(part: Mapping[str, Fraction], most: int) -> Iterator[dict[str, int]]:
    """Signed groups of at most so many people that come to zero: half against half."""
    halves: dict[Fraction, list[dict[str, int]]] = {}
    for size in range(1, (most + 1) // 2 + 1):
        for people in combinations(part, size):
            for signs in product((1, -1), repeat=size):
                group = dict(zip(people, signs, strict=True))
                total = sum((sign * part[person] for person, sign in group.items()), Fraction(0))
                if total == 0 and signs[0] == 1:
                    yield group
                for other in halves.get(-total, ()):
                    if len(other) + size <= most and not other.keys() & group.keys():
                        yield other | group
                halves.setdefault(total, []).append(group)
