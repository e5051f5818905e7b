"""Reads instants in the ways in which files write them."""

import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Literal

from shared.schemas.envelope import YEAR_END, YEAR_MIN
from shared.sources.reader import UnusableError

_NUMERIC_DATE: Final = re.compile(
    r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?)?"
)
_UNIX: Final = re.compile(r"(\d{9,10})(\.\d+)?|(\d{13})")


# RFC 5322 with a comment needs half of it.
_LENGTH_MAX: Final = 100


def instant(text: str, *, zone: tzinfo = UTC, date_order: Literal["dmy", "mdy"] = "dmy") -> datetime:
    """The instant in UTC of a text in ISO 8601, `d/m/Y H:M[:S]`, RFC 5322 or Unix seconds. Raises UnusableError.

    A time without a zone is in `zone`; where clocks go back, the first of the two instants is meant.
    """
    if len(text) > _LENGTH_MAX:
        raise UnusableError("unreadable time")
    return _instant(text, zone=zone, date_order=date_order)


# Rows of one message, and rows of one batch job, repeat their time.
@lru_cache(maxsize=4096)
def _instant(text: str, *, zone: tzinfo, date_order: Literal["dmy", "mdy"]) -> datetime:
    try:
        moment = _parse(text.strip(), date_order)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError) as error:
        raise UnusableError("unreadable time") from error
    return in_range(moment)


def in_range(moment: datetime) -> datetime:
    """The same instant. Raises UnusableError when the wire cannot carry it."""
    if not YEAR_MIN <= moment.year < YEAR_END:
        raise UnusableError("time is out of range")
    return moment


def _parse(text: str, date_order: str) -> datetime:
    if unix := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(float(text) / (1000 if unix.group(3) else 1), UTC)
    if numeric := _NUMERIC_DATE.fullmatch(text):
        first, second, year, hour, minute, seconds, half = numeric.groups()
        day, month = (first, second) if date_order == "dmy" else (second, first)
        hours = int(hour or 0)
        if half:
            # 12 am is midnight and 12 pm is noon.
            hours = hours % 12 + (12 if half.lower() == "pm" else 0)
        # The caller adds the zone.
        return datetime(int(year), int(month), int(day), hours, int(minute or 0), int(seconds or 0))  # noqa: DTZ001
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)
