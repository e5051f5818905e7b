"""An import from the first file to the last reading that includes it."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.cli.connection import Connection, store
from services.cli.errors import UsageError
from services.cli.event_sender import event_sender
from services.cli.importing.file_names import FileNames
from services.cli.importing.files import Summary, import_files
from services.cli.importing.plan import Plan
from services.cli.importing.reporting.deliveries import Deliveries
from services.cli.importing.reporting.directory_findings import DirectoryFindings, directory_findings
from services.cli.importing.reporting.report import ImportReport, import_report
from services.cli.importing.screen import FileProgress, progress_bar
from services.cli.importing.settle import wait_until_settled
from services.cli.up.demo import is_demo
from shared.domain.privacy.named_things import ThingKind
from shared.domain.privacy.names_in_text import PeopleNames
from shared.domain.privacy.pseudonym import PseudonymChecks
from shared.schemas.registry import CanonicalEvent
from shared.storage.alerts.subscription_events import import_finished
from shared.storage.directory.name_review import people_names, waiting_names
from shared.storage.directory.recorded import Recorded, load_recorded
from shared.storage.directory.register import Register


@dataclass(frozen=True, slots=True)
class Finished:
    """An import that is done."""

    summary: Summary
    report: ImportReport
    first: tuple[CanonicalEvent, ...] = ()
    """Of a dry run: the first events that would be sent."""


async def run_import(
    connection: Connection, plan: Plan, *, rejected_path: Path, wait_seconds: float | None
) -> Finished:
    """Send what is planned, and with `wait_seconds` wait until the readings include it.

    Raises NotSettledError when they do not by then, and what `event_sender` and `import_files` raise.
    """
    names = FileNames(plan.kind, await _people(connection), plan.origins)
    before = await recorded(connection)
    deliveries = Deliveries(owned=before.links.keys(), keeps_sent=wait_seconds is not None)
    dead: Counter[str] = Counter()
    with progress_bar() as bar:
        progress = FileProgress(bar, total_bytes=plan.size_bytes)
        async with event_sender(connection, deliveries=deliveries) as send:
            summary = await import_files(plan, send=send, progress=progress, rejected_path=rejected_path, names=names)
        if wait_seconds is not None:
            dead = await wait_until_settled(
                connection, deliveries.sent, timeout_seconds=wait_seconds, progressed=progress.waiting
            )
    await tell_tools(connection, plan)
    return Finished(summary, finished_report(plan, summary, deliveries, before, dead))


def finished_report(
    plan: Plan, summary: Summary, deliveries: Deliveries, before: Recorded, dead: Counter[str], *, dry_run: bool = False
) -> ImportReport:
    """The report of an import, given what the directory held before it."""
    after = Recorded.of([*before.records.values(), *deliveries.directory])
    found: DirectoryFindings | None = None
    if deliveries.directory:
        found = directory_findings(after, datetime.now(UTC))
    return import_report(plan, summary, deliveries, found, owned=after.links.keys(), dead_letters=dead, dry_run=dry_run)


async def recorded(connection: Connection) -> Recorded:
    """The directory as it is recorded, with what still waits; empty without a key of pseudonyms."""
    pseudonyms = connection.keyring().pseudonyms
    if pseudonyms is None:
        return Recorded()
    async with store(connection) as database, database.read() as reading:
        return await load_recorded(reading, PseudonymChecks(pseudonyms.check_key()))


async def tell_tools(connection: Connection, plan: Plan) -> None:
    """Note that files were taken in, of which tools may be told by whichever service runs on the store."""
    kinds = sorted({file.source.kind for file in plan.files})
    async with store(connection) as database, database.write() as transaction:
        for kind in kinds:
            await transaction.run_sync(import_finished, kind, now=int(time.time()))


async def names_to_confirm(connection: Connection) -> Mapping[ThingKind, int]:
    """How many names of teams, goals and queues wait for an operator."""
    async with store(connection) as database, database.read() as reading:
        return await reading.run_sync(waiting_names)


async def _people(connection: Connection) -> PeopleNames | None:
    """Names of everybody whom the register knows; None where it is closed or empty."""
    keys = connection.register_keys()
    if keys is None:
        return None
    async with store(connection) as database, database.read() as reading:
        return await reading.run_sync(people_names, Register(database.engine.dialect, keys))


async def refuse_demo(connection: Connection) -> None:
    """Raise UsageError when the store holds a demo. It shows named people, and nobody real must come among them."""
    async with store(connection) as database:
        if await is_demo(connection, database):
            raise UsageError("this store holds a simulated company; name another directory for real data with --data")
