"""Reads calendars in iCalendar form (RFC 5545, RFC 5546). Recurring meetings are expanded: each instance is one event.

* A row is a component directly in the calendar, such as VEVENT or VTODO, but not VTIMEZONE. A VEVENT that cannot be
  used is rejected and the rest goes on, unless the whole file is unreadable.
* The native id of a single meeting is its UID. That of an instance is `UID@start as first scheduled`, so that it stays
  the same meeting when it is moved. A VEVENT without a UID gets a digest of its time and its people. A copy in the
  calendar of somebody who does not organise the meeting has an id of its own.
* The event time is the time of the change, but never later than the start of the meeting. Some exports stamp every
  meeting with the moment of the export, which would move the watermark of the log.
* Only the organiser may cancel or move a meeting (RFC 5546), so the organiser is who cancelled a cancelled one.
* Beside its instances a series gives one event that says of which it consists: what an earlier export told and this
  one no longer does is gone. An EXDATE does not say whether anybody cancelled the instance, so it is no cancellation.
* By METHOD, a reply is an answer of one person, a cancelled series ends ahead, and proposals change nothing.
* A meeting without ORGANIZER belongs to the owner of the calendar, else to its first attendee. A meeting that names
  nobody is skipped.
* A time in a zone that nobody defines is rejected. Times without a zone are in that of the calendar (X-WR-TIMEZONE),
  else in the one that is given.
* Titles, descriptions and locations are never read. Display names are looked at for programs alone, and categories for
  holidays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from icalendar.cal import Component

from shared.sources.calendar.ics_absences import absences, is_absence
from shared.sources.calendar.ics_answers import CHANGES_NOTHING, answers
from shared.sources.calendar.ics_events import MeetingTeller
from shared.sources.calendar.ics_parse import Entry, Problem, parsed, safe_name, uid_of
from shared.sources.calendar.ics_parts import anchor, dates, is_floating, listed, moment, unknown_zone
from shared.sources.calendar.ics_series import Instance, instances, is_recurring
from shared.sources.calendar.ics_versions import newest, version_of
from shared.sources.calendar.ics_work import Work
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source

_NOBODY: Final = "names nobody, and the owner of the calendar was not given"
_UNKNOWN_ZONE: Final = "in a time zone that neither the file nor the list of zones defines"
_UNKNOWN_OF_CALENDAR: Final = "without a time zone, and that of the calendar (X-WR-TIMEZONE) is unknown"


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield meetings by series, in the order in which the series first appear. Reads the whole file first."""
    options = _owned(options)
    series: dict[str, list[Entry]] = {}
    latest: datetime | None = None
    empty = True
    for found in parsed(lines):
        empty = False
        if isinstance(found, Problem):
            yield Rejection(found.line, found.reason, rows=found.rows)
            continue
        other = _no_meeting(found)
        if other is not None:
            yield other
            continue
        try:
            uid = uid_of(found.component)
            changed = version_of(found.component, options.zone).written
            if found.method == "REPLY":
                anchor(found.component, found.zone or options.zone)
                yield from answers(uid, found, options)
                continue
        except UnusableError as error:
            yield Rejection(found.line, str(error))
            continue
        latest = max(filter(None, (latest, changed)), default=None)
        series.setdefault(uid, []).append(found)
    if empty:
        yield Skipped(1, "the calendar is empty", rows=0)
    reading = _Reading(options, latest, Work())
    for uid, entries in series.items():
        yield from reading.series(uid, entries)


def _owned(options: Options) -> Options:
    """Exports of calendars are named by their mailbox, such as `ana@example.com.ics`."""
    mailbox = options.file_name.rpartition(".")[0]
    return replace(options, owner=mailbox) if not options.owner and "@" in mailbox else options


def _no_meeting(entry: Entry) -> Item | None:
    """What is made of a component that tells of no meeting; None of one that does."""
    if entry.name != "VEVENT":
        return Skipped(entry.line, f"{safe_name(entry.name)} is not a meeting")
    if reason := CHANGES_NOTHING.get(entry.method):
        return Skipped(entry.line, reason)
    if unknown_zone(entry.component):
        return Rejection(entry.line, _UNKNOWN_ZONE)
    if entry.unknown_zone and is_floating(entry.component):
        return Rejection(entry.line, _UNKNOWN_OF_CALENDAR)
    return None


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the meetings of one file. `latest` is its newest change."""

    options: Options
    latest: datetime | None
    work: Work

    def series(self, uid: str, entries: list[Entry]) -> Iterator[Item]:
        """What the components of one UID tell."""
        usable: list[Entry] = []
        for entry in entries:
            if is_absence(entry.component) and dates(entry.component, "DTSTART"):
                yield from self._absences(uid, entry)
                continue
            problem = _unusable(entry)
            if problem is None:
                anchor(entry.component, entry.zone or self.options.zone)
                usable.append(entry)
            else:
                yield problem
        if not usable:
            return
        usable, older = newest(usable, self.options.zone)
        yield from (Skipped(entry.line, "an earlier version of it is in the file as well") for entry in older)
        bare = [entry for entry in usable if _only_cancels(entry, usable)]
        usable = [entry for entry in usable if entry not in bare]
        try:
            teller = self._teller(uid, usable)
            for entry in bare:
                yield Accepted(teller.cancellation(entry))
            if usable:
                yield from self._meetings(teller, usable)
        except UnusableError as error:
            yield from (Rejection(entry.line, str(error)) for entry in usable or bare)

    def _absences(self, uid: str, entry: Entry) -> Iterator[Item]:
        try:
            until = self._until([entry])
        except UnusableError as error:
            yield Rejection(entry.line, str(error))
            return
        yield from absences(uid, entry, until=until, options=self.options, work=self.work)

    def _teller(self, uid: str, usable: list[Entry]) -> MeetingTeller:
        recurs = any(is_recurring(entry.component) or entry.method == "ADD" for entry in usable)
        return MeetingTeller(uid, master=_master(usable), recurs=recurs, options=self.options)

    def _meetings(self, teller: MeetingTeller, usable: list[Entry]) -> Iterator[Item]:
        until = self._until(usable)
        found, cut = instances(usable, until=until, options=self.options, work=self.work)
        yield from _events(teller, found)
        if cut:
            yield Skipped(usable[0].line, f"series cut after {self.options.instances_max} instances", rows=0)
        left = {instance.entry.line for instance in found}
        for entry in usable:
            if entry.line not in left:
                yield Skipped(entry.line, "every instance of it is replaced, excluded or too far ahead")
        yield from _consists_of(teller, usable, found, until=until, cut=cut)

    def _until(self, entries: list[Entry]) -> datetime:
        if self.options.horizon is not None:
            return self.options.horizon
        starts = [moment(start, self.options.zone) for entry in entries for start in dates(entry.component, "DTSTART")]
        if not starts:
            raise UnusableError("it does not say when it starts")
        try:
            return max([*starts, *filter(None, [self.latest])]) + timedelta(days=self.options.horizon_days)
        except OverflowError as error:
            raise UnusableError("time is out of range") from error


def _events(teller: MeetingTeller, found: list[Instance]) -> Iterator[Item]:
    counted: set[int] = set()
    for instance in found:
        rows = 0 if instance.entry.line in counted else 1
        counted.add(instance.entry.line)
        try:
            event = teller.meeting(instance)
            yield Accepted(event, rows=rows) if event else Skipped(instance.entry.line, _NOBODY, rows=rows)
        except UnusableError as error:
            yield Rejection(instance.entry.line, str(error), rows=rows)
        except ValueError:
            yield Rejection(instance.entry.line, "the meeting ends before it starts or is out of range", rows=rows)


def _consists_of(
    teller: MeetingTeller, usable: list[Entry], found: list[Instance], *, until: datetime, cut: bool
) -> Iterator[Item]:
    """The event that says of what a series consists, or which instances are told of alone."""
    master = next((entry for entry in usable if "RECURRENCE-ID" not in entry.component), None)
    told = master or usable[0]
    if not is_recurring(told.component) and told.method != "ADD":
        return
    try:
        event = teller.series(told, found, until=until, cut=cut)
    except (UnusableError, ValueError):
        return  # its instances were rejected for the same reason
    if event is not None:
        yield Accepted(event, rows=0)


def _unusable(entry: Entry) -> Skipped | Rejection | None:
    start = dates(entry.component, "DTSTART")
    if not start and entry.method == "CANCEL" and "UID" in entry.component:
        return None
    if len(start) != 1:
        return Rejection(entry.line, "the start is missing, unreadable or given twice")
    if not isinstance(start[0], datetime):
        return Skipped(entry.line, "an all-day entry")
    if entry.broken:
        return Rejection(entry.line, f"unreadable {', '.join(entry.broken)}")
    return None


def _master(usable: list[Entry]) -> Component | None:
    return next((entry.component for entry in usable if "RECURRENCE-ID" not in entry.component), None)


def _only_cancels(entry: Entry, usable: list[Entry]) -> bool:
    """Whether a message calls off what it does not describe: what that is, others have told or will tell."""
    component = entry.component
    if entry.method != "CANCEL" or "RRULE" in component or "RDATE" in component:
        return False
    others = any(each.method != "CANCEL" for each in usable)
    return others or not listed(component, "ATTENDEE") or not dates(component, "DTSTART")


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
