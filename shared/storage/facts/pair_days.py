"""Counters per direction of a pair, day and channel: the stored ones, and those that follow from contacts.

A contact is in its own table and counts from there, so that every message is written once. Everything else that is
counted is in `pair_day`, as it has no row of its own towards every person.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Subquery, func, literal_column, or_, select, union_all

from shared.domain.facts.history import COUNTERS, Mark
from shared.domain.week import DAY
from shared.storage.engine import bulk
from shared.storage.tables.facts import ContactRow, PairDayRow

KEY: Final = ("sender", "recipient", "day", "channel")
_MARKED: Final = {"replies": Mark.REPLY, "asks": Mark.ASK, "acknowledgements": Mark.ACKNOWLEDGES}

Where = Callable[[Any], ColumnElement[bool]]
"""Which rows: made from the columns of either table, which both have `sender` and `recipient`."""


def counted_by(marks: Mark) -> tuple[str, ...]:
    """Names of the counters that a contact with these marks adds one to."""
    return ("messages", *(name for name, mark in _MARKED.items() if mark in marks))


def having_end(identities: Collection[int]) -> Where:
    """Rows with one of the identities at either end."""
    return lambda columns: or_(columns.sender.in_(identities), columns.recipient.in_(identities))


def pair_days(where: Where | None = None) -> Subquery:
    """Every counter of the rows asked for: a table with the columns of `PairDayRow`."""
    stored, contact = bulk.table_of(PairDayRow), bulk.table_of(ContactRow)
    days = select(*(stored.c[name] for name in (*KEY, *COUNTERS)))
    messages = select(contact.c.sender, contact.c.recipient, _day(), contact.c.channel, *map(_counter, COUNTERS))
    if where is not None:
        days, messages = days.where(where(stored.c)), messages.where(where(contact.c))
    every: FromClause = union_all(days, messages).subquery()
    key = [every.c[name] for name in KEY]
    totals = (func.sum(every.c[name]).label(name) for name in COUNTERS)
    return select(*key, *totals).group_by(*key).subquery()


def _day() -> ColumnElement[int]:
    """As `week.day_of`: towards the past, where databases cut off towards zero."""
    return literal_column(f"((contact.at - ((contact.at % {DAY}) + {DAY}) % {DAY}) / {DAY})").label("day")


def _counter(name: str) -> ColumnElement[int]:
    mark = _MARKED.get(name)
    if mark is not None:
        return literal_column(f"((contact.marks & {int(mark)}) / {int(mark)})").label(name)
    return literal_column("1" if name == "messages" else "0").label(name)
