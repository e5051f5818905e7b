"""When somebody works, as HR systems write it: time zones, days, hours, holidays and leaves."""

from datetime import UTC, datetime

import pytest

from shared.schemas.directory import AbsenceRecorded, Schedule, ScheduleRecorded
from shared.sources.people.working_time import days_in, minutes_in
from tests.cases.inputs import noticed, people, people_of
from tests.unit.sources.reading import Found


def schedules(found: Found) -> list[Schedule]:
    return [event.data for event in found.events if isinstance(event, ScheduleRecorded)]


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


def test_a_row_says_when_somebody_works() -> None:
    (schedule,) = schedules(
        people(
            "id;email;Zeitzone;Arbeitstage;Arbeitszeit;Feiertagskalender\n"
            "1;a@x.test;Europe/Berlin;Mo-Do;08:30 - 17:00 Uhr;DE-BY\n"
        )
    )
    assert schedule == Schedule(
        person="1", time_zone="Europe/Berlin", working_days=(1, 2, 3, 4), opens_minutes=510, closes_minutes=1020,
        holidays="DE-BY",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("America/Los_Angeles", "America/Los_Angeles"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("GMT+0200", "Etc/GMT-2"),
        ("UTC", "UTC"),
    ],
)
def test_zones_are_known_by_their_names_in_use(words: str, zone: str) -> None:
    (schedule,) = schedules(people(f'id,email,Time Zone\n1,a@x.test,"{words}"\n'))
    same = {zone, "Europe/Amsterdam"} if zone == "Europe/Berlin" else {zone}
    assert schedule.time_zone in same


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("Mon-Fri", (1, 2, 3, 4, 5)),
        ("Monday to Thursday", (1, 2, 3, 4)),
        ("Mo, Di, Do", (1, 2, 4)),
        ("lun-ven", (1, 2, 3, 4, 5)),
        ("1,2,3", (1, 2, 3)),
        ("Sun \u2013 Thu", (1, 2, 3, 4, 7)),
        ("пн-пт", (1, 2, 3, 4, 5)),
        ("周一至周五", (1, 2, 3, 4, 5)),
        ("full time", None),
        ("", None),
        ("8", None),
    ],
)
def test_working_days(words: str, days: tuple[int, ...] | None) -> None:
    assert days_in(words) == days


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("09:00-17:30", (540, 1050)),
        ("9-17", (540, 1020)),
        ("9am to 5pm", (540, 1020)),
        ("8h30 à 16h", (510, 960)),
        ("12 am - 8:30 am", (0, 510)),
        ("22:00\u201306:00", (1320, 1800)),
        ("00:00-24:00", (0, 1440)),
        ("40", None),
        ("25:00-26:00", None),
        ("flexible", None),
    ],
)
def test_working_hours(words: str, minutes: tuple[int, int] | None) -> None:
    assert minutes_in(words) == minutes


def test_what_is_not_understood_is_said_and_the_rest_counts() -> None:
    found = people("id,email,Time Zone,Working Hours\n1,a@x.test,Middle Earth,9-17\n2,b@x.test,,40\n")
    (schedule,) = schedules(found)
    assert (schedule.person, schedule.time_zone, schedule.opens_minutes) == ("1", None, 540)
    said = list(noticed(found))
    assert "words for a time zone were not understood and left out" in said
    assert "working hours were not understood and left out" in said


def test_a_leave_is_an_absence_from_its_first_to_its_last_day() -> None:
    found = people(
        "id,email,Status,Leave Start Date,Last Day of Leave,Return Date\n"
        "1,a@x.test,On Leave,2026-10-05,2026-12-18,\n"
        "2,b@x.test,On Leave,2026-10-05,,2026-12-21\n"
        "3,c@x.test,On Leave,2026-10-05,,\n"
        "4,d@x.test,Active,2026-10-05,2026-10-01,\n"
    )
    absences = [event.data for event in found.events if isinstance(event, AbsenceRecorded)]
    assert [(each.person, each.valid_from, each.valid_to) for each in absences] == [
        ("1", day(2026, 10, 5), day(2026, 12, 19)),
        ("2", day(2026, 10, 5), day(2026, 12, 21)),
    ]
    assert all(people_of(found).values())
    said = list(noticed(found))
    assert "a leave without its first or last day was left out" in said
    assert "a leave that ends before it begins was left out" in said
    assert "the person is on leave, and the row does not say from when to when" in said


def test_a_table_without_such_columns_says_nothing() -> None:
    found = people("id,email\n1,a@x.test\n")
    assert not schedules(found)
