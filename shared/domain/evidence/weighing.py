"""How evidence is weighed: windows, decay, shrinkage towards documented references, and the logistic scale.

The numbers are those of the product's method notes (sections named in the comments); "ours" marks a choice that no
source settles. What is usual in an organisation is learnt from it (see `baselines`); the references here are what that
is drawn towards, and what is compared with.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from shared.domain.evidence.reading import Factor, Measure
from shared.domain.week import DAY, day_of

WINDOW_DAYS: Final = 28
BASELINE_DAYS: Final = 84
LONGEST_WINDOW_DAYS: Final = WINDOW_DAYS + BASELINE_DAYS
# How many windows fit into the baseline: baseline counts are divided by it to compare.
BASELINE_WINDOWS: Final = BASELINE_DAYS / WINDOW_DAYS

# 5.3: best of 3 to 120 days for the volume of a pair's next 28 days.
HALF_LIFE_DAYS: Final = 30
DECAY: Final = tuple(0.5 ** (age / HALF_LIFE_DAYS) for age in range(LONGEST_WINDOW_DAYS))
"""Weight of a fact by its age in days."""

# Prior of a pair's rhythm (1-2, burst and silence): one contact in 14 days.
RHYTHM_EVENTS: Final = 1.0
RHYTHM_DAYS: Final = 14.0

# The same as log2(1 + contacts in four weeks).
RHYTHM_LOG_CONTACTS: Final = math.log2(1 + RHYTHM_EVENTS * WINDOW_DAYS / RHYTHM_DAYS)
# Ours: four of five one-to-ones take place in an ordinary pair.
KEPT_SHARE: Final = 0.8
# Ours: between an even half and the 20% below which a tie counts as one-way (metric 41) lie two spreads of .15.
QUIETER_SHARE: Final = 0.4

# 5.3: a pair's share of answers needs four asks before its own evidence weighs as much as the reference.
ANSWER_STRENGTH: Final = 4.0
# 1-2: 51% of messages to one person were answered within three days in real mail.
ANSWER_SHARE: Final = 0.51
# Derived: the spread between pairs that a strength of 4 implies, sqrt(p(1-p)/(4+1)).
ANSWER_SPREAD: Final = math.sqrt(ANSWER_SHARE * (1 - ANSWER_SHARE) / (ANSWER_STRENGTH + 1))
# 1-2: median reply of 1.9 hours; from friends (7 h) to acquaintances (50 h) is ln(50/7), two spreads of one.
REPLY_HOURS: Final = 1.9
REPLY_LOG_HOURS: Final = math.log1p(REPLY_HOURS)
REPLY_LOG_SPREAD: Final = 1.0

# 5.1: references move 30% of the way to the pair's own long-run level, so that habits are partly forgiven.
OWN_SHARE: Final = 0.3
# 5.1: no single measurement may weigh more than three spreads.
Z_LIMIT: Final = 3.0
# 5.1: fewer observations than this are not enough evidence.
FLOOR: Final = 5

# Ours: a pair at every reference scores 100 / (1 + e^-1) = 73, well inside "healthy": ordinary is not a warning.
TYPICAL_LOGIT: Final = 1.0
TYPICAL: Final = Factor(name="typical", value=TYPICAL_LOGIT, contribution=TYPICAL_LOGIT)


def first_day(as_of: int, days: int) -> int:
    """First day of the window of so many days that ends with the day of `as_of`."""
    return day_of(as_of) - days + 1


def window_start(as_of: int, days: int = WINDOW_DAYS) -> int:
    """First instant of the window of so many days that ends with the day of `as_of`."""
    return first_day(as_of, days) * DAY


def shrunk(total: float, weight: float, *, prior: float, strength: float) -> float:
    """Mean of observations, drawn towards a prior that weighs like `strength` observations."""
    return (total + strength * prior) / (weight + strength)


def reference(fixed: float, own: float) -> float:
    """The level to compare with: the fixed reference, moved part of the way to the pair's own long-run level."""
    return fixed + OWN_SHARE * (own - fixed)


def clipped(value: float, *, low: float = -Z_LIMIT, high: float = Z_LIMIT) -> float:
    """The value, held between two limits."""
    return min(max(value, low), high)


def score(logit: float) -> float:
    """A logit on the scale from 0 to 100."""
    return 100.0 / (1.0 + math.exp(-logit))


def share_uncertainty(weight: float, *, spread: float, prior: float, observed: float, strength: float) -> float:
    """Standard deviation that a shrunk share brings into a logit: sd = sigma / sqrt(N + strength) (5.1), in spreads."""
    return abs(weight) * math.sqrt(prior * (1 - prior)) / spread / math.sqrt(observed + strength)


def combined(deviations: Iterable[float]) -> float:
    """Standard deviation of a sum of independent parts."""
    return math.sqrt(math.fsum([each * each for each in deviations]))


def logit(factors: Iterable[Factor]) -> float:
    """The sum of the contributions, the same in every order."""
    return math.fsum([factor.contribution for factor in factors])


def factor_value(measure: Measure | None, name: str) -> float:
    """Value of a factor of an earlier measure; 0 when it was not measured."""
    if measure is None:
        return 0.0
    for factor in measure.factors:  # without a generator, as it is asked several times for every reading
        if factor.name == name:
            return factor.value
    return 0.0


def median(values: Sequence[float]) -> float:
    """Median of sorted values; 0 when there are none."""
    if not values:
        return 0.0
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def percentile_90(values: Sequence[float]) -> float:
    """The 90th percentile of sorted values by nearest rank; 0 when there are none."""
    return values[math.ceil(0.9 * len(values)) - 1] if values else 0.0


def own_share(weight: float, strength: float) -> float:
    """Confidence: the share of the evidence that is the subject's own, not the reference's."""
    return weight / (weight + strength)
