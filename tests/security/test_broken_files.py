"""Every reader against files that are broken in any way: no crash, no hang, no flood, and nothing without a reason.

In `make test` some hundred a reader, in `make test-security` 200,000 each.
"""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import pytest

from shared.schemas.registry import event_decoder
from shared.sources.reader import Accepted, Item, Options
from shared.sources.recognition import Sample
from shared.sources.registry import SOURCES
from shared.sources.source import Source
from tests.contract.test_sources import inputs
from tests.security.mutations import mutations

INPUTS, DEEP_INPUTS = 250, 200_000
# Of the processor, so that a busy machine fails nothing. The slowest honest input of this length takes a tenth of it.
SECONDS: Final = 4.0
MOST_ITEMS: Final = 20_000
MOST_MEGABYTES: Final = 300
# Every so many of the deep run: to put each on the wire takes longer than to read it.
_SENT: Final = 10
_DECODE: Final = event_decoder().decode
_EXTENSIONS: Final = {
    "people": ("*.csv",), "mail": ("*.csv", "*.mbox", "*.eml"), "calendar": ("*.ics", "*.csv"),
    "tickets": ("*.csv", "*.json"), "chat": ("*.json",), "goals": ("*.csv", "*.json"), "events": (),
}  # fmt: skip
_LONGEST_SAMPLE: Final = 4_000
# Shapes that no example of a source has.
_MORE: Final = {
    "ics": (
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20240304\nDTEND;VALUE=DATE:20240306\n"
            b"RRULE:FREQ=WEEKLY;COUNT=3\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\nORGANIZER:mailto:a@x.example\nEND:VEVENT\n"
            b"END:VCALENDAR\n"
        ),
    ),
    "goals-json": (
        (
            b'{"issues":[{"id":"1","key":"P-1","fields":{"issuetype":{"name":"Epic"},"customfield_1":"P-2","subtasks":[],'
            b'"issuelinks":[{"type":{"inward":"is child of"},"inwardIssue":{"key":"P-2"}}],"duedate":"2024-06-30"}}]}'
        ),
        (
            b'[{"number":3,"state":"open","title":"v2","due_on":"2024-06-30","open_issues":1,"url":"/repos/o/r/milestones/3"},'
            b'{"number":7,"state":"open","milestone":{"number":3},"sub_issues":[{"number":8}],"type":{"name":"Epic"}}]'
        ),
    ),
}


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raises TimeoutError where what is within takes longer."""

    def end(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def samples(source: Source, data_directory: Path | None) -> list[bytes]:
    """Valid files of a source, and those of its kind that lie beside the data of the tests."""
    found = [*(text.encode() for text in inputs(source)), *_MORE.get(source.format, ())]
    if data_directory is not None:
        files = (each for end in _EXTENSIONS[source.kind] for each in (data_directory.parent / "cases").rglob(end))
        found += [content for each in sorted(files) if len(content := each.read_bytes()) <= _LONGEST_SAMPLE]
    return found


def read(source: Source, data: bytes, *, sends: bool) -> int:
    """Read a file as an import does. Fails for what is there without a reason; gives how many items there were."""
    assert source.recognise(Sample(data, "export")).because
    items: list[Item] = list(islice(source.read(data.splitlines(keepends=True), Options()), MOST_ITEMS + 1))
    assert len(items) <= MOST_ITEMS
    for item in items:
        assert item.rows >= 0
        if isinstance(item, Accepted):
            if sends:
                assert _DECODE(msgspec.json.encode(item.event)) == item.event
        else:
            assert item.reason
            assert item.reason.isprintable()
            assert item.line >= 1
    return len(items)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.format)
def test_broken_files_are_read_or_refused(source: Source, request: pytest.FixtureRequest) -> None:
    deep = bool(request.getfixturevalue("deep"))
    directory: Path | None = request.getfixturevalue("data_directory") if deep else None
    told = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, data in enumerate(mutations(samples(source, directory), DEEP_INPUTS if deep else INPUTS, seed=14)):
        try:
            with bounded(SECONDS):
                told += bool(read(source, data, sends=not deep or number % _SENT == 0))
        except Exception as error:
            error.add_note(f"of {source.format}, input {number}: {data!r}")
            raise
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MOST_MEGABYTES, "memory that stays, or that one file takes"
    assert told > (DEEP_INPUTS if deep else INPUTS) // 2, "what is tried is hardly ever near to a file"
