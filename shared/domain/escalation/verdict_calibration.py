"""What verdicts about alerts say of a model: the top of its calibration curve, and nothing of the rest."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import log, log1p
from typing import Final

import msgspec

from shared.domain.escalation.calibration import Outcome, recalibrated
from shared.domain.escalation.hazard_model import HazardModel, Point

# Ours: from the lowest judged risk, the log-hazard over which the curve passes from what nobody judged to what people
# said. A curve must rise, so it cannot jump.
_PASSAGE: Final = 0.25
# Far enough from every corner that a line between is the slope of the verdicts.
_FAR: Final = 24.0


def log_hazard(probability: float, *, weeks: float) -> float:
    """Weekly log-hazard of a probability over so many weeks: the inverse of the complementary log-log link.

    Raises ValueError for what is no chance at all or a certainty.
    """
    if not 0 < probability < 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {probability}")
    return log(-log1p(-probability) / weeks)


def judged(model: HazardModel, verdicts: Sequence[tuple[float, bool]], *, version: str, weeks: float) -> HazardModel:
    """The model under a new version, its curve moved by (probability over so many weeks, whether at risk).

    Verdicts are about alerts, so they know only the highest risks: below the lowest of them the curve stays as it is.
    Above, it is what `recalibrated` makes of them, but never less than where it begins, since nobody who is ahead may
    fall behind those who were not judged.

    Raises ValueError where the verdicts are too few, or all alike, to move anything.
    """
    given = [Outcome(log_hazard(chance, weeks=weeks), at_risk) for chance, at_risk in verdicts]
    said = recalibrated(msgspec.structs.replace(model, curve=()), given, weeks=weeks)
    if not said.curve:
        positives = sum(at_risk for _, at_risk in verdicts)
        raise ValueError(
            f"of {len(given)} verdicts on alerts of this model, {positives} say that somebody was at risk; "
            "ten such and one other are needed"
        )
    top = msgspec.structs.replace(model, curve=_top(said, lowest=min(given).eta))
    return msgspec.structs.replace(model, version=version, curve=_after(model, top))


def _top(said: HazardModel, *, lowest: float) -> tuple[Point, ...]:
    """The curve of the verdicts above the lowest judged risk, and none below."""
    edge = lowest - _PASSAGE
    etas = [lowest, *(each.eta for each in said.curve if each.eta > lowest)]
    etas.append(etas[-1] + _FAR)
    corners = {edge: edge}
    for left, right in pairwise(Point(eta, said.calibrated(eta)) for eta in etas):
        corners[left.eta] = max(left.calibrated, edge)
        if left.calibrated < edge < right.calibrated:
            share = (edge - left.calibrated) / (right.calibrated - left.calibrated)
            corners[left.eta + share * (right.eta - left.eta)] = edge
    corners[etas[-1]] = max(said.calibrated(etas[-1]), edge)
    return tuple(Point(*corner) for corner in sorted(corners.items()))


def _after(model: HazardModel, top: HazardModel) -> tuple[Point, ...]:
    """The curve of the model followed by another one, which speaks of what the first gives out."""
    etas = sorted({each.eta for each in model.curve} | {_before(model, each.eta) for each in top.curve})
    # What rises but for the last bit of a number must not fall by it.
    rising = accumulate((top.calibrated(model.calibrated(eta)) for eta in etas), max)
    return tuple(Point(*corner) for corner in zip(etas, rising, strict=True))


def _before(model: HazardModel, calibrated: float) -> float:
    """The lowest log-hazard that a model's curve takes to this one."""
    corners = model.curve
    if not corners:
        return calibrated
    if calibrated <= corners[0].calibrated:
        return corners[0].eta + calibrated - corners[0].calibrated
    for left, right in pairwise(corners):
        if calibrated <= right.calibrated:
            share = (calibrated - left.calibrated) / (right.calibrated - left.calibrated)
            return left.eta + share * (right.eta - left.eta)
    return corners[-1].eta + calibrated - corners[-1].calibrated
