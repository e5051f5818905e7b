"""One import as it was ordered: reading and sending, or only reading; then the report, and whether it failed."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.cli.connection import Connection
from services.cli.errors import DeadLettersError, UsageError
from services.cli.importing.dry_run import dry_run
from services.cli.importing.people import Refresh, import_people
from services.cli.importing.plan import Plan
from services.cli.importing.reporting.report import write_report
from services.cli.importing.reporting.report_screen import show_first, show_report
from services.cli.importing.run import Finished, refuse_demo, run_import


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How an import is to be done."""

    connection: Connection
    refresh: Refresh | None
    """For tables of people that are compared with what is known."""
    rejects: Path | None
    report: Path | None
    wait_seconds: float | None
    dry_run: bool


def perform(plan: Plan, order: Order) -> Finished:
    """Do it and show the report. Raises UsageError when nothing could be read, and DeadLettersError."""
    began = time.monotonic()
    done = asyncio.run(_done(plan, order))
    show_report(done.report, done.summary, seconds=time.monotonic() - began)
    if order.report is not None:
        write_report(order.report, done.report)
    if not done.summary.accepted and not done.summary.skipped:
        raise UsageError(f"nothing in {done.summary.files} file(s) could be read as {plan.kind}")
    if order.dry_run:
        show_first(done.first)
    _refuse_dead_letters(done.report.events.dead_letters)
    return done


async def _done(plan: Plan, order: Order) -> Finished:
    connection = order.connection
    compares = plan.kind == "people" and order.refresh is not None
    if order.dry_run and not (compares and connection.has_keys() and connection.has_store()):
        return await dry_run(connection, plan, rejected_path=order.rejects)
    rejected_path = order.rejects or connection.data / f"rejected-{plan.kind}.ndjson"
    rejected_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    await refuse_demo(connection)
    if compares and order.refresh is not None:
        return await import_people(
            connection, plan, refresh=order.refresh, rejected_path=rejected_path, wait_seconds=order.wait_seconds
        )
    return await run_import(connection, plan, rejected_path=rejected_path, wait_seconds=order.wait_seconds)


def _refuse_dead_letters(reasons: Mapping[str, int]) -> None:
    if not reasons:
        return
    told = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
    clocks = ". Are the clocks of all machines right?" if "from_the_future" in reasons else ""
    raise DeadLettersError(f"{sum(reasons.values()):,} of the events sent were refused by the services: {told}{clocks}")
