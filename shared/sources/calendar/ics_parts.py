"""Reads the properties of one component of a calendar."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, Final

from icalendar.cal import Component
from icalendar.prop import vBroken

from shared.sources.reader import UnusableError

_TIMES: Final = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")


def listed(component: Component, name: str) -> list[Any]:
    """Readable values of a property, in the order of the file."""
    return [value for value in values_of(component, name) if not isinstance(value, vBroken)]


def values_of(component: Component, name: str) -> list[Any]:
    """All values of a property, broken ones too."""
    value = component.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]


def text_of(owner: Any, name: str = "") -> str:
    """A property as upper-case text, its first value if there are several; without `name` the owner as it is."""
    if not name:
        return owner if isinstance(owner, str) else ""
    values = listed(owner, name)
    return str(values[0]).strip().upper() if values and isinstance(values[0], str) else ""


def dates(component: Component, name: str) -> list[date]:
    """Dates and date-times of a property, broken ones left out."""
    values = (getattr(value, "dt", None) for value in listed(component, name))
    return [value for value in values if isinstance(value, date)]


def moment(value: date, zone: tzinfo) -> datetime:
    """A date or time as an instant in UTC; floating ones are in `zone`. Raises UnusableError."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    try:
        return (value.replace(tzinfo=zone) if value.tzinfo is None else value).astimezone(tz=UTC)
    except (OverflowError, ValueError) as error:
        raise UnusableError("time is out of range") from error


def local(component: Component, name: str) -> datetime | None:
    """The first time of a property in the zone in which it is written; None when it has none, or a date."""
    return next((value for value in dates(component, name) if isinstance(value, datetime)), None)


def unknown_zone(component: Component) -> bool:
    """Whether a time is in a zone that neither the file nor anybody else defines: it could be any instant."""
    return any(
        "TZID" in getattr(value, "params", {}) and any(_is_floating(each) for each in _points(value))
        for name in _TIMES
        for value in listed(component, name)
    )


def is_floating(component: Component) -> bool:
    """Whether a time names no zone at all."""
    return any(
        _is_floating(each)
        for name in ("DTSTART", "DTEND")
        for value in listed(component, name)
        for each in _points(value)
    )


def anchor(component: Component, zone: tzinfo) -> None:
    """Give floating times the zone they are meant in: those of one series are compared with each other."""
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        for value in listed(component, name):
            at = getattr(value, "dt", None)
            if isinstance(at, datetime) and at.tzinfo is None:
                value.dt = at.replace(tzinfo=zone)


def _points(value: Any) -> list[Any]:
    many = getattr(value, "dts", None)
    points = [each.dt for each in many] if many is not None else [getattr(value, "dt", None)]
    return [each[0] if isinstance(each, tuple) else each for each in points]


def _is_floating(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is None
