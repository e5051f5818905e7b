"""Whose working time: somebody's time zone, days, hours, public holidays and absences, each for its time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain.organisation.public_holidays import public_holidays
from shared.domain.organisation.working_time import STANDARD_HOURS, WORKDAYS, WorkingHours, working_seconds
from shared.domain.week import DAY, WEEK_DAYS

_ANY_DAY: Final = (1 << WEEK_DAYS) - 1
_LONGEST_SHIFT: Final = DAY


def check_time_zone(name: str) -> None:
    """Raise ValueError for a name that is no time zone of the IANA."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone") from None


@dataclass(frozen=True, slots=True)
class WorkSchedule:
    """When somebody works, by the clock on their wall.

    `opens` and `closes` are seconds after local midnight; a shift that ends after midnight closes beyond `DAY`.
    `holidays` names a country, with or without a part of it, such as `DE-BY`; empty for none.
    """

    time_zone: str = "UTC"
    days: int = (1 << WORKDAYS) - 1  # bit 0 is Monday
    opens: int = STANDARD_HOURS.opens
    closes: int = STANDARD_HOURS.closes
    holidays: str = ""

    def __post_init__(self) -> None:
        """Refuse a week without work, and a shift that takes no time or more than a day.

        Raises:
            ValueError: the days or hours are none.
        """
        if not 0 < self.days <= _ANY_DAY:
            raise ValueError("there must be one working day at least")
        if not 0 <= self.opens < DAY or not 0 < self.closes - self.opens <= _LONGEST_SHIFT:
            raise ValueError("working hours must begin within the day and end within a day after")

    @property
    def day_seconds(self) -> int:
        """Working seconds of a full day."""
        return self.closes - self.opens

    @property
    def week_days(self) -> int:
        """Working days of a week."""
        return self.days.bit_count()

    def seconds(self, start: int, end: int) -> int:
        """Working seconds between two instants in Unix seconds; 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        if self.time_zone == "UTC" and not self.holidays and self.days == STANDARD.days and self.closes <= DAY:
            return working_seconds(start, end, WorkingHours(self.opens, self.closes))
        # A shift may lie in the neighbouring year by UTC.
        years = range(_year_of(start - 2 * DAY), _year_of(end + 2 * DAY) + 1)
        return sum(_shifts(self, year).between(start, end) for year in years)


STANDARD: Final = WorkSchedule()
"""Monday to Friday from 8 to 18 by UTC: what is taken of everybody of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class _Shifts:
    """Shifts that begin in one year, in order: when each begins, and the working seconds before it."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]

    def between(self, start: int, end: int) -> int:
        return self._until(end) - self._until(start)

    def _until(self, instant: int) -> int:
        place = bisect_right(self.starts, instant) - 1
        if place < 0:
            return 0
        return self.before[place] + min(instant, self.ends[place]) - self.starts[place]


@lru_cache(maxsize=4096)
def _shifts(schedule: WorkSchedule, year: int) -> _Shifts:
    zone = ZoneInfo(schedule.time_zone)
    off = public_holidays(schedule.holidays, year) if schedule.holidays else frozenset()
    starts: list[int] = []
    ends: list[int] = []
    before = [0]
    day = date(year, 1, 1)
    while day.year == year:
        if schedule.days >> day.weekday() & 1 and day not in off:
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            starts.append(int((midnight + timedelta(seconds=schedule.opens)).timestamp()))
            ends.append(int((midnight + timedelta(seconds=schedule.closes)).timestamp()))
            before.append(before[-1] + ends[-1] - starts[-1])
        day += timedelta(days=1)
    return _Shifts(tuple(starts), tuple(ends), tuple(before[:-1]))


def _year_of(instant: int) -> int:
    return datetime.fromtimestamp(instant, tz=UTC).year


@dataclass(frozen=True, slots=True, order=True)
class DatedSchedule:
    """A schedule that holds from one instant (inclusive) to another (exclusive), Unix seconds."""

    valid_from: int
    valid_to: int
    time_zone: str
    days: int
    opens: int
    closes: int
    holidays: str

    @property
    def schedule(self) -> WorkSchedule:
        """What holds then."""
        return WorkSchedule(self.time_zone, self.days, self.opens, self.closes, self.holidays)


_Piece = tuple[int, int, WorkSchedule]


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When somebody works: schedules in pieces of time that touch each other, and absences that do not overlap."""

    default: WorkSchedule = STANDARD
    pieces: tuple[_Piece, ...] = ()
    absences: tuple[tuple[int, int], ...] = ()
    _days: dict[int, float] = field(default_factory=dict, init=False, repr=False, compare=False)
    _bits: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def is_standard(self) -> bool:
        """Whether nothing is known of this person."""
        return not self.pieces and not self.absences and self.default == STANDARD

    def seconds(self, start: int, end: int) -> int:
        """Working seconds between two instants in Unix seconds, without absences."""
        if self is NOTHING_KNOWN:  # of nearly everybody, a million times
            return working_seconds(start, end)
        total = self._scheduled(start, end)
        place = max(bisect_left(self.absences, (start,)) - 1, 0)
        for begins, ends in self.absences[place:]:
            if begins >= end:
                break
            total -= self._scheduled(max(begins, start), min(ends, end))
        return total

    def ordinary_days(self, start: int, end: int) -> float:
        """Working days between two instants if there were neither holidays nor absences."""
        return sum(
            replace(schedule, holidays="").seconds(low, high) / schedule.day_seconds
            for low, high, schedule in self._parts(start, end)
        )

    def ordinary_day(self, day: int) -> float:
        """How much of a working day a day of UTC ordinarily is. Known once it was asked for."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self.ordinary_days(day * DAY, (day + 1) * DAY)
        return found

    def day_bits(self, first: int, last: int) -> tuple[int, int]:
        """From one day of UTC to another, both inclusive, as bits: days of ordinary work, and those of them off."""
        found = self._bits.get((first, last))
        if found is None:
            work = off = 0
            for place, day in enumerate(range(first, last + 1)):
                if self.ordinary_day(day) > 0:
                    work |= 1 << place
                    if not self.seconds(day * DAY, (day + 1) * DAY):
                        off |= 1 << place
            found = self._bits[first, last] = work, off
        return found

    def is_away(self, instant: int) -> bool:
        """Whether somebody is absent at an instant, or their day is a holiday."""
        place = bisect_right(self.absences, instant, key=itemgetter(0)) - 1
        if place >= 0 and instant < self.absences[place][1]:
            return True
        day = instant // DAY
        return bool(self.day_bits(day, day)[1])

    def schedule_at(self, instant: int) -> WorkSchedule:
        """The schedule that holds at an instant."""
        return next((each for _, _, each in self._parts(instant, instant + 1)), self.default)

    def _scheduled(self, start: int, end: int) -> int:
        return sum(schedule.seconds(low, high) for low, high, schedule in self._parts(start, end))

    def _parts(self, start: int, end: int) -> Iterable[_Piece]:
        """The schedules that hold between two instants, each with the part it holds for."""
        if start >= end:
            return
        at = start
        for low, high, schedule in self.pieces:
            if high <= at:
                continue
            if low >= end:
                break
            if low > at:
                yield at, low, self.default
                at = low
            yield at, min(high, end), schedule
            at = min(high, end)
        if at < end:
            yield at, end, self.default


NOTHING_KNOWN: Final = WorkCalendar()
"""The calendar of somebody of whom nothing is known, where the organisation has no hours of its own."""


def calendar_of(
    schedules: Iterable[DatedSchedule], absences: Iterable[tuple[int, int]], *, default: WorkSchedule = STANDARD
) -> WorkCalendar:
    """The calendar that dated records add up to. Where schedules overlap, the one that starts later counts."""
    known = sorted(schedules)
    bounds = sorted({bound for each in known for bound in (each.valid_from, each.valid_to)})
    pieces: list[_Piece] = []
    for low, high in pairwise(bounds):
        holding = [each for each in known if each.valid_from <= low < each.valid_to]
        if holding:
            pieces.append((low, high, holding[-1].schedule))
    merged: list[tuple[int, int]] = []
    for begins, ends in sorted(absences):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        elif begins < ends:
            merged.append((begins, ends))
    return WorkCalendar(default, tuple(pieces), tuple(merged))


@dataclass(frozen=True, slots=True)
class WorkCalendars:
    """The calendars of the people of an organisation."""

    default: WorkSchedule = STANDARD
    of_people: Mapping[str, WorkCalendar] = field(default_factory=dict)

    def of(self, person: str) -> WorkCalendar:
        """The calendar of somebody; the organisation's where nothing is known of them."""
        return self.of_people.get(person) or WorkCalendar(self.default)

    def pair(self, first: str, second: str) -> "PairCalendars":
        """The calendars of two people; the shared one of those of whom nothing is known."""
        if self.default == STANDARD and first not in self.of_people and second not in self.of_people:
            return STANDARD_PAIR
        return PairCalendars(first, self.of(first), self.of(second))


@dataclass(frozen=True, slots=True)
class PairCalendars:
    """The calendars of two people, of whom `first` is known by their key."""

    first: str = ""
    of_first: WorkCalendar = NOTHING_KNOWN
    of_second: WorkCalendar = NOTHING_KNOWN

    @property
    def is_standard(self) -> bool:
        """Whether nothing is known of either."""
        return self.of_first.is_standard and self.of_second.is_standard

    def of(self, person: str) -> WorkCalendar:
        """The calendar of one of the two."""
        return self.of_first if person == self.first else self.of_second

    def ordinary_days(self, start: int, end: int) -> float:
        """Working days between two instants of the one who has fewer, as if there were no holidays and absences."""
        return min(self.of_first.ordinary_days(start, end), self.of_second.ordinary_days(start, end))

    def is_away(self, instant: int) -> bool:
        """Whether one of the two is absent at an instant, or has a holiday."""
        return self.of_first.is_away(instant) or self.of_second.is_away(instant)

    def week_days(self, instant: int) -> int:
        """Working days a week of the one who has fewer, at an instant."""
        return min(each.schedule_at(instant).week_days for each in (self.of_first, self.of_second))

    def ordinary_day(self, day: int) -> float:
        """How much of a working day a day of UTC ordinarily is for the one for whom it is less."""
        return min(self.of_first.ordinary_day(day), self.of_second.ordinary_day(day))

    def day_bits(self, first: int, last: int) -> tuple[int, int]:
        """Days on which both ordinarily work, and days that are off for one of them, as `WorkCalendar.day_bits`."""
        work, off = self.of_first.day_bits(first, last)
        other_work, other_off = self.of_second.day_bits(first, last)
        return work & other_work, off | other_off


STANDARD_PAIR: Final = PairCalendars()
