"""The small company with partners who are told by webhook, and a relay with a clock of its own."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from sqlalchemy import select
from sqlalchemy.engine import make_url

from services.signals.alerts.webhook_relay import WebhookRelay
from services.signals.settings import SignalsSettings
from shared.domain.alerts.notification_week import SENT_AFTER_SECONDS, Notify, sending_instant
from shared.domain.alerts.webhook_secrets import WebhookKeys
from shared.domain.week import DAY
from shared.storage.access.role_names import WRITER
from shared.storage.alerts.endpoints import Endpoint, add_notification
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database
from shared.storage.tables.webhooks import WebhookMessageRow
from shared.telemetry.metrics import Metrics
from shared.transport.webhooks import WebhookSender
from tests.api.company import HOLDER, LEADER, MEMBERS, NOW, PARTNER, SKIP, TOP, open_cases, settle
from tests.storage.roles import as_service
from tests.transport.receiver import Receiver

CONSOLE = "https://hr.example/"
CASES = (PARTNER, HOLDER, LEADER, MEMBERS[0], SKIP, "jana", TOP)
"""Who has a case about everybody."""


@dataclass(slots=True)
class House:
    """A store, a relay over it with a clock of its own, and the metrics of both."""

    database: Database
    relay: WebhookRelay
    metrics: Metrics
    keys: WebhookKeys
    now: float = field(default_factory=time.time)

    async def endpoint(self, receiver: Receiver, *, person: str = PARTNER, notify: Notify = Notify.CHANGES) -> Endpoint:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        async with self.database.write() as connection:
            return await connection.run_sync(
                add_notification, person=person, url=url, notify=notify, by="tests", now=int(self.now)
            )

    async def begin(self) -> None:
        """Let the store decide for the first time: from the next week on partners are told. Cases are opened."""
        self.now = float(sending_instant(NOW) + DAY)
        async with self.database.write() as connection:
            for partner in CASES:
                await connection.run_sync(open_cases, partner=partner, now=int(self.now))
        await self.settle()

    async def next_week(self) -> None:
        """Go on to when messages of the next week leave, and relay them."""
        self.now = float(sending_instant(int(self.now)) + 7 * DAY)
        await self.settle()
        self.now += SENT_AFTER_SECONDS
        await self.settle()

    async def messages(self) -> dict[str, tuple[str, int, int]]:
        """Outcome, attempts and next attempt of every message."""
        table = table_of(WebhookMessageRow).c
        query = select(table.id, table.outcome, table.attempts, table.next_attempt_at)
        async with self.database.read() as connection:
            return {row[0]: (row[1], row[2], row[3]) for row in await connection.execute(query)}

    async def waiting(self) -> Counter[str]:
        """How many messages wait for each endpoint."""
        async with self.database.read() as connection:
            return Counter((await connection.execute(select(table_of(WebhookMessageRow).c.endpoint))).scalars())

    async def settle(self) -> None:
        """Relay until nothing is due."""
        while await self.relay.relay():
            await self.relay.finish()


@asynccontextmanager
async def opened(url: str, sender: WebhookSender | None = None) -> AsyncIterator[House]:
    database = writer = open_database(make_url(url))
    metrics = Metrics(CollectorRegistry())
    try:
        await settle(database)
        writer = await as_service(database, WRITER)
        settings, keys = SignalsSettings(database=url, console_url=CONSOLE), WebhookKeys([b"k" * 32])
        async with sender or WebhookSender(loopback=True) as sending:
            relay = WebhookRelay(
                database=writer, sender=sending, settings=settings, metrics=metrics, keys=keys, clock=lambda: made.now
            )
            made = House(database, relay, metrics, keys)
            await made.begin()
            yield made
    finally:
        await writer.close()
        await database.close()
