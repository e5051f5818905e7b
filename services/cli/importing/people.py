"""Imports tables of people: the first as it is, a later one as a snapshot that is compared with what is known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncConnection

from services.cli.connection import Connection, store
from services.cli.errors import UsageError
from services.cli.event_sender import event_sender
from services.cli.importing.dry_run import FIRST_EVENTS
from services.cli.importing.files import BATCH_EVENTS, import_files
from services.cli.importing.plan import Plan
from services.cli.importing.refresh import TOO_MANY, Difference, compare, ended
from services.cli.importing.reporting.deliveries import Deliveries
from services.cli.importing.run import Finished, finished_report, recorded, tell_tools
from services.cli.importing.screen import FileProgress, progress_bar
from services.cli.importing.settle import wait_until_settled
from shared.domain.privacy.pseudonym import PseudonymChecks, Pseudonyms
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.registry import CanonicalEvent
from shared.storage.directory.changes import keep_changes, last_day
from shared.storage.directory.recorded import Recorded, load_recorded
from shared.storage.directory.register import Register

# Enough to see what kind of change it is; all of them stand in the file of people.
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """How a table of people that comes later is taken."""

    day: datetime
    day_given: bool = False
    leavers_by_absence: bool = False
    yes: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class _Read:
    """What the files say, before anything is sent."""

    events: list[CanonicalEvent] = field(default_factory=list)

    async def take(self, events: Sequence[CanonicalEvent]) -> int:
        self.events += events
        return len(events)


async def import_people(
    connection: Connection, plan: Plan, *, refresh: Refresh, rejected_path: Path, wait_seconds: float | None
) -> Finished:
    """Send what a plan of tables of people holds, or what differs from the directory where there is one.

    Raises UsageError when it differs and no day was given, when a later table is known, and when too much differs; what
    `run_import` raises as well.
    """
    found = _Read()
    before = await recorded(connection)
    deliveries = Deliveries(owned=before.links.keys(), keeps_sent=wait_seconds is not None)
    dead: Counter[str] = Counter()
    with progress_bar() as bar:
        progress = FileProgress(bar, total_bytes=plan.size_bytes)
        summary = await import_files(plan, send=found.take, progress=progress, rejected_path=rejected_path)
        summary.sent = 0
        events = await _news(connection, found.events, refresh)
        if refresh.dry_run:
            summary.sent = len(events)
            _as_if_sent(connection, events, deliveries)
        else:
            async with event_sender(connection, deliveries=deliveries) as send:
                for start in range(0, len(events), BATCH_EVENTS):
                    summary.sent += await send(events[start : start + BATCH_EVENTS])
        if wait_seconds is not None:
            dead = await wait_until_settled(
                connection, deliveries.sent, timeout_seconds=wait_seconds, progressed=progress.waiting
            )
    report = finished_report(plan, summary, deliveries, before, dead, dry_run=refresh.dry_run)
    if refresh.dry_run:
        return Finished(summary, report, tuple(events[:FIRST_EVENTS]))
    await tell_tools(connection, plan)
    return Finished(summary, report)


def _as_if_sent(connection: Connection, events: Sequence[CanonicalEvent], deliveries: Deliveries) -> None:
    pseudonyms = connection.keyring().pseudonyms
    if pseudonyms is not None:
        deliveries.add(pseudonymise(each, pseudonyms)[0] for each in events)


async def _news(connection: Connection, events: list[CanonicalEvent], refresh: Refresh) -> list[CanonicalEvent]:
    keys = connection.keyring()
    if keys.pseudonyms is None:
        return events  # the edge refuses them, and says why
    async with store(connection) as database:
        async with database.read() as reading:
            known = await load_recorded(reading, PseudonymChecks(keys.pseudonyms.check_key()))
            if not known.people:
                return events
            later = await last_day(reading)
        if later is not None and later > refresh.day:
            raise UsageError(
                "a table of a later day is known already; undo that first with `bellwether directory undo`"
            )
        difference = compare(events, known, keys.pseudonyms, refresh.day)
        register = Register(database.engine.dialect, keys.register)
        wanted = {*difference.missing, *(each.before for each in difference.moves if each.before)}
        async with database.read() as reading:
            ids = await _ids(reading, register, wanted)
        if refresh.leavers_by_absence:
            _end_absent(difference, known, keys.pseudonyms, ids, refresh.day)
        _show(difference, ids, refresh)
        _refuse(difference, ids, refresh)
        if not refresh.dry_run:
            async with database.write() as writing:
                await keep_changes(writing, difference.changes)
    return difference.events


async def _ids(connection: AsyncConnection, register: Register, pseudonyms: set[str]) -> dict[str, str]:
    """The HR system's ids behind pseudonyms, as far as the register knows them."""
    entries = await connection.run_sync(register.find, pseudonyms)
    return {pseudonym: entry.text for pseudonym, entry in entries.items()}


def _end_absent(difference: Difference, known: Recorded, names: Pseudonyms, ids: dict[str, str], day: datetime) -> None:
    for pseudonym in difference.missing:
        if pseudonym in ids:
            event, change = ended(ids[pseudonym], known, names, day)
            difference.events.append(event)
            difference.changes.append(change)


def _show(difference: Difference, ids: dict[str, str], refresh: Refresh) -> None:
    console = Console(stderr=True)

    def show(what: str, people: Sequence[str]) -> None:
        if people:
            more = f" and {len(people) - _SHOWN} more" if len(people) > _SHOWN else ""
            console.print(
                f"{len(people):,} {what}: {', '.join(people[:_SHOWN])}{more}", soft_wrap=True, markup=False, emoji=False
            )

    console.print(f"compared with {difference.known:,} people who are known, as of {refresh.day:%Y-%m-%d}")
    show(
        "with another leader",
        [
            f"{each.person} (from {ids.get(each.before, 'nobody') if each.before else 'nobody'} "
            f"to {each.after or 'nobody'})"
            for each in difference.moves
        ],
    )
    show("in another team", difference.teams)
    show("new", difference.joins)
    show("back", difference.returned)
    show("left, by their row", difference.left)
    missing = [ids.get(each, "(erased)") for each in difference.missing]
    ending = "left, as they are in no row" if refresh.leavers_by_absence else (
        "in no row; they stay, as --leavers-by-absence was not given"
    )  # fmt: skip
    show(ending, missing)
    if difference.accounts:
        console.print(f"{difference.accounts:,} accounts of somebody else, or until another day")
    if difference.working_times:
        console.print(f"{difference.working_times:,} with other working times")


def _refuse(difference: Difference, ids: dict[str, str], refresh: Refresh) -> None:
    absent = len(difference.missing) if refresh.leavers_by_absence else 0
    if (difference.dated or absent) and not refresh.day_given:
        raise UsageError("this differs from what is known; say from which day it holds with --as-of DATE")
    if refresh.dry_run or refresh.yes:
        return
    bare = {each.lstrip("0") for each in ids.values()}
    if any(each not in ids.values() and each.lstrip("0") in bare for each in difference.joins):
        raise UsageError("new ids differ from known ones in leading zeros only; nothing was sent (--yes takes them)")
    share = difference.share(absent)
    if share > TOO_MANY and (difference.dated or absent):
        raise UsageError(
            f"{share:.0%} of the people would change, which is more than {TOO_MANY:.0%}; nothing was sent. "
            "Look at the list above, and give --yes if it is right"
        )
