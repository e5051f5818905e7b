"""The report of an import on the screen of whoever imports."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from services.cli.importing.files import Summary
from services.cli.importing.reporting.report import Directory, ImportReport, ReadColumn, ReadFile, Reason
from shared.schemas.registry import CanonicalEvent

# More different reasons than this are in the file of rejected rows.
_REASONS_SHOWN: Final = 10
_PLACES_SHOWN: Final = 3
_FILES_SHOWN: Final = 20
_LAYOUTS_SHOWN: Final = 5
_ACCOUNTS_SHOWN: Final = 5


def show_report(report: ImportReport, summary: Summary, *, seconds: float) -> None:
    """Print what was recognised, what became of the rows, and what is known of the people in them."""
    console = Console()
    console.print(_table(report, summary, seconds))
    if report.events.in_excluded_places:
        _say(console, f"left out {report.events.in_excluded_places:,}: events in excluded places")
    told = (_layouts(report.files), _rows(report, summary), _directory(report.directory), _accounts(report))
    for line in chain.from_iterable(told):
        _say(console, line)


def show_first(events: Iterable[CanonicalEvent]) -> None:
    """Print the first events as they would be sent, before people in them get their pseudonyms."""
    console = Console()
    for event in events:
        text = msgspec.json.format(msgspec.json.encode(event), indent=2).decode()
        console.print(text, soft_wrap=True, markup=False, emoji=False, highlight=False)
    _say(console, "dry run: nothing was sent")


def _say(console: Console, line: str) -> None:
    # Headers and names of files are whatever somebody wrote: no letter of them may steer the terminal.
    plain = "".join(letter if letter.isprintable() else " " for letter in line)
    console.print(plain, soft_wrap=True, markup=False, emoji=False, highlight=False)


def _rows(report: ImportReport, summary: Summary) -> Iterator[str]:
    for what, reasons in (("skipped", report.skipped), ("rejected", report.rejected), ("noticed", report.noticed)):
        for reason in reasons[:_REASONS_SHOWN]:
            yield f"{what} {reason.rows:,}: {reason.reason}{_places(reason)}"
    if summary.rejected_path is not None:
        yield f"each of them, with file and line: {summary.rejected_path}"
        for listed, path in list(summary.hidden_files.items())[:_FILES_SHOWN]:
            yield f"{listed} stands there for {path}"


def _table(report: ImportReport, summary: Summary, seconds: float) -> Table:
    table = Table()
    sent = "to send" if report.dry_run else "events sent"
    for name in ("files", "rows read", sent, "duplicate", "skipped", "rejected", "seconds"):
        table.add_column(name, justify="right")
    counts = (summary.files, summary.read, summary.sent, report.events.duplicate, summary.skipped, summary.rejected)
    table.add_row(*(f"{count:,}" for count in counts), f"{seconds:.1f}")
    return table


def _layouts(files: Iterable[ReadFile]) -> Iterator[str]:
    """Which columns were read, once for all files of one layout."""
    layouts: dict[str, None] = {}
    for file in files:
        if file.columns:
            read = ", ".join(map(_column, file.columns))
            layouts.setdefault(f"columns of {file.format}: {read}; {file.columns_not_read} not read")
    yield from list(layouts)[:_LAYOUTS_SHOWN]


def _column(column: ReadColumn) -> str:
    named = " (--map)" if column.by == "--map" else ""
    return f'{column.field} = "{column.header}"{named}' if column.header else column.field


def _places(reason: Reason) -> str:
    if not reason.places:
        return ""
    shown = ", ".join(f"{Path(file).name}:{line}" for file, line in reason.places[:_PLACES_SHOWN])
    return f" ({shown}{', ...' if reason.rows > _PLACES_SHOWN else ''})"


def _directory(found: Directory | None) -> Iterator[str]:
    if found is None:
        return
    yield (
        f"people: {found.people:,}, with a manager {found.with_manager:,}, at the top {found.at_the_top:,}, "
        f"without a line {found.without_line:,}; chains of three: {found.chains:,}"
    )
    if found.people and not found.chains:
        yield "without a chain nothing can be said of who may go over whose head: look at the column of managers"
    for what, count in (
        ("people without an account, so that no event is theirs", found.without_account),
        ("managers who are not in the directory", found.managers_without_record),
        ("managers who have left and still lead somebody", found.inactive_managers),
        ("people who report to themselves through others", len(found.in_a_circle)),
    ):
        if count:
            yield f"{what}: {count:,}"


def _accounts(report: ImportReport) -> Iterator[str]:
    events = report.events
    if events.happened:
        yield f"{events.count_for_somebody:,} of {events.happened:,} events are about people who are known"
    for each in report.accounts:
        if each.of_nobody:
            yield (
                f"{each.of_nobody / each.met:.0%} of {each.met:,} {each.namespace} accounts belong to nobody "
                f"(in events: {each.events_of_nobody:,} times); a column of accounts in the table of people links them"
            )
    for account in report.accounts_of_nobody[:_ACCOUNTS_SHOWN]:
        yield f"  {account.account}: {account.events:,} events"
    if len(report.accounts_of_nobody) > _ACCOUNTS_SHOWN:
        yield f"  and {len(report.accounts_of_nobody) - _ACCOUNTS_SHOWN:,} more; --report FILE lists them"
