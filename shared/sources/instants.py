"""Reads instants in the ways in which files write them. What could mean two instants is refused, never guessed."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.schemas.envelope import YEAR_END, YEAR_MIN
from shared.sources.month_names import AMBIGUOUS_ZONES, half_of_day, month_of, zone_of
from shared.sources.reader import DateOrder, UnusableError

_UNIX: Final = re.compile(r"(\d{9,10})(\.\d+)?|(\d{13})")
_ISO: Final = re.compile(
    r"\d{8}(?:T\d{4}(?:\d{2})?Z?)?"
    r"|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_RFC_5322: Final = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d{1,2}:\d{2}(?::\d{2})?\s+(?:[+-]\d{4}|[A-Za-z]{1,5})"
    r"(?:\s*\(.*\))?"
)
_NUMBERS: Final = re.compile(r"(\d{1,4})\s*([/.\-])\s*(\d{1,2})\s*\2\s*(\d{1,4})(?!\d)[.,]?")
_EAST_ASIAN: Final = re.compile(r"(\d{4})[年년]\s*(\d{1,2})[月월]\s*(\d{1,2})[日일]")
_WORD: Final = r"[^\W\d_]+\.?"
_DAY_FIRST: Final = re.compile(
    rf"(?:{_WORD},?\s+)?(\d{{1,2}})(?:st|nd|rd|th|\.|º)?[\s/\-.]*(?:de\s+|of\s+)?({_WORD}),?[\s/\-.]*"
    r"(?:de\s+)?(\d{4}|\d{2})(?!\d)(?!:),?"
)
_MONTH_FIRST: Final = re.compile(
    rf"(?:{_WORD},?\s+)?({_WORD})[\s/\-.]+(\d{{1,2}})(?:st|nd|rd|th)?,?[\s/\-.]+(\d{{4}})(?!\d)(?!:),?"
)
_CLOCK: Final = re.compile(
    r"(?P<before>[^\W\d_]{2})?\s*(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?\s?[Mm]\b\.?|vorm\.|nachm\.)?\s*(?:Uhr)?\s*(?P<zone>\S+(?: ?[+-][\d:]+)?)?"
)
_AT: Final = re.compile(r"[\sT,]*(?:at|um|à|a las|às|o|om|kl\.?)?\s+|[T,]\s*", re.IGNORECASE)
_OFFSET: Final = re.compile(r"\(?(?:UTC|GMT)?\s?([+-])(\d{1,2}):?(\d{2})?\)?", re.IGNORECASE)
_HALF_DAY: Final = 12
_CENTURY: Final = 2000
_TWO_DIGITS: Final = 100

# RFC 5322 with a comment needs half of it.
_LENGTH_MAX: Final = 100

AMBIGUOUS: Final = "the date could be day/month or month/day; say which with --date-order"
MIXED: Final = "some dates of the column can only be day/month and others only month/day"
_ORDERS: Final[tuple[DateOrder, ...]] = ("dmy", "mdy", "ymd")


class _UnusableDateError(ValueError):
    """The text is a date, and the reason why it is not used is worth telling."""


def instant(text: str, *, zone: tzinfo = UTC, date_order: DateOrder = "") -> datetime:
    """The instant in UTC of a text in ISO 8601, RFC 5322, Unix seconds, or as programs and people write dates.

    A time without a zone is in `zone`; where clocks go back, the first of the two instants is meant. `date_order` is
    that of dates such as 3/4/2016, which are refused without one where they could mean two days; dots mean day first.

    Raises UnusableError.
    """
    if len(text) > _LENGTH_MAX:
        raise UnusableError("unreadable time")
    return _instant(text, zone=zone, date_order=date_order)


def column_order(texts: Iterable[str], given: DateOrder = "") -> DateOrder:
    """The order in which all dates of a column can be read; what is `given` counts, and nothing when several fit.

    Texts that are no numeric dates say nothing. Raises UnusableError when there is no order that fits all.
    """
    if given:
        return given
    left: set[DateOrder] = set(_ORDERS)
    for text in set(texts):
        found = _NUMBERS.match(text.strip())
        # A long year in front says by itself what the rest is.
        if found is not None and len(found.group(1)) <= len("31"):
            fits = _fitting(found)
            # What fits no order is a bad date for itself.
            if fits:
                left &= fits
            if not left:
                raise UnusableError(MIXED)
    return next(iter(left)) if len(left) == 1 else ""


# Rows of one message, and rows of one batch job, repeat their time.
@lru_cache(maxsize=4096)
def _instant(text: str, *, zone: tzinfo, date_order: DateOrder) -> datetime:
    try:
        moment = _parse(text.strip(), date_order)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        moment = moment.astimezone(UTC)
    except _UnusableDateError as error:
        raise UnusableError(str(error)) from error
    except (ValueError, OverflowError, TypeError, IndexError) as error:
        raise UnusableError("unreadable time") from error
    return in_range(moment)


def in_range(moment: datetime) -> datetime:
    """The same instant. Raises UnusableError when the wire cannot carry it."""
    if not YEAR_MIN <= moment.year < YEAR_END:
        raise UnusableError("time is out of range")
    return moment


def _parse(text: str, date_order: DateOrder) -> datetime:
    if _ISO.fullmatch(text):
        return datetime.fromisoformat(text)
    if unix := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(float(text) / (1000 if unix.group(3) else 1), UTC)
    if _RFC_5322.fullmatch(text):
        _refuse_ambiguous_zone(text.partition("(")[0].rsplit(maxsplit=1)[-1])
        return parsedate_to_datetime(text)
    year, month, day, rest = _date(text, date_order)
    hour, minute, second, zone = _clock(rest)
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


def _date(text: str, date_order: DateOrder) -> tuple[int, int, int, str]:
    """Year, month and day at the beginning of a text, and what stands behind them."""
    if found := _NUMBERS.match(text):
        return *_numeric(found, date_order), text[found.end() :]
    if found := _EAST_ASIAN.match(text):
        year, month, day = map(int, found.groups())
        return year, month, day, text[found.end() :]
    if (found := _DAY_FIRST.match(text)) and (named := month_of(found.group(2))):
        return _full_year(found.group(3)), named, int(found.group(1)), text[found.end() :]
    if (found := _MONTH_FIRST.match(text)) and (named := month_of(found.group(1))):
        return int(found.group(3)), named, int(found.group(2)), text[found.end() :]
    raise ValueError("no date")


def _numeric(found: re.Match[str], date_order: DateOrder) -> tuple[int, int, int]:
    fits = _fitting(found)
    if not fits:
        raise ValueError("no date")
    order = date_order if date_order in fits else ""
    if date_order and not order and date_order in _written(found):
        raise ValueError("no date in this order")
    if not order:
        days = {_in_order(found, each) for each in fits}
        if len(days) > 1:
            raise _UnusableDateError(AMBIGUOUS)
        return days.pop()
    return _in_order(found, order)


def _written(found: re.Match[str]) -> set[DateOrder]:
    """Orders that the form of a numeric date allows, whatever its numbers: a long year stands first or last."""
    first, mark, _, last = found.groups()
    if len(first) == len("2024"):
        return {"ymd"} if len(last) <= len("31") else set()
    if len(first) > len("31"):
        return set()
    if len(last) == len("2024"):
        return {"dmy"} if mark == "." else {"dmy", "mdy"}
    if len(last) != len("24"):
        return set()
    return {"dmy"} if mark == "." else {"dmy", "mdy", "ymd"}


def _fitting(found: re.Match[str]) -> set[DateOrder]:
    """Orders in which a numeric date is a day that exists."""
    fits: set[DateOrder] = set()
    for order in _written(found):
        try:
            datetime(*_in_order(found, order))  # noqa: DTZ001 - whether there is such a day
        except ValueError:
            continue
        fits.add(order)
    return fits


def _in_order(found: re.Match[str], order: DateOrder) -> tuple[int, int, int]:
    first, _, second, third = found.groups()
    year, month, day = {
        "dmy": (third, second, first), "mdy": (third, first, second), "ymd": (first, second, third),
    }[order]  # fmt: skip
    return _full_year(year), int(month), int(day)


def _full_year(text: str) -> int:
    return int(text) + (_CENTURY if int(text) < _TWO_DIGITS else 0)


def _clock(rest: str) -> tuple[int, int, int, tzinfo | None]:
    """Hour, minute, second and zone behind a date; midnight when there is nothing."""
    if not rest.strip():
        return 0, 0, 0, None
    joint = _AT.match(rest)
    found = _CLOCK.fullmatch(rest[joint.end() :].strip() if joint is not None else rest)
    if found is None:
        raise ValueError("no time of the day")
    hour = int(found["hour"])
    before = found["before"]
    half = half_of_day(found["half"] or before or "")
    if before and half is None:
        raise ValueError("no half of the day")
    if half is not None:
        if not 1 <= hour <= _HALF_DAY:
            raise ValueError("no hour of a half day")
        # 12 am is midnight and 12 pm is noon.
        hour = hour % _HALF_DAY + half
    return hour, int(found["minute"]), int(found["second"] or 0), _zone(found["zone"] or "")


def _zone(text: str) -> tzinfo | None:
    if not text:
        return None
    word = text.strip("()")
    if found := _OFFSET.fullmatch(text):
        sign, hours, minutes = found.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-offset if sign == "-" else offset)
    _refuse_ambiguous_zone(word)
    if (zone := zone_of(word)) is not None:
        return zone
    if "/" not in word:
        raise _UnusableDateError("the time has a zone that is not known")
    try:
        return ZoneInfo(word)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _UnusableDateError("the time has a zone that is not known") from error


def _refuse_ambiguous_zone(word: str) -> None:
    if word.lower() in AMBIGUOUS_ZONES:
        raise _UnusableDateError("the time has a zone that means different ones in different countries")
