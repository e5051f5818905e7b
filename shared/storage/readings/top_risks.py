"""The subjects most at risk, for the console."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.evidence.reading import INSUFFICIENT, SHAPES, Factor, Subject, SubjectKind
from shared.domain.privacy.named_things import ThingKind
from shared.domain.signals import SIGNAL_BY_NAME
from shared.domain.week import LIVE_WEEK
from shared.storage.directory.confirmed_names import shown_names
from shared.storage.directory.register import Register
from shared.storage.engine import bulk
from shared.storage.readings.factors import read_factors
from shared.storage.tables.readings import ReadingRow

_THINGS: Final[frozenset[SubjectKind]] = frozenset({"team", "ticket"})


@dataclass(frozen=True, slots=True)
class TopRisk:
    """A live reading and what its subject is called.

    `subject` has the parts of `SHAPES`: people by name, or by pseudonym where the register is closed, a team and the
    project of a ticket by the name that is confirmed, or a neutral one, and everything else by key. `about` is for the
    audit: the pseudonyms of those it names or, where it names nobody, the subject itself.
    """

    subject: tuple[str, ...]
    about: tuple[str, ...]
    value: float
    confidence: float
    band: str
    factors: tuple[Factor, ...]
    action: str


async def top_risks(connection: AsyncConnection, signal: str, *, register: Register, limit: int) -> list[TopRisk]:
    """Live readings of a signal, worst first; readings without enough evidence are left out.

    Raises KeyError for an unknown signal.
    """
    table = bulk.table_of(ReadingRow).c
    worst_first = table.value.asc() if SIGNAL_BY_NAME[signal].bands.descending else table.value.desc()
    rows = (
        await connection.execute(
            select(
                *(table.first, table.second, table.third),
                *(table.value, table.confidence, table.band, table.factors, table.action),
            )
            .where(table.week == LIVE_WEEK, table.signal == signal, table.band != INSUFFICIENT)
            .order_by(worst_first, table.first, table.second, table.third)
            .limit(limit)
        )
    ).all()
    kind = SIGNAL_BY_NAME[signal].kind
    parts, named = SHAPES[kind].parts, 1 if kind in _THINGS else SHAPES[kind].people
    names = await _names(connection, kind, {key for row in rows for key in row[:named]}, register=register)
    return [
        TopRisk(
            # Only what has a name is looked up: a series may have the key of a person.
            about=tuple(row[: SHAPES[kind].people]) or (str(Subject(kind, tuple(row[:parts]))),),
            subject=(*(names.get(key, key) for key in row[:named]), *row[named:parts]),
            value=row.value,
            confidence=row.confidence,
            band=row.band,
            factors=tuple(read_factors(row.factors)),
            action=row.action,
        )
        for row in rows
    ]


async def _names(
    connection: AsyncConnection, kind: SubjectKind, keys: Collection[str], *, register: Register
) -> Mapping[str, str]:
    """What teams, tickets or people are called, by key; people without a name that can be read are left out."""
    if kind in _THINGS:
        shown = await connection.run_sync(shown_names)
        return {key: shown.ticket(key) if kind == "ticket" else shown.of(ThingKind.TEAM, key) for key in keys}
    return {key: entry.called for key, entry in (await connection.run_sync(register.find, keys)).items()}
