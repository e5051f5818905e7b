"""What dies between a receiver and the record of what it answered is sent again, and nothing is lost."""

import asyncio
import signal
import sys

import pytest
from sqlalchemy import insert, select
from sqlalchemy.engine import make_url

from shared.storage.alerts.endpoints import Endpoint
from shared.storage.alerts.notifications import message
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import open_database
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow
from shared.transport.webhooks import Answer, Message, WebhookSender
from tests.storage.webhook_house import House, opened
from tests.transport.receiver import OK, receiving


class Dying(WebhookSender):
    """A sender whose process ends as soon as the receiver has the message."""

    alive = False

    async def send(self, message: Message) -> Answer:
        answer = await super().send(message)
        if not self.alive:
            raise ConnectionAbortedError("killed")
        return answer


async def waits(house: House, endpoint: Endpoint, messages: int) -> None:
    """Let so many messages wait for an endpoint."""
    rows = [message(endpoint.id, "import.finished", "mail", leaves_at=0) for _ in range(messages)]
    async with house.database.write() as connection:
        await connection.execute(insert(table_of(WebhookMessageRow)), rows)


async def test_what_was_sent_and_not_recorded_is_sent_again_under_the_same_id(database_url: str) -> None:
    sender = Dying(loopback=True)
    async with opened(database_url, sender) as house, receiving(OK) as receiver:
        await waits(house, await house.endpoint(receiver), 2)
        assert await house.relay.relay() == 2
        await house.relay.finish()
        assert {outcome for outcome, *_ in (await house.messages()).values()} == {"waiting"}
        sender.alive = True
        await house.settle()
    by_id: dict[str, set[bytes]] = {}
    for each in receiver.heard:
        by_id.setdefault(each.headers["webhook-id"], set()).add(each.body)
    assert len(receiver.heard) > len(by_id) == 2
    assert {len(bodies) for bodies in by_id.values()} == {1}


CHILD = """
import asyncio, sys
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import make_url
from services.signals.settings import SignalsSettings
from services.signals.alerts.webhook_relay import WebhookRelay
from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.storage.engine.database import open_database
from shared.telemetry.metrics import Metrics
from shared.transport.webhooks import WebhookSender

async def main(url):
    database, owns = open_database(make_url(url)), asyncio.Event()
    owns.set()
    async with WebhookSender(loopback=True) as sender:
        relay = WebhookRelay(
            database=database, sender=sender, settings=SignalsSettings(database=url),
            metrics=Metrics(CollectorRegistry()), keys=WebhookKeys([b"k" * 32]),
        )
        await relay.run(owns)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
async def test_a_relay_killed_time_and_again_delivers_everything(sqlite_url: str) -> None:
    async with opened(sqlite_url) as house, receiving(OK) as receiver:
        for _ in range(2):
            await waits(house, await house.endpoint(receiver), 12)
        wanted = set(await house.messages())
        for kill_at in (2, 9, len(wanted)):
            child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, sqlite_url)
            try:
                async with asyncio.timeout(60):
                    while len({each.headers["webhook-id"] for each in receiver.heard}) < kill_at:
                        assert child.returncode is None
                        await asyncio.sleep(0.005)
            finally:
                child.send_signal(signal.SIGKILL)
                await child.wait()
        await house.settle()
    assert len(wanted) > 20
    assert {each.headers["webhook-id"] for each in receiver.heard} == wanted, "each at least once, and no other"
    assert {outcome for outcome, *_ in (await house_outcomes(sqlite_url)).items()} == {"delivered"}


async def house_outcomes(url: str) -> dict[str, int]:
    database = open_database(make_url(url))
    try:
        async with database.read() as connection:
            found = list((await connection.execute(select(table_of(WebhookMessageRow).c.outcome))).scalars())
            endpoints = list((await connection.execute(select(table_of(WebhookEndpointRow).c.id))).scalars())
    finally:
        await database.close()
    assert len(endpoints) == 2
    return {each: found.count(each) for each in found}
