"""Invariant 11: a reading as of an instant sees no fact from after it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from services.cli.reports.replay import replay
from services.signals.settings import SignalsSettings
from shared.domain.organisation.hierarchy import FOREVER
from shared.domain.signals import SIGNALS
from shared.domain.week import DAY, WEEK_DAYS
from shared.schemas.interaction import Contact, Met, Stepped
from shared.schemas.output import ReadingRecord
from tests.names import KEY
from tests.storage.busy_company import Week, directory, weeks
from tests.storage.company import AnyRecord, Store, from_scratch, opened
from tests.storage.real_mail import real_mail

_FIRST_MONDAY = 1_262_563_200  # of that mail, in Unix seconds


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


async def differences_from_replay(store: Store, directory: Path) -> tuple[str, ...]:
    """What `bellwether replay` says of a store, with an empty directory but for that store."""
    return (await replay(store.database, directory, settings=SignalsSettings())).differences


LAGS = {"tickets": {Stepped: 1}, "calendars and chats": {Met: 2, Contact: 1}}
"""By how many weeks records come after everything else of their week."""


@pytest.mark.parametrize("lags", LAGS.values(), ids=LAGS.keys())
async def test_topics_that_lag_change_no_reading_in_the_end(
    sqlite_url: str, tmp_path: Path, lags: dict[type, int]
) -> None:
    """Weeks close, and are read, while what happened in them is not all there."""
    happened = weeks(seed=3)
    arriving: list[list[AnyRecord]] = [[] for _ in range(len(happened) + max(lags.values()))]
    for week in happened:
        for each in week.records:
            arriving[week.number + lags.get(type(each), 0)].append(each)
    whole = await from_scratch(tmp_path, [*directory(), *records(happened)])
    async with opened(sqlite_url) as store:
        await store.take(directory())
        for batch in arriving:
            await store.take(batch)
            await store.scorer.settle()
        assert await store.readings() == whole
        assert await differences_from_replay(store, tmp_path) == ()


@pytest.mark.timeout(3600)  # all of it takes a while
async def test_real_mail_is_read_the_same_as_it_comes(data_directory: Path, tmp_path: Path, deep: bool) -> None:  # noqa: FBT001
    """Some of it comes two weeks late. An ordinary run takes the first three weeks of it, `--deep` all."""
    mail = real_mail(data_directory, KEY, until=FOREVER if deep else _FIRST_MONDAY + 3 * WEEK_DAYS * DAY)
    arriving: dict[int, list[AnyRecord]] = {}
    for place, each in enumerate(mail.records):
        week = 0 if not hasattr(each, "at") else int(each.at.timestamp()) // (WEEK_DAYS * DAY)
        arriving.setdefault(week + (2 if place % 7 == 0 and week else 0), []).append(each)
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'as_it_comes.db'}", chunk_people=1000) as store:
        for week in sorted(arriving):
            await store.take(arriving[week])
            await store.scorer.settle()
        assert await differences_from_replay(store, tmp_path) == ()
