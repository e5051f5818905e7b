"""When a week is released: once it is over, and a day of event time has passed, so that nightly sources have been."""

from typing import Final

from shared.domain.week import DAY, last_closed_week

_SETTLES_SECONDS: Final = DAY


def last_due_week(scored_week: int, scored_at: int) -> int:
    """The last week to release, given the last week that is scored and the watermark of scoring."""
    return min(scored_week, last_closed_week(scored_at - _SETTLES_SECONDS))
