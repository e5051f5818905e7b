"""Readings are replaced where they are: what is new is there afterwards, what is no longer there is gone."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from shared.domain.evidence.reading import Reading, Subject
from shared.domain.week import LIVE_WEEK
from shared.storage.engine import bulk
from shared.storage.engine.database import Database
from shared.storage.readings.store import ReadingStore, reading_row
from shared.storage.tables.readings import ReadingRow
from tests.storage.company import opened

Key = tuple[str, str, str, int]
TABLE = bulk.table_of(ReadingRow).c


async def test_replacing_leaves_nothing_of_these_owners_signals_and_weeks_but_what_is_given(database_url: str) -> None:
    async with opened(database_url) as store:
        database = store.database
        await replace(
            database,
            owners=("ann", "bob"),
            weeks=(7, LIVE_WEEK),
            readings={
                ("cadence", "ann", "bob", LIVE_WEEK): 1.0,
                ("cadence", "ann", "cid", LIVE_WEEK): 2.0,
                ("friction", "ann", "cid", LIVE_WEEK): 3.0,
                ("cadence", "bob", "cid", LIVE_WEEK): 4.0,
                ("cadence", "ann", "cid", 7): 5.0,
            },
        )
        await replace(
            database,
            owners=("ann",),
            weeks=(LIVE_WEEK,),
            readings={("cadence", "ann", "bob", LIVE_WEEK): 1.5, ("cadence", "ann", "dan", LIVE_WEEK): 6.0},
        )
        assert await values(database) == {
            ("cadence", "ann", "bob", LIVE_WEEK): 1.5,
            ("cadence", "ann", "dan", LIVE_WEEK): 6.0,
            ("friction", "ann", "cid", LIVE_WEEK): 3.0,  # of another signal,
            ("cadence", "bob", "cid", LIVE_WEEK): 4.0,  # of another owner,
            ("cadence", "ann", "cid", 7): 5.0,  # as of another week
        }
        await replace(database, owners=("ann",), weeks=(LIVE_WEEK,), readings={})
        assert ("cadence", "ann", "bob", LIVE_WEEK) not in await values(database)


async def replace(
    database: Database, *, owners: Sequence[str], weeks: Sequence[int], readings: Mapping[Key, float]
) -> None:
    async with database.write() as connection:
        await ReadingStore(database.engine.dialect).replace(
            connection,
            owners=owners,
            signals=("cadence",),
            weeks=weeks,
            readings=[
                reading_row(week, reading(signal, first, second, value))
                for (signal, first, second, week), value in readings.items()
            ],
        )


def reading(signal: str, first: str, second: str, value: float) -> Reading:
    return Reading(
        signal=signal,
        subject=Subject("pair", (first, second)),
        as_of=0,
        value=value,
        confidence=0.5,
        band="healthy",
        factors=(),
        action="keep_going",
    )


async def values(database: Database) -> dict[Key, float]:
    query = select(TABLE.signal, TABLE.first, TABLE.second, TABLE.week, TABLE.value)
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return {(signal, first, second, week): value for signal, first, second, week, value in rows}
