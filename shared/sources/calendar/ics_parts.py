"""Reads the properties of one component of a calendar."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from icalendar.cal import Component
from icalendar.prop import vBroken

from shared.sources.reader import UnusableError


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
