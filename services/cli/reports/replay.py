"""Rebuilds a store from its event log and compares both. Equal readings prove that they follow from the log."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.errors import NotSettledError
from services.signals.intake.apply import Applier, Candidate, Work, directory_candidate, interaction_candidate
from services.signals.intake.processor import SERVICE
from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from shared import topics
from shared.domain.privacy.retention import first_computed_week
from shared.domain.week import week_end
from shared.schemas.directory import DirectoryEvent
from shared.schemas.interaction import AnyInteraction
from shared.storage import export
from shared.storage.access.modes import deployment_mode, put_mode
from shared.storage.directory.exclusion_list import copy_excluded
from shared.storage.directory.unlinked_accounts import copy_decisions
from shared.storage.engine.database import Database, open_database, sqlite_url
from shared.storage.engine.schema import upgrade
from shared.storage.facts.baselines import copy_frozen_baselines
from shared.storage.log import progress
from shared.storage.log.event_log import INTERACTION, Entry, entries
from shared.storage.log.offsets import OffsetStore, Position
from shared.storage.readings.escalation_models import copy_models, scored_configuration, set_scored_configuration
from shared.storage.readings.store import copy_kept_readings, earliest_reading, watermark
from shared.telemetry.metrics import Metrics

_LINES_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result of a rebuild. `differences` are the first lines that differ, as in a diff; none means equal.

    They are about people. `differing` says only whether facts, readings or alerts differ.
    """

    entities: int
    readings: int
    facts: int
    alerts: int | None  # None where the retention has swept what older ones rest on, and they are not compared
    differences: tuple[str, ...]
    differing: tuple[str, ...]


async def replay(stored: Database, directory: Path, *, settings: SignalsSettings) -> Comparison:
    """Rebuild a store in an empty directory and compare the exports of both.

    `stored` is read as of one instant and may go on being written to. Raises NotSettledError when its readings are
    not up to date, as they could not be equal.
    """
    rebuilt = open_database(sqlite_url(directory / "rebuilt.db"))
    try:
        await upgrade(rebuilt)
        async with stored.read() as reading:
            if not await progress.scored(reading):
                raise NotSettledError("the readings are not up to date: something is still being processed")
            entities = await _apply(reading, rebuilt)
            async with rebuilt.write() as transaction:
                await transaction.run_sync(put_mode, await reading.run_sync(deployment_mode))
                await copy_models(reading, transaction)
                await copy_excluded(reading, transaction)
                await copy_decisions(reading, transaction)
                # What the readings contain of people who were erased since is in no log any more.
                await copy_frozen_baselines(reading, transaction)
                await copy_kept_readings(reading, transaction)
                await set_scored_configuration(transaction, await scored_configuration(reading))
            # Weeks before this one rest on facts that the retention may have swept: they cannot be computed again.
            since = week_end(first_computed_week(await watermark(reading), settings.fact_days))
            # The alert rule has a memory: its alerts can be compared where all weeks that it has seen are there.
            whole = await earliest_reading(reading) >= since
            await _export(reading, directory / "stored", since=since, alerts=whole)
        await Scorer(database=rebuilt, settings=settings, metrics=Metrics(CollectorRegistry())).settle()
        async with rebuilt.read() as reading:
            await _export(reading, directory / "rebuilt", since=since, alerts=whole)
    finally:
        await rebuilt.close()
    readings, reading_differences = _compare(directory, "readings")
    facts, fact_differences = _compare(directory, "facts")
    alerts, alert_differences = _compare(directory, "alerts") if whole else (None, [])
    differences = {"facts": fact_differences, "readings": reading_differences, "alerts": alert_differences}
    return Comparison(
        entities=entities,
        readings=readings,
        facts=facts,
        alerts=alerts,
        differences=tuple(line for lines in differences.values() for line in lines),
        differing=tuple(what for what, lines in differences.items() if lines),
    )


async def _apply(stored: AsyncConnection, rebuilt: Database) -> int:
    applier = Applier(rebuilt.engine.dialect)
    decode_interaction = msgspec.json.Decoder(AnyInteraction).decode
    decode_directory = msgspec.json.Decoder(DirectoryEvent).decode

    def candidate(entry: Entry) -> Candidate:
        if entry.kind == INTERACTION:
            return interaction_candidate(decode_interaction(entry.body), entry.body)
        return directory_candidate(decode_directory(entry.body), entry.body)

    count = 0
    async for page in entries(stored):
        async with rebuilt.write() as transaction:
            await applier.apply(transaction, Work(candidates=[candidate(entry) for entry in page]))
        count += len(page)
    # The clock of the readings is not in the log: revisions that were overtaken have moved it as well.
    offsets = OffsetStore(SERVICE, rebuilt.engine.dialect)
    start = Position(topics.INTERACTIONS.name, 0, "replay", 0)
    async with rebuilt.write() as transaction:
        await offsets.begin(transaction, start)
        await offsets.advance(transaction, start, to=count, watermark=await watermark(stored))
    return count


async def _export(connection: AsyncConnection, path: Path, *, since: int, alerts: bool) -> None:
    await write_lines(export.readings(connection, since=since), path.with_suffix(".readings"))
    await write_lines(export.facts(connection), path.with_suffix(".facts"))
    if alerts:
        await write_lines(export.alerts(connection), path.with_suffix(".alerts"))


async def write_lines(lines: AsyncIterator[bytes], path: Path) -> None:
    """Write lines to a file."""
    with path.open("wb") as file:
        async for line in lines:
            file.write(line + b"\n")


def _compare(directory: Path, what: str) -> tuple[int, list[str]]:
    differences: list[str] = []
    count = 0
    with (directory / f"stored.{what}").open() as stored, (directory / f"rebuilt.{what}").open() as rebuilt:
        for before, after in zip_longest(stored, rebuilt, fillvalue=""):
            count += 1
            if before != after and len(differences) < 2 * _LINES_SHOWN:
                differences += [f"- {before.rstrip()}", f"+ {after.rstrip()}"]
    return count, differences
