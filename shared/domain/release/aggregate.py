"""The numbers of a release: such that no member stands out, and rounded so that none can be worked out.

Whether there is a number follows from how many people it is about, and never from what their values are: or its absence
would tell of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, inf
from typing import Final

from shared.domain.release.contribution import Contribution
from shared.domain.release.steps import FEWEST_EXACT, Steps
from shared.domain.signals.signal import Signal

# A mean that one member makes is that member's value (the dominance rule of official statistics). So whoever is further
# off counts as if at least five made the sum alike. How far beyond that they are is in no figure.
_LARGEST_PART: Final = 1 / 5
# An exact count tells who joined or left; statistical offices round to base five or three.
_COUNT_BASE: Final = 5
# Shares below 5 % and above 95 % are masked, and the rest is as coarse, so that none is a count over a small team.
_SHARE_STEPS: Final = 20
_LEAST_SHARE: Final = 1 / _SHARE_STEPS
_MEAN_DIGITS: Final = 3
# People to a part: means of steps go in so many parts of a step, shares in so many parts of the whole. One person by
# one step makes less than half of a part, so all and all but one look the same.
_PEOPLE_A_PART: Final = 2.5


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A signal over a panel: people in steps of five, means to three digits, shares in steps of 5 % from 5 to 95 %.

    One that is made of steps has people as 5 below ten and 10 below twenty, means and shares in parts that are the
    coarser the fewer people there are, and no factors.
    """

    people: int
    mean: float
    shares: Mapping[str, float]
    factors: Mapping[str, float]


def aggregate(panel: Collection[int], contributions: Mapping[int, Contribution], *, signal: Signal) -> Aggregate:
    """The exact numbers of a panel whose members all contribute. No member makes more than a fifth of a sum.

    All bands have a share, so that one with nobody in it looks like a small one.
    """
    own = [contributions[person] for person in panel]
    # A factor that not everybody has is left out: its mean would be over fewer than the panel.
    factors = sorted(frozenset(own[0].factors).intersection(*(each.factors for each in own)))
    return Aggregate(
        people=len(own) // _COUNT_BASE * _COUNT_BASE,
        mean=_mean_of_values([each.value for each in own], signal),
        shares={
            band: _masked(fsum(each.bands.get(band, 0.0) for each in own) / len(own), _SHARE_STEPS)
            for band in signal.bands.names
        },
        factors={name: _rounded(_mean([each.factors[name] for each in own])) for name in factors},
    )


def aggregate_of_steps(
    panel: Collection[int], contributions: Mapping[int, Contribution], steps: Steps, *, signal: Signal
) -> Aggregate:
    """The numbers of a panel whose members all contribute, made of the steps they stand on and of nothing else."""
    count = len(panel)
    values = [steps.value(person, contributions[person].value) for person in panel]
    parts = int(count / _PEOPLE_A_PART)
    part = steps.width / parts
    found = [signal.bands.of(value) for value in values]
    return Aggregate(
        people=count // 10 * 10 or 5 if count < FEWEST_EXACT else count // _COUNT_BASE * _COUNT_BASE,
        mean=_rounded(signal.within(steps.centre + round((fsum(values) / count - steps.centre) / part) * part)),
        shares={band: _masked(found.count(band) / count, min(parts, _SHARE_STEPS)) for band in signal.bands.names},
        factors={},
    )


def _mean_of_values(values: Sequence[float], signal: Signal) -> float:
    """The mean of values, in which nobody makes more than a fifth of how far all are from the best there is."""
    best = signal.within(inf) if signal.bands.descending else 0.0
    if best == inf:
        return _rounded(_mean(values))
    return _rounded(best + _mean([value - best for value in values]))


def _mean(values: Sequence[float]) -> float:
    """The mean, in which no value counts for more than a fifth of itself and all others together."""
    total = fsum(abs(value) for value in values)
    most = [_LARGEST_PART / (1 - _LARGEST_PART) * (total - abs(value)) for value in values]
    return fsum(max(min(value, limit), -limit) for value, limit in zip(values, most, strict=True)) / len(values)


def _rounded(value: float) -> float:
    return float(f"{value:.{_MEAN_DIGITS}g}") + 0.0


def _masked(share: float, parts: int) -> float:
    return min(max(round(share * parts) / parts, _LEAST_SHARE), 1 - _LEAST_SHARE)
