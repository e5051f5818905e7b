"""When a week is released: once it is over, and a day of event time has passed, so that nightly sources have been."""

from typing import Final

from shared.domain.week import DAY, last_closed_week, week_end

_SETTLES_SECONDS: Final = DAY

CORRECTED_WEEKS: Final = 8
"""Older weeks are left as they were told."""
CARRIED_WEEKS: Final = 12
"""Somebody without a reading this week counts with their last one, so that a quiet week does not change the group."""


def last_due_week(scored_week: int, scored_at: int) -> int:
    """The last week to release, given the last week that is scored and the watermark of scoring."""
    return min(scored_week, last_closed_week(scored_at - _SETTLES_SECONDS))


def released_at(week: int) -> int:
    """The instant of event time from which a week is due: in Unix seconds, the last second of the Monday after it."""
    return week_end(week) + _SETTLES_SECONDS


def first_needed_week(released_week: int) -> int:
    """The first week whose readings later releases can still need, when all up to one have been made."""
    return released_week - CORRECTED_WEEKS - CARRIED_WEEKS
