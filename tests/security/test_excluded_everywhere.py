"""Places of `BELLWETHER_EXCLUDED_PLACES`, named as their source names them: left out by every way in."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from services.cli.connection import connect, existing_store
from services.cli.event_sender import event_sender
from services.cli.up.demo import send_past
from services.gateway.settings import GatewaySettings
from services.simulator.settings import SimulatorSettings
from shared import topics
from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.pseudonym import Pseudonyms
from shared.schemas.registry import CanonicalEvent, event_decoder
from shared.schemas.ticket import TicketStep
from shared.storage.engine.bulk import table_of
from shared.storage.tables.log import AcceptedRow
from tests.e2e.system import rows, up, wait_until
from tests.security.pipeline import GATEWAY, LIMIT_SECONDS, pipeline
from tests.security.test_own_producers import produced, said_in
from tests.transport.test_excluded_places import EVERYTHING, ORDINARY, PLACES

LEFT_IN = len(ORDINARY)
VARIABLE = "BELLWETHER_EXCLUDED_PLACES"


@pytest.fixture
def excluded(monkeypatch: pytest.MonkeyPatch) -> str:
    setting = json.dumps(sorted(PLACES))
    monkeypatch.setenv(VARIABLE, setting)
    return setting


@pytest.mark.usefixtures("excluded")
@pytest.mark.broker
async def test_by_the_gateway(embedded_bootstrap: str, topic_prefix: str, sqlite_url: str, tmp_path: Path) -> None:
    """It reads the environment, as `run gateway` does."""
    places = GatewaySettings().excluded_places
    assert places == PLACES
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=sqlite_url, keys=tmp_path,
        excluded_places=places,
    ) as system:  # fmt: skip
        await system.send(EVERYTHING)
        await system.until(applied=LEFT_IN)
        await asyncio.sleep(1)
        await system.until(applied=LEFT_IN)
        sent = [each for topic in (topics.EVENTS_CHAT, topics.EVENTS_CALENDAR, topics.EVENTS_TICKET)
                for each in await system.on_topic(topic)]  # fmt: skip
        assert len(sent) == LEFT_IN
        await system.stop([GATEWAY])


@pytest.mark.usefixtures("excluded")
async def test_by_an_import(tmp_path: Path) -> None:
    async with event_sender(connect(data=tmp_path)) as send:
        assert await send(EVERYTHING) == LEFT_IN
    assert rows(tmp_path / "bellwether.db", "accepted") == LEFT_IN


@pytest.mark.slow
def test_by_up_for_producers_of_its_broker(tmp_path: Path) -> None:
    store = tmp_path / "bellwether.db"
    sentinel = said_in("channel of nobody")
    with up(tmp_path, environment={VARIABLE: json.dumps(sorted(PLACES))}) as system:
        (everything,) = system.services["up"]
        asyncio.run(produced(everything, [*EVERYTHING, sentinel]))
        wait_until(lambda: rows(store, "applied") == LEFT_IN + 1, what="what is let in", seconds=LIMIT_SECONDS)
        assert rows(store, "accepted") == 0
        assert rows(store, "dead_letter") == 0


async def test_by_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its past comes in as an import; its live events through the gateway, as those of any producer."""
    company: dict[str, Any] = {"people": 40, "weeks": 4, "stories": ("null",)}
    ends_at = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
    names = [f"t{number:02}" for number in range(40)]  # the simulator's queues; each store gives them keys of its own

    async def groups(data: Path) -> set[str]:
        connection = connect(data=data)
        await send_past(connection, SimulatorSettings(**company), ends_at=ends_at, progress=lambda _: None)
        async with existing_store(connection) as database, database.read() as reading:
            values = (await reading.execute(select(table_of(AcceptedRow).c.value))).scalars().all()
        events: list[CanonicalEvent] = list(map(event_decoder().decode, values))
        found = {event.data.group for event in events if isinstance(event.data, TicketStep)}
        key = bytes.fromhex((data / "keys" / "pseudonym.key").read_text(encoding="ascii").strip())
        return {name for name in names if Pseudonyms(key).named(ThingKind.QUEUE, name) in found}

    everywhere = await groups(tmp_path / "all")
    assert len(everywhere) > 1
    one = min(everywhere)
    monkeypatch.setenv(VARIABLE, msgspec.json.encode([f"queue:{one}"]).decode())
    assert await groups(tmp_path / "without") == everywhere - {one}
