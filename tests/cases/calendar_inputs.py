"""Calendars of cases, and what they add up to: each file read by itself, in any order."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from itertools import permutations
from pathlib import Path

import pytest

from services.calendar.handle import interaction
from services.signals.intake.meetings import facts_of, supersedes
from shared.domain.facts.told_meeting import ToldMeeting
from shared.schemas.calendar import CalendarEvent, Meeting
from shared.schemas.interaction import AnyInteraction
from shared.sources.reader import Options
from tests.names import ANY_NAMES
from tests.unit.sources.reading import Found, read

PEOPLE = "ORGANIZER:mailto:ana@x.test\nATTENDEE;PARTSTAT=ACCEPTED:mailto:bo@x.test\n"
TIMES = "DTSTART:20250710T090000Z\nDTEND:20250710T093000Z\n"
STAMP = "DTSTAMP:20250601T000000Z\n"


def calendar(*components: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{''.join(components)}END:VCALENDAR\n"


def vevent(text: str = "", *, uid: str = "1", who: str = PEOPLE, times: str = TIMES, stamp: str = STAMP) -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\n{who}{times}{stamp}{text}END:VEVENT\n"


def message(method: str, text: str = "", **parts: str) -> str:
    """A message of iTIP about one meeting."""
    return calendar(vevent(text, **parts), head=f"METHOD:{method}\n")


def ics(text: str | bytes, *, owner: str = "", zone: tzinfo | None = None) -> Found:
    return read("ics", text, Options(owner=owner) if zone is None else Options(owner=owner, zone=zone))


def meetings(found: Found) -> list[Meeting]:
    return [event.data for event in found.events if isinstance(event.data, Meeting)]


def the_meeting(text: str | bytes, *, owner: str = "") -> Meeting:
    (only,) = meetings(ics(text, owner=owner))
    return only


def records(found: Found) -> list[AnyInteraction]:
    return [interaction(event, ANY_NAMES) for event in found.events if isinstance(event, CalendarEvent)]


def told(*files: str | bytes | tuple[str | bytes, str]) -> list[ToldMeeting]:
    """What files add up to, in whatever order they come and however often. A file may come with its owner."""
    read_files = [records(ics(*each[:1], owner=each[1]) if isinstance(each, tuple) else ics(each)) for each in files]
    results = [_added_up(each for file in order for each in (*file, *file)) for order in permutations(read_files)]
    assert all(each == results[0] for each in results)
    return results[0]


def _added_up(log: Iterable[AnyInteraction]) -> list[ToldMeeting]:
    """As the store has it: of each entity the newest."""
    latest: dict[bytes, AnyInteraction] = {}
    for each in log:
        known = latest.get(each.entity.encode())
        if known is None or supersedes(each, known):
            latest[each.entity.encode()] = each
    return sorted(facts_of(latest).values(), key=lambda meeting: (meeting.start, meeting.organiser, repr(meeting)))


def held(found: Sequence[ToldMeeting]) -> list[str]:
    return [day(each.start) for each in found if not each.cancelled]


def cancelled(found: Sequence[ToldMeeting]) -> list[str]:
    return [day(each.start) for each in found if each.cancelled]


def day(at: datetime) -> str:
    return f"{at:%m%dT%H%M}"


def case(data_directory: Path, name: str) -> bytes:
    """A file that lies beside the data of the tests; skips where it does not."""
    path = data_directory.parent / "cases" / name
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    return path.read_bytes()
