"""The compacted topic of readings holds those that there are: what the store has let go is not kept there for good.

Neither groups nor chains are on it at all: what may be told of groups is what is released, and readers of the topic
have no case, so they must not learn who is at risk.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec
import pytest
from sqlalchemy import select

from shared import topics
from shared.domain.evidence.reading import GROUPS
from shared.domain.privacy.exclusion_reason import Reason
from shared.domain.signals import signal_names
from shared.domain.week import DAY, LIVE_WEEK
from shared.schemas.envelope import utc
from shared.schemas.interaction import Contact, Stepped
from shared.storage.access.visibility import CHAIN_SIGNALS
from shared.storage.directory.exclusion_list import exclude, include
from shared.storage.engine.bulk import table_of
from shared.storage.log.event_log import outbox
from shared.storage.readings.store import record_key
from shared.storage.tables.readings import ReadingRow
from tests.storage.company import Store, opened, person
from tests.storage.test_group_scoring import DIRECTORY, LATE, MOVED, REGOALED, START, TAKEN_BACK, TRAFFIC, stepped

Bands = Mapping[bytes, str]


async def on_topic(store: Store) -> Bands:
    """What is left of each key once the topic is compacted."""
    async with store.database.read() as connection:
        records = [each for _, each in await outbox(connection, limit=1_000_000)]
    left = {each.key: each.value for each in records if each.topic == topics.READINGS.name}
    return {key or b"": msgspec.json.decode(value)["band"] for key, value in left.items() if value}


async def live(store: Store) -> Bands:
    """The readings in the store that belong on the topic."""
    table = table_of(ReadingRow).c
    query = select(table.signal, table.first, table.second, table.third, table.band).where(
        table.week == LIVE_WEEK, table.signal.not_in({*signal_names(*GROUPS), *CHAIN_SIGNALS})
    )
    async with store.database.read() as connection:
        return {record_key((row[0], row[1], row[2], row[3])): row[4] for row in await connection.execute(query)}


@asynccontextmanager
async def company(url: str) -> AsyncIterator[Store]:
    """One whose members, tickets and meetings all have live readings, as their chains and teams have."""
    async with opened(url) as store:
        await store.take(DIRECTORY)
        await store.take(TRAFFIC)
        await store.scorer.settle()
        known = await live(store)
        assert {key.partition(b"|")[2].partition(b":")[0] for key in known} == {
            b"pair", b"ticket", b"leader", b"series",
        }  # fmt: skip
        yield store


async def test_it_follows_whatever_comes(database_url: str) -> None:
    async with company(database_url) as store:
        gone: set[bytes] = set()
        tickets = {each.ticket for each in TRAFFIC if isinstance(each, Stepped)}
        done = [
            stepped(9_100 + number, "resolved", START + 42 * DAY + number, ticket, actor="n1")
            for number, ticket in enumerate(sorted(tickets))
        ]
        for records in (LATE, TAKEN_BACK, MOVED, REGOALED, done[:1], done[1:]):
            before = await live(store)
            await store.take(records)
            await store.scorer.score(patient=True)
            await store.scorer.settle()
            assert await on_topic(store) == await live(store)
            gone |= before.keys() - (await live(store)).keys()
        assert any(b"|ticket:" in key for key in gone)


@pytest.mark.parametrize("name", ["n0", "n3"])
async def test_whoever_objects_or_leaves_is_on_it_no_more(sqlite_url: str, name: str) -> None:
    async with company(sqlite_url) as store:
        told = await on_topic(store)
        assert any(name.encode() in key for key in told)
        async with store.database.write() as connection:
            await exclude(connection, [name], reason=Reason.OBJECTION, at=1)
        await store.scorer.settle()
        assert not any(name.encode() in key for key in await on_topic(store))
        async with store.database.write() as connection:
            await include(connection, [name])
        await store.scorer.settle()
        assert await on_topic(store) == told
        await store.take([person(name, "north", active=False, revision=1)])
        await store.scorer.settle()
        assert await on_topic(store) == await live(store)
        assert not any(name.encode() in key for key in await on_topic(store))


async def test_what_was_too_long_ago_for_a_reading_goes_from_it(sqlite_url: str) -> None:
    async with company(sqlite_url) as store:
        before = await live(store)
        last = next(each for each in TRAFFIC if isinstance(each, Contact))
        await store.take([msgspec.structs.replace(last, id="mail:late", entity="mail:late", at=utc(START + 400 * DAY))])
        await store.scorer.settle()
        assert len(await live(store)) < len(before) / 4
        assert await on_topic(store) == await live(store)
