"""Readings in the store: replaced per group of people, under the version of the scoring pass."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Delete, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.domain.evidence.reading import SHAPES, Reading, Subject
from shared.domain.organisation.hierarchy import FOREVER
from shared.domain.signals import SIGNAL_BY_NAME, SIGNALS, signal_names
from shared.domain.week import LIVE_WEEK
from shared.schemas.output import ReadingRecord
from shared.storage.directory.memberships import people_gone, people_never_there
from shared.storage.dirty_marks import DirtyMark, DirtyMarkStore
from shared.storage.engine import bulk
from shared.storage.readings.factors import factor_record, stored_factors
from shared.storage.tables.log import PartitionOffsetRow
from shared.storage.tables.readings import ReadingRow, ScoringStateRow

# Signals whose subjects name somebody, by the column of the name.
_NAMES_PEOPLE: Final[Mapping[str, tuple[str, ...]]] = {
    column: tuple(signal.name for signal in SIGNALS if place < SHAPES[signal.kind].people)
    for place, column in enumerate(("first", "second", "third"))
}

OF_SEVERAL: Final = signal_names("leader", "series", "team", "organisation")
"""Signals whose readings are made of more people than their subject names."""
_PAGE: Final = 2_000
_KEY: Final = tuple(bulk.keys_of(ReadingRow))
_NAMED: Final = ("signal", "first", "second", "third")
Named = tuple[str, str, str, str]
"""A signal and the columns that name a subject: what a reading is found by, whatever its instant."""


class ScoringFencedError(Exception):
    """Another scorer has started a pass since: this one must stop and write nothing more."""


@dataclass(frozen=True, slots=True)
class ScoringState:
    """How far scoring has come."""

    version: int
    scored_week: int
    scored_at: int
    first_day: int
    frozen_week: int

    def keeps(self, week: int) -> bool:
        """Whether readings over several people as of this closed week stay as they are: somebody was erased since."""
        return week < self.frozen_week


NEVER_SCORED: Final = ScoringState(version=0, scored_week=-1, scored_at=0, first_day=FOREVER, frozen_week=-1)
"""Of a store without a single reading."""


class ReadingStore:
    """Writes of a scoring pass, in the caller's transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._put = bulk.replacing(ReadingRow, dialect, distinct=True)
        self._remove = bulk.deleting(ReadingRow, dialect, _KEY)
        self._marks: Final = DirtyMarkStore(dialect)

    async def begin_pass(self, connection: AsyncConnection) -> int:
        """Take the next version: whoever holds an earlier one is fenced."""
        table = bulk.table_of(ScoringStateRow)
        result = await connection.execute(update(table).values(version=table.c.version + 1))
        if result.rowcount == 0:
            await connection.execute(insert(table).values(id=1, **asdict(replace(NEVER_SCORED, version=1))))
        version: int = (await connection.execute(select(table.c.version))).scalar_one()
        return version

    async def hold(self, connection: AsyncConnection, version: int) -> None:
        """Make sure that this is still the latest pass. Raises ScoringFencedError."""
        table = bulk.table_of(ScoringStateRow)
        result = await connection.execute(update(table).where(table.c.version == version).values(version=version))
        if result.rowcount != 1:
            raise ScoringFencedError

    async def replace(
        self,
        connection: AsyncConnection,
        *,
        owners: Collection[str] | None,
        signals: Collection[str],
        weeks: Collection[int],
        readings: Iterable[Any],
    ) -> None:
        """Put these readings in place of all of these signals as of these weeks.

        With `owners`, only of subjects whose first part is one of these. No two readings may have the same key.
        """
        table = bulk.table_of(ReadingRow)
        old = [table.c.week.in_(sorted(weeks)), table.c.signal.in_(sorted(signals))]
        if owners is not None:
            old.append(table.c.first.in_(sorted(owners)))
        rows = list(readings)
        if not rows:
            await connection.execute(delete(table).where(*old))
            return
        # Nearly all of them stay under their keys: overwritten in place, they leave four of five indexes as they are.
        before = await connection.execute(select(*(table.c[name] for name in _KEY)).where(*old))
        gone = set(map(tuple, before.all())) - {row[: len(_KEY)] for row in rows}
        await self._remove.run(connection, sorted(gone))
        await self._put.run(connection, rows)

    async def forget_live(self, connection: AsyncConnection, signals: Collection[str], *, before: int) -> set[Named]:
        """Delete live readings of these signals that are as of an instant before; which."""
        table = bulk.table_of(ReadingRow)
        old = delete(table).where(
            table.c.week == LIVE_WEEK, table.c.signal.in_(sorted(signals)), table.c.as_of < before
        )
        return await _deleted(connection, old)

    async def forget_closed(self, connection: AsyncConnection, *, before: int) -> None:
        """Delete all readings as of closed weeks before one."""
        table = bulk.table_of(ReadingRow)
        await connection.execute(delete(table).where(table.c.week < before))

    async def finish_pass(
        self, connection: AsyncConnection, *, state: ScoringState, oldest_week: int, dirty: Iterable[DirtyMark]
    ) -> set[Named]:
        """Record how far the pass came and forget the marks it has dealt with; later marks stay.

        Readings of weeks before the oldest go, live ones about people who have left, and all about those who were never
        there; which of these were live.
        """
        await self.hold(connection, state.version)
        await self._marks.clear(connection, dirty)
        table = bulk.table_of(ReadingRow)
        about_gone = [
            and_(
                table.c.signal.in_(_NAMES_PEOPLE[column]),
                table.c[column].in_(people_gone()),
                or_(table.c.week == LIVE_WEEK, table.c[column].in_(people_never_there())),
            )
            for column in _NAMES_PEOPLE
        ]
        await self.forget_closed(connection, before=oldest_week)
        withdrawn = await _deleted(connection, delete(table).where(or_(*about_gone)))
        await connection.execute(update(bulk.table_of(ScoringStateRow)).values(asdict(state)))
        return withdrawn


async def _deleted(connection: AsyncConnection, statement: Delete) -> set[Named]:
    """Run a deletion of readings; the live ones among what went."""
    table = bulk.table_of(ReadingRow).c
    gone = await connection.execute(statement.returning(table.week, *(table[name] for name in _NAMED)))
    return {(signal, first, second, third) for week, signal, first, second, third in gone if week == LIVE_WEEK}


async def live_bands(
    connection: AsyncConnection, signals: Collection[str], *, owners: Collection[str] | None = None
) -> Mapping[Named, str]:
    """Bands of live readings of these signals, of all or of those whose first part is one of `owners`."""
    table = bulk.table_of(ReadingRow).c
    query = select(table.signal, table.first, table.second, table.third, table.band).where(table.week == LIVE_WEEK)
    # Never by both: SQLite would take the signal for the narrower one, and walk the whole week for every few owners.
    some = table.signal.in_(sorted(signals)) if owners is None else table.first.in_(sorted(owners))
    rows = await connection.execute(query.where(some))
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows if row[0] in signals}


async def scoring_state(connection: AsyncConnection) -> ScoringState:
    """How far scoring has come; nothing yet when it never ran."""
    table = bulk.table_of(ScoringStateRow).c
    query = select(table.version, table.scored_week, table.scored_at, table.first_day, table.frozen_week)
    row = (await connection.execute(query)).one_or_none()
    return ScoringState(*row) if row else NEVER_SCORED


async def copy_kept_readings(source: AsyncConnection, target: AsyncConnection) -> None:
    """Put readings over several people that are kept since an erasure into another store, which has none."""
    table = bulk.table_of(ReadingRow)
    kept = table.c.week < (await scoring_state(source)).frozen_week
    query = select(table).where(kept, table.c.signal.in_(OF_SEVERAL))
    async with source.stream(query) as rows:
        async for page in rows.mappings().partitions(_PAGE):
            await target.execute(insert(table), [dict(row) for row in page])


async def earliest_reading(connection: AsyncConnection) -> int:
    """The earliest instant that there is a reading of, Unix seconds; the end of time when there is none."""
    found = await connection.execute(select(func.min(bulk.table_of(ReadingRow).c.as_of)))
    return found.scalar_one() or FOREVER


async def watermark(connection: AsyncConnection) -> int:
    """Latest event time of the whole log, Unix seconds; 0 for an empty one."""
    latest = select(func.max(bulk.table_of(PartitionOffsetRow).c.watermark))
    return (await connection.execute(latest)).scalar_one() or 0


def record_key(reading: Named) -> bytes:
    """Key of a reading on its topic. Raises KeyError for a signal that is not there any more."""
    signal, *parts = reading
    subject = Subject(SIGNAL_BY_NAME[signal].kind, tuple(filter(None, parts)))
    return f"{signal}|{subject}".encode()


def key_columns(subject: Subject) -> tuple[str, str, str]:
    """The three columns that name a subject, empty where it has fewer parts."""
    first, second, third = (*subject.parts, "", "")[:3]
    return first, second, third


def reading_row(week: int, reading: Reading) -> tuple[Any, ...]:
    """A reading as a row of its table."""
    return (
        reading.signal,
        *key_columns(reading.subject),
        week,
        reading.as_of,
        reading.value,
        reading.confidence,
        reading.band,
        stored_factors(reading.factors),
        reading.action,
        reading.model_version,
    )


def reading_record(reading: Reading) -> ReadingRecord:
    """A reading as it goes out on the topic."""
    return ReadingRecord(
        signal=reading.signal,
        subject=str(reading.subject),
        as_of=datetime.fromtimestamp(reading.as_of, UTC),
        value=reading.value,
        confidence=reading.confidence,
        band=reading.band,
        factors=tuple(map(factor_record, reading.factors)),
        action=reading.action,
        model_version=reading.model_version,
    )
