"""Who is there from when to when and in which team, in the store, read as of an instant."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.organisation.hierarchy import FOREVER, SINCE_EVER, Membership
from shared.domain.week import day_of
from shared.schemas.directory import DirectoryEvent, PersonRecorded
from shared.storage.dirty_marks import DirtyMark
from shared.storage.engine import bulk
from shared.storage.tables.directory import MembershipRow, PersonRow
from shared.storage.tables.log import PartitionOffsetRow

_ROW: Final = bulk.table_of(MembershipRow).c
_PERSON: Final = bulk.table_of(PersonRow).c
_NOBODY: Final = Membership("", SINCE_EVER, FOREVER, active=False, team="")


class MembershipStore:
    """Writes records of people, each already known to be the latest revision of its entity."""

    def __init__(self, dialect: Dialect) -> None:
        self._rows: Final = bulk.replacing(MembershipRow, dialect)
        self._people: Final = bulk.replacing(PersonRow, dialect)

    async def apply(self, connection: AsyncConnection, records: Mapping[bytes, DirectoryEvent]) -> list[DirtyMark]:
        """Write records by entity digest. Returns marks of the people concerned, and from when."""
        people = {entity: each for entity, each in records.items() if isinstance(each, PersonRecorded)}
        rows = sorted(_row(entity, each) for entity, each in people.items())
        marks = [DirtyMark.of_person(person, day_of(valid_from)) for _, person, valid_from, *_ in rows]
        for part in bulk.parts(sorted(people)):
            before = await connection.execute(select(_ROW.person, _ROW.valid_from).where(_ROW.entity.in_(part)))
            marks += [DirtyMark.of_person(person, day_of(since)) for person, since in before]
        await self._rows.run(connection, rows)
        latest = (await connection.execute(select(func.max(PartitionOffsetRow.watermark)))).scalar_one() or 0
        await self._show(connection, sorted({person for _, person, *_ in rows}), at=latest)
        return marks

    async def bring_up(self, connection: AsyncConnection, *, at: int) -> None:
        """Show everybody as of an instant: some changes were known before their day."""
        changing = select(_ROW.person).where((_ROW.valid_from > SINCE_EVER) | (_ROW.valid_to < FOREVER)).distinct()
        await self._show(connection, sorted((await connection.execute(changing)).scalars()), at=at)

    async def _show(self, connection: AsyncConnection, people: Sequence[str], *, at: int) -> None:
        own = {person: found for person, found in (await _memberships(connection, people)).items() if found}
        shown = {person: _as_of(found, at) for person, found in own.items()}
        await self._people.run(
            connection, [(person, each.team or None, each.active) for person, each in sorted(shown.items())]
        )


def people_gone() -> Select[tuple[str]]:
    """People who are not there as of the watermark."""
    return select(_PERSON.key).where(~_PERSON.active)


def people_never_there() -> Select[tuple[str]]:
    """People who are not there, and never were."""
    there = select(_ROW.person).where(_ROW.active, _ROW.valid_from < _ROW.valid_to)
    return people_gone().where(_PERSON.key.not_in(there))


async def load_memberships(connection: AsyncConnection) -> tuple[dict[str, str], list[Membership]]:
    """Teams of those who were always there, and the memberships of all others, in the order in which they count."""
    known = await _memberships(connection)
    # Who came with an earlier version has no membership.
    rows = await connection.execute(select(_PERSON.key, _PERSON.team).where(_PERSON.active))
    always = {key: team or "" for key, team in rows if key not in known}
    dated: list[Membership] = []
    for person, own in known.items():
        last = own[-1] if own else _NOBODY
        if all(each.valid_from <= SINCE_EVER for each in own) and last.valid_to >= FOREVER:
            if last.active:
                always[person] = last.team
        else:
            dated += own
    return always, dated


async def _memberships(
    connection: AsyncConnection, people: Collection[str] | None = None
) -> dict[str, list[Membership]]:
    """Memberships by person, of equal starts the later revision last; those that were taken back are left out."""
    columns = (_ROW.person, _ROW.valid_from, _ROW.valid_to, _ROW.revision, _ROW.active, _ROW.team)
    parts: Iterable[Any] = [None] if people is None else bulk.parts(sorted(people))
    rows: list[Any] = []
    for part in parts:
        query = select(*columns) if part is None else select(*columns).where(_ROW.person.in_(part))
        rows += (await connection.execute(query)).all()
    found: dict[str, list[Membership]] = {}
    for (person, valid_from, _, valid_to), same in groupby(sorted(rows, key=_by_time), key=_by_time):
        own = found.setdefault(person, [])
        if valid_from < valid_to:
            said = list(same)
            teams = {each.team or "" for each in said}
            # Where sources disagree about the very same time, nobody's word counts for more than another's.
            team = teams.pop() if len(teams) == 1 else ""
            own.append(Membership(person, valid_from, valid_to, any(each.active for each in said), team))
    return found


def _by_time(row: Any) -> tuple[str, int, int, int]:
    return row.person, row.valid_from, row.revision, row.valid_to


def _as_of(own: Sequence[Membership], at: int) -> Membership:
    for each in reversed(own):
        if each.valid_from <= at < each.valid_to:
            return each
    # Not there yet, or not any more.
    return Membership(own[0].person, SINCE_EVER, FOREVER, active=False, team=own[0].team)


def _row(entity: bytes, record: PersonRecorded) -> tuple[Any, ...]:
    data = record.data
    valid_from = SINCE_EVER if data.valid_from is None else int(data.valid_from.timestamp())
    valid_to = FOREVER if data.valid_to is None else int(data.valid_to.timestamp())
    return entity, data.person, valid_from, valid_to, record.revision, data.active, data.team
