"""Calendars as programs export them, and what of them is no meeting."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shared.schemas.calendar import Meeting
from shared.schemas.directory import AbsenceRecorded
from shared.sources.reader import Options
from shared.sources.recognition import Sample
from shared.sources.registry import recognise
from tests.cases.calendar_inputs import calendar, case, day, ics, meetings, vevent
from tests.unit.sources.reading import Found, read

HEADER = (
    '"Subject","Start Date","Start Time","End Date","End Time","All day event","Meeting Organizer",'
    '"Required Attendees","Optional Attendees","Private","Show time as"\n'
)
BERLIN = ZoneInfo("Europe/Berlin")


def row(
    *, date: str = "3/24/2026", who: str = "Ben Okafor;cy@x.test", all_day: str = "False", private: str = "False",
    shown: str = "2", organiser: str = "Ana Ruiz", optional: str = "", at: str = "2:00:00 PM", ends: str = "2:30:00 PM",
) -> str:  # fmt: skip
    return (
        f'"x","{date}","{at}","{date}","{ends}","{all_day}","{organiser}","{who}","{optional}","{private}","{shown}"\n'
    )


def table(*rows: str, zone: ZoneInfo = BERLIN, owner: str = "") -> Found:
    return read("outlook-calendar-csv", HEADER + "".join(rows), Options(zone=zone, owner=owner))


def test_a_table_of_outlook() -> None:
    (meeting,) = meetings(table(row(optional="Di Park")))
    assert meeting.start == datetime(2026, 3, 24, 13, tzinfo=UTC)
    assert meeting.end == datetime(2026, 3, 24, 13, 30, tzinfo=UTC)
    assert meeting.organiser == "mail:ana ruiz"
    assert {each.identity: each.optional for each in meeting.attendees} == {
        "mail:ben okafor": False, "mail:cy@x.test": False, "mail:di park": True,
    }  # fmt: skip


def test_names_and_addresses_in_a_table_of_outlook() -> None:
    (meeting,) = meetings(
        table(row(who="Okafor, Ben <Ben@X.test>;/o=acme/ou=x/cn=recipients/cn=eva;ana@x.test;fred@fireflies.ai",
                  organiser="ana@x.test"))
    )  # fmt: skip
    assert [each.identity for each in meeting.attendees] == [
        "mail:/o=acme/ou=x/cn=recipients/cn=eva", "mail:ben@x.test",
    ]  # fmt: skip


def test_the_same_row_has_the_same_id_each_time() -> None:
    assert table(row()).events == table(row()).events
    assert table(row()).events != table(row(who="Eva Lind")).events


def test_what_is_no_meeting_in_a_table_of_outlook() -> None:
    found = table(
        row(all_day="True"), row(who=""), row(who="", shown="4"), row(private="True"), row(ends="1:00:00 PM"),
        row(at="noon"),
    )  # fmt: skip
    assert [reason for _, reason in found.skipped] == [
        "an all-day entry", "names nobody but its organiser",
        "an absence of nobody knows whom: the owner of the calendar was not given",
    ]  # fmt: skip
    assert [line for line, _ in found.rejected] == [6, 7]
    assert [each.private for each in meetings(found)] == [True]
    assert found.rows == 6


def test_an_absence_in_a_table_of_outlook_is_its_owners() -> None:
    found = table(row(who="", shown="4"), owner="eva@x.test")
    assert [whose for whose, *_ in absences(found)] == ["mail:eva@x.test"]


def test_a_day_that_could_be_two_is_refused() -> None:
    assert [reason for _, reason in table(row(date="3/4/2026")).rejected] == [
        "the date could be day/month or month/day; say which with --date-order"
    ]
    assert not table(row(date="3/4/2026"), row()).rejected


def test_the_owner_organises_what_says_nobody() -> None:
    (meeting,) = meetings(table(row(organiser=""), owner="Eva@x.test"))
    assert (meeting.organiser, meeting.calendar) == ("mail:eva@x.test", "eva@x.test")


@pytest.mark.parametrize(
    "text",
    [
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF\n",
        "X-MICROSOFT-CDO-INTENDEDSTATUS:OOF\n",
    ],
)
def test_who_is_out_of_office_is_away_and_nothing_else_is_said(text: str) -> None:
    times = "DTSTART;VALUE=DATE:20250710\nDTEND;VALUE=DATE:20250712\n"
    found = ics(
        calendar(vevent(text, who="ORGANIZER:mailto:ana@x.test\n", times=times)), zone=ZoneInfo("Europe/Berlin")
    )
    assert absences(found) == [("mail:ana@x.test", "2025-07-09T22:00", "2025-07-11T22:00")]
    assert len(found.events) == 1
    assert not absences(ics(calendar(vevent(text, who="", times=times))))
    mailbox = ics(calendar(vevent(text, who="", times=times)), owner="eva@x.test")
    assert absences(mailbox) == [("mail:eva@x.test", "2025-07-10T00:00", "2025-07-12T00:00")]
    # Called off: it takes no time.
    off = ics(calendar(vevent(f"{text}STATUS:CANCELLED\n", who="", times=times)), owner="eva@x.test")
    assert absences(off) == [("mail:eva@x.test", "2025-07-10T00:00", "2025-07-10T00:00")]
    assert {event.entity for event in off.events} == {event.entity for event in mailbox.events}


def absences(found: Found) -> list[tuple[str | None, str, str]]:
    each = (event.data for event in found.events if isinstance(event, AbsenceRecorded))
    return [(one.identity, f"{one.valid_from:%Y-%m-%dT%H:%M}", f"{one.valid_to:%Y-%m-%dT%H:%M}") for one in each]


def test_an_absence_that_repeats_is_one_each_time() -> None:
    every_friday = "X-MICROSOFT-CDO-BUSYSTATUS:OOF\nRRULE:FREQ=WEEKLY;COUNT=3\n"
    found = ics(calendar(vevent(every_friday, who="ORGANIZER:mailto:ana@x.test\n")))
    assert len(absences(found)) == 3
    assert len({event.entity for event in found.events}) == 3
    assert found.rows == 1


def test_a_list_of_holidays_is_nobodys_absence() -> None:
    found = ics(
        calendar(vevent("CATEGORIES:Holiday\n", who="", times="DTSTART;VALUE=DATE:20250710\n")), owner="e@x.test"
    )
    assert found.skipped == [(3, "a public holiday; the table of people says who has which")]
    assert not found.events


def test_somebody_who_is_away_and_invites_others_meets_them() -> None:
    assert len(meetings(ics(calendar(vevent("X-MICROSOFT-CDO-BUSYSTATUS:OOF\n"))))) == 1


def test_an_export_is_in_the_calendar_that_its_file_is_named_after() -> None:
    """As Google Takeout names them."""
    found = read("ics", calendar(vevent(who="ATTENDEE:mailto:bo@x.test\n")), Options(file_name="Ana@x.test.ics"))
    (meeting,) = meetings(found)
    assert (meeting.organiser, meeting.calendar, meeting.holder) == ("mail:ana@x.test", "ana@x.test", "mail:ana@x.test")


def test_shared_exports(data_directory: Path) -> None:
    google = meetings(ics(case(data_directory, "exports/google.ics")))
    assert [day(each.start) for each in google] == ["0302T0900", "0309T0900", "0316T0900", "0323T0900"]
    exchange = meetings(ics(case(data_directory, "exports/outlook.ics")))
    assert [(day(each.start), each.organiser, len(each.attendees)) for each in exchange] == [
        ("0303T1300", "mail:bob.oneil@acme.example", 1)
    ]
    content = case(data_directory, "exports/outlook-cal.csv")
    assert recognise("calendar", Sample(content)).source.format == "outlook-calendar-csv"
    (outlook,) = read("outlook-calendar-csv", content, Options(zone=BERLIN)).events
    assert isinstance(outlook.data, Meeting)
    assert (day(outlook.data.start), outlook.data.organiser) == ("0303T1300", "mail:bob o'neil")
    assert [each.identity for each in outlook.data.attendees] == ["mail:carla sanchez"]
