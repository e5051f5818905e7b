"""Files to canonical events for `bellwether import`: reads in a thread, sends in batches, accounts for every row."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Final, Protocol, Self

import msgspec

from services.cli.connection import Send
from services.cli.importing.slack_export import chat_options
from shared.schemas.registry import CanonicalEvent
from shared.sources import Accepted, Item, Kind, Options, Rejection, Skipped, source_of

# Enough to keep the broker busy, little enough to show progress and to hold in memory twice.
BATCH_EVENTS: Final = 500
# A batch also ends after so many items that send nothing, so that a file of bad rows shows progress too.
_BATCH_ITEMS: Final = 5_000
_PROGRESS_SECONDS: Final = 0.1
# Each read lets go of the interpreter for a moment. At the usual 8 kB that is every few milliseconds: the event loop is
# woken each time, loses the race and never waits long enough to be given its turn. That stalled it for 150-350 ms.
_BUFFER_BYTES: Final = 1 << 20
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class Progress(Protocol):
    """Who shows how far the import is; called on the event loop."""

    def started(self, path: Path, size_bytes: int) -> None:
        """A file is being read."""

    def advanced(self, path: Path, read_bytes: int) -> None:
        """So many bytes of it have been read since the last call."""


@dataclass(slots=True)
class Summary:
    """What became of the rows: `read` is the sum of `accepted`, `skipped` and `rejected`.

    `sent` and `excluded` count events: what went in, and what happened in excluded places.
    """

    files: int = 0
    read: int = 0
    accepted: int = 0
    skipped: int = 0
    rejected: int = 0
    sent: int = 0
    excluded: int = 0
    skipped_by_reason: Counter[str] = field(default_factory=Counter)
    rejected_by_reason: Counter[str] = field(default_factory=Counter)


class _RejectedRow(msgspec.Struct, frozen=True):
    """A line of the file of rejected rows: where and why, never what."""

    file: str
    line: int
    reason: str
    rows: int


@dataclass(slots=True)
class _Batch:
    events: list[CanonicalEvent] = field(default_factory=list)
    ended: bool = False


async def import_files(
    kind: Kind,
    paths: Iterable[Path],
    options: Options,
    *,
    send: Send,
    progress: Progress | None = None,
    rejected_path: Path | None = None,
) -> Summary:
    """Read files (folders: every file in them that is not hidden) and send their events, in order, 500 at a time.

    The event loop stays free while a thread reads, up to the pauses of Python's
    collector over the rows that a table holds: some 35 ms at 30,000 mail rows and 150 ms at 300,000.

    `send` gets the next batch only after it has returned how many of its events it took. Rejected rows go to
    `rejected_path` as NDJSON, if one is given and there are any. Importing the same again sends the same ids. Raises
    OSError for a file that cannot be opened, and whatever `send` raises.
    """
    summary = Summary()
    with _RejectedRows(rejected_path) as rejected:
        for path in _files(kind, paths):
            with _File(kind, path, chat_options(path, options) if kind == "chat" else options) as file:
                if progress is not None:
                    progress.started(path, path.stat().st_size)
                ended = False
                while not ended:
                    batch = await _next_batch(file, summary, rejected, progress)
                    if batch.events:
                        sent = await send(batch.events)
                        summary.sent += sent
                        summary.excluded += len(batch.events) - sent
                    ended = batch.ended
            summary.files += 1
    return summary


async def _next_batch(file: "_File", summary: Summary, rejected: "_RejectedRows", progress: Progress | None) -> _Batch:
    task = asyncio.create_task(asyncio.to_thread(file.next_batch, summary, rejected))
    shown = file.shown_bytes
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_PROGRESS_SECONDS)
            shown, before = file.read_bytes, shown
            if progress is not None and shown > before:
                progress.advanced(file.path, shown - before)
    finally:
        file.shown_bytes = shown
        if not task.done():
            # Cancelled: the thread cannot be, so it is told to stop at the next line and waited for.
            file.stopped = True
            await asyncio.wait({task})
            task.exception()  # it is the stop; looked at, so that nobody logs it
    return await task


class _StoppedError(Exception):
    """The import was cancelled while a thread was reading."""


class _File:
    """One file being read; `next_batch` runs in a thread, one call at a time."""

    def __init__(self, kind: Kind, path: Path, options: Options) -> None:
        self.path: Final = path
        self.read_bytes = 0
        self.shown_bytes = 0
        self.stopped = False
        self._kind: Final = kind
        self._options: Final = _owner_from_name(path, options) if kind == "calendar" else options

    def __enter__(self) -> Self:
        self._file: BinaryIO = self.path.open("rb", buffering=_BUFFER_BYTES)
        self._items: Iterator[Item] = source_of(self._kind).read(self._lines(), self._options)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def next_batch(self, summary: Summary, rejected: "_RejectedRows") -> _Batch:
        batch = _Batch()
        for count, item in enumerate(self._items, start=1):
            summary.read += item.rows
            match item:
                case Accepted(event):
                    summary.accepted += item.rows
                    batch.events.append(event)
                case Skipped():
                    summary.skipped += item.rows
                    summary.skipped_by_reason[item.reason] += item.rows
                case Rejection():
                    summary.rejected += item.rows
                    summary.rejected_by_reason[item.reason] += item.rows
                    rejected.add(self.path, item)
            if len(batch.events) >= BATCH_EVENTS or count >= _BATCH_ITEMS:
                return batch
        batch.ended = True
        return batch

    def _lines(self) -> Iterator[bytes]:
        mark = self._file.read(2)
        self._file.seek(0)
        lines: Iterable[bytes] = self._file
        if mark in _UTF16_MARKS:
            # What spreadsheets call "Unicode text".
            lines = (
                line.encode() for line in self.path.read_text("utf-16", errors="replace").splitlines(keepends=True)
            )
        for line in lines:
            if self.stopped:
                raise _StoppedError
            self.read_bytes += len(line)
            yield line


class _RejectedRows:
    """The file of rejected rows; it is made when the first one comes."""

    def __init__(self, path: Path | None) -> None:
        self._path: Final = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, path: Path, rejection: Rejection) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._file = self._path.open("wb")
        row = _RejectedRow(file=str(path), line=rejection.line, reason=rejection.reason, rows=rejection.rows)
        self._file.write(msgspec.json.encode(row) + b"\n")


def _files(kind: Kind, paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            # The files at the top of a chat export describe users and channels; messages are one folder down.
            pattern = "*/*.json" if kind == "chat" else "**/*"
            yield from sorted(file for file in path.glob(pattern) if file.is_file() and not _hidden(file, below=path))
        else:
            yield path


def _hidden(file: Path, *, below: Path) -> bool:
    """What a file manager does not show either, such as its own notes on a folder."""
    return any(part.startswith(".") for part in file.relative_to(below).parts)


def _owner_from_name(path: Path, options: Options) -> Options:
    """Calendar exports are named by their mailbox, such as ana@example.com.ics."""
    return replace(options, owner=path.stem) if not options.owner and "@" in path.stem else options
