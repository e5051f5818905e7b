import asyncio
import gc
import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.cli.importing.files import BATCH_EVENTS, import_files
from services.cli.importing.plan import plan_import
from shared.schemas.chat import MessagePosted
from shared.schemas.registry import CanonicalEvent
from shared.sources.reader import Options


class Sink:
    def __init__(self) -> None:
        self.batches: list[int] = []
        self.events: list[CanonicalEvent] = []

    async def send(self, events: Sequence[CanonicalEvent]) -> int:
        self.batches.append(len(events))
        self.events.extend(events)
        return len(events)


class Bytes:
    def __init__(self) -> None:
        self.size: dict[Path, int] = {}
        self.read: dict[Path, int] = {}
        self.first = asyncio.Event()

    def started(self, path: Path, size_bytes: int) -> None:
        self.size[path] = size_bytes
        self.read[path] = 0

    def advanced(self, path: Path, read_bytes: int) -> None:
        self.read[path] += read_bytes
        self.first.set()


def mails(path: Path, count: int) -> Path:
    rows = (f"a{n % 97},b{n % 89},2024-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z\n" for n in range(count))
    path.write_text("sender,recipient,time\n" + "".join(rows))
    return path


async def test_rows_are_accounted_for_and_rejected_ones_written_without_content(tmp_path: Path) -> None:
    path = mails(tmp_path / "mail.csv", 1_200)
    with path.open("a") as file:
        file.write("secret,b,never\nself,self,2024-01-01\n")
    sink, progress = Sink(), Bytes()
    rejected = tmp_path / "rejected.ndjson"
    summary = await import_files(
        plan_import("mail", [path], options=Options()), send=sink.send, progress=progress, rejected_path=rejected
    )
    assert (summary.files, summary.read, summary.accepted, summary.skipped, summary.rejected) == (1, 1202, 1200, 1, 1)
    assert summary.sent == len(sink.events) == 1200
    assert sink.batches == [BATCH_EVENTS, BATCH_EVENTS, 200]
    assert summary.rejected_by_reason == {"unreadable time": 1}
    assert [json.loads(line) for line in rejected.read_text().splitlines()] == [
        {"file": str(path), "line": 1202, "reason": "unreadable time", "rows": 1}
    ]
    assert progress.read == progress.size == {path: path.stat().st_size}


async def test_no_file_of_rejected_rows_when_there_are_none(tmp_path: Path) -> None:
    sink = Sink()
    await import_files(
        plan_import("mail", [mails(tmp_path / "m.csv", 3)], options=Options()),
        send=sink.send,
        rejected_path=tmp_path / "rejected",
    )
    assert not (tmp_path / "rejected").exists()
    assert len(sink.events) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
async def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text("id,name\n1,Zoë Müller\n", encoding=encoding)
    sink = Sink()
    summary = await import_files(plan_import("people", [path], options=Options()), send=sink.send)
    assert "Zoë Müller" in str(sink.events[0])
    assert summary.read == 1


async def test_a_slack_export_folder_names_channels_and_members(tmp_path: Path) -> None:
    (tmp_path / "channels.json").write_text('[{"id": "C1", "name": "general", "members": ["U1", "U2", "U3"]}]')
    (tmp_path / "dms.json").write_text('[{"id": "D1", "members": ["U1", "U2"]}]')
    for folder in ("general", "D1"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "2024-01-01.json").write_text('[{"user": "U1", "ts": "1700000000.000100", "text": "hi"}]')
    sink = Sink()
    await import_files(plan_import("chat", [tmp_path], options=Options()), send=sink.send)
    found = {event.entity: event.data for event in sink.events if isinstance(event, MessagePosted)}
    direct, public = found["chat:message:D1:1700000000.000100"], found["chat:message:C1:1700000000.000100"]
    assert (direct.channel_kind, direct.recipients, direct.audience) == ("direct", ("chat:U2",), 1)
    assert (public.channel_kind, public.recipients, public.audience) == ("public_channel", (), 2)


async def test_a_calendar_named_by_its_mailbox_belongs_to_it(tmp_path: Path) -> None:
    path = tmp_path / "ana@x.org.ics"
    path.write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20240304T090000Z\nEND:VEVENT\nEND:VCALENDAR\n")
    sink = Sink()
    await import_files(plan_import("calendar", [path], options=Options()), send=sink.send)
    assert "mail:ana@x.org" in str(sink.events[0])


async def worst_block_seconds(path: Path) -> tuple[float, float]:
    """Most that the thread of the loop computed in one go, and most that all threads did before the loop had a turn.

    In seconds of the processor: on a busy machine hundreds of milliseconds pass in which nobody here could do a thing.
    """
    task = asyncio.create_task(import_files(plan_import("mail", [path], options=Options()), send=Sink().send))
    of_loop = of_all = 0.0
    while not task.done():
        thread, process = time.thread_time(), time.process_time()
        await asyncio.sleep(0.005)
        of_loop = max(of_loop, time.thread_time() - thread)
        of_all = max(of_all, time.process_time() - process - 0.005)
    assert (await task).accepted == 10_000
    return of_loop, of_all


async def test_the_event_loop_is_never_blocked_for_50_milliseconds(tmp_path: Path) -> None:
    path = mails(tmp_path / "mail.csv", 10_000)
    # The objects of the whole test run are not what the collector should be timed on.
    gc.freeze()
    try:
        of_loop, of_all = zip(*[await worst_block_seconds(path) for _ in range(3)], strict=True)
        assert max(of_loop) < 0.05
        # The machine may keep the loop waiting while the other thread goes on, so the best of three.
        assert min(of_all) < 0.05
    finally:
        gc.unfreeze()


async def test_cancelling_stops_the_thread_in_the_middle_of_a_file(tmp_path: Path) -> None:
    path = mails(tmp_path / "mail.csv", 80_000)
    sink, progress = Sink(), Bytes()
    task = asyncio.create_task(
        import_files(plan_import("mail", [path], options=Options()), send=sink.send, progress=progress)
    )
    await asyncio.wait_for(progress.first.wait(), timeout=10)
    task.cancel()
    start = time.perf_counter()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - start < 1
    assert not sink.events


async def test_a_folder_is_read_down_to_its_last_file(tmp_path: Path) -> None:
    for folder in ("2023/q1", "2024", ".trash"):
        (tmp_path / folder).mkdir(parents=True)
        mails(tmp_path / folder / "mail.csv", 2)
    (tmp_path / "2024" / ".DS_Store").write_bytes(b"\0\1")
    sink = Sink()
    summary = await import_files(plan_import("mail", [tmp_path], options=Options()), send=sink.send)
    assert (summary.files, summary.accepted, summary.rejected) == (2, 4, 0)
