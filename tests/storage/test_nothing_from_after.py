"""Invariant 11: a reading as of an instant sees no fact from after it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from shared.domain.signals import SIGNALS
from shared.schemas.output import ReadingRecord
from tests.storage.busy_company import Week, directory, weeks
from tests.storage.company import AnyRecord, from_scratch, opened


def as_of(lines: Iterable[bytes], *, before: str) -> dict[tuple[str, str, str], bytes]:
    """Readings of weeks that had ended by then."""
    found = {}
    for each in lines:
        reading = msgspec.json.decode(each, type=ReadingRecord)
        instant = reading.as_of.isoformat()
        if instant < before:
            found[reading.signal, reading.subject, instant] = each
    return found


def records(happened: Iterable[Week]) -> list[AnyRecord]:
    return [each for week in happened for each in week.records]


def last_instant(week: Week) -> str:
    return max(each.at.isoformat() for each in week.records if not hasattr(each, "data"))


async def test_scoring_week_by_week_is_scoring_at_the_end(sqlite_url: str, tmp_path: Path) -> None:
    """Each week is read when nothing later has happened yet, and once more when everything has."""
    happened = weeks(seed=1)
    whole = await from_scratch(tmp_path, [*directory(), *records(happened)])
    async with opened(sqlite_url) as store:
        await store.take(directory())
        for week in happened:
            await store.take(week.records)
            await store.scorer.settle()
            now = last_instant(week)
            closed = as_of(whole, before=now)
            assert as_of(await store.readings(), before=now) == closed
        assert await store.readings() == whole
    assert {signal for signal, _, _ in closed} == {each.name for each in SIGNALS}


async def test_deleting_everything_later_changes_no_reading(tmp_path: Path, sqlite_url: str) -> None:
    happened = weeks(seed=2)
    whole = await from_scratch(tmp_path, [*directory(), *records(happened)])
    until = happened[:3]
    async with opened(sqlite_url) as store:
        await store.take([*directory(), *records(until)])
        await store.scorer.settle()
        found = as_of(await store.readings(), before=last_instant(until[-1]))
    assert found == as_of(whole, before=last_instant(until[-1]))
    assert {week for _, _, week in found} != {week for _, _, week in as_of(whole, before=last_instant(happened[-1]))}
