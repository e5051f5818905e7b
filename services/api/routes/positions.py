"""Rows of readings: where a page of them ends, and whom they are about."""

from collections import Counter
from collections.abc import Mapping

from services.api.pages import PositionText
from shared.storage.queries import Columns, ReadingPosition, Rows

Position = tuple[float, PositionText, PositionText, PositionText]
"""A `ReadingPosition` as validated from a cursor."""


def position_of(row: Columns) -> ReadingPosition:
    """The position of a reading."""
    return (row.value, row.first, row.second, row.third)


def people_in(rows: Rows) -> Mapping[str, int]:
    """How many of the readings are about each person."""
    people = Counter(person for row in rows for person in (row.first, row.second, row.third))
    del people[""]  # the third of a pair
    return people
