"""When a week is released: once it is over, and a day of event time has passed, so that nightly sources have been."""

from typing import Final

from shared.domain.week import DAY, last_closed_week, week_end

_SETTLES_SECONDS: Final = DAY


def last_due_week(scored_week: int, scored_at: int) -> int:
    """The last week to release, given the last week that is scored and the watermark of scoring."""
    return min(scored_week, last_closed_week(scored_at - _SETTLES_SECONDS))


def released_at(week: int) -> int:
    """The instant of event time from which a week is due: in Unix seconds, the last second of the Monday after it."""
    return week_end(week) + _SETTLES_SECONDS
