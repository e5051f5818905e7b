"""How long what is kept, as arithmetic on event time: readings must not depend on when somebody swept."""

from typing import Final

from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.week import day_of, week_of_day

# A closed week plus the longest window: with less, no week could be computed from whole evidence.
LEAST_FACT_DAYS: Final = LONGEST_WINDOW_DAYS + 14


def first_kept_day(watermark: int, fact_days: int) -> int:
    """First day whose facts are kept, at a watermark (Unix seconds)."""
    return day_of(watermark) - fact_days


def first_computed_week(watermark: int, fact_days: int) -> int:
    """First week that is still computed: the longest window before its end lies within the facts that are kept.

    Earlier weeks keep the readings they have, as long as those are kept; a late event does not change them any more.
    """
    return week_of_day(first_kept_day(watermark, fact_days) + LONGEST_WINDOW_DAYS) + 1
