"""The API served on loopback with a company in it, to identities who must not see each other's things."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from sqlalchemy.engine import make_url

from services.api.app import build
from services.api.settings import ApiSettings
from services.cli.serving.server import HttpServer
from shared.domain.privacy.roles import Role
from shared.keyring import CLOSED, Keyring
from shared.settings import ServiceSettings
from shared.storage.access.key_issue import create_key
from shared.storage.engine.database import open_database
from shared.telemetry.health import Health
from shared.telemetry.metrics import Metrics
from shared.transport.embedded import LOOPBACK, free_port
from tests.api.company import LEADER, UNLIMITED, open_cases, settle

IDENTITIES = {"partner": (Role.HR_PARTNER, "hanna"), "leader": (Role.LEADER, LEADER), "opener": (Role.OPERATOR, "theo")}


@dataclass(frozen=True, slots=True)
class Served:
    """Where the API answers, and a token of every identity."""

    url: str
    tokens: dict[str, str]


@contextlib.contextmanager
def served(
    database_url: str, fill: Callable[[str], Awaitable[dict[str, str]]] | None = None, keyring: Keyring = CLOSED
) -> Iterator[Served]:
    """The API on a port of its own until the block ends. `fill` fills its store and answers with tokens."""
    tokens = asyncio.run(_settled(fill or _settle, database_url))
    settings = ApiSettings(database=database_url, **UNLIMITED)
    database = open_database(make_url(database_url))
    metrics = Metrics(CollectorRegistry())
    app = build(settings, metrics, database, Health(), keyring=keyring)
    try:
        with on_loopback(app, settings, metrics) as port:
            yield Served(f"http://{LOOPBACK}:{port}", tokens)
    finally:
        asyncio.run(database.close())


@contextlib.contextmanager
def on_loopback(app: Any, settings: ServiceSettings, metrics: Metrics) -> Iterator[int]:
    """An application on a free port, as a service serves it, until the block ends."""
    port = free_port()
    server = HttpServer(app, settings.model_copy(update={"host": LOOPBACK, "port": port}), metrics)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        thread.join()


async def _settled(fill: Callable[[str], Awaitable[dict[str, str]]], database_url: str) -> dict[str, str]:
    return await fill(database_url)


async def _settle(database_url: str) -> dict[str, str]:
    database = open_database(make_url(database_url))
    now = int(time.time())
    await settle(database)
    tokens = {}
    async with database.write() as connection:
        for name, (role, person) in IDENTITIES.items():
            tokens[name] = (await create_key(connection, name=name, role=role, person=person, now=now)).token
        await connection.run_sync(open_cases, partner="hanna", now=now)
    await database.close()
    return tokens
