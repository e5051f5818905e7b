"""Reads calendars that Outlook wrote as a table (CSV): one row a meeting, recurring ones once for each instance.

* Outlook writes names of people rather than addresses. A name without an address is an account of its own, which
  belongs to nobody until it is linked.
* A row has no id, so the same meeting has the same id only while its times and people stay as they are.
* What was called off is not in such a table, and nor is who declined.
* Subjects, places and descriptions are never read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.schemas.calendar import Attendee, Meeting, MeetingCreated
from shared.schemas.envelope import event_id
from shared.sources.calendar.addresses import address_identity, is_machine
from shared.sources.calendar.ics_people import ATTENDEES_MAX
from shared.sources.identities import digest, mail_identity, native_id
from shared.sources.instants import instant
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Match, Sample
from shared.sources.source import FREE_TEXT, Source
from shared.sources.table import Row, Table, date_order_of, rejected_all
from shared.sources.working_times import absence_of

NAME: Final = "calendar"
ALIASES: Final = {
    "start_date": ("startdate", "beginntam", "début", "datededébut"),
    "start_time": ("starttime", "beginntum", "heuredébut", "heurededébut"),
    "end_date": ("enddate", "endetam", "fin", "datedefin"),
    "end_time": ("endtime", "endetum", "heurefin", "heuredefin"),
    "all_day": ("alldayevent", "ganztägigesereignis", "journéeentière"),
    "organiser": ("meetingorganizer", "besprechungsplanung", "organisateurdelaréunion"),
    "required": ("requiredattendees", "erforderlicheteilnehmer", "participantsobligatoires"),
    "optional": ("optionalattendees", "optionaleteilnehmer", "participantsfacultatifs"),
    "private": ("private", "privat", "privé"),
    "shown_as": ("showtimeas", "zeitspannezeigenals", "afficherladisponibilité"),
}  # fmt: skip
_YES: Final = frozenset({"true", "yes", "1", "wahr", "ja", "vrai", "oui", "ein", "on"})
_OUT_OF_OFFICE: Final = frozenset({"4", "out of office", "abwesend", "außer haus", "absent(e) du bureau"})
_NOBODY: Final = "an absence of nobody knows whom: the owner of the calendar was not given"
_BETWEEN: Final = re.compile(r"\s*;\s*")
_ANGLE: Final = re.compile(r"<([^<>]+)>\s*$")
_SPACE: Final = re.compile(r"\s+")


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield meetings in file order. A row that cannot be used is rejected, and the rest goes on."""
    table = _table(lines, options.columns)
    if table.problem:
        yield table.rejected_whole()
        return
    rows = list(table)
    try:
        order = date_order_of(rows, ("start_date", "end_date"), options.date_order)
    except UnusableError as error:
        yield rejected_all(table.header_line, rows, str(error))
        return
    options = replace(options, date_order=order)
    for row in rows:
        if isinstance(row, Rejection):
            yield row
            continue
        try:
            yield _item(row, options)
        except UnusableError as error:
            yield Rejection(row.line, str(error))
        except ValueError:
            yield Rejection(row.line, "the meeting ends before it starts or is out of range")


def _table(lines: Iterable[bytes], columns: Mapping[str, str]) -> Table:
    table = Table(lines, aliases=ALIASES, columns=columns)
    table.require("start_date", "start_time", "end_date", "end_time")
    table.require("required", called="those who attend")
    return table


def _item(row: Row, options: Options) -> Item:
    if row["shown_as"].strip().lower() in _OUT_OF_OFFICE and not row["required"]:
        return _absence(row, options)
    if row["all_day"].strip().lower() in _YES:
        return Skipped(row.line, "an all-day entry")
    required, optional = _people(row["required"]), _people(row["optional"])
    owner = mail_identity(options.owner) if options.owner.strip() else ""
    organiser = next(iter(_people(row["organiser"])), "") or owner or next(iter(required), "")
    attendees = {each: Attendee(identity=each, optional=True) for each in optional}
    attendees |= {each: Attendee(identity=each) for each in required}
    attendees.pop(organiser, None)
    if not organiser or not attendees:
        return Skipped(row.line, "names nobody but its organiser")
    if len(attendees) > ATTENDEES_MAX:
        raise UnusableError(f"more than {ATTENDEES_MAX} attendees")
    start, end = _time(row, "start", options), _time(row, "end", options)
    source = options.source or NAME
    identity = digest(start.isoformat(), end.isoformat(), organiser, *sorted(attendees))
    return Accepted(
        MeetingCreated(
            id=event_id(source=source, kind="meeting", native_id=identity),
            source=source,
            time=start,
            data=Meeting(
                organiser=organiser,
                attendees=tuple(attendees[each] for each in sorted(attendees)),
                start=start,
                end=end,
                calendar=native_id(options.owner.strip().lower()) if options.owner.strip() else None,
                private=row["private"].strip().lower() in _YES,
            ),
        )
    )


def _absence(row: Row, options: Options) -> Item:
    if not options.owner.strip():
        return Skipped(row.line, _NOBODY)
    begins, ends = _time(row, "start", options), _time(row, "end", options)
    owner, source = mail_identity(options.owner), options.source or NAME
    native = f"{begins.isoformat()}{ends.isoformat()}"
    return Accepted(absence_of(owner, begins, ends, native=native, source=source, revision=0))


def _time(row: Row, which: str, options: Options) -> datetime:
    text = f"{row[f'{which}_date']} {row[f'{which}_time']}"
    return instant(text, zone=options.zone, date_order=options.date_order)


def _people(cell: str) -> list[str]:
    """Identities of a cell, in their order, without rooms and programs. Names are divided by semicolons."""
    found: list[str] = []
    for part in _BETWEEN.split(cell.strip()):
        angle = _ANGLE.search(part)
        name = _SPACE.sub(" ", part.strip().strip("'\"")).strip()
        identity = address_identity(angle.group(1) if angle else name) or (mail_identity(name) if name else "")
        if identity and identity not in found and not is_machine(identity, called=name):
            found.append(identity)
    return found


def recognise(sample: Sample) -> Match:
    """A table with columns for dates and times of a start and an end, and for those who attend."""
    return _table(sample.lines, sample.columns).match()


SOURCE: Final = Source(
    format="outlook-calendar-csv",
    kind="calendar",
    description="Meetings as a table that Outlook wrote: times, organiser and attendees; subjects are never read",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "columns", "zone", "date_order", "owner"}),
    example=(
        "Subject,Start Date,Start Time,End Date,End Time,All day event,Meeting Organizer,Required Attendees,Private\n"
        f"{FREE_TEXT},3/24/2024,9:00:00 AM,3/24/2024,9:30:00 AM,False,ana@example.com,ben@example.com,False\n"
    ),
)
