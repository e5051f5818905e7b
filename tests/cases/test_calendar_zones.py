"""Time zones as calendars name them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shared.sources.calendar.zone_names import zone_named
from tests.cases.calendar_inputs import calendar, case, day, ics, meetings, the_meeting, vevent

SUMMER = datetime(2025, 7, 10, 9)  # noqa: DTZ001 - a time on the wall
UNKNOWN = "in a time zone that neither the file nor the list of zones defines"


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        ("Europe/Berlin", 7), ("europe/berlin", 7), ("W. Europe Standard Time", 7), ("w. europe standard time", 7),
        ("GMT Standard Time", 8), ("GMT Standard Time 1", 8), ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome", 7),
        ("(GMT+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien", 7), ("(UTC) Dublin, Edinburgh, London", 8),
        ("(UTC-05:00) Eastern Time (US & Canada)", 13), ("Pacific Time (US & Canada)", 16),
        ("(UTC+10:00) Canberra, Melbourne, Sydney", -1), ("(UTC) Coordinated Universal Time", 9), ("UTC", 9), ("Z", 9),
        ("tzone://Microsoft/Utc", 9), ("GMT+0200", 7), ("UTC+2", 7), ("+02:00", 7), ("GMT-5", 14), ("Etc/GMT+2", 11),
        ("/freeassociation.sourceforge.net/Europe/Berlin", 7),
    ],
)  # fmt: skip
def test_a_zone_is_known_by_its_names(name: str, hour: int) -> None:
    expected = datetime(2025, 7, 10, tzinfo=UTC) + timedelta(hours=hour)
    if not name.startswith("/"):
        zone = zone_named(name)
        assert zone is not None
        assert SUMMER.replace(tzinfo=zone) == expected
    times = f'DTSTART;TZID="{name}":20250710T090000\nDTEND;TZID="{name}":20250710T093000\n'
    assert the_meeting(calendar(vevent(times=times))).start == expected


@pytest.mark.parametrize(
    "name", ["Mars", "Customized Time Zone", "tzone://Microsoft/Custom", "GMT+0299", "UTC+25", "PST"]
)
@pytest.mark.parametrize("place", ["DTSTART", "DTEND", "EXDATE", "RECURRENCE-ID"])
def test_an_unknown_zone_is_rejected_wherever_it_stands(name: str, place: str) -> None:
    parts = {"DTSTART": "20250710T090000", "DTEND": "20250710T093000"} | {place: "20250710T090000"}
    times = "".join(f"{key};TZID={name if key == place else 'UTC'}:{value}\n" for key, value in parts.items())
    found = ics(calendar(vevent(times=times)))
    assert found.rejected == [(3, UNKNOWN)]
    assert not found.events


def test_a_zone_that_the_file_defines_is_known_by_any_name() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0330\n"
        "TZOFFSETTO:+0330\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    times = "DTSTART;TZID=Customized Time Zone:20250710T090000\nDURATION:PT30M\n"
    assert day(the_meeting(calendar(zone, vevent(times=times))).start) == "0710T0530"


def test_floating_times_are_in_the_zone_of_the_calendar_and_else_in_the_given_one() -> None:
    floating = vevent(times="DTSTART:20250710T090000\nDTEND:20250710T093000\n")
    new_york = ZoneInfo("America/New_York")
    of_calendar = calendar(floating, head="X-WR-TIMEZONE:Europe/Berlin\n")
    assert [day(each.start) for each in meetings(ics(of_calendar, zone=new_york))] == ["0710T0700"]
    assert [day(each.start) for each in meetings(ics(calendar(floating), zone=new_york))] == ["0710T1300"]
    in_words = calendar(floating, head="X-WR-TIMEZONE:W. Europe Standard Time\n")
    assert [day(each.start) for each in meetings(ics(in_words))] == ["0710T0700"]


def test_an_unknown_zone_of_the_calendar_matters_to_floating_times_alone() -> None:
    floating = vevent(uid="2", times="DTSTART:20250710T090000\nDTEND:20250710T093000\n")
    found = ics(calendar(vevent(), floating, head="X-WR-TIMEZONE:Mars\n"))
    assert len(meetings(found)) == 1
    assert [reason for _, reason in found.rejected] == [
        "without a time zone, and that of the calendar (X-WR-TIMEZONE) is unknown"
    ]


def test_an_instance_may_be_named_by_its_day() -> None:
    text = calendar(
        vevent("RRULE:FREQ=WEEKLY;COUNT=3\n", times="DTSTART;TZID=Europe/Berlin:20250701T090000\nDURATION:PT30M\n"),
        vevent(
            "RECURRENCE-ID;VALUE=DATE:20250708\n", times="DTSTART;TZID=Europe/Berlin:20250709T100000\nDURATION:PT30M\n"
        ),
    )
    found = meetings(ics(text))
    assert [day(each.start) for each in found] == ["0701T0700", "0709T0800", "0715T0700"]
    assert found[1].original_start == datetime(2025, 7, 8, 7, tzinfo=UTC)


def test_an_hour_that_does_not_exist_and_one_that_exists_twice() -> None:
    times = "DTSTART;TZID=Europe/Berlin:2025{0}T023000\nDTEND;TZID=Europe/Berlin:2025{0}T030000\n"
    for first in ("0323", "1019"):
        found = ics(calendar(vevent("RRULE:FREQ=WEEKLY;COUNT=3\n", times=times.format(first))))
        assert not found.rejected
        assert [each.end - each.start for each in meetings(found)] == [timedelta(minutes=30)] * 3


def test_shared_cases(data_directory: Path) -> None:
    found = ics(case(data_directory, "unknown_tzid.ics"))
    assert [day(each.start) for each in meetings(found)] == ["0710T0800", "0710T0700", "0710T0700"]
    gap = ics(case(data_directory, "dst_gap.ics"))
    assert [day(each.start) for each in meetings(gap)] == ["0323T0130", "0330T0130", "0406T0030"]
    assert not gap.rejected
    endless = ics(case(data_directory, "interval0.ics"))
    assert endless.rejected == [(2, "repeats at an interval of nothing")]
