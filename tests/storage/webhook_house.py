"""The small company with partners who are told by webhook, and a relay with a clock of its own."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry
from sqlalchemy import select
from sqlalchemy.engine import make_url

from services.signals.alerts.webhook_relay import WebhookRelay
from services.signals.settings import SignalsSettings
from shared.storage.access.role_names import WRITER
from shared.storage.alerts.webhook_outbox import Endpoint, add_endpoint
from shared.storage.engine.bulk import table_of
from shared.storage.engine.database import Database, open_database
from shared.storage.tables.webhooks import WebhookMessageRow
from shared.telemetry.metrics import Metrics
from shared.transport.webhook_signing import make_secret
from shared.transport.webhooks import WebhookSender
from tests.api.company import NOW, PARTNER, settle
from tests.storage.roles import as_service
from tests.transport.receiver import Receiver


@dataclass(slots=True)
class House:
    """A store, a relay over it with a clock of its own, and the metrics of both."""

    database: Database
    relay: WebhookRelay
    metrics: Metrics
    secrets: Path
    now: float = field(default_factory=time.time)

    async def endpoint(self, receiver: Receiver, *, person: str = PARTNER) -> Endpoint:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        async with self.database.write() as connection:
            made = await connection.run_sync(add_endpoint, person=person, url=url, created_by="tests", now=NOW)
        make_secret(self.secrets, made.id)
        return made

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
            pass


@asynccontextmanager
async def opened(url: str, secrets: Path, sender: WebhookSender | None = None) -> AsyncIterator[House]:
    database = writer = open_database(make_url(url))
    metrics = Metrics(CollectorRegistry())
    try:
        await settle(database)
        writer = await as_service(database, WRITER)
        settings = SignalsSettings(database=url, webhook_secrets=secrets)
        async with sender or WebhookSender(loopback=True) as sending:
            relay = WebhookRelay(
                database=writer, sender=sending, settings=settings, metrics=metrics, clock=lambda: made.now
            )
            made = House(database, relay, metrics, secrets)
            yield made
    finally:
        await writer.close()
        await database.close()
