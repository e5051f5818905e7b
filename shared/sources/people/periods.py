"""From when to when somebody is there, out of the dates and words of an HR system."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from shared.sources.instants import instant
from shared.sources.people.words import Standing, standing
from shared.sources.reader import DateOrder, Options, UnusableError
from shared.sources.table import Row

DATES: Final = ("valid_from", "valid_to", "starts", "ends", "leave_from", "leave_to", "leave_back")
# What HR systems write for "since ever": the first day that a program knows, or no day at all.
_LOW: Final = re.compile(r"(?<!\d)(?:0000|1[0-8]\d\d|19[0-7]\d)(?!\d)|^[0.\-/ :]+$")
_HIGH: Final = re.compile(r"(?<!\d)(?:2[2-9]\d\d|[3-9]\d{3})(?!\d)")
_LONG_NUMBER: Final = re.compile(r"\d{5,}")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """When a row holds, and what its status says. `starts` and `ends` are the day of hire and the first day gone."""

    valid_from: datetime | None = None
    valid_to: datetime | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    standing: Standing = "here"


def day_in(row: Row, options: Options, order: DateOrder, field: str, *, is_end: bool = False) -> datetime | None:
    """The day in a field; None for none, since ever and for ever. Raises UnusableError where it cannot be read."""
    cell = row[field]
    if not cell or (_LOW.search(cell) and not _LONG_NUMBER.search(cell)):
        return None
    if is_end and _HIGH.search(cell) and not _LONG_NUMBER.search(cell):
        return None
    return instant(cell, zone=options.zone, date_order=order)


def period_of(row: Row, options: Options, order: DateOrder) -> Period:
    """The period of a row. Raises UnusableError for a date that cannot be read, or an end before the start."""
    day = partial(day_in, row, options, order)
    valid_from, valid_to = day("valid_from"), day("valid_to", is_end=True)
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise UnusableError("valid_to is before valid_from")
    starts, last = day("starts"), day("ends", is_end=True)
    # Who comes back has the day of the return beside the day of the earlier end. The last day is worked.
    ends = last + _DAY if last is not None and (starts is None or last >= starts) else None
    return Period(
        valid_from=valid_from, valid_to=valid_to, starts=starts, ends=ends, standing=standing(row["active"]),
    )  # fmt: skip


def names_last_days(periods: list[list[Period]]) -> bool:
    """Whether the ends of rows are the last day that counts: the next row of a person then begins a day later."""
    for own in periods:
        ends = {each.valid_to for each in own if each.valid_to is not None}
        begins = {each.valid_from for each in own if each.valid_from is not None}
        if ends & begins:
            return False
        if {end + _DAY for end in ends} & begins:
            return True
    return False


def is_active(period: Period) -> bool:
    """Whether somebody is there until the row ends. A status that has no day counts since ever."""
    if period.standing == "gone":
        return period.ends is not None
    # Who begins later has no account and no leader before that day.
    return period.standing != "not_yet" or period.starts is not None or period.valid_from is not None
