"""Calibration: whether a probability means what it says, and how to set it right. Pure functions of (score, outcome).

Outcomes come from what happened later, or from the verdicts of people who looked at alerts.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

import msgspec

from shared.domain.escalation.hazard_learning import Prior, Sample, map_estimate
from shared.domain.escalation.hazard_model import HazardModel, Point

# 5.3: with fewer positives a curve would be drawn through noise.
ISOTONIC_POSITIVES: Final = 200
# Ours: below this, two numbers (level and slope) are more than can be known; only the level moves.
PLATT_POSITIVES: Final = 50
_LEAST_POSITIVES: Final = 10
# Wide: recalibration is there to contradict. A slope of nearly 0 would say that the model knows nothing; below is not
# believed, as it would turn the order round.
_LEVEL_SPREAD: Final = 3.0
_SLOPE_SPREAD: Final = 0.5
_LEAST_SLOPE: Final = 0.05
# Every hazard there is lies between the corners.
_FAR: Final = 12.0
# Half an event, so that a step without any, or with nothing else, keeps a finite logarithm.
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, order=True)
class Outcome:
    """A log-hazard that was given out for a horizon, and whether the event came within it."""

    eta: float
    happened: bool


def isotonic(points: Iterable[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """The rising step function nearest to (x, y, weight) in least squares: pool adjacent violators.

    Gives (mean x, mean y) of each step, with x rising strictly and y never falling. Points with equal x are one.
    """
    steps: list[tuple[float, float, float]] = []  # sums of weight, weight * x and weight * y
    for _, group in groupby(sorted(points), key=itemgetter(0)):
        same = list(group)
        weight = math.fsum(w for _, _, w in same)
        steps.append((weight, math.fsum(w * x for x, _, w in same), math.fsum(w * y for _, y, w in same)))
        while len(steps) > 1 and steps[-2][2] * steps[-1][0] >= steps[-1][2] * steps[-2][0]:
            last, before = steps.pop(), steps.pop()
            steps.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    return [(x / weight, y / weight) for weight, x, y in steps]


def recalibrated(model: HazardModel, outcomes: Sequence[Outcome], *, weeks: float) -> HazardModel:
    """The model with a curve that fits what happened within so many weeks; unchanged with fewer than ten positives.

    Up to 50 positives only the level moves, up to 200 level and slope (Platt), then a rising curve (isotonic). Every
    form is monotone: who was ahead stays ahead or level. `eta` of the outcomes is that before recalibration.
    """
    positives = sum(each.happened for each in outcomes)
    if positives < _LEAST_POSITIVES or positives == len(outcomes):
        return model
    if positives >= ISOTONIC_POSITIVES:
        curve = _isotonic_curve(outcomes, weeks)
    else:
        curve = _line(outcomes, weeks, slope=positives >= PLATT_POSITIVES)
    return msgspec.structs.replace(model, curve=curve)


def _isotonic_curve(outcomes: Sequence[Outcome], weeks: float) -> tuple[Point, ...]:
    steps = isotonic((each.eta, float(each.happened), 1.0) for each in outcomes)
    floor = _HALF / len(outcomes)
    return tuple(Point(eta, _log_hazard(min(max(share, floor), 1 - floor), weeks)) for eta, share in steps)


def _log_hazard(share: float, weeks: float) -> float:
    return math.log(-math.log1p(-share) / weeks)


def _line(outcomes: Sequence[Outcome], weeks: float, *, slope: bool) -> tuple[Point, ...]:
    """Level and slope of the log-hazard, drawn as two corners of a line."""
    middle = math.fsum(each.eta for each in outcomes) / len(outcomes)
    samples = [Sample(x=(each.eta - middle,), happened=each.happened) for each in outcomes]
    priors = [Prior(middle, _LEVEL_SPREAD), Prior(1.0, _SLOPE_SPREAD if slope else 0.0)]
    level, steepness = map_estimate(samples, priors, weeks=weeks)
    return tuple(Point(middle + x, level + max(steepness, _LEAST_SLOPE) * x) for x in (-_FAR, _FAR))
