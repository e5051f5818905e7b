"""What can be worked out from released sums: nothing may be about too few people (see `Enough`).

Every released mean is, to somebody who knows how many people it covers, a sum over a set of people. Whoever has many
of them can add and subtract: what they can learn is the row space of the sets' indicator vectors (the audit of
recoverable cells in statistical disclosure control). People count as the same unknown in every week, which is the
worst case: that their values do not change.

`unsafe_cores` finds what of that space rests on too few people. It is exact elimination over the integers, sparse,
because cohorts of a tree overlap by inclusion:

1. People with the same membership in all sets are one column, an atom.
2. Rows are brought to echelon form, with atoms of enough people as pivots where there are any. A combination that
   uses such a row is not zero on its pivot, so it rests on enough people.
3. Of the rest, a row whose private atoms (those that no other row of the rest touches) hold enough people cannot be
   part of a small vector either. It is peeled off, which makes further atoms private to the rows that remain.

4. What cannot be peeled off is searched: every sum and difference of fewer than k people is tried, half against half,
   on a random vector that the rows do not see. Where that would be too many, or people's leaders count as well as their
   number, the rows count as unsafe.

So the check errs on the side of calling something unsafe that is not.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from heapq import heapify, heappop, heappush
from itertools import combinations, product
from math import gcd
from operator import mul
from typing import Final

from shared.domain.release.rule import Enough

_PRIME: Final = (1 << 61) - 1
# Groups of half the size that are tried at most: a fraction of a second's work.
_MOST_HALVES: Final = 60_000


@dataclass(frozen=True, slots=True)
class Core:
    """Sets that together may tell of too few people, by place, and the people that are at stake.

    `found` tells whether they do, or are only too many to try.
    """

    sets: frozenset[int]
    people: frozenset[int]
    found: bool = True


@dataclass(slots=True)
class _Row:
    """Coefficients by atom, never zero, and those of the sets that the row is a sum of, modulo a prime."""

    entries: dict[int, int]
    sources: dict[int, int]
    pivot: int = -1


@dataclass(slots=True)
class _Basis:
    """Rows in echelon form: a row holds no pivot of an earlier one."""

    enough: Sequence[bool]  # whether an atom is enough people
    spread: Sequence[int]  # in how many sets an atom is
    rows: list[_Row] = field(default_factory=list)
    place: dict[int, int] = field(default_factory=dict)  # pivot atom -> row

    def add(self, row: _Row) -> None:
        """Reduce a row and keep what is left of it, if anything."""
        self._reduce(row)
        if not row.entries:
            return
        large = [atom for atom in row.entries if self.enough[atom]]
        # The pivot that the fewest sets share keeps later rows short.
        row.pivot = min(large or row.entries, key=lambda atom: (self.spread[atom], atom))
        self.place[row.pivot] = len(self.rows)
        self.rows.append(row)

    def small(self) -> list[_Row]:
        """Rows that rest on atoms of too few people alone."""
        return [row for row in self.rows if not self.enough[row.pivot]]

    def _reduce(self, row: _Row) -> None:
        entries = row.entries
        pending = [self.place[atom] for atom in entries if atom in self.place]
        heapify(pending)
        while pending:
            other = self.rows[heappop(pending)]
            mine = entries.get(other.pivot)
            if mine is None:
                continue
            theirs = other.entries[other.pivot]
            common = gcd(mine, theirs)
            keep, take = theirs // common, mine // common
            row.sources = _minus(_times(row.sources, keep), take, other.sources)
            if keep != 1:
                for atom in entries:
                    entries[atom] *= keep
            for atom, value in other.entries.items():
                known = entries.get(atom)
                new = (known or 0) - take * value
                if new:
                    entries[atom] = new
                    if known is None and atom in self.place:
                        heappush(pending, self.place[atom])
                elif known is not None:
                    del entries[atom]


def unsafe_cores(sets: Sequence[Collection[int]], enough: Enough) -> list[Core]:
    """Groups of sets from whose sums something about too few people may be worked out; none when all is safe.

    People are numbers. Sets are taken in the order given, and smaller ones are best given first.
    """
    atoms, members = _atoms(sets)
    weights = [len(people) for people in members]
    spread = [0] * len(members)
    for row in atoms:
        for atom in row:
            spread[atom] += 1
    basis = _Basis([enough(people) for people in members], spread)
    for place, row in enumerate(atoms):
        basis.add(_Row(dict.fromkeys(row, 1), {place: 1}))
    cores: list[Core] = []
    k = enough.k
    for rows in _components(_peel(basis.small(), members, enough)):
        at_stake = {atom for row in rows for atom in row.entries}
        if enough.leaders is not None or _halves(at_stake, k) > _MOST_HALVES:
            core = _core([row.sources for row in rows], at_stake, members)
            # One row alone is a vector itself, and rests on nothing but its atoms.
            cores.append(replace(core, found=len(rows) == 1))
            continue
        reduced = _reduced(rows)
        cores += [
            # A vector holds a reduced row just where it is not zero on the row's pivot.
            _core([reduced[atom].sources for atom in found if atom in reduced], found, members)
            for found in _small_groups(_unseen(reduced), weights, k)
        ]
    return cores


def _atoms(sets: Sequence[Collection[int]]) -> tuple[list[list[int]], list[list[int]]]:
    """Atoms of every set, and people of every atom, in an order that does not depend on how sets are iterated."""
    held: dict[int, list[int]] = defaultdict(list)
    for place, people in enumerate(sets):
        for person in people:
            held[person].append(place)
    by_signature: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for person, places in held.items():
        by_signature[tuple(places)].append(person)
    atoms: list[list[int]] = [[] for _ in sets]
    members: list[list[int]] = []
    for atom, signature in enumerate(sorted(by_signature)):
        members.append(by_signature[signature])
        for place in signature:
            atoms[place].append(atom)
    return atoms, members


def _peel(rows: Sequence[_Row], members: Sequence[Sequence[int]], enough: Enough) -> list[_Row]:
    """Rows that are left when all that cannot be in a vector on too few people are gone."""
    holders: dict[int, set[int]] = defaultdict(set)
    for place, row in enumerate(rows):
        for atom in row.entries:
            holders[atom].add(place)
    private: list[list[int]] = [[] for _ in rows]
    for atom, places in holders.items():
        if len(places) == 1:
            private[next(iter(places))] += members[atom]
    ready = [place for place, people in enumerate(private) if enough(people)]
    gone = set(ready)
    while ready:
        place = ready.pop()
        for atom in rows[place].entries:
            left = holders[atom]
            left.discard(place)
            if len(left) == 1:
                owner = next(iter(left))
                private[owner] += members[atom]
                if owner not in gone and enough(private[owner]):
                    gone.add(owner)
                    ready.append(owner)
    return [row for place, row in enumerate(rows) if place not in gone]


def _components(rows: Iterable[_Row]) -> list[list[_Row]]:
    """Rows that share atoms, together."""
    found: list[list[_Row]] = []
    by_atom: dict[int, list[_Row]] = {}
    for row in rows:
        joined = {id(group): group for atom in row.entries if (group := by_atom.get(atom)) is not None}
        merged: list[_Row] = [row]
        for group in joined.values():
            merged.extend(group)
        for each in merged:
            for atom in each.entries:
                by_atom[atom] = merged
    seen: Final[set[int]] = set()
    for group in by_atom.values():
        if id(group) not in seen:
            seen.add(id(group))
            found.append(group)
    return found


def _core(sources: Iterable[Collection[int]], atoms: Iterable[int], members: Sequence[Sequence[int]]) -> Core:
    return Core(
        sets=frozenset().union(*sources),
        people=frozenset(person for atom in atoms for person in members[atom]),
    )


def _reduced(rows: Sequence[_Row]) -> dict[int, _Row]:
    """The reduced echelon form of rows modulo a prime, by pivot: a pivot is in no other row."""
    pivots: dict[int, _Row] = {}
    for row in rows:
        left, sources = _times(row.entries, 1), row.sources
        for pivot, other in pivots.items():
            if factor := left.get(pivot, 0):
                left = _minus(left, factor, other.entries)
                sources = _minus(sources, factor, other.sources)
        if not left:
            continue
        pivot = min(left)
        scale = pow(left[pivot], -1, _PRIME)
        left, sources = _times(left, scale), _times(sources, scale)
        for other in pivots.values():
            if factor := other.entries.get(pivot, 0):
                other.entries = _minus(other.entries, factor, left)
                other.sources = _minus(other.sources, factor, sources)
        pivots[pivot] = _Row(left, sources, pivot)
    return pivots


def _unseen(reduced: Mapping[int, _Row]) -> dict[int, int]:
    """A vector orthogonal to all rows and otherwise arbitrary, modulo a prime: what rows can tell comes to zero on it.

    The arbitrary part is a hash, so that equal rows give equal vectors.
    """
    free = {atom for row in reduced.values() for atom in row.entries} - reduced.keys()
    vector = {atom: int.from_bytes(blake2b(str(atom).encode(), digest_size=16).digest()) % _PRIME for atom in free}
    for pivot, row in reduced.items():
        vector[pivot] = -sum(value * vector[atom] for atom, value in row.entries.items() if atom in free) % _PRIME
    return vector


def _times(row: Mapping[int, int], factor: int) -> dict[int, int]:
    return {place: value * factor % _PRIME for place, value in row.items()}


def _minus(row: dict[int, int], factor: int, other: dict[int, int]) -> dict[int, int]:
    left = dict(row)
    for atom, value in other.items():
        if new := (left.get(atom, 0) - factor * value) % _PRIME:
            left[atom] = new
        else:
            left.pop(atom, None)
    return left


def _halves(atoms: Collection[int], k: int) -> int:
    """How many signed groups of up to half of k - 1 people there are, at most."""
    return sum(len(atoms) ** size for size in range(1, k // 2 + 1))


def _small_groups(vector: Mapping[int, int], weights: Sequence[int], k: int) -> list[frozenset[int]]:
    """Groups of fewer than k people of whom a sum or difference comes to zero on the vector."""
    atoms = sorted(atom for atom in vector if weights[atom] < k)
    halves: dict[int, list[tuple[int, ...]]] = {0: [()]}
    found: set[frozenset[int]] = set()
    for size in range(1, k // 2 + 1):
        for group in combinations(atoms, size):
            if sum(weights[atom] for atom in group) >= k:
                continue
            for total in _signed_sums([vector[atom] for atom in group]):
                # The other half as it is, or with all its signs turned.
                for other in (*halves.get(total, ()), *halves.get(_PRIME - total, ())):
                    both = frozenset(group + other)
                    if len(both) == size + len(other) and sum(weights[atom] for atom in both) < k:
                        found.add(both)
                halves.setdefault(total, []).append(group)
    return sorted(found, key=sorted)


def _signed_sums(values: Sequence[int]) -> Iterator[int]:
    """The first value plus or minus each of the others."""
    for signs in product((1, -1), repeat=len(values) - 1):
        yield (values[0] + sum(map(mul, signs, values[1:]))) % _PRIME
