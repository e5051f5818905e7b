"""The list of who and what does not count: kept in the store, so that an objection holds once it is recorded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.privacy.excluded_place import kind_of
from shared.domain.privacy.exclusion_reason import Reason
from shared.storage.engine.bulk import table_of
from shared.storage.tables.exclusions import ExclusionRow

PLANNED: Final = "skip:"
"""What the name of planned talks begins with."""
_JOINT: Final = "/"


@dataclass(frozen=True, slots=True)
class Excluded:
    """A person (by pseudonym), an identity, a place or a planned skip-level. `since` is in Unix seconds."""

    name: str
    reason: Reason
    since: int


async def list_excluded(connection: AsyncConnection) -> list[Excluded]:
    """Everybody and everything that does not count, by name."""
    table = table_of(ExclusionRow).c
    rows = await connection.execute(select(table.name, table.reason, table.since).order_by(table.name))
    return [Excluded(row.name, Reason(row.reason), row.since) for row in rows]


async def exclude(connection: AsyncConnection, names: Sequence[str], *, reason: Reason, at: int) -> int:
    """Put these on the list; those that are on it stay as they are. How many are new."""
    known = {each.name for each in await list_excluded(connection)}
    new = sorted({*names} - known)
    if new:
        await connection.execute(
            insert(table_of(ExclusionRow)), [{"name": name, "reason": reason.value, "since": at} for name in new]
        )
    return len(new)


async def include(connection: AsyncConnection, names: Sequence[str]) -> int:
    """Take these off the list again; how many were on it."""
    table = table_of(ExclusionRow)
    return (await connection.execute(delete(table).where(table.c.name.in_(sorted(names))))).rowcount


async def excluded_names(connection: AsyncConnection, configured: frozenset[str]) -> frozenset[str]:
    """Everybody who does not count, and planned skip-levels: those of the setting, and those on the list."""
    return configured | {each.name for each in await list_excluded(connection) if kind_of(each.name) is None}


async def excluded_places(connection: AsyncConnection) -> frozenset[str]:
    """Places on the list, as the events behind the edge name them."""
    return frozenset(each.name for each in await list_excluded(connection) if kind_of(each.name) is not None)


def planned_name(person: str, above: str) -> str:
    """How planned talks of a person with somebody above their leader stand on the list."""
    return f"{PLANNED}{person}{_JOINT}{above}"


def planned_skip_levels(names: Collection[str]) -> frozenset[tuple[str, str]]:
    """The (person, above) among names whose talks are planned, so that none of them is going past the leader."""
    found = (each.removeprefix(PLANNED).partition(_JOINT) for each in names if each.startswith(PLANNED))
    return frozenset((person, above) for person, joint, above in found if person and joint and above)


async def copy_excluded(source: AsyncConnection, target: AsyncConnection) -> None:
    """Put the list of one store into another, which has none."""
    rows = [
        {"name": each.name, "reason": each.reason.value, "since": each.since} for each in await list_excluded(source)
    ]
    if rows:
        await target.execute(insert(table_of(ExclusionRow)), rows)
