"""Slow local learning: weights move from their defaults only as far as an organisation's own history pulls them.

Maximum a posteriori with a Gaussian prior at the default of each weight (method notes, 5.3), for the complementary
log-log link over one week: discrete-time survival, so that no event is counted twice. Pure Python: services need no
numerical library, and it takes seconds for a hundred thousand chain weeks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from shared.domain.escalation.hazard_model import HazardModel

# 5.3: after fifty positives the prior opens to half a unit.
WIDE_POSITIVES: Final = 50
_WIDE_SPREAD: Final = 0.5
# The base rate is an organisation's own: ours says little about it.
ALPHA_SPREAD: Final = 1.0
_ROUNDS: Final = 60
_LONGEST_STEP: Final = 1.0
_CLOSE: Final = 1e-9
# Beyond it e^mean overflows; the term it stands in is then 0 to every decimal.
_MEAN_MAX: Final = 700.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A chain as of the end of a week: how far each term of the model lies from its reference, and what followed."""

    x: tuple[float, ...]
    happened: bool  # within the week after


@dataclass(frozen=True, slots=True)
class Prior:
    """Where a coefficient is expected; a spread of 0 holds it there."""

    mean: float
    spread: float


def learnt(model: HazardModel, samples: Sequence[Sample], *, version: str, weeks: int) -> HazardModel:
    """The model moved towards what these samples say, under a version of its own, without recalibration.

    `x` of the samples follows the model's weights. Weights of spread 0 stay as they are.
    """
    positives = sum(each.happened for each in samples)
    wide = positives >= WIDE_POSITIVES
    priors = [
        Prior(each.weight, max(each.prior_spread, _WIDE_SPREAD) if wide and each.prior_spread else each.prior_spread)
        for each in model.weights
    ]
    alpha, *weights = map_estimate(samples, [Prior(model.alpha, ALPHA_SPREAD), *priors], weeks=1.0)
    return HazardModel(
        version=version,
        target=model.target,
        alpha=round(alpha, 6),
        weights=tuple(
            msgspec.structs.replace(old, weight=round(new, 6)) for old, new in zip(model.weights, weights, strict=True)
        ),
        weeks=weeks,
        samples=len(samples),
        positives=positives,
    )


def map_estimate(samples: Sequence[Sample], priors: Sequence[Prior], *, weeks: float) -> list[float]:
    """Intercept and coefficients that are most probable, by Fisher scoring. `priors` begin with the intercept's.

    Each happened with probability 1 - exp(-weeks * e^(intercept + sum of coefficient * x)).
    """
    free = [place for place, prior in enumerate(priors) if prior.spread > 0]
    values = [prior.mean for prior in priors]
    for _ in range(_ROUNDS):
        gradient = [-(values[place] - priors[place].mean) / priors[place].spread ** 2 for place in free]
        information = [[1 / priors[row].spread ** 2 if row == column else 0.0 for column in free] for row in free]
        for sample in samples:
            row = (1.0, *sample.x)
            mean = weeks * math.exp(min(sum(map(float.__mul__, values, row)), 20.0))
            odds = math.expm1(mean) if mean < _MEAN_MAX else math.inf
            score = mean / odds if sample.happened else -mean
            weight = mean * mean / odds
            used = [row[place] for place in free]
            for first, x in enumerate(used):
                if x:
                    gradient[first] += score * x
                    own = information[first]
                    for second in range(first + 1):
                        own[second] += weight * x * used[second]
        steps = _solved(information, gradient)
        longest = max(map(abs, steps), default=0.0)
        shrink = min(1.0, _LONGEST_STEP / longest) if longest else 1.0
        for place, step in zip(free, steps, strict=True):
            values[place] += shrink * step
        if longest < _CLOSE:
            break
    return values


def _solved(lower: list[list[float]], right: list[float]) -> list[float]:
    """Solution of a symmetric positive definite system, given by its lower triangle (Cholesky)."""
    size = len(right)
    root = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            rest = lower[row][column] - math.fsum(root[row][k] * root[column][k] for k in range(column))
            root[row][column] = math.sqrt(rest) if row == column else rest / root[column][column]
    half: list[float] = []
    for row in range(size):
        half.append((right[row] - math.fsum(root[row][k] * half[k] for k in range(row))) / root[row][row])
    solution = [0.0] * size
    for row in reversed(range(size)):
        rest = half[row] - math.fsum(root[k][row] * solution[k] for k in range(row + 1, size))
        solution[row] = rest / root[row][row]
    return solution
