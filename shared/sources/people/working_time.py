"""When somebody works and when they are away, out of the cells of a table of people."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from shared.domain.organisation.public_holidays import ANY_YEAR, public_holidays
from shared.schemas.directory import SUNDAY
from shared.sources.calendar.zone_names import zone_named
from shared.sources.people.words import is_nobody
from shared.sources.table import Row

FIELDS: Final = ("time_zone", "working_days", "working_hours", "holidays")
_DAY: Final = timedelta(days=1)
_HOUR_MINUTES: Final = 60
_DAY_MINUTES: Final = 24 * _HOUR_MINUTES

# By how the names of the days begin in the languages of the headers; where two languages disagree, neither is here.
_DAY_NAMES: Final = {
    1: "mon|mo|lun|lundi|lunes|seg|segunda|maandag|ma|pon|pn|poniedziałek|月|周一|星期一|пн|понедельник|montag",
    2: "tue|tu|di|dienstag|mar|mardi|martes|ter|terça|dinsdag|wt|wtorek|火|周二|星期二|вт|вторник",
    3: "wed|we|mi|mittwoch|mer|mercredi|mié|mie|miércoles|qua|quarta|woensdag|wo|śr|środa|水|周三|星期三|ср|среда",  # noqa: RUF001 - Cyrillic is meant
    4: "thu|th|do|donnerstag|jeu|jeudi|jue|jueves|qui|quinta|donderdag|czw|czwartek|木|周四|星期四|чт|четверг",
    5: "fri|fr|freitag|ven|vendredi|vie|viernes|sex|sexta|vrijdag|vr|pt|piątek|金|周五|星期五|пт|пятница",
    6: "sat|sa|samstag|sam|samedi|sáb|sab|sábado|zaterdag|za|sob|sobota|土|周六|星期六|сб|суббота",  # noqa: RUF001 - Cyrillic is meant
    7: "sun|su|so|sonntag|dim|dimanche|dom|domingo|zondag|zo|nd|niedziela|日|周日|星期日|вс|воскресенье",
}
_ENGLISH: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_NUMBERS: Final = {
    name: day for day, names in _DAY_NAMES.items() for name in (*names.split("|"), _ENGLISH[day - 1], str(day))
}
_BETWEEN_DAYS: Final = re.compile(r"\s*(?:-|\u2013|\u2014|\bto\b|\bbis\b|\bau\b|\bà\b|\ba\b|~|至)\s*")
_NEXT_DAY: Final = re.compile(r"[\s,;/|+&、]+")
_CLOCK: Final = r"(\d{1,2})(?:[:.h](\d{2})|h)?\s*(am|pm|a\.m\.|p\.m\.)?(?:\s*uhr)?"
_HOURS: Final = re.compile(rf"{_CLOCK}\s*(?:-|\u2013|\u2014|to|bis|à|a|~)\s*{_CLOCK}")
_NOON: Final = 12

_Value = TypeVar("_Value")
DayOf = Callable[..., datetime | None]
"""Reads the day in a field; `is_end` where an open end may stand there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """What a row says of when somebody works; None for what it does not say. Days are 1 (Monday) to 7."""

    time_zone: str | None = None
    working_days: tuple[int, ...] | None = None
    minutes: tuple[int, int] | None = None
    holidays: str | None = None
    away: tuple[datetime, datetime] | None = None
    notices: tuple[str, ...] = ()

    @property
    def says_when(self) -> bool:
        """Whether there is a schedule in it."""
        return any(each is not None for each in (self.time_zone, self.working_days, self.minutes, self.holidays))


NOTHING_SAID: Final = WorkingTime()


def working_time(row: Row, day: DayOf) -> WorkingTime:
    """What a row says. What cannot be understood is left out and told of. Raises UnusableError for a bad date."""
    notices: list[str] = []

    def read(field: str, understood: Callable[[str], _Value | None], called: str) -> _Value | None:
        cell = row[field].strip()
        if not cell or is_nobody(cell):
            return None
        found = understood(cell)
        if found is None:
            notices.append(f"{called} were not understood and left out")
        return found

    return WorkingTime(
        time_zone=read("time_zone", _zone, "words for a time zone"),
        working_days=read("working_days", days_in, "working days"),
        minutes=read("working_hours", minutes_in, "working hours"),
        holidays=read("holidays", _region, "words for public holidays (DE-BY is)"),
        away=_away(day, notices),
        notices=tuple(notices),
    )


def _away(day: DayOf, notices: list[str]) -> tuple[datetime, datetime] | None:
    begins, last, back = (day("leave_from"), day("leave_to", is_end=True), day("leave_back", is_end=True))
    until = back if last is None else last + _DAY
    if begins is None and until is None:
        return None
    if begins is None or until is None:
        notices.append("a leave without its first or last day was left out")
        return None
    if until <= begins:
        notices.append("a leave that ends before it begins was left out")
        return None
    return begins, until


def _zone(cell: str) -> str | None:
    zone = zone_named(cell)
    if isinstance(zone, ZoneInfo):
        return zone.key
    if isinstance(zone, timezone):
        hours, rest = divmod(zone.utcoffset(None).total_seconds(), 3600)
        # Zones of the IANA that are an offset count it from the other side.
        return None if rest else f"Etc/GMT{-int(hours):+d}" if hours else "UTC"
    return None


def _region(cell: str) -> str | None:
    try:
        public_holidays(cell, ANY_YEAR)
    except ValueError:
        return None
    return cell.upper()


def days_in(cell: str) -> tuple[int, ...] | None:
    """Working days in words such as `Mon-Fri`, `Mo, Di, Do` or `1,2,3`; None where they are none."""
    text = cell.casefold().strip().rstrip(".")
    found: set[int] = set()
    for part in _NEXT_DAY.split(_BETWEEN_DAYS.sub("-", text).replace(" and ", ",").replace(" und ", ",")):
        ends = [_DAY_NUMBERS.get(each.rstrip(".")) for each in part.split("-")]
        if None in ends or len(ends) > 2:  # noqa: PLR2004 - a span has two ends
            return None
        first, last = ends[0] or 0, ends[-1] or 0
        found.update(_from_to(first, last))
    return tuple(sorted(found)) or None


def _from_to(first: int, last: int) -> Iterator[int]:
    """Days from one to another, over the end of the week where they go so."""
    yield first
    while first != last:
        first = first % SUNDAY + 1
        yield first


def minutes_in(cell: str) -> tuple[int, int] | None:
    """Working hours such as `09:00-17:30`, `9am to 5pm` or `22-6`, in minutes after midnight; else None."""
    found = _HOURS.fullmatch(cell.casefold().strip())
    if found is None:
        return None
    opens, closes = _minutes(*found.group(1, 2, 3)), _minutes(*found.group(4, 5, 6))
    if opens is None or closes is None or opens == _DAY_MINUTES:
        return None
    if closes <= opens:
        closes += _DAY_MINUTES
    return opens, closes


def _minutes(hour: str, minute: str | None, half: str | None) -> int | None:
    hours, minutes = int(hour), int(minute or 0)
    if half is not None:
        if not 1 <= hours <= _NOON:
            return None
        hours = hours % _NOON + (_NOON if half.startswith("p") else 0)
    total = hours * _HOUR_MINUTES + minutes
    return total if minutes < _HOUR_MINUTES and total <= _DAY_MINUTES else None
