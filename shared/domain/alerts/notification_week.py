"""When partners are told that their list changed: all at one fixed instant of the week, and at no other."""

from enum import StrEnum
from typing import Final

from shared.domain.week import DAY, HOUR, first_day_of_week, week_of

_INTO_WEEK_SECONDS: Final = DAY + 8 * HOUR
SENT_AFTER_SECONDS: Final = 60
"""Messages leave so long after it is decided who gets one, so that deciding takes no time from their instant."""


class Notify(StrEnum):
    """When a partner is told."""

    CHANGES = "changes"  # in weeks in which their list changed
    ALWAYS = "always"  # every week, so that silence means nothing


def sending_instant(now: int) -> int:
    """The latest Tuesday at 08:00 UTC, at or before `now`. Unix seconds."""
    instant = first_day_of_week(week_of(now)) * DAY + _INTO_WEEK_SECONDS
    return instant if instant <= now else instant - 7 * DAY
