from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sources.instants import instant
from shared.sources.reader import UnusableError

NOON = datetime(2016, 2, 29, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2016-02-29T12:05:00Z", "2016-02-29 12:05", "2016-02-29T14:05:00+02:00", "29/2/2016 12:05",
        "29.02.2016 12:05:00", "29/2/2016 12:05 pm", "1456747500", "1456747500000",
        "Mon, 29 Feb 2016 13:05:00 +0100", " 2016-02-29T12:05Z ",
    ],
)  # fmt: skip
def test_the_same_instant_in_many_forms(text: str) -> None:
    assert instant(text) == NOON


def test_a_time_without_zone_is_in_the_given_zone() -> None:
    assert instant("2016-02-29 12:05", zone=timezone(timedelta(hours=2))) == NOON - timedelta(hours=2)


@pytest.mark.parametrize("text", ["", "31/2/2016", "0001-01-01", "9999-12-31T23:59:59-14:00", "today", "12:05", "2016"])
def test_other_texts_are_unusable(text: str) -> None:
    with pytest.raises(UnusableError):
        instant(text)


@given(st.text(max_size=60) | st.from_regex(r"[\d/:.\-TZ+ ,a-zA-Z]{0,40}", fullmatch=True))
def test_any_text_is_an_instant_in_range_or_unusable(text: str) -> None:
    try:
        found = instant(text)
    except UnusableError:
        return
    assert found.tzinfo is UTC
    assert 1980 <= found.year < 2200
