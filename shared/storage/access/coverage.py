"""Which rows the open cases of a viewer cover, as conditions of the query that finds them."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, case, exists, or_, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from shared.storage.engine.bulk import table_of
from shared.storage.tables.access import CasePersonRow, CaseRow

VIEWER: Final = "viewer"
PURPOSE: Final = "case_purpose"
NOW: Final = "case_now"
"""Names of the values that the conditions need."""
ANY_PURPOSE: Final = ""

_CASE: Final = table_of(CaseRow).c
_PEOPLE: Final = table_of(CasePersonRow).c


def in_force(
    cases: ReadOnlyColumnCollection[str, Any],
    *,
    partner: ColumnElement[Any],
    purpose: ColumnElement[Any],
    now: ColumnElement[Any],
) -> list[ColumnElement[bool]]:
    """Conditions on cases that the partner may read in: approved by somebody, or in an emergency."""
    return [
        cases.partner == partner,
        cases.purpose == purpose,
        cases.closed_at.is_(None),
        cases.opened_at <= now,
        cases.expires_at > now,
        or_(cases.approved_at.is_not(None), cases.break_glass),
    ]


def covered(positions: Sequence[ColumnElement[str]], *, chain: bool) -> ColumnElement[bool]:
    """Condition on rows about named people: a case of the viewer's that is in force is about them.

    A chain belongs to its person, under its leader; a pair belongs to both.
    """
    first, second = positions[:2]
    if chain:
        return _about(first, second)
    return or_(_about(first, second), _about(second, first))


def _about(person: ColumnElement[str], leader: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(
        _PEOPLE.case.in_(_OF_VIEWER), _PEOPLE.person == person, or_(_PEOPLE.leader == "", _PEOPLE.leader == leader)
    )


# For any purpose, that of the case is its own.
_SAID: Final[ColumnElement[str]] = bindparam(PURPOSE, type_=Text())
_FOR_PURPOSE: Final = case((_SAID == ANY_PURPOSE, _CASE.purpose), else_=_SAID)
_OF_VIEWER: Final = select(_CASE.id).where(
    *in_force(
        _CASE,
        partner=bindparam(VIEWER, type_=Text()),
        purpose=_FOR_PURPOSE,
        now=bindparam(NOW, type_=BigInteger()),
    )
)
"""Ids of the viewer's cases that are in force."""
