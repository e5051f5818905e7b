"""Who is there from when to when and in which team, out of all rows of one person."""

import math
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from shared.schemas.directory import Person
from shared.sources.people.periods import is_active
from shared.sources.people.rows import Entry


def memberships(rows: Sequence[Entry], *, name: str) -> list[Person]:
    """The records of a person, in order: the first since ever, as a table does not say who somebody was before it."""
    found: list[Person] = []
    ends: datetime | None = None
    for begins, entry in sorted(_one_a_day(rows).items(), key=_by_day):
        if found and ends is not None and begins is not None and ends < begins:
            found.append(replace(found[-1], active=False, valid_from=ends))
        record = Person(
            person=entry.person,
            name=name or None,
            team=entry.team or None,
            active=is_active(entry.period),
            valid_from=begins if found else None,
        )
        found.append(record)
        ends = entry.period.valid_to
    if ends is not None and found[-1].active:
        found.append(replace(found[-1], active=False, valid_from=ends))
    return [each for place, each in enumerate(found) if place == 0 or not _says_the_same(each, found[place - 1])]


def _one_a_day(rows: Sequence[Entry]) -> dict[datetime | None, Entry]:
    """Of rows that begin on one day the last that says that somebody is there, or the last."""
    found: dict[datetime | None, Entry] = {}
    for entry in rows:
        before = found.get(entry.period.valid_from)
        if before is None or is_active(entry.period) or not is_active(before.period):
            found[entry.period.valid_from] = entry
    return found


def _says_the_same(one: Person, other: Person) -> bool:
    return (one.team, one.active) == (other.team, other.active)


def _by_day(row: tuple[datetime | None, Entry]) -> float:
    return row[0].timestamp() if row[0] is not None else -math.inf
