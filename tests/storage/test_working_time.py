"""Replies are timed by the working time of whoever is asked, whenever that became known."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.signals.settings import SignalsSettings
from services.signals.upkeep.erase import erase
from shared.domain.organisation.working_time import working_seconds
from shared.domain.week import DAY, HOUR
from shared.schemas.directory import Absence, AbsenceRecorded, Schedule, ScheduleRecorded
from shared.schemas.envelope import event_id, utc
from shared.schemas.interaction import AnyInteraction
from shared.storage.privacy.erasure_check import occurrences
from tests.storage.company import AnyRecord, Store, from_scratch, link, opened
from tests.storage.test_scoring import PEOPLE, START, TRAFFIC, mail, settled, wrote

WEEKS = 8


def works(person: str, *, since: int | None = None, revision: int = 0, **when: object) -> ScheduleRecorded:
    native = person if since is None else f"{person}@{since}"
    name = event_id(source="hr", kind="schedule", native_id=native, revision=revision)
    data = Schedule(person=person, valid_from=None if since is None else utc(since), **when)  # type: ignore[arg-type]
    return ScheduleRecorded(id=name, source="hr", time=utc(10**9), revision=revision, data=data)


def away(person: str, start: int, end: int, *, revision: int = 0) -> AbsenceRecorded:
    name = event_id(source="hr", kind="absence", native_id=f"{person}@{start}", revision=revision)
    data = Absence(person=person, valid_from=utc(start), valid_to=utc(end))
    return AbsenceRecorded(id=name, source="hr", time=utc(10**9), revision=revision, data=data)


def local(week: int, hour: int, zone: str) -> int:
    """A Tuesday's hour by the clock there."""
    day = datetime.fromtimestamp(START + week * 7 * DAY + DAY, tz=UTC)
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).timestamp())


def asked_at_nine(zone: str) -> list[AnyRecord]:
    """Ann asks bob at nine every Tuesday, and he answers at four, both by the clock there."""
    events: list[AnyInteraction] = []
    for week in range(WEEKS):
        events += [
            wrote(2 * week, "ann", "bob", at=local(week, 9, zone), asks=1),
            wrote(2 * week + 1, "bob", "ann", at=local(week, 16, zone), reply="ann"),
        ]
    return list(events)


async def reply_hours(store: Store) -> float:
    """The median of bob's replies to ann, in the latest reading that there is."""
    found = [msgspec.json.decode(each) for each in await store.readings()]
    *_, last = (each for each in found if each["signal"] == "responsiveness" and each["subject"] == "pair:ann|bob")
    (hours,) = (each["value"] for each in last["factors"] if each["name"] == "reply_hours_median_by_second")
    return float(hours)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland"])
async def test_seven_hours_are_seven_hours_everywhere(sqlite_url: str, zone: str) -> None:
    async with opened(sqlite_url) as store:
        await settled(store, [*PEOPLE, works("bob", time_zone=zone)], asked_at_nine(zone))
        assert await reply_hours(store) == 7.0


async def test_the_organisation_has_hours_of_its_own(sqlite_url: str) -> None:
    async with opened(sqlite_url, time_zone="Pacific/Auckland") as store:
        await settled(store, PEOPLE, asked_at_nine("Pacific/Auckland"))
        assert await reply_hours(store) == 7.0


def profile(account: str, zone: str) -> ScheduleRecorded:
    name = event_id(source="chat", kind="schedule", native_id=account)
    return ScheduleRecorded(id=name, source="chat", time=utc(10**9), data=Schedule(identity=account, time_zone=zone))


def calendar_entry(account: str, start: int, end: int) -> AbsenceRecorded:
    name = event_id(source="calendar", kind="absence", native_id=f"{account}@{start}")
    data = Absence(identity=account, valid_from=utc(start), valid_to=utc(end))
    return AbsenceRecorded(id=name, source="calendar", time=utc(10**9), data=data)


async def test_a_profile_tells_of_its_owner_and_the_hr_system_knows_better(sqlite_url: str, tmp_path: Path) -> None:
    auckland = profile("chat:B", "Pacific/Auckland")
    steps: list[Sequence[AnyRecord]] = [PEOPLE, asked_at_nine("Pacific/Auckland"), [auckland], [link("chat:B", "bob")]]
    wanted = await from_scratch(tmp_path, [each for records in steps for each in records])
    async with opened(sqlite_url) as store:
        assert await settled(store, *steps) == wanted, "also when it becomes known later whose the account is"
        assert await reply_hours(store) == 7.0
        # It fills in what the HR system does not say, and no more.
        await settled(store, [works("bob", working_days=(1, 2, 3, 4, 5))])
        assert await reply_hours(store) == 7.0
        await settled(store, [works("bob", time_zone="UTC", revision=1)])
        assert await reply_hours(store) != 7.0


async def test_an_absence_in_a_calendar_is_its_owners(sqlite_url: str, tmp_path: Path) -> None:
    week = 7 * DAY
    on_tuesdays = [START + DAY + number * week for number in range(WEEKS)]
    named = [away("bob", at, at + DAY) for at in on_tuesdays]
    by_account = [calendar_entry(mail("bob"), at, at + DAY) for at in on_tuesdays]
    wanted = await from_scratch(tmp_path, [*PEOPLE, *asked_at_nine("UTC"), *named])
    async with opened(sqlite_url) as store:
        without = await settled(store, PEOPLE, asked_at_nine("UTC"))
        assert await settled(store, by_account) == wanted != without


NEWS: Sequence[AnyRecord] = (
    works("bob", time_zone="Asia/Tokyo", working_days=(1, 2, 3, 4)),
    works("bob", since=START + 30 * DAY, time_zone="Europe/Berlin", opens_minutes=540, closes_minutes=1020),
    works("ann", holidays="DE-BY"),
    away("bob", START + 14 * DAY, START + 20 * DAY),
    away("cyd", START + 40 * DAY, START + 44 * DAY),
)


async def test_what_becomes_known_late_counts_from_its_day(database_url: str, tmp_path: Path) -> None:
    wrong: list[AnyRecord] = [works("bob", time_zone="UTC"), away("bob", START + 14 * DAY, START + 50 * DAY)]
    corrected: list[AnyRecord] = [
        works("bob", time_zone="Asia/Tokyo", working_days=(1, 2, 3, 4), revision=1),
        away("bob", START + 14 * DAY, START + 20 * DAY, revision=1),
        *(each for each in NEWS if each.revision == 0 and each not in (NEWS[0], NEWS[3])),
    ]
    async with opened(database_url) as store:
        readings = await settled(store, PEOPLE, TRAFFIC, wrong, corrected)
    assert readings == await from_scratch(tmp_path, [*PEOPLE, *NEWS, *TRAFFIC])


async def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    expected = await from_scratch(tmp_path, [*PEOPLE, *NEWS, *TRAFFIC])
    for number, order in enumerate(list(permutations(NEWS))[5::40]):
        async with opened(f"sqlite+aiosqlite:///{tmp_path / f'{number}.db'}") as store:
            assert await settled(store, [*PEOPLE, *TRAFFIC], *[[each] for each in order]) == expected


async def test_another_working_time_of_all_computes_everything_anew(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'one.db'}"
    async with opened(url) as store:
        await settled(store, PEOPLE, TRAFFIC)
    hours: dict[str, Any] = {"time_zone": "America/New_York", "working_days": "1234", "working_hours": "07:30-16:00"}
    async with opened(url, **hours) as store:
        await store.scorer.settle()
        readings = await store.readings()
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}", **hours) as store:
        assert await settled(store, PEOPLE, TRAFFIC) == readings


async def test_nothing_of_it_is_left_of_whoever_is_erased(database_url: str) -> None:
    async with opened(database_url) as store:
        await settled(store, [*PEOPLE, *NEWS], TRAFFIC)
        settings = SignalsSettings(database=store.database.engine.url.render_as_string(hide_password=False))
        proof = await erase(store.database, "bob", settings=settings, at=1)
        assert proof is not None
        assert proof.remaining == {}
        async with store.database.read() as connection:
            assert not await occurrences(connection, ["bob"])


def test_the_standard_week_is_eight_to_six_by_utc() -> None:
    settings = SignalsSettings()
    assert (
        settings.work_schedule.seconds(START, START + 7 * DAY) == 50 * HOUR == working_seconds(START, START + 7 * DAY)
    )
    assert SignalsSettings(working_hours="22:00-06:00").work_schedule.day_seconds == 8 * HOUR


@pytest.mark.parametrize(
    "wrong", [{"time_zone": "Berlin"}, {"holidays": "Utopia"}, {"working_days": "0"}, {"working_hours": "8-18"}]
)
def test_settings_that_no_calendar_can_be_made_of_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))[:8] if "working" in next(iter(wrong)) else "zone|known"):
        SignalsSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"holidays": "Utopia"},
        {"working_days": [0]},
        {"opens_minutes": 540},
        {"opens_minutes": 600, "closes_minutes": 600},
    ],
)
def test_records_that_no_calendar_can_be_made_of_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"person": "p"} | wrong, Schedule)
