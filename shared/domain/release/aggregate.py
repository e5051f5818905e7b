"""The numbers of a release: made only where no member stands out, and rounded so that none can be worked out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from shared.domain.release.contribution import Contribution

# A mean that one member makes is that member's value (the dominance rule of official statistics).
_DOMINANT_SHARE: Final = 0.6
# An exact count tells who joined or left; statistical offices round to base five or three.
_COUNT_BASE: Final = 5
# Shares below 5 % and above 95 % are masked, and the rest is as coarse, so that none is a count over a small team.
_SHARE_STEPS: Final = 20
_MEAN_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A signal over a panel: people in steps of five, means to three digits, shares in steps of 5 % from 5 to 95 %.

    `others` counts the people on the other side; it is not for release.
    """

    people: int
    mean: float
    shares: Mapping[str, float]
    factors: Mapping[str, float]
    others: int


def aggregate(
    panel: Collection[int], contributions: Mapping[int, Contribution], *, bands: Sequence[str], of_group: bool, k: int
) -> Aggregate | None:
    """The numbers of a panel whose members all contribute; None where they would tell of single people.

    Withheld are a panel that deals with fewer than k others, one where a member makes more than 60 % of the sum, and
    one whose members are all wholly in one band other than the best: of such a group everybody would be known. That
    last rule is not for readings of the group as a whole (`of_group`), whose band tells of no member.

    `bands` are those of the signal, best first. All have a share, so that one with nobody in it looks like a small one.
    """
    own = [contributions[person] for person in panel]
    others = len(frozenset().union(*(each.others for each in own)))
    values = [each.value for each in own]
    found = {band for each in own for band in each.bands}
    if others < k or _dominated(values) or (len(found) == 1 and found != {bands[0]} and not of_group):
        return None
    # A factor that not everybody has is left out: its mean would be over fewer than the panel.
    factors = sorted(frozenset(own[0].factors).intersection(*(each.factors for each in own)))
    measured = {name: [each.factors[name] for each in own] for name in factors}
    return Aggregate(
        people=len(own) // _COUNT_BASE * _COUNT_BASE,
        mean=_mean(values),
        shares={band: _masked(fsum(each.bands.get(band, 0.0) for each in own) / len(own)) for band in bands},
        factors={name: _mean(numbers) for name, numbers in measured.items() if not _dominated(numbers)},
        others=others,
    )


def _dominated(values: Sequence[float]) -> bool:
    sizes = [abs(value) for value in values]
    return max(sizes) > _DOMINANT_SHARE * fsum(sizes)


def _mean(values: Sequence[float]) -> float:
    return float(f"{fsum(values) / len(values):.{_MEAN_DIGITS}g}") + 0.0


def _masked(share: float) -> float:
    step = min(max(round(share * _SHARE_STEPS), 1), _SHARE_STEPS - 1)
    return step / _SHARE_STEPS
