"""Rows of readings: the position of the last one, and the people they are about."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain

from services.api.formats.pages import PositionText
from shared.storage.alerts.rows import StoredAlert
from shared.storage.readings.found import FoundReading
from shared.storage.readings.queries import ReadingPosition

Position = tuple[float, PositionText, PositionText, PositionText]
"""A `ReadingPosition` as validated from a cursor."""


def position_of(row: FoundReading) -> ReadingPosition:
    """The position of a reading."""
    return (row.value, row.first, row.second, row.third)


def people_in(rows: Iterable[FoundReading | StoredAlert]) -> Mapping[str, int]:
    """How many of the rows are about each person."""
    return people_of((row.first, row.second, row.third) for row in rows)


def people_of(subjects: Iterable[tuple[str, ...]]) -> Mapping[str, int]:
    """How often each person is named."""
    people = Counter(chain.from_iterable(subjects))
    del people[""]  # the third of a pair
    return people
