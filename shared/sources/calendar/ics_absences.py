"""Who is away, as calendars say it: entries shown as out of office, and lists of holidays."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from icalendar.cal import Component

from shared.sources.calendar.ics_events import NAME
from shared.sources.calendar.ics_parse import Entry
from shared.sources.calendar.ics_parts import dates, listed, moment, text_of
from shared.sources.calendar.ics_people import owner_identity, people_of
from shared.sources.calendar.ics_series import instances
from shared.sources.calendar.ics_versions import version_of
from shared.sources.calendar.ics_work import Work
from shared.sources.instants import in_range
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.working_times import absence_of

_BUSY: Final = ("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS")
_HOLIDAY: Final = "a public holiday; the table of people says who has which"
_NOBODY: Final = "an absence of nobody knows whom: the owner of the calendar was not given"
_DAY: Final = timedelta(days=1)


def is_absence(component: Component) -> bool:
    """Whether it says that somebody is away, or that nobody works. Somebody who invites others meets them."""
    return not listed(component, "ATTENDEE") and (_is_away(component) or _is_holiday(component))


def absences(uid: str, entry: Entry, *, until: datetime, options: Options, work: Work) -> Iterator[Item]:
    """When the owner of the calendar is away, as often as it repeats. One that was called off takes no time."""
    component, rows = entry.component, 1
    if not _is_away(component):
        yield Skipped(entry.line, _HOLIDAY)
        return
    try:
        whose = owner_identity(options.owner)
        if not whose and (people := people_of(component, owner="")) is not None:
            whose = people.organiser
        if not whose:
            yield Skipped(entry.line, _NOBODY)
            return
        revision = version_of(component, options.zone).rank()
        called_off = text_of(component, "STATUS") == "CANCELLED" or entry.method == "CANCEL"
        for begins, ends in _times(entry, until=until, options=options, work=work):
            native = f"{uid}@{begins:%Y%m%dT%H%M%SZ}"
            event = absence_of(
                whose, begins, begins if called_off else ends,
                native=native, source=options.source or NAME, revision=revision,
            )  # fmt: skip
            yield Accepted(event, rows=rows)
            rows = 0
    except UnusableError as error:
        yield Rejection(entry.line, str(error), rows=rows)
    except ValueError:
        yield Rejection(entry.line, "the absence ends before it starts or is out of range", rows=rows)
    else:
        if rows:
            yield Skipped(entry.line, "every instance of it is excluded or too far ahead")


def _times(entry: Entry, *, until: datetime, options: Options, work: Work) -> Iterator[tuple[datetime, datetime]]:
    zone = entry.zone or options.zone
    start = dates(entry.component, "DTSTART")[0]
    if isinstance(start, datetime) or "RRULE" in entry.component or "RDATE" in entry.component:
        found, _ = instances([entry], until=until, options=options, work=work)
        yield from ((in_range(each.start), in_range(each.end)) for each in found)
        return
    # Whole days are those of whoever has them.
    ends = next(iter(dates(entry.component, "DTEND")), None)
    last: date = ends if ends is not None and ends > start else start + _DAY
    yield in_range(moment(start, zone)), in_range(moment(last, zone))


def _is_away(component: Component) -> bool:
    return any(text_of(component, name) == "OOF" for name in _BUSY)


def _is_holiday(component: Component) -> bool:
    """Outlook files its list of holidays under a category of this name, which no person writes."""
    all_day = not any(isinstance(each, datetime) for each in dates(component, "DTSTART"))
    return all_day and any(_names_holidays(value) for value in listed(component, "CATEGORIES"))


def _names_holidays(value: Any) -> bool:
    return [str(each).strip().lower() for each in getattr(value, "cats", ())] == ["holiday"]
