"""What an import shows while it runs and when it is done."""

from collections import Counter
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.cli.importing.files import Summary

# More different reasons than this are in the file of rejected rows.
_REASONS_SHOWN: Final = 10
_FILES_SHOWN: Final = 20


class FileProgress:
    """A bar that grows with the bytes read of all files."""

    def __init__(self, progress: Progress, *, total_bytes: int) -> None:
        self._progress: Final = progress
        self._task: Final[TaskID] = progress.add_task("reading", total=total_bytes)

    def started(self, path: Path, size_bytes: int) -> None:
        """Name the file."""
        del size_bytes
        self._progress.update(self._task, description=path.name)

    def advanced(self, path: Path, read_bytes: int) -> None:
        """Move the bar."""
        del path
        self._progress.advance(self._task, read_bytes)

    def waiting(self, events: int) -> None:
        """Say what is still being processed."""
        self._progress.update(self._task, description=f"waiting for {events:,} events" if events else "scoring")


def progress_bar() -> Progress:
    """A bar on standard error. It shows only on a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def show_summary(summary: Summary, rejected_path: Path, *, seconds: float) -> None:
    """Print what became of the rows, with the reasons of those that were left out."""
    table = Table()
    for name in ("files", "rows read", "events sent", "skipped", "rejected", "seconds"):
        table.add_column(name, justify="right")
    counts = (summary.files, summary.read, summary.sent, summary.skipped, summary.rejected)
    table.add_row(*(f"{count:,}" for count in counts), f"{seconds:.1f}")
    console = Console()
    console.print(table)
    if summary.excluded:
        console.print(f"left out {summary.excluded:,}: events in excluded places")
    _show_reasons(console, "skipped", summary.skipped_by_reason)
    _show_reasons(console, "rejected", summary.rejected_by_reason)
    _show_reasons(console, "noticed", summary.noticed_by_reason)
    if summary.rejected_by_reason or summary.noticed_by_reason:
        console.print(f"each of them, with file and line: {rejected_path}", soft_wrap=True, markup=False)
        for listed, path in list(summary.hidden_files.items())[:_FILES_SHOWN]:
            console.print(f"{listed} stands there for {path}", soft_wrap=True, markup=False)


def _show_reasons(console: Console, what: str, reasons: Counter[str]) -> None:
    for reason, rows in reasons.most_common(_REASONS_SHOWN):
        console.print(f"{what} {rows:,}: {reason}", soft_wrap=True, markup=False)
