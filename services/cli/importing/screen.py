"""What an import shows while it runs."""

from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


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
