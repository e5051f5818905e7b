from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import make_url

from services.signals.intake.apply import Applier, Work, directory_candidate
from shared.schemas.directory import LineRecorded
from shared.schemas.output import DeadLetter
from shared.storage.engine.database import Database, open_database
from shared.storage.engine.schema import upgrade
from shared.storage.log.event_log import EventLogStore, Outgoing
from shared.storage.log.progress import Sent, scored, settled, unprocessed
from tests.unit.cli.program import chat_and_directory


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = open_database(make_url(url))
    try:
        await upgrade(database)
        yield database
    finally:
        await database.close()


async def test_an_event_is_settled_when_it_counts_and_is_scored(database_url: str) -> None:
    first, second = [event for event in chat_and_directory() if isinstance(event, LineRecorded)][:2]
    candidates = [directory_candidate(event, b"{}") for event in (first, second)]
    one, two = (Sent(each.entity, each.event, each.revision, f"{index:064}") for index, each in enumerate(candidates))
    async with opened(database_url) as database:
        applier = Applier(database.engine.dialect)
        async with database.write() as connection:
            assert await settled(connection, [])
            assert await unprocessed(connection, [one, two]) == [one, two]
            await applier.apply(connection, Work(candidates=candidates[:1]))
            assert await unprocessed(connection, [one, two]) == [two]
            assert await unprocessed(connection, [Sent(one.entity, one.event, 1, one.sha256)]) != []
            assert not await scored(connection)

            letter = DeadLetter(
                topic="t", partition=0, offset=0, topic_id="i", sha256=two.sha256, reason="schema", stage="chat"
            )
            await applier.apply(connection, Work(letters=[letter]))
            assert await unprocessed(connection, [one, two]) == []

            await EventLogStore(database.engine.dialect).accept(connection, [(one.event, Outgoing("t", b"k", b"v"))])
            assert await unprocessed(connection, [one, two]) == [one]
            assert not await settled(connection, [two])
