"""Reads calendars in iCalendar form (RFC 5545). Recurring meetings are expanded: each instance is one event.

* A row is a component directly in the calendar, such as VEVENT or VTODO, but not VTIMEZONE. A VEVENT that cannot be
  used is rejected and the rest goes on, unless the whole file is unreadable.
* The native id of a single meeting is its UID. That of an instance is `UID@start as first scheduled`, so that it stays
  the same meeting when it is moved. A VEVENT without a UID gets a digest of its time and its people.
* The event time is the time of the change, but never later than the start of the meeting. Some exports stamp every
  meeting with the moment of the export, which would move the watermark of the log.
* Only the organiser may cancel or move a meeting (RFC 5546), so the organiser is who cancelled a cancelled one.
* An EXDATE takes an instance out of the series. It does not say whether anybody cancelled it, so nothing is sent.
* A meeting without ORGANIZER belongs to the owner of the calendar, else to its first attendee. A meeting that names
  nobody is skipped.
* Titles, descriptions, locations and categories are never read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from icalendar.cal import Component

from shared.schemas.calendar import CalendarEvent, Meeting, MeetingCancelled, MeetingCreated, MeetingUpdated
from shared.schemas.envelope import EARLIEST_SECONDS, event_id
from shared.sources.calendar.ics_parse import Entry, Problem, parsed, safe_name, uid_of
from shared.sources.calendar.ics_parts import dates, moment, text_of
from shared.sources.calendar.ics_people import attendees_of, organiser_of
from shared.sources.calendar.ics_series import Instance, instances, is_recurring
from shared.sources.calendar.ics_work import Work
from shared.sources.identities import native_id
from shared.sources.instants import in_range
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source

NAME: Final = "calendar"
_SEQUENCE_MAX: Final = 2**19
# 2^33 seconds from 1980 reach past 2199; with the sequence above them a revision stays below 2^53.
_REVISION_SHIFT: Final = 33
_NOBODY: Final = "names nobody, and the owner of the calendar was not given"
_PRIVATE: Final = frozenset({"PRIVATE", "CONFIDENTIAL"})


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield meetings by series, in the order in which the series first appear. Reads the whole file first."""
    options = _owned(options)
    series: dict[str, list[Entry]] = {}
    newest: datetime | None = None
    empty = True
    for found in parsed(lines):
        empty = False
        if isinstance(found, Problem):
            yield Rejection(found.line, found.reason, rows=found.rows)
        elif found.name != "VEVENT":
            yield Skipped(found.line, f"{safe_name(found.name)} is not a meeting")
        else:
            try:
                uid = uid_of(found.component)
                changed = _changed(found.component, options)
            except UnusableError as error:
                yield Rejection(found.line, str(error))
                continue
            newest = max(filter(None, (newest, changed)), default=None)
            series.setdefault(uid, []).append(found)
    if empty:
        yield Skipped(1, "the calendar is empty", rows=0)
    work = Work()
    for uid, entries in series.items():
        yield from _series(uid, entries, newest=newest, options=options, work=work)


def _owned(options: Options) -> Options:
    """Exports of calendars are named by their mailbox, such as `ana@example.com.ics`."""
    mailbox = options.file_name.rpartition(".")[0]
    return replace(options, owner=mailbox) if not options.owner and "@" in mailbox else options


def _series(uid: str, entries: list[Entry], *, newest: datetime | None, options: Options, work: Work) -> Iterator[Item]:
    usable: list[Entry] = []
    for entry in entries:
        problem = _unusable(entry)
        if isinstance(problem, str):
            usable.append(entry)
        else:
            yield problem
    if not usable:
        return
    recurs = any(is_recurring(entry.component) for entry in usable)
    try:
        found, cut = instances(usable, until=_until(usable, newest, options), options=options, work=work)
    except UnusableError as error:
        yield from (Rejection(entry.line, str(error)) for entry in usable)
        return
    yield from _events(uid, found, recurs=recurs, options=options)
    if cut:
        yield Skipped(usable[0].line, f"series cut after {options.instances_max} instances", rows=0)
    left = {instance.entry.line for instance in found}
    for entry in usable:
        if entry.line not in left:
            yield Skipped(entry.line, "every instance of it is replaced, excluded or too far ahead")


def _events(uid: str, found: list[Instance], *, recurs: bool, options: Options) -> Iterator[Item]:
    counted: set[int] = set()
    for instance in found:
        rows = 0 if instance.entry.line in counted else 1
        counted.add(instance.entry.line)
        try:
            event = _event(uid, instance, recurs=recurs, options=options)
            yield Accepted(event, rows=rows) if event else Skipped(instance.entry.line, _NOBODY, rows=rows)
        except UnusableError as error:
            yield Rejection(instance.entry.line, str(error), rows=rows)
        except ValueError:
            yield Rejection(instance.entry.line, "the meeting ends before it starts or is out of range", rows=rows)


def _unusable(entry: Entry) -> Skipped | Rejection | str:
    start = dates(entry.component, "DTSTART")
    if len(start) != 1:
        return Rejection(entry.line, "the start is missing, unreadable or given twice")
    if not isinstance(start[0], datetime):
        return Skipped(entry.line, "an all-day entry")
    if entry.broken:
        return Rejection(entry.line, f"unreadable {', '.join(entry.broken)}")
    return ""


def _until(entries: list[Entry], newest: datetime | None, options: Options) -> datetime:
    if options.horizon is not None:
        return options.horizon
    starts = [moment(start, options.zone) for entry in entries for start in dates(entry.component, "DTSTART")]
    try:
        return max([*starts, *([newest] if newest else [])]) + timedelta(days=options.horizon_days)
    except OverflowError as error:
        raise UnusableError("time is out of range") from error


def _event(uid: str, instance: Instance, *, recurs: bool, options: Options) -> CalendarEvent | None:
    component = instance.entry.component
    start = in_range(instance.start)
    attendees = attendees_of(component)
    organiser = organiser_of(component, attendees=attendees, owner=options.owner)
    if not organiser:
        return None
    cancelled = text_of(component, "STATUS") == "CANCELLED" or instance.entry.method == "CANCEL"
    moved = instance.original_start != start
    sequence = max(instance.sequence, 0)
    changed = _changed(component, options)
    native = native_id(uid)
    if recurs:
        native += f"@{instance.original_start:%Y%m%dT%H%M%SZ}"
    source = options.source or NAME
    revision = _revision(sequence, changed)
    event = MeetingCancelled if cancelled else MeetingUpdated if moved or sequence else MeetingCreated
    return event(
        id=event_id(source=source, kind="meeting", native_id=native, revision=revision),
        source=source,
        time=min(changed, start) if changed is not None else start,
        revision=revision,
        data=Meeting(
            organiser=organiser,
            attendees=tuple(attendee for attendee in attendees if attendee.identity != organiser),
            start=start,
            end=in_range(instance.end),
            original_start=in_range(instance.original_start) if moved else None,
            series=native_id(uid) if recurs else None,
            calendar=native_id(options.owner.strip().lower()) if options.owner.strip() else None,
            private=text_of(component, "CLASS") in _PRIVATE,
            changed_by=organiser if cancelled else None,
        ),
    )


def _changed(component: Component, options: Options) -> datetime | None:
    """When the component was last changed; None when it does not say so, or the wire cannot carry the time."""
    for name in ("LAST-MODIFIED", "DTSTAMP", "CREATED"):
        for value in dates(component, name):
            try:
                return in_range(moment(value, options.zone))
            except UnusableError:
                continue
    return None


def _revision(sequence: int, changed: datetime | None) -> int:
    """SEQUENCE first, then the time of the change, in one number below 2^53."""
    seconds = int(changed.timestamp()) - EARLIEST_SECONDS if changed is not None else 0
    return (min(sequence, _SEQUENCE_MAX) << _REVISION_SHIFT) + seconds


def recognise(sample: Sample) -> Match:
    """Certain when there is a calendar or a meeting in it, possible when only the name of the file says so."""
    head = sample.head.upper()
    if b"BEGIN:VCALENDAR" in head or b"BEGIN:VEVENT" in head:
        return Match(Certainty.CERTAIN, "it has a calendar in it")
    if sample.name.lower().endswith((".ics", ".ical", ".ifb")):
        return Match(Certainty.POSSIBLE, "its name is that of a calendar")
    return Match(Certainty.NO, "no calendar in it")


SOURCE: Final = Source(
    format="ics",
    kind="calendar",
    description="Meetings in an iCalendar file (.ics); recurring ones are expanded",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "zone", "owner", "file_name", "horizon", "horizon_days", "instances_max"}),
    example=(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20240301T120000Z\n"
        "DTSTART:20240304T090000Z\nDTEND:20240304T093000Z\nRRULE:FREQ=WEEKLY;COUNT=3\n"
        f"SUMMARY:{FREE_TEXT}\nORGANIZER:mailto:ana@example.com\nATTENDEE:mailto:ben@example.com\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    ),
)
