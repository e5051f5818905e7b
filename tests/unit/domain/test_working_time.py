from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.organisation.working_time import WorkingHours, working_seconds
from shared.domain.week import DAY, HOUR


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2024-06-24T09:00", "2024-06-24T10:30", 1.5),  # within a Monday
        ("2024-06-24T07:00", "2024-06-24T09:00", 1),  # from before opening
        ("2024-06-24T17:00", "2024-06-24T23:00", 1),  # until after closing
        ("2024-06-24T17:00", "2024-06-25T09:00", 2),  # over night
        ("2024-06-28T17:00", "2024-07-01T09:00", 2),  # Friday to Monday
        ("2024-06-29T00:00", "2024-06-30T23:59", 0),  # a weekend
        ("2024-06-29T12:00", "2024-07-01T08:30", 0.5),  # Saturday to Monday
        ("2024-06-24T00:00", "2024-07-01T00:00", 50),  # a week
        ("2024-01-01T00:00", "2024-12-30T00:00", 52 * 50),  # 52 weeks
        ("2024-06-24T10:00", "2024-06-24T10:00", 0),
        ("2024-06-25T10:00", "2024-06-24T10:00", 0),  # backwards
    ],
)
def test_working_hours_between_two_instants(start: str, end: str, hours: float) -> None:
    assert working_seconds(_at(start), _at(end)) == hours * HOUR


def test_hours_follow_the_offset() -> None:
    # 08:00 to 18:00 five hours behind UTC is 13:00 to 23:00 UTC; Sunday 23:00 local is Monday 04:00 UTC.
    new_york = WorkingHours(utc_offset=-5 * HOUR)
    assert working_seconds(_at("2024-06-24T04:00"), _at("2024-06-24T14:00"), new_york) == HOUR
    tokyo = WorkingHours(utc_offset=9 * HOUR)
    assert working_seconds(_at("2024-06-23T22:00"), _at("2024-06-24T01:00"), tokyo) == 2 * HOUR


@pytest.mark.parametrize(("opens", "closes"), [(9 * HOUR, 9 * HOUR), (-1, HOUR), (0, DAY + 1)])
def test_hours_that_are_not_in_one_day_are_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="one day"):
        WorkingHours(opens=opens, closes=closes)


@given(
    start=st.integers(-(10**9), 10**10),
    length=st.integers(0, 20 * 24 * 4),
    offset=st.integers(-48, 56),
)
def test_closed_form_equals_counting_quarters_of_an_hour(start: int, length: int, offset: int) -> None:
    quarter = HOUR // 4
    start -= start % quarter
    hours = WorkingHours(utc_offset=offset * quarter)

    def works(instant: int) -> bool:
        local = datetime.fromtimestamp(instant + hours.utc_offset, tz=UTC)
        return local.weekday() < 5 and 8 <= local.hour < 18

    counted = sum(quarter for index in range(length) if works(start + index * quarter))
    assert working_seconds(start, start + length * quarter, hours) == counted
