"""Working time: how long somebody really waited, without nights and weekends."""

from dataclasses import dataclass
from typing import Final

from shared.domain.week import DAY, EPOCH_WEEKDAY, HOUR, WEEK_DAYS

WORKDAYS: Final = 5  # Monday to Friday


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When people work: Monday to Friday from `opens` to `closes`, in seconds after local midnight.

    `utc_offset` is local time minus UTC in seconds. Offsets that change in summer are not modelled: an hour more or
    less is below what these measures are read for.
    """

    opens: int = 8 * HOUR
    closes: int = 18 * HOUR
    utc_offset: int = 0

    def __post_init__(self) -> None:
        """Refuse a day that ends before it starts.

        Raises:
            ValueError: the hours are not within one day, in order.
        """
        if not 0 <= self.opens < self.closes <= DAY:
            raise ValueError(f"working hours must lie within one day, in order: {self.opens} to {self.closes}")

    @property
    def day_seconds(self) -> int:
        """Working seconds of a full day."""
        return self.closes - self.opens


STANDARD_HOURS: Final = WorkingHours()


def working_seconds(start: int, end: int, hours: WorkingHours = STANDARD_HOURS) -> int:
    """Working seconds between two instants in Unix seconds; 0 when `end` is not after `start`. Takes constant time."""
    if end <= start:
        return 0
    return _since_epoch(end, hours) - _since_epoch(start, hours)


def _since_epoch(instant: int, hours: WorkingHours) -> int:
    """Working seconds since the Monday of the epoch's week."""
    day, second = divmod(instant + hours.utc_offset, DAY)
    week, weekday = divmod(day + EPOCH_WEEKDAY, WEEK_DAYS)
    opens = hours.opens
    length = hours.closes - opens
    if weekday >= WORKDAYS:
        return (week + 1) * WORKDAYS * length
    full = (week * WORKDAYS + weekday) * length
    if second <= opens:
        return full
    return full + (length if second >= opens + length else second - opens)
