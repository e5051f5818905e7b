"""Takes an iCalendar file apart into components with their lines. A broken component does not spoil the others."""

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, Final

from icalendar.cal import Calendar, Component
from icalendar.prop import vBroken
from icalendar.timezone import tzp

from shared.sources.identities import digest
from shared.sources.reader import UnusableError

# What a meeting cannot be read without being right about; other broken properties do not matter.
_NEEDED: Final = (
    "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "ORGANIZER", "ATTENDEE", "UID",
)  # fmt: skip
_FOLD: Final = re.compile(rb"\r?\n[ \t]")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Entry:
    """A component, the line it begins on and the METHOD of its calendar."""

    line: int
    component: Component
    method: str = ""
    broken: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the component, in upper case."""
        return str(self.component.name).upper()


@dataclass(frozen=True, slots=True)
class Problem:
    """Rows that cannot be parsed."""

    line: int
    reason: str
    rows: int = 1


@dataclass(frozen=True, slots=True)
class _Block:
    """The text of a component directly in a calendar, and the header and time zones of its calendar."""

    line: int
    name: str
    text: bytes
    header: list[bytes]


def parsed(lines: Iterable[bytes]) -> Iterator[Entry | Problem]:
    """The components of a file in file order, without VTIMEZONE. Never raises because of the input."""
    # Time zones that one file defines must not be known to the next one.
    tzp.use_default()
    data = b"".join(lines).removeprefix(_BOM)
    blocks = list(_blocks(data))
    calendars = _calendars(data)
    found = [entry for calendar in calendars or () for entry in _entries(calendar)]
    if calendars is not None and len(found) == len(blocks):
        for entry, block in zip(found, blocks, strict=True):
            yield Entry(block.line, entry.component, entry.method, entry.broken)
        return
    if not blocks:
        yield Problem(1, "nothing in it can be read as iCalendar")
    for block in blocks:
        # Each alone, with the time zones: so the broken ones are found and the others kept.
        alone = _calendars(_alone(block.header, block.text))
        if alone is None:
            # It may be the header or a time zone that is broken.
            alone = _calendars(_alone([], block.text))
        entries = [entry for calendar in alone or () for entry in _entries(calendar)]
        if len(entries) == 1:
            yield Entry(block.line, entries[0].component, entries[0].method, entries[0].broken)
        else:
            yield Problem(block.line, f"unreadable {block.name}")


def _alone(header: list[bytes], text: bytes) -> bytes:
    begun = bool(header) and header[0].strip().upper() == b"BEGIN:VCALENDAR"
    before = b"".join(header if begun else [b"BEGIN:VCALENDAR\r\n", *header])
    return before + text.rstrip() + b"\r\nEND:VCALENDAR\r\n"


def _calendars(data: bytes) -> Sequence[Component] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # guesses at time zones are fine
        try:
            return Calendar.from_ical(_unfolded(data), multiple=True)
        except Exception:  # noqa: BLE001 - the library raises whatever the input makes it stumble over
            return None


def _unfolded(data: bytes) -> bytes:
    """Long lines put together as bytes, since a fold may fall inside a character; then UTF-8 or else Latin-1.

    Bytes in any case: given a text of one line the library would take it for a path.
    """
    data = _FOLD.sub(b"", data)
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()
    return data


def _entries(top: Component) -> Iterator[Entry]:
    if str(top.name).upper() != "VCALENDAR":
        if str(top.name).upper() != "VTIMEZONE":
            yield Entry(0, top, broken=_broken(top))
        return
    method = text_of(top, "METHOD")
    for component in top.subcomponents:
        if str(component.name).upper() != "VTIMEZONE":
            yield Entry(0, component, method, _broken(component))


def _broken(component: Component) -> tuple[str, ...]:
    named = {str(name).upper() for name, _ in component.errors if name}
    named |= {name for name in _NEEDED if any(isinstance(value, vBroken) for value in _values(component, name))}
    return tuple(name for name in _NEEDED if name in named)


def _blocks(data: bytes) -> Iterator[_Block]:
    """Components directly in a calendar, or at the top of a file without one, by BEGIN and END alone."""
    header: list[bytes] = []
    block: list[bytes] = []
    depth, begin, name = 0, 0, ""
    inside = False
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        key, _, value = line.strip().upper().partition(b":")
        word = value.strip().decode("ascii", "replace")
        if depth == 0 and key in {b"BEGIN", b"END"} and word == "VCALENDAR":
            inside = key == b"BEGIN"
            header = [line] if inside else []
        elif key == b"BEGIN":
            if depth == 0:
                begin, name, block = number, word, []
            depth += 1
            block.append(line)
        elif depth:
            block.append(line)
            depth -= key == b"END"
            if depth == 0 and name == "VTIMEZONE":
                header += block
            elif depth == 0:
                yield _Block(begin, safe_name(name), b"".join(block), header)
        elif inside:
            header.append(line)
    if depth and name != "VTIMEZONE":
        yield _Block(begin, safe_name(name), b"".join(block), header)


def safe_name(name: str) -> str:
    """The name if a standard defines it, else `component`: anything else might be content."""
    known = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM", "VAVAILABILITY", "VPOLL"}
    return name if name in known else "component"


def listed(component: Component, name: str) -> list[Any]:
    """Readable values of a property, in the order of the file."""
    return [value for value in _values(component, name) if not isinstance(value, vBroken)]


def _values(component: Component, name: str) -> list[Any]:
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


def uid_of(component: Component) -> str:
    """UID of a component, or a digest of when and with whom it is when it has none."""
    uid = next((str(value).strip() for value in listed(component, "UID") if isinstance(value, str)), "")
    if uid:
        return uid
    who = sorted(str(value) for name in ("ORGANIZER", "ATTENDEE") for value in listed(component, name))
    return digest("no uid", *(value.isoformat() for value in dates(component, "DTSTART")), *who)
