"""Runs the program inside the test, and makes small stores for it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy.engine import make_url
from typer.testing import CliRunner, Result

from services.chat.handle import interaction
from services.cli.app import build
from services.signals.intake.apply import Applier, Candidate, Work, directory_candidate, interaction_candidate
from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from services.simulator.scenario import Scenario
from services.simulator.world import events
from shared.schemas.chat import ChatEvent
from shared.schemas.directory import DirectoryEvent
from shared.schemas.registry import CanonicalEvent
from shared.storage.access.modes import put_mode
from shared.storage.engine.database import open_database
from shared.storage.engine.schema import upgrade
from shared.storage.log.event_log import INTERACTION
from shared.storage.log.offsets import OffsetStore, Position
from shared.telemetry.metrics import Metrics
from tests.names import ANY_NAMES
from tests.storage.templates import CASE_MODE

SMALL = Scenario(seed=7, ends_at=datetime(2026, 3, 5, 14, 30, tzinfo=UTC), people=40, weeks=6, stories=("null",))


def bellwether(*arguments: str | Path) -> Result:
    """What the program does; an error it would tell in one line is `result.exception`."""
    return CliRunner().invoke(build(), [str(argument) for argument in arguments])


def chat_and_directory(scenario: Scenario = SMALL) -> list[CanonicalEvent]:
    """The messages and the directory of a small company."""
    return [event for event in events(scenario) if isinstance(event, ChatEvent | DirectoryEvent)]


def fill(url: str, happened: Sequence[CanonicalEvent], *, scored: bool) -> None:
    """Apply events to a store as the signals service does, in pages, and score them if asked."""
    asyncio.run(_fill(url, happened, scored=scored))


async def _fill(url: str, happened: Sequence[CanonicalEvent], *, scored: bool) -> None:
    database = open_database(make_url(url))
    try:
        await upgrade(database)
        async with database.write() as connection:
            await connection.run_sync(put_mode, CASE_MODE)
        applier = Applier(database.engine.dialect)
        candidates = [candidate for event in happened if (candidate := _candidate(event)) is not None]
        for start in range(0, len(candidates), 1000):
            async with database.write() as connection:
                await applier.apply(connection, Work(candidates=candidates[start : start + 1000]))
        offsets = OffsetStore("signals", database.engine.dialect)
        position = Position("interactions", 0, "test", 0)
        newest = max(each.at for each in candidates if each.kind == INTERACTION)
        async with database.write() as connection:
            await offsets.begin(connection, position)
            await offsets.advance(connection, position, to=len(candidates), watermark=newest)
        if scored:
            metrics = Metrics(CollectorRegistry())
            await Scorer(database=database, settings=SignalsSettings(), metrics=metrics).settle()
    finally:
        await database.close()


def _candidate(event: CanonicalEvent) -> Candidate | None:
    if isinstance(event, DirectoryEvent):
        return directory_candidate(event, msgspec.json.encode(event))
    if isinstance(event, ChatEvent):
        made = interaction(event, ANY_NAMES)
        return interaction_candidate(made, msgspec.json.encode(made))
    return None
