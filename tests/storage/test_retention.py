"""What is old enough goes, and no reading changes by it."""

from pathlib import Path

from sqlalchemy import func, select

from services.signals.settings import SignalsSettings
from services.signals.upkeep.retention_sweeper import Sweeper, kept_days
from shared.domain.evidence.weighing import LONGEST_WINDOW_DAYS
from shared.domain.privacy.retention import LEAST_FACT_DAYS, first_computed_week, first_kept_day
from shared.domain.privacy.roles import Role
from shared.domain.week import DAY, day_of, week_end, week_of
from shared.storage.access.key_issue import create_key, list_keys
from shared.storage.privacy.retention import aging_tables, oldest_days
from tests.contract.test_metrics import exposed
from tests.storage.company import Store, opened
from tests.storage.test_scoring import PEOPLE, START, TRAFFIC, settled, wrote

# A year after the traffic: its facts are 52 weeks old, its readings as well.
LATER = START + 53 * 7 * DAY
NEWS = [wrote(9_000 + each, "ann", "bob", at=LATER + each * DAY) for each in range(10)]
NOW = LATER + 30 * DAY


def sweeper(store: Store, **settings: int) -> Sweeper:
    url = store.writer.engine.url.render_as_string(hide_password=False)
    made = SignalsSettings.model_validate({"database": url, **settings})
    return Sweeper(database=store.writer, settings=made, metrics=store.metrics, clock=lambda: NOW)


async def rows(store: Store) -> dict[str, int]:
    async with store.database.read() as connection:
        return {
            each.table.name: (await connection.execute(select(func.count()).select_from(each.table))).scalar_one()
            for each in aging_tables()
        }


def test_every_week_that_is_computed_has_all_its_facts() -> None:
    for watermark in range(LATER, LATER + 30 * DAY, DAY + 17):
        for days in range(LEAST_FACT_DAYS, LEAST_FACT_DAYS + 30):
            week = first_computed_week(watermark, days)
            needed = day_of(week_end(week)) - LONGEST_WINDOW_DAYS
            assert needed >= first_kept_day(watermark, days)
            assert week <= week_of(watermark)


async def test_old_facts_go_and_readings_stay(database_url: str) -> None:
    async with opened(database_url) as store:
        before = await settled(store, [*PEOPLE, *TRAFFIC], NEWS)
        full = await rows(store)
        await sweeper(store, fact_days=200).sweep()
        swept = await rows(store)
        assert await store.readings() == before
        assert swept["pair_day"] < full["pair_day"]
        assert 0 < swept["contact"] < full["contact"]
        assert swept["meeting"] == swept["attendance"] == 0
        assert swept["applied"] == len(PEOPLE) + len(NEWS)  # the directory is kept as long as it is true
        assert swept["reading"] == full["reading"]
        async with store.database.read() as connection:
            oldest = await oldest_days(connection)
        # A week of somebody is also about contact in the week after it.
        assert oldest["facts"] >= day_of(LATER) - 14
        assert 'bellwether_swept_rows_total{data="facts"}' in exposed(store.metrics)
        # Sweeping again changes nothing, and neither does an old event that comes late.
        await sweeper(store, fact_days=200).sweep()
        assert await rows(store) == swept


async def test_a_late_event_does_not_change_what_can_no_longer_be_computed(database_url: str, tmp_path: Path) -> None:
    late = wrote(9_500, "dan", "bob", at=START + 5 * DAY)
    async with opened(database_url, fact_days=200) as store:
        before = await settled(store, [*PEOPLE, *TRAFFIC], NEWS)
        await sweeper(store, fact_days=200).sweep()
        swept = await settled(store, [late])
        assert swept == before
    # The same log without any sweep in between.
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}", fact_days=200) as store:
        unswept = await settled(store, [*PEOPLE, *TRAFFIC], NEWS, [late])
    assert unswept == swept


async def test_old_readings_go(database_url: str) -> None:
    async with opened(database_url) as store:
        await settled(store, [*PEOPLE, *TRAFFIC], NEWS)
        before = (await rows(store))["reading"]
        await sweeper(store, history_weeks=20).sweep()
        assert 0 < (await rows(store))["reading"] < before


async def test_facts_that_wait_to_be_scored_keep_what_they_need(database_url: str) -> None:
    async with opened(database_url, fact_days=200) as store:
        await settled(store, [*PEOPLE, *TRAFFIC])
        await store.take(NEWS)
        full = await rows(store)
        await sweeper(store, fact_days=200).sweep()
        assert await rows(store) == full


async def test_what_is_old_goes_though_something_always_waits(database_url: str, tmp_path: Path) -> None:
    more = [wrote(9_600 + each, "ann", "cyd", at=LATER + (9 + each) * DAY) for each in range(3)]
    async with opened(database_url, fact_days=200) as store:
        await settled(store, [*PEOPLE, *TRAFFIC], NEWS)
        await store.take(more)
        await sweeper(store, fact_days=200).sweep()
        assert (await rows(store))["meeting"] == 0
        swept = await settled(store, [])
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}", fact_days=200) as store:
        assert await settled(store, [*PEOPLE, *TRAFFIC], NEWS, more) == swept


async def test_expired_keys_go_by_the_clock(database_url: str) -> None:
    async with opened(database_url) as store:
        async with store.database.write() as connection:
            for name, age, lasts in (("old", 100, 1), ("recent", 20, 1), ("live", 300, 400)):
                await create_key(
                    connection, name=name, role=Role.ANALYST, now=NOW - age * DAY, lifetime_seconds=lasts * DAY
                )
        await sweeper(store).sweep()
        async with store.database.read() as connection:
            assert [key.name for key in await list_keys(connection)] == ["live", "recent"]


def test_every_class_has_a_time() -> None:
    assert set(kept_days(SignalsSettings())) == {each.ages.data_class for each in aging_tables()}
