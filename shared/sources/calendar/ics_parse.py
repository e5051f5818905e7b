"""Takes an iCalendar file apart into components with their lines. A broken component does not spoil the others."""

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from icalendar.cal import Calendar, Component
from icalendar.prop import vBroken
from icalendar.timezone import tzp

from shared.sources.calendar.ics_parts import dates, listed, text_of, values_of
from shared.sources.calendar.ics_work import BoundedZones, ZoneError
from shared.sources.identities import digest

# What a meeting cannot be read without being right about; other broken properties do not matter.
_NEEDED: Final = (
    "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "ORGANIZER", "ATTENDEE", "UID",
)  # fmt: skip
_FOLD: Final = re.compile(rb"\r?\n[ \t]")
# Parameters that hold addresses must be quoted, and some writers do not: the line would end at the first colon.
_UNQUOTED: Final = re.compile(
    rb"(?im)^((?:ATTENDEE|ORGANIZER)[^\r\n]*?;(?:SENT-BY|DELEGATED-TO|DELEGATED-FROM|MEMBER|DIR)=)(mailto:[^\";:,\r\n]+)"
)
_UNQUOTED_MAX: Final = 8  # in one line
# Names of zones hold colons and commas too: `tzone://Microsoft/Utc`, `(UTC+01:00) Amsterdam, Berlin`.
_UNQUOTED_ZONE: Final = re.compile(
    rb"(?im)^((?:DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)[^:\r\n]*?;TZID=)([^\";:,\r\n]*[:,][^\";\r\n]*?)(:\d{8}[^\r\n]*)$"
)
_BOM: Final = b"\xef\xbb\xbf"
# A calendar is read as a whole and takes some ten times its size in memory; twenty years of a person take 10 MB.
_BYTES_MAX: Final = 128 << 20
# A meeting holds alarms, and these hold nothing.
_DEPTH_MAX: Final = 10
# What is read a second time, component by component with the zones before each, to find the broken ones.
# Of a calendar that writes its zones once it is some ten times the file.
_AGAIN_BYTES: Final = 4 << 20
_AGAIN_TIMES: Final = 16
_WILD_ZONE: Final = "a time zone of the calendar has rules that no time zone has"


@dataclass(frozen=True, slots=True)
class Entry:
    """A component, the line it begins on, and the METHOD of its calendar and the zone that this names for all of it."""

    line: int
    component: Component
    method: str = ""
    broken: tuple[str, ...] = ()
    zone: tzinfo | None = None
    unknown_zone: bool = False

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
    deep: bool


def parsed(lines: Iterable[bytes]) -> Iterator[Entry | Problem]:
    """The components of a file in file order, without VTIMEZONE. Never raises because of the input."""
    # Time zones that one file defines must not be known to the next one.
    tzp.use(BoundedZones())
    data = _whole(lines)
    if data is None:
        yield Problem(1, f"larger than {_BYTES_MAX >> 20} MB")
        return
    blocks = list(_blocks(data))
    try:
        calendars = None if any(block.deep for block in blocks) else _calendars(data)
    except ZoneError:
        yield from (Problem(block.line, _WILD_ZONE) for block in blocks)
        return
    found = [entry for calendar in calendars or () for entry in _entries(calendar)]
    if calendars is not None and len(found) == len(blocks):
        for entry, block in zip(found, blocks, strict=True):
            yield replace(entry, line=block.line)
        return
    if not blocks:
        yield Problem(1, "nothing in it can be read as iCalendar")
    yield from _one_by_one(blocks)


def _whole(lines: Iterable[bytes]) -> bytes | None:
    """All of the file, or None when it is too large."""
    data = bytearray()
    for line in lines:
        data += line
        if len(data) > _BYTES_MAX:
            return None
    return bytes(data).removeprefix(_BOM)


def _one_by_one(blocks: Sequence[_Block]) -> Iterator[Entry | Problem]:
    """Each alone, with the time zones: so the broken ones are found and the others kept."""
    left = max(_AGAIN_BYTES, _AGAIN_TIMES * sum(len(block.text) for block in blocks))
    for block in blocks:
        left -= sum(map(len, block.header)) + len(block.text)
        if block.deep:
            yield Problem(block.line, f"nested deeper than {_DEPTH_MAX}")
        elif left < 0:
            yield Problem(block.line, "the calendar is broken, and too large to find out where")
        else:
            yield _alone_or_problem(block)


def _alone_or_problem(block: _Block) -> Entry | Problem:
    try:
        alone = _calendars(_alone(block.header, block.text))
    except ZoneError:
        return Problem(block.line, _WILD_ZONE)
    if alone is None:
        # It may be the header or a time zone that is broken.
        alone = _calendars(_alone([], block.text))
    entries = [entry for calendar in alone or () for entry in _entries(calendar)]
    if len(entries) == 1:
        return replace(entries[0], line=block.line)
    return Problem(block.line, f"unreadable {block.name}")


def _alone(header: list[bytes], text: bytes) -> bytes:
    begun = bool(header) and header[0].strip().upper() == b"BEGIN:VCALENDAR"
    before = b"".join(header if begun else [b"BEGIN:VCALENDAR\r\n", *header])
    return before + text.rstrip() + b"\r\nEND:VCALENDAR\r\n"


def _calendars(data: bytes) -> Sequence[Component] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # guesses at time zones are fine
        try:
            return Calendar.from_ical(_unfolded(data), multiple=True)
        except ZoneError:
            raise
        except Exception:  # noqa: BLE001 - the library raises whatever the input makes it stumble over
            return None


def _unfolded(data: bytes) -> bytes:
    """Long lines put together as bytes, since a fold may fall inside a character; then UTF-8 or else Latin-1.

    Bytes in any case: given a text of one line the library would take it for a path.
    """
    data = _quoted(_FOLD.sub(b"", data))
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()
    return data


def _quoted(data: bytes) -> bytes:
    """Addresses and names of zones in parameters put in quotes."""
    data = _UNQUOTED_ZONE.sub(rb'\1"\2"\3', data)
    if b"=mailto:" not in data.lower():
        return data
    for _ in range(_UNQUOTED_MAX):
        data, count = _UNQUOTED.subn(rb'\1"\2"', data)
        if not count:
            break
    return data


def _entries(top: Component) -> Iterator[Entry]:
    if str(top.name).upper() != "VCALENDAR":
        if str(top.name).upper() != "VTIMEZONE":
            yield Entry(0, top, broken=_broken(top))
        return
    method = text_of(top, "METHOD")
    named = next((str(each) for each in listed(top, "X-WR-TIMEZONE")), "").strip()
    zone = tzp.timezone(named) if named else None
    for component in top.subcomponents:
        if str(component.name).upper() != "VTIMEZONE":
            yield Entry(0, component, method, _broken(component), zone, bool(named) and zone is None)


def _broken(component: Component) -> tuple[str, ...]:
    named = {str(name).upper() for name, _ in component.errors if name}
    named |= {name for name in _NEEDED if any(isinstance(value, vBroken) for value in values_of(component, name))}
    return tuple(name for name in _NEEDED if name in named)


def _blocks(data: bytes) -> Iterator[_Block]:
    """Components directly in a calendar, or at the top of a file without one, by BEGIN and END alone."""
    header: list[bytes] = []
    block: list[bytes] = []
    depth, begin, name = 0, 0, ""
    inside = deep = False
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        key, _, value = line.strip().upper().partition(b":")
        word = value.strip().decode("ascii", "replace")
        if depth == 0 and key in {b"BEGIN", b"END"} and word == "VCALENDAR":
            inside = key == b"BEGIN"
            header = [line] if inside else []
        elif key == b"BEGIN":
            if depth == 0:
                begin, name, block, deep = number, word, [], False
            depth += 1
            deep |= depth > _DEPTH_MAX
            block.append(line)
        elif depth:
            block.append(line)
            depth -= key == b"END"
            if depth == 0 and name == "VTIMEZONE":
                header += block
            elif depth == 0:
                yield _Block(begin, safe_name(name), b"".join(block), header, deep)
        elif inside:
            header.append(line)
    if depth and name != "VTIMEZONE":
        yield _Block(begin, safe_name(name), b"".join(block), header, deep)


def safe_name(name: str) -> str:
    """The name if a standard defines it, else `component`: anything else might be content."""
    known = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM", "VAVAILABILITY", "VPOLL"}
    return name if name in known else "component"


def uid_of(component: Component) -> str:
    """UID of a component, or a digest of when and with whom it is when it has none."""
    uid = next((str(value).strip() for value in listed(component, "UID") if isinstance(value, str)), "")
    if uid:
        return uid
    who = sorted(str(value) for name in ("ORGANIZER", "ATTENDEE") for value in listed(component, name))
    return digest("no uid", *(value.isoformat() for value in dates(component, "DTSTART")), *who)
