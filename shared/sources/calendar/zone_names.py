"""Finds the time zone that a calendar means by a name. What is not known stays unknown: nothing is taken for UTC."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_LENGTH_MAX: Final = 200
_OFFSET: Final = re.compile(r"(?:GMT|UTC|Z)?\s*([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_IN_WORDS: Final = re.compile(r"\((?:GMT|UTC)\s*(?:([+-])\s*(\d{1,2}):?(\d{2}))?\)\s*(.*)", re.IGNORECASE)
# Outlook numbers zones of one name that it takes for different ones: `GMT Standard Time 1`.
_NUMBERED: Final = re.compile(r"\s+\d{1,2}$")
_NOT_LETTERS: Final = re.compile(r"[^a-z]+")
_UTC: Final = frozenset({"utc", "z", "gmt", "zulu", "coordinateduniversaltime", "universaltime", "microsoftutc"})
# What Windows shows of a zone, where it is no list of cities, and its id in CLDR.
_SHOWN: Final[Mapping[str, str]] = {
    "easterntime": "Eastern Standard Time",
    "centraltime": "Central Standard Time",
    "mountaintime": "Mountain Standard Time",
    "pacifictime": "Pacific Standard Time",
    "atlantictime": "Atlantic Standard Time",
    "arizona": "US Mountain Standard Time",
    "alaska": "Alaskan Standard Time",
    "hawaii": "Hawaiian Standard Time",
    "centralamerica": "Central America Standard Time",
    "indianaeast": "US Eastern Standard Time",
    "newfoundland": "Newfoundland Standard Time",
    "westcentralafrica": "W. Central Africa Standard Time",
    "chennaikolkatamumbainewdelhi": "India Standard Time",
    "abudhabimuscat": "Arabian Standard Time",
    "kuwaitriyadh": "Arab Standard Time",
    "islamabadkarachi": "Pakistan Standard Time",
    "hararepretoria": "South Africa Standard Time",
    "saskatchewan": "Canada Central Standard Time",
    "greenland": "Greenland Standard Time",
    "azores": "Azores Standard Time",
    "caboverdeis": "Cape Verde Standard Time",
    "capeverdeis": "Cape Verde Standard Time",
    "easterneurope": "E. Europe Standard Time",
    "brasilia": "E. South America Standard Time",
}
_WORDS_AFTER: Final = re.compile(r"\s*\(.*$")
_HOURS_MAX: Final = 14
# Far from any change of clocks in either hemisphere: one of them has standard time.
_JANUARY: Final = datetime(2024, 1, 15, 12, tzinfo=UTC)
_JULY: Final = datetime(2024, 7, 15, 12, tzinfo=UTC)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo | None:
    """The zone of an IANA name, a name of Windows, Outlook or Exchange, or an offset; None where it is none of these.

    `GMT+0200` means two hours east of Greenwich, as everybody but POSIX has it; `Etc/GMT+2` stays what it is.
    """
    name = name.strip().strip('"').strip()
    if not name or len(name) > _LENGTH_MAX:
        return None
    return _known(name) or _offset(name) or _in_words(name) or _numbered(name)


def _known(name: str) -> tzinfo | None:
    if _NOT_LETTERS.sub("", name.lower().removeprefix("tzone:")) in _UTC and not any(map(str.isdigit, name)):
        return UTC
    return _iana(WINDOWS_TO_OLSON.get(name) or _windows().get(name.lower()) or name)


def _iana(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(_available()[name.lower()]) if name.lower() in _available() else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _offset(name: str) -> tzinfo | None:
    found = _OFFSET.fullmatch(name)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    return _fixed(sign, int(hours), int(minutes or 0))


def _fixed(sign: str, hours: int, minutes: int) -> tzinfo | None:
    if hours > _HOURS_MAX:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if sign == "-" else offset)


def _in_words(name: str) -> tzinfo | None:
    """`(UTC+01:00) Amsterdam, Berlin, Bern`: the first of the cities whose standard time is that."""
    found = _IN_WORDS.fullmatch(name)
    words = found.group(4) if found else name
    shown = _SHOWN.get(_NOT_LETTERS.sub("", _WORDS_AFTER.sub("", words).lower()))
    if shown is not None:
        return _iana(WINDOWS_TO_OLSON[shown])
    if found is None:
        return None
    if _NOT_LETTERS.sub("", words.lower()) in _UTC:
        return UTC
    sign, hours, minutes = found.group(1) or "+", int(found.group(2) or 0), int(found.group(3) or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    return next((zone for zone in _of_cities(words) if _standard_offset(zone) == offset), None)


def _of_cities(words: str) -> Iterator[tzinfo]:
    for city in words.split(","):
        for name in _cities().get(_NOT_LETTERS.sub("", city.lower()), ()):
            if (zone := _iana(name)) is not None:
                yield zone


def _standard_offset(zone: tzinfo) -> timedelta | None:
    offsets = (_JANUARY.astimezone(zone).utcoffset(), _JULY.astimezone(zone).utcoffset())
    return min((each for each in offsets if each is not None), default=None)


def _numbered(name: str) -> tzinfo | None:
    without = _NUMBERED.sub("", name)
    return zone_named(without) if without != name else None


@cache
def _available() -> Mapping[str, str]:
    """Names of all zones by themselves in lower case: not everybody writes them as IANA does."""
    return {name.lower(): name for name in sorted(available_timezones())}


@cache
def _windows() -> Mapping[str, str]:
    return {name.lower(): olson for name, olson in WINDOWS_TO_OLSON.items()}


@cache
def _cities() -> Mapping[str, tuple[str, ...]]:
    """Zones by the name of their city, letters only."""
    found: dict[str, tuple[str, ...]] = {}
    for name in _available().values():
        if "/" in name and not name.startswith("Etc/"):
            city = _NOT_LETTERS.sub("", name.rpartition("/")[2].lower())
            found[city] = (*found.get(city, ()), name)
    return found
