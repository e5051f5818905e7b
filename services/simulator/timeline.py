"""The world's time: Unix seconds, weeks counted from its first Monday (UTC), and people's working hours."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

HOUR: Final = 3600
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
WORKDAY_SECONDS: Final = 8 * HOUR
WORKDAYS: Final = 5
# 1970-01-01 was a Thursday; 4 days later is the first Monday.
_FIRST_MONDAY: Final = 4 * DAY


class WorkingHours(Protocol):
    """The hours of a person: the second of the day (UTC) at which they start, and the days on which they are away."""

    @property
    def opens(self) -> int:
        """Second of the day at which work starts."""

    @property
    def away(self) -> frozenset[int]:
        """Days off, counted from the world's first Monday."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Week 0 starts at `start`, a Monday; `weeks` full weeks follow, and the running one until `ends_at`."""

    start: int
    weeks: int
    ends_at: int

    @classmethod
    def until(cls, ends_at: datetime, *, weeks: int) -> "Timeline":
        """Timeline of the full weeks before the week of `ends_at`, and that week as far as it has gone."""
        end = int(ends_at.timestamp())
        monday = end - (end - _FIRST_MONDAY) % WEEK
        return cls(start=monday - weeks * WEEK, weeks=weeks, ends_at=end)

    def monday(self, week: int) -> int:
        """Instant at which a week starts."""
        return self.start + week * WEEK

    def week_of(self, at: int) -> int:
        """Week that holds an instant."""
        return (at - self.start) // WEEK

    def works(self, who: WorkingHours, at: int) -> bool:
        """Whether somebody works on the day of an instant."""
        day = (at - self.start) // DAY
        return day % 7 < WORKDAYS and day not in who.away

    def sometime(self, who: WorkingHours, week: int, rng: random.Random) -> int | None:
        """Draw an instant within somebody's working hours of a week; None when it falls on a day off."""
        at = self.monday(week) + rng.randrange(WORKDAYS) * DAY + who.opens + rng.randrange(WORKDAY_SECONDS)
        return at if self.works(who, at) else None

    def after(self, who: WorkingHours, at: int, work_seconds: int) -> int:
        """The instant at which somebody has worked so long since `at`. Only their hours count, and no days off."""
        day, second = divmod(at - self.start, DAY)
        closes = who.opens + WORKDAY_SECONDS
        while True:
            if day % 7 < WORKDAYS and day not in who.away:
                second = max(second, who.opens)
                if second + work_seconds <= closes:
                    return self.start + day * DAY + second + work_seconds
                work_seconds -= max(0, closes - second)
            day, second = day + 1, 0
