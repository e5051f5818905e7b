"""Measures of probabilities and lead times that need no library."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from shared.domain.week import DAY

_BINS: Final = 10


def expected_calibration_error(pairs: Iterable[tuple[float, bool]], *, bins: int = _BINS) -> float:
    """Mean distance between probability and share, over bins of equally many, weighted by their size (ECE).

    Bins hold equally many because risks are small: bins of equal width would put nearly everything into the first.
    """
    ordered: list[tuple[float, float]] = []
    for value, group in groupby(sorted(pairs, key=itemgetter(0)), key=itemgetter(0)):
        outcomes = [happened for _, happened in group]
        # Equal values share their outcomes, so that no order within them is better than another.
        ordered += [(value, sum(outcomes) / len(outcomes))] * len(outcomes)
    total = len(ordered)
    error = 0.0
    for number in range(bins if total else 0):
        part = ordered[number * total // bins : (number + 1) * total // bins]
        error += abs(math.fsum(value for value, _ in part) - math.fsum(share for _, share in part)) / total
    return error


def days_until(events: Sequence[int], as_of: int) -> float | None:
    """Days from an instant to the next of these events, in order; None when there is none."""
    place = bisect_right(events, as_of)
    return (events[place] - as_of) / DAY if place < len(events) else None
