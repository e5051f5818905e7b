"""What an import would send and what it would say, without sending anything or making a store."""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from services.cli.connection import Connection, existing_store
from services.cli.importing.files import import_files
from services.cli.importing.plan import Plan
from services.cli.importing.reporting.deliveries import Deliveries
from services.cli.importing.run import Finished, finished_report
from services.cli.importing.screen import FileProgress, progress_bar
from shared.domain.privacy.pseudonym import KEY_BYTES, PseudonymChecks, Pseudonyms
from shared.ingest.outlets import known_of
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.registry import CanonicalEvent
from shared.sources.events.canonical import without_text
from shared.storage.directory.recorded import Recorded, load_recorded
from shared.storage.engine.database import Database

FIRST_EVENTS: Final = 3
"""Enough to see whether the columns were taken for what they are."""


async def dry_run(connection: Connection, plan: Plan, *, rejected_path: Path | None) -> Finished:
    """Read everything, and report as if it had been sent. Raises OSError for a file that cannot be read."""
    async with AsyncExitStack() as stack:
        database = None
        if connection.has_store():
            database = await stack.enter_async_context(existing_store(connection))
        return await _tried(_pseudonyms(connection), database, plan, rejected_path)


async def _tried(
    pseudonyms: Pseudonyms | None, database: Database | None, plan: Plan, rejected_path: Path | None
) -> Finished:
    known = Recorded()
    if pseudonyms is not None and database is not None:
        async with database.read() as reading:
            known = await load_recorded(reading, PseudonymChecks(pseudonyms.check_key()))
    # Without a store nobody is known, and any key tells accounts apart.
    names = pseudonyms or Pseudonyms(os.urandom(KEY_BYTES))
    deliveries = Deliveries(owned=known.links.keys())
    first: list[CanonicalEvent] = []

    async def take(events: Sequence[CanonicalEvent]) -> int:
        first.extend(events[: FIRST_EVENTS - len(first)])
        taken = [pseudonymise(each, names)[0] for each in events]
        before: frozenset[bytes] = frozenset()
        if database is not None:
            async with database.read() as reading:
                before = await known_of(reading, taken)
        deliveries.add(taken, before)
        return len(events)

    with progress_bar() as bar:
        progress = FileProgress(bar, total_bytes=plan.size_bytes)
        summary = await import_files(plan, send=take, progress=progress, rejected_path=rejected_path)
    report = finished_report(plan, summary, deliveries, known, Counter(), dry_run=True)
    return Finished(summary, report, tuple(without_text(each, text_features=False) for each in first))


def _pseudonyms(connection: Connection) -> Pseudonyms | None:
    return connection.keyring().pseudonyms if connection.has_keys() else None
