"""Files to canonical events for `bellwether import`: reads in a thread, sends in batches, accounts for every row."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final, Literal, Protocol, Self

import msgspec

from services.cli.event_sender import Send
from services.cli.importing.file_names import FileNames
from services.cli.importing.plan import UTF16_MARKS, Plan, PlannedFile
from shared.schemas.registry import CanonicalEvent
from shared.sources.reader import Accepted, Item, Notice, Rejection, Skipped

# Enough to keep the broker busy, little enough to show progress and to hold in memory twice.
BATCH_EVENTS: Final = 500
# A batch also ends after so many items that send nothing, so that a file of bad rows shows progress too.
_BATCH_ITEMS: Final = 5_000
_PROGRESS_SECONDS: Final = 0.1
# Each read lets go of the interpreter for a moment. At the usual 8 kB that is every few milliseconds: the event loop is
# woken each time, loses the race and never waits long enough to be given its turn. That stalled it for 150-350 ms.
_BUFFER_BYTES: Final = 1 << 20
# A line is held in memory as a whole. The longest that mean anything are exports of a chat in one line.
_LINE_BYTES_MAX: Final = 64 << 20


# Enough to see what is wrong with a kind of rows; all of them are in the list of rejected ones.
_PLACES_MAX: Final = 20

Outcome = Literal["skipped", "rejected", "noticed"]


class Progress(Protocol):
    """Shows the progress of an import. It is called on the event loop."""

    def started(self, path: Path, size_bytes: int) -> None:
        """A file is being read."""

    def advanced(self, path: Path, read_bytes: int) -> None:
        """Bytes of it that were read since the last call."""


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
    listed_files: list[str] = field(default_factory=list)
    """What a report calls the files, in the order in which they are read."""
    hidden_files: Mapping[str, Path] = field(default_factory=dict)
    """Files by what the list of rejected rows calls them, where it does not name them."""
    skipped_by_reason: Counter[str] = field(default_factory=Counter)
    rejected_by_reason: Counter[str] = field(default_factory=Counter)
    noticed_by_reason: Counter[str] = field(default_factory=Counter)
    """What there is to know of rows that are accounted for, or of parts of them that were left out."""
    places: dict[tuple[Outcome, str], list[tuple[int, int]]] = field(default_factory=dict)
    """The first places of each outcome and reason: place of the file in `listed_files`, and line."""
    rejected_path: Path | None = None
    """Where rejected rows are listed, when there are any."""

    def count(self, path: Path, item: Item, rejected: "_RejectedRows") -> None:
        """Account for an item of a file, and list it if it is rejected."""
        self.read += item.rows
        match item:
            case Accepted():
                self.accepted += item.rows
            case Skipped():
                self._note("skipped", item)
                self.skipped += item.rows
                self.skipped_by_reason[item.reason] += item.rows
            case Notice() | Rejection(rows=0):
                self._note("noticed", item)
                self.noticed_by_reason[item.reason] += 1
                rejected.add(path, item)
            case Rejection():
                self._note("rejected", item)
                self.rejected += item.rows
                self.rejected_by_reason[item.reason] += item.rows
                rejected.add(path, item)

    def _note(self, outcome: Outcome, item: Skipped | Rejection | Notice) -> None:
        places = self.places.setdefault((outcome, item.reason), [])
        if len(places) < _PLACES_MAX:
            places.append((len(self.listed_files) - 1, item.line))


class _RejectedRow(msgspec.Struct, frozen=True):
    """A line of the file of rejected rows. It says where and why. It quotes no row, and names nobody's mailbox."""

    file: str
    line: int
    reason: str
    rows: int


@dataclass(slots=True)
class _Batch:
    events: list[CanonicalEvent] = field(default_factory=list)
    ended: bool = False


async def import_files(
    plan: Plan,
    *,
    send: Send,
    progress: Progress | None = None,
    rejected_path: Path | None = None,
    names: FileNames | None = None,
) -> Summary:
    """Read the files of a plan and send their events, in order, 500 at a time.

    The event loop stays free while a thread reads, up to the pauses of Python's
    collector over the rows that a table holds: some 35 ms at 30,000 mail rows and 150 ms at 300,000.

    `send` gets the next batch only after it has returned how many of its events it took. Rejected rows go to
    `rejected_path` as NDJSON, if one is given and there are any, with files as `names` lists them; where that is there
    already, to one with a number behind its name. Importing the same again sends the same ids. Raises OSError for a
    file that cannot be opened, and whatever `send` raises.
    """
    names = names or FileNames(plan.kind, origins=plan.origins)
    summary = Summary(hidden_files=names.hidden)
    with _RejectedRows(rejected_path, names) as rejected:
        for path, reason in plan.unrecognised:
            summary.listed_files.append(rejected.begin(path))
            summary.count(path, Rejection(1, reason), rejected)
            summary.files += 1
        for planned in plan.files:
            summary.listed_files.append(rejected.begin(planned.path))
            with _File(planned) as file:
                if progress is not None:
                    progress.started(planned.path, planned.size_bytes)
                ended = False
                while not ended:
                    batch = await _next_batch(file, summary, rejected, progress)
                    if batch.events:
                        sent = await send(batch.events)
                        summary.sent += sent
                        summary.excluded += len(batch.events) - sent
                    ended = batch.ended
            summary.files += 1
    summary.rejected_path = rejected.path
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


class _LongLineError(Exception):
    """A line is too long to read on behind it."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line: Final = line


class _File:
    """One file being read; `next_batch` runs in a thread, one call at a time."""

    def __init__(self, planned: PlannedFile) -> None:
        self.path: Final = planned.path
        self.read_bytes = 0
        self.shown_bytes = 0
        self.stopped = False
        self._planned: Final = planned

    def __enter__(self) -> Self:
        self._file: BinaryIO = self.path.open("rb", buffering=_BUFFER_BYTES)
        self._items: Iterator[Item] = self._planned.source.read(self._lines(), self._planned.options)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def next_batch(self, summary: Summary, rejected: "_RejectedRows") -> _Batch:
        batch = _Batch()
        try:
            for number, item in enumerate(self._items, start=1):
                summary.count(self.path, item, rejected)
                if isinstance(item, Accepted):
                    batch.events.append(item.event)
                if len(batch.events) >= BATCH_EVENTS or number >= _BATCH_ITEMS:
                    return batch
        except _LongLineError as error:
            reason = f"longer than {_LINE_BYTES_MAX >> 20} MB; the file was not read on from here"
            summary.count(self.path, Rejection(error.line, reason), rejected)
        batch.ended = True
        return batch

    def _lines(self) -> Iterator[bytes]:
        mark = self._file.read(2)
        self._file.seek(0)
        if mark in UTF16_MARKS:
            # What spreadsheets call "Unicode text".
            with self.path.open(encoding="utf-16", errors="replace", newline="") as text:
                yield from self._bounded(iter(lambda: text.readline(_LINE_BYTES_MAX).encode(), b""))
        else:
            yield from self._bounded(iter(lambda: self._file.readline(_LINE_BYTES_MAX), b""))

    def _bounded(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for number, line in enumerate(lines, start=1):
            if self.stopped:
                raise _StoppedError
            if len(line) >= _LINE_BYTES_MAX:
                raise _LongLineError(number)
            self.read_bytes += len(line)
            yield line


class _RejectedRows:
    """The file of rejected rows. It is created with the first of them, and takes the place of no other."""

    def __init__(self, path: Path | None, names: FileNames) -> None:
        self.path: Path | None = None
        self._wanted: Final = path
        self._names: Final = names
        self._file: BinaryIO | None = None
        self._numbers: Final[dict[Path, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def begin(self, path: Path) -> str:
        """The next file is read; gives what reports call it."""
        self._numbers[path] = len(self._numbers) + 1
        return self._names.written(path, self._numbers[path])

    def add(self, path: Path, rejection: Rejection | Notice) -> None:
        if self._wanted is None:
            return
        if self._file is None:
            self.path, self._file = _created(self._wanted)
        listed = self._names.listed(path, self._numbers[path])
        row = _RejectedRow(file=listed, line=rejection.line, reason=rejection.reason, rows=rejection.rows)
        self._file.write(msgspec.json.encode(row) + b"\n")


def _created(wanted: Path) -> tuple[Path, BinaryIO]:
    """A new file of that name, or of one with a number behind it where the name is taken."""
    for number in count(1):
        path = wanted if number == 1 else wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        try:
            return path, path.open("xb")
        except FileExistsError:
            continue
    raise AssertionError("numbers do not end")
