"""Working time of whoever it is about: their zone, days, hours, holidays and absences."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.facts.asks import ask_ledger
from shared.domain.facts.history import NEVER_SEEN, Contact, Mark
from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER
from shared.domain.organisation.public_holidays import public_holidays
from shared.domain.organisation.work_calendar import (
    NOTHING_KNOWN,
    STANDARD,
    DatedSchedule,
    PairCalendars,
    WorkCalendar,
    WorkCalendars,
    WorkSchedule,
    calendar_of,
    check_time_zone,
)
from shared.domain.organisation.working_time import working_seconds
from shared.domain.signals.cadence import days_away, silence_probability
from shared.domain.week import DAY, HOUR, day_of

ZONES = ("UTC", "America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland", "Asia/Kolkata", "Asia/Kathmandu")


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def dated(schedule: WorkSchedule, since: int = SINCE_EVER, until: int = FOREVER) -> DatedSchedule:
    return DatedSchedule(
        since, until, schedule.time_zone, schedule.days, schedule.opens, schedule.closes, schedule.holidays
    )


@pytest.mark.parametrize("zone", ZONES)
def test_asked_at_nine_and_answered_at_four_is_seven_hours_everywhere(zone: str) -> None:
    calendar = WorkCalendar(WorkSchedule(zone))
    asked = Contact(at("2026-03-10T09:00", zone), "p", "l", "mail", 1, Mark(0))
    answered = Contact(at("2026-03-10T16:00", zone), "l", "p", "mail", 1, Mark.REPLY)
    (ask,) = ask_ledger([asked, answered], at("2026-03-20T00:00"), PairCalendars("l", calendar, NOTHING_KNOWN))
    assert ask.waiting_seconds == 7 * HOUR


def test_an_ask_waits_by_the_time_of_whoever_is_asked() -> None:
    auckland = WorkCalendar(WorkSchedule("Pacific/Auckland"))
    asked = Contact(at("2026-03-10T09:00", "Europe/Berlin"), "p", "l", "mail", 1, Mark(0))
    answered = Contact(at("2026-03-11T09:00", "Pacific/Auckland"), "l", "p", "mail", 1, Mark.REPLY)
    (ask,) = ask_ledger([asked, answered], at("2026-03-20T00:00"), PairCalendars("l", auckland, NOTHING_KNOWN))
    assert ask.waiting_seconds == HOUR  # it was evening there until eight in the morning


def test_the_clock_on_the_wall_counts_when_it_is_put_forward() -> None:
    # On 29 March 2026 Berlin puts its clocks forward: a working week has as many hours as any other.
    berlin = WorkSchedule("Europe/Berlin")
    assert berlin.seconds(at("2026-03-26T00:00"), at("2026-04-02T00:00")) == 5 * berlin.day_seconds
    assert berlin.seconds(at("2026-03-30T06:00"), at("2026-03-30T07:00")) == HOUR  # 08:00 in summer
    assert berlin.seconds(at("2026-03-27T06:00"), at("2026-03-27T07:00")) == 0  # 07:00 in winter


def test_a_night_shift_goes_over_midnight_and_over_the_year() -> None:
    nights = WorkSchedule("Europe/Berlin", opens=22 * HOUR, closes=30 * HOUR)
    assert nights.seconds(at("2026-12-31T21:00"), at("2027-01-01T06:00")) == 8 * HOUR
    assert nights.seconds(at("2026-12-31T23:00"), at("2027-01-01T00:00")) == HOUR


def test_holidays_of_a_part_of_a_country_are_off() -> None:
    berlin, bavaria = WorkSchedule(holidays="DE-BE"), WorkSchedule(holidays="de-by")
    epiphany = at("2026-01-06T00:00")
    assert bavaria.seconds(epiphany, epiphany + DAY) == 0
    assert berlin.seconds(epiphany, epiphany + DAY) == 10 * HOUR
    with pytest.raises(ValueError, match="not known"):
        public_holidays("Utopia", 2026)


def test_part_timers_do_not_wait_on_days_they_do_not_work() -> None:
    part_time = WorkSchedule(days=0b00111)  # Monday to Wednesday
    assert part_time.seconds(at("2026-03-11T17:00"), at("2026-03-16T09:00")) == 2 * HOUR


def test_absences_take_working_time_away_once() -> None:
    away = [(at("2026-03-10T00:00"), at("2026-03-12T00:00")), (at("2026-03-11T00:00"), at("2026-03-13T00:00"))]
    calendar = calendar_of((), away)
    assert calendar.seconds(at("2026-03-09T00:00"), at("2026-03-16T00:00")) == 2 * 10 * HOUR
    assert calendar.seconds(at("2026-03-10T12:00"), at("2026-03-13T09:00")) == HOUR


def test_of_schedules_that_overlap_the_later_one_counts() -> None:
    move = at("2026-03-11T00:00")
    calendar = calendar_of(
        [dated(WorkSchedule("Europe/Berlin")), dated(WorkSchedule("America/New_York"), move, move + 7 * DAY)], ()
    )
    assert [each[2].time_zone for each in calendar.pieces] == ["Europe/Berlin", "America/New_York", "Europe/Berlin"]
    assert calendar.schedule_at(move).time_zone == "America/New_York"
    assert calendar.schedule_at(move + 7 * DAY).time_zone == "Europe/Berlin"


@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(at("2025-10-01T00:00"), at("2026-11-30T00:00")),
    hours=st.tuples(st.integers(0, 24 * 12), st.integers(0, 24 * 12)),
    days=st.integers(1, 127),
    day=st.tuples(st.integers(0, 23), st.integers(1, 24)),
)
def test_it_equals_counting_quarters_of_an_hour(
    zone: str, start: int, hours: tuple[int, int], days: int, day: tuple[int, int]
) -> None:
    (length, split), (opens, shift) = hours, day
    quarter = HOUR // 4
    start -= start % quarter
    schedule = WorkSchedule(zone, days, opens * HOUR, (opens + shift) * HOUR)

    def works(instant: int) -> bool:
        # A shift is so long by the clock on the wall.
        for back in (0, 1):
            today = datetime.fromtimestamp(instant, tz=ZoneInfo(zone)).date().toordinal() - back
            midnight = datetime.fromordinal(today).replace(tzinfo=ZoneInfo(zone))
            if not days >> midnight.weekday() & 1:
                continue
            begins = midnight.replace(hour=opens).timestamp()
            closes = opens + shift
            later = datetime.fromordinal(today + closes // 24).replace(hour=closes % 24, tzinfo=ZoneInfo(zone))
            if begins <= instant < later.timestamp():
                return True
        return False

    counted = sum(quarter for index in range(length * 4) if works(start + index * quarter))
    end = start + length * HOUR
    calendar = calendar_of([dated(schedule, until=start + split * HOUR), dated(schedule, start + split * HOUR)], ())
    assert schedule.seconds(start, end) == counted
    assert calendar.seconds(start, end) == counted


@given(start=st.integers(0, 2 * 10**9), length=st.integers(0, 10**7))
def test_of_whom_nothing_is_known_it_is_the_standard_week(start: int, length: int) -> None:
    end = start + length
    assert NOTHING_KNOWN.seconds(start, end) == WorkCalendar().seconds(start, end) == working_seconds(start, end)
    assert calendar_of([dated(STANDARD)], ()).seconds(start, end) == working_seconds(start, end)


def test_a_pair_of_whom_nothing_is_known_shares_one_calendar() -> None:
    calendars = WorkCalendars(of_people={"a": calendar_of((), [(0, DAY)])})
    assert calendars.pair("b", "c").is_standard
    assert not calendars.pair("a", "b").is_standard
    assert not WorkCalendars(WorkSchedule("Europe/Berlin")).pair("b", "c").is_standard


def test_a_known_absence_is_no_silence() -> None:
    as_of = at("2026-03-27T18:00") - 1
    active = [day_of(at("2026-02-02T00:00")) + week * 7 + day for week in range(5) for day in range(5)]
    leave = calendar_of((), [(at("2026-03-09T00:00"), at("2026-03-30T00:00"))])
    silent = silence_probability(active, as_of, days_away(NEVER_SEEN, active, as_of))
    on_leave = PairCalendars("a", leave, NOTHING_KNOWN)
    assert silence_probability(active, as_of, days_away(NEVER_SEEN, active, as_of, on_leave)) == 1.0
    assert silent < 0.05


@pytest.mark.parametrize("zone", ["Etc/UTC", "Europe/Berlin", "America/New_York"])
def test_rhythm_is_the_same_where_days_of_work_are_days_of_utc(zone: str) -> None:
    as_of = at("2026-03-27T23:59")
    active = [day_of(at("2026-01-05T00:00")) + week * 7 + day for week in range(8) for day in (0, 2)]
    calendar = WorkCalendar(WorkSchedule(zone))
    known = PairCalendars("a", calendar, calendar)
    expected = silence_probability(active, as_of, days_away(NEVER_SEEN, active, as_of))
    found = silence_probability(active, as_of, days_away(NEVER_SEEN, active, as_of, known))
    assert found == pytest.approx(expected, rel=1e-9)


def test_names_of_zones_are_checked() -> None:
    check_time_zone("Europe/Berlin")
    for name in ("Berlin", "../../etc/passwd", "", "Europe", "Europe/Berlin\0"):
        with pytest.raises(ValueError, match="no time zone"):
            check_time_zone(name)
