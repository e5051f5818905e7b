"""Event time as integers: instants are Unix seconds, days and ISO weeks are counted since the epoch, all in UTC."""

from datetime import UTC, datetime
from typing import Final

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK_DAYS: Final = 7
# 1970-01-01 was a Thursday, so Monday-based weeks start three days earlier.
EPOCH_WEEKDAY: Final = 3
# Stands for "as of the watermark" where a week number is stored: after every real week, and within 32 bits.
LIVE_WEEK: Final = 1 << 30

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def unix_seconds(instant: datetime) -> int:
    """Whole Unix seconds of an instant with a time zone, cut off towards 1970."""
    since = instant - _EPOCH
    if since.days < 0:
        return int(instant.timestamp())
    return since.days * DAY + since.seconds


def day_of(instant: int) -> int:
    """Day number of an instant in Unix seconds."""
    return instant // DAY


def weekday_of(day: int) -> int:
    """0 for a Monday, 6 for a Sunday."""
    return (day + EPOCH_WEEKDAY) % WEEK_DAYS


def week_of_day(day: int) -> int:
    """ISO week number since the epoch; weeks start on Monday."""
    return (day + EPOCH_WEEKDAY) // WEEK_DAYS


def week_of(instant: int) -> int:
    """ISO week number of an instant in Unix seconds."""
    return week_of_day(day_of(instant))


def first_day_of_week(week: int) -> int:
    """Day number of the Monday of a week."""
    return week * WEEK_DAYS - EPOCH_WEEKDAY


def week_end(week: int) -> int:
    """Last second that belongs to a week: readings of a closed week are as of this instant."""
    return ((week + 1) * WEEK_DAYS - EPOCH_WEEKDAY) * DAY - 1


def last_closed_week(watermark: int) -> int:
    """The latest week that lies wholly at or before the watermark."""
    week = week_of(watermark)
    return week if week_end(week) <= watermark else week - 1
