"""Who reads the topic of readings learns of no chain and of no group: not from values, and not from what is deleted."""

from dataclasses import replace

from sqlalchemy import select

from services.signals.settings import SignalsSettings
from services.signals.upkeep.erase import erase
from services.signals.upkeep.mode_change import change_mode
from shared import topics
from shared.domain.evidence.reading import GROUPS
from shared.domain.privacy.exclusion_reason import Reason
from shared.domain.privacy.roles import Mode
from shared.domain.signals import SIGNAL_BY_NAME, signal_names
from shared.domain.week import LIVE_WEEK
from shared.storage.directory.exclusion_list import exclude
from shared.storage.engine.bulk import table_of
from shared.storage.log.event_log import outbox
from shared.storage.tables.readings import ReadingRow
from tests.storage.company import Store, person
from tests.storage.templates import CASE_MODE
from tests.storage.test_published import company

KEPT = {"chain", *GROUPS}


async def kinds_on_topic(store: Store) -> set[str]:
    """Of whatever was ever sent, deletions among it: the kind of subject that keys and signals tell of."""
    async with store.database.read() as connection:
        records = [each for _, each in await outbox(connection, limit=1_000_000)]
    keys = [each.key or b"" for each in records if each.topic == topics.READINGS.name]
    assert keys
    told = {kind for key in keys for kind in (SIGNAL_BY_NAME[key.split(b"|")[0].decode()].kind,)}
    return told | {key.split(b"|")[1].split(b":")[0].decode() for key in keys}


async def chains_live(store: Store) -> int:
    table = table_of(ReadingRow).c
    async with store.database.read() as connection:
        query = select(table.first).where(table.week == LIVE_WEEK, table.signal.in_(signal_names("chain", *GROUPS)))
        return len((await connection.execute(query)).all())


async def test_nothing_that_goes_tells_which_chains_and_groups_there_are(sqlite_url: str) -> None:
    """People leave, object, are erased, and the mode goes down: each takes readings of chains out of the store."""
    async with company(sqlite_url) as store:
        before = await chains_live(store)
        assert before
        await store.take([person("n3", "north", active=False, revision=1)])
        async with store.database.write() as connection:
            await exclude(connection, ["n4"], reason=Reason.OBJECTION, at=1)
        await store.scorer.settle()
        after = await chains_live(store)
        assert after < before
        assert not KEPT & await kinds_on_topic(store)
        settings = SignalsSettings(database=sqlite_url)
        proof = await erase(store.database, "n1", settings=settings, at=1)
        assert proof is not None
        assert not KEPT & await kinds_on_topic(store)
        async with store.database.write() as connection:
            await change_mode(connection, replace(CASE_MODE, mode=Mode.AGGREGATE), settings=settings, by="x", now=1)
        assert not KEPT & await kinds_on_topic(store)
