"""How the API writes instants and weeks: ISO 8601 in UTC, weeks as `2026-W07`, and `live` for the watermark."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from shared.domain.week import EPOCH_WEEKDAY, LIVE_WEEK, WEEK_DAYS

LIVE: Final = "live"
_EPOCH: Final = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=1024)  # a page holds few different instants
def instant_text(seconds: int) -> str:
    """Unix seconds as `2026-02-09T08:30:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def week_text(week: int) -> str:
    """A stored week number as ISO year and week, or `live`."""
    if week == LIVE_WEEK:
        return LIVE
    year, number, _ = date.fromordinal(_EPOCH + week * WEEK_DAYS - EPOCH_WEEKDAY).isocalendar()
    return f"{year:04}-W{number:02}"


def week_number(text: str) -> int:
    """The stored number of `live` or of an ISO week. Raises ValueError for a week that the year does not have."""
    if text == LIVE:
        return LIVE_WEEK
    year, week = text.split("-W")
    monday = date.fromisocalendar(int(year), int(week), 1)
    return (monday.toordinal() - _EPOCH + EPOCH_WEEKDAY) // WEEK_DAYS


def _existing(text: str) -> str:
    week_number(text)
    return text


AsOf = Annotated[
    str,
    Field(
        pattern=r"^(live|\d{4}-W\d{2})$",
        description="`live` for readings as of the watermark, or a closed ISO week as `2026-W07`.",
        examples=[LIVE],
    ),
    AfterValidator(_existing),
]
"""Parameter: which readings."""
