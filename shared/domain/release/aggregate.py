"""The numbers of a release: such that no member stands out, and rounded so that none can be worked out.

Whether there is a number follows from how many people it is about, and never from what their values are: or its absence
would tell of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from shared.domain.release.contribution import Contribution
from shared.domain.release.steps import FEWEST_EXACT, Steps
from shared.domain.signals.signal import Signal

# A mean that one member makes is that member's value (the dominance rule of official statistics).
_DOMINANT_SHARE: Final = 0.6
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


def aggregate(panel: Collection[int], contributions: Mapping[int, Contribution], *, bands: Sequence[str]) -> Aggregate:
    """The exact numbers of a panel whose members all contribute. A member counts for at most 60 % of a sum.

    `bands` are those of the signal, best first. All have a share, so that one with nobody in it looks like a small one.
    """
    own = [contributions[person] for person in panel]
    # A factor that not everybody has is left out: its mean would be over fewer than the panel.
    factors = sorted(frozenset(own[0].factors).intersection(*(each.factors for each in own)))
    return Aggregate(
        people=len(own) // _COUNT_BASE * _COUNT_BASE,
        mean=_mean([each.value for each in own]),
        shares={
            band: _masked(fsum(each.bands.get(band, 0.0) for each in own) / len(own), _SHARE_STEPS) for band in bands
        },
        factors={name: _mean([each.factors[name] for each in own]) for name in factors},
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


def _mean(values: Sequence[float]) -> float:
    """The mean, in which a value counts for one and a half times all others together at most."""
    largest = max(values, key=abs)
    total = fsum(abs(value) for value in values)
    if abs(largest) <= _DOMINANT_SHARE * total:
        return _rounded(fsum(values) / len(values))
    others = total - abs(largest)
    most = _DOMINANT_SHARE / (1 - _DOMINANT_SHARE) * others
    rest = fsum(values) - largest
    return _rounded((rest + (most if largest > 0 else -most)) / len(values))


def _rounded(value: float) -> float:
    return float(f"{value:.{_MEAN_DIGITS}g}") + 0.0


def _masked(share: float, parts: int) -> float:
    return min(max(round(share * parts) / parts, _LEAST_SHARE), 1 - _LEAST_SHARE)
