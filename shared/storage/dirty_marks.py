"""Marks of readings that are out of date, for the scorer: what is concerned, and from which day on.

This module alone knows how a mark is written in the column `who` of the table `dirty`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple, Self

from sqlalchemy import select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.engine import bulk
from shared.storage.tables.readings import DirtyRow

_BASELINES_KEY: Final = "norms"


class MarkKind(StrEnum):
    """What the key of a mark stands for."""

    PERSON = "person"  # whose entry in the directory changed
    IDENTITY = "identity"  # with new facts, by its integer
    LINK = "link"  # an identity whose person changed, by its integer
    TICKET = "ticket"  # with new steps
    BASELINES = "baselines"  # of everybody; only a pass over everybody deals with it


class DirtyMark(NamedTuple):
    """A mark. `generation` counts how often it was set since the scorer last dealt with it."""

    kind: MarkKind
    key: str
    from_day: int
    generation: int = 1

    @property
    def identity(self) -> int:
        """The integer of the identity. Raises ValueError for other kinds than identity and link."""
        return int(self.key)

    @classmethod
    def of_person(cls, person: str, from_day: int) -> Self:
        """A mark for a change in the directory."""
        return cls(MarkKind.PERSON, person, from_day)

    @classmethod
    def of_identity(cls, number: int, from_day: int) -> Self:
        """A mark for new facts of an identity."""
        return cls(MarkKind.IDENTITY, str(number), from_day)

    @classmethod
    def of_link(cls, number: int, from_day: int) -> Self:
        """A mark for an identity whose person changed.

        It is apart from the mark for new facts, so that the first day with facts stays known.
        """
        return cls(MarkKind.LINK, str(number), from_day)

    @classmethod
    def of_ticket(cls, ticket: str, from_day: int) -> Self:
        """A mark for new steps of a ticket."""
        return cls(MarkKind.TICKET, ticket, from_day)

    @classmethod
    def of_baselines(cls, from_day: int) -> Self:
        """A mark for baselines that have to be learnt again."""
        return cls(MarkKind.BASELINES, _BASELINES_KEY, from_day)


class DirtyMarkStore:
    """Sets and clears marks, in the caller's transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._set: Final = bulk.marking(DirtyRow, dialect, least="from_day", count="generation")
        self._clear: Final = bulk.deleting(DirtyRow, dialect, ("who", "generation"))

    async def put(self, connection: AsyncConnection, marks: Iterable[DirtyMark]) -> None:
        """Set marks. Of several marks for the same key, also of those stored before, the earliest day counts."""
        days: dict[str, int] = {}
        for mark in marks:
            who = _encoded(mark.kind, mark.key)
            if days.get(who, mark.from_day) >= mark.from_day:
                days[who] = mark.from_day
        # Rows go sorted, so two writers cannot deadlock.
        await self._set.run(connection, sorted((who, day, 1) for who, day in days.items()))

    async def clear(self, connection: AsyncConnection, marks: Iterable[DirtyMark]) -> None:
        """Delete marks that were dealt with; a mark that was set again since then stays."""
        rows = sorted((_encoded(mark.kind, mark.key), mark.generation) for mark in marks)
        await self._clear.run(connection, rows)


async def load_marks(connection: AsyncConnection) -> list[DirtyMark]:
    """Every mark that the scorer has not dealt with, in any order."""
    table = bulk.table_of(DirtyRow).c
    rows = await connection.execute(select(table.who, table.from_day, table.generation))
    return [DirtyMark(*_decoded(who), from_day, generation) for who, from_day, generation in rows]


async def any_mark(connection: AsyncConnection) -> bool:
    """Whether the scorer has marks to deal with."""
    return (await connection.execute(select(bulk.table_of(DirtyRow).c.who).limit(1))).first() is not None


def columns_naming(person: str, identities: Iterable[int]) -> list[str]:
    """Values of the column `who` that name a person or one of their identities."""
    numbers = [str(number) for number in identities]
    return [
        _encoded(MarkKind.PERSON, person),
        *(_encoded(kind, number) for kind in (MarkKind.IDENTITY, MarkKind.LINK) for number in numbers),
    ]


_PREFIXES: Final = {
    MarkKind.PERSON: "@",
    MarkKind.IDENTITY: "#",
    MarkKind.LINK: "=",
    MarkKind.TICKET: "!",
    MarkKind.BASELINES: "~",
}
_KINDS: Final = {prefix: kind for kind, prefix in _PREFIXES.items()}


def _encoded(kind: MarkKind, key: str) -> str:
    return _PREFIXES[kind] + key


def _decoded(who: str) -> tuple[MarkKind, str]:
    return _KINDS[who[0]], who[1:]
