import asyncio
from collections.abc import Iterable
from typing import cast

from aiokafka.errors import KafkaConnectionError

from services.signals.upkeep.outbox_relay import OutboxRelay
from shared.storage.log.event_log import EventLogStore, Outgoing
from shared.telemetry import names
from shared.transport.producer import Outbound, RecordProducer
from tests.storage.company import Store, opened


class Broker:
    """Takes nothing until it is up."""

    def __init__(self) -> None:
        self.up = False
        self.asked, self.gave = asyncio.Event(), asyncio.Event()
        self.taken: list[bytes] = []

    async def send(self, records: Iterable[Outbound]) -> None:
        self.asked.set()
        if not self.up:
            raise KafkaConnectionError("down")
        self.taken += [record.key for record in records]
        self.gave.set()


def waiting(store: Store) -> float | None:
    return store.metrics.registry.get_sample_value(names.OUTBOX.name)


async def test_what_kafka_does_not_take_shows_and_goes_out_later(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        outgoing = [Outgoing("alerts", str(number).encode(), b"{}") for number in range(10)]
        async with store.database.write() as connection:
            await EventLogStore(store.database.engine.dialect).send(connection, outgoing)
        broker, owns = Broker(), asyncio.Event()
        owns.set()
        relay = OutboxRelay(store.database, cast("RecordProducer", broker), store.metrics)
        running = asyncio.create_task(relay.run(owns))
        async with asyncio.timeout(15):
            await broker.asked.wait()
            assert waiting(store) == len(outgoing)
            broker.up = True
            await broker.gave.wait()
            while waiting(store):  # noqa: ASYNC110 - a gauge tells nobody
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert broker.taken == [each.key for each in outgoing]
