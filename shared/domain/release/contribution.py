"""What one person adds to a cohort's aggregate: one value, however many relationships they have."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Final

from shared.domain.evidence.reading import INSUFFICIENT
from shared.domain.release.lattice import person_number
from shared.domain.signals import SIGNAL_BY_NAME

Observation = tuple[str, str, str, float, str, Sequence[tuple[str, float]]]
"""A reading as signal, first person, second person, value, band and factors (none of pairs)."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A person's mean over their own readings, the share of those in each band, and whom these are with.

    `factors` are the means of what the readings are made of; of pairs there are too many to look into each. `leaders`
    are those of the person's chains, where the readings are of chains.
    """

    value: float
    bands: Mapping[str, float]
    others: frozenset[int]
    factors: Mapping[str, float] = field(default_factory=dict)
    leaders: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Own:
    values: list[float] = field(default_factory=list)
    bands: Counter[str] = field(default_factory=Counter)
    others: set[int] = field(default_factory=set)
    factors: dict[str, list[float]] = field(default_factory=dict)
    leaders: set[int] = field(default_factory=set)


class Contributions:
    """Gathers readings of one week. A pair counts for both, any other subject for its first person."""

    def __init__(self) -> None:
        self._own: Final[dict[str, dict[int, _Own]]] = defaultdict(lambda: defaultdict(_Own))
        self._numbers: Final[dict[str, int]] = {}

    def add(self, readings: Iterable[Observation]) -> None:
        """Add readings. What has too little evidence adds nothing but that the person is concerned."""
        for signal, first, second, value, band, factors in readings:
            known = SIGNAL_BY_NAME.get(signal)
            if known is None:
                continue
            one, other = self._number(first), self._number(second)
            # In a chain it is the person who counts; several of them share one leader. So with all but pairs.
            ends = ((one, other), (other, one)) if known.kind == "pair" else ((one, one),)
            for person, counterpart in ends:
                own = self._own[signal][person]
                if band != INSUFFICIENT:
                    own.values.append(value)
                    own.bands[band] += 1
                    own.others.add(counterpart)
                    if known.kind == "chain":
                        own.leaders.add(other)
                    for name, measured in factors:
                        own.factors.setdefault(name, []).append(measured)

    def of(self, signal: str) -> dict[int, Contribution]:
        """Contributions to a signal by person; the order of readings makes no difference."""
        return {
            person: Contribution(
                value=fsum(own.values) / len(own.values),
                bands={band: count / len(own.values) for band, count in sorted(own.bands.items())},
                others=frozenset(own.others),
                factors={name: fsum(values) / len(values) for name, values in sorted(own.factors.items())},
                leaders=frozenset(own.leaders),
            )
            for person, own in self._own.get(signal, {}).items()
            if own.values
        }

    def concerned(self, signal: str) -> frozenset[int]:
        """Everybody with a reading of the signal, with enough evidence or not."""
        return frozenset(self._own.get(signal, ()))

    def _number(self, person: str) -> int:
        number = self._numbers.get(person)
        if number is None:
            number = self._numbers[person] = person_number(person)
        return number
