"""The past of a new Prometheus is what it would have scraped, whatever day of the week it begins on."""

import re
import subprocess
import time
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.cli.up import prometheus
from shared.domain.organisation.hierarchy import ORGANISATION
from shared.domain.release.cell import Cell
from shared.domain.release.schedule import last_due_week, released_at
from shared.domain.signals.escalation_risk import ESCALATION_RISK_14D
from shared.domain.week import DAY, HOUR, WEEK_DAYS, last_closed_week, week_end, week_of
from shared.storage.engine.database import open_database, sqlite_url
from shared.storage.engine.schema import upgrade
from shared.storage.releases.ledger import Release, ReleaseStore
from shared.storage.tables.releases import NO_PANEL
from shared.telemetry import names
from shared.telemetry.backfill import open_metrics
from tests.dashboards.demo import installed

SIGNAL = ESCALATION_RISK_14D.name
WEEKS = 12
# A Monday; a year of 53 weeks ends in these weeks, as does a leap month in those of the other.
MONDAYS = (datetime(2026, 12, 28, tzinfo=UTC), datetime(2028, 2, 28, tzinfo=UTC))
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SERIES = f'{names.SIGNAL_MEAN.name}{{signal="{SIGNAL}",cohort="{ORGANISATION}"}}'


def scraped(now: int) -> dict[int, int]:
    """The week that a scrape at each hour of the last eight weeks would have found released."""
    hours = range(now - 56 * DAY, now, HOUR)
    return {at: last_due_week(last_closed_week(at), at) for at in hours}


def cell(week: int) -> Cell:
    return Cell(SIGNAL, ORGANISATION, suppressed=False, people=5, mean=float(week))


def seen(samples: dict[int, float], at: int) -> float:
    """What a query for the latest value of a day finds."""
    times = sorted(samples)
    last = bisect_right(times, at) - 1
    assert last >= 0
    assert at - times[last] < DAY
    return samples[times[last]]


def held(directory: Path) -> dict[int, float]:
    """The mean by instant, of a time series database."""
    (directory / "wal").mkdir()  # without one it does not read the rest
    command = ["promtool", "tsdb", "dump", f"--match={names.SIGNAL_MEAN.name}", str(directory)]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {int(at) // 1000: float(value) for value, at in re.findall(r"} (\S+) (\d+)", dumped)}


@pytest.mark.parametrize("monday", MONDAYS)
@pytest.mark.parametrize("weekday", range(WEEK_DAYS), ids=WEEKDAYS)
def test_every_hour_of_the_past_holds_the_week_that_was_released_by_then(monday: datetime, weekday: int) -> None:
    for hour in (0, 7, 12, 23):
        now = int((monday + timedelta(days=weekday, hours=hour)).timestamp())
        last = last_due_week(last_closed_week(now), now)
        weeks = [(released_at(week), [cell(week)]) for week in range(last - WEEKS, last + 1)]
        lines = "".join(open_metrics(weeks, {}, since=0, until=now)).splitlines()
        pattern = re.compile(re.escape(SERIES) + r" (\S+) (\d+)")
        samples = {int(found[2]): float(found[1]) for found in map(pattern.fullmatch, lines) if found}
        assert {at: seen(samples, at) for at in scraped(now)} == scraped(now)
        # What became worse since a week ago compares two releases, not one with itself.
        assert seen(samples, now) - seen(samples, now - 7 * DAY) == 1


def test_a_week_is_released_at_the_first_instant_it_is_due_at() -> None:
    for week in range(2900, 3000):
        assert last_due_week(week, released_at(week)) == week
        assert last_due_week(week, released_at(week) - 1) == week - 1


def test_the_last_week_holds_until_now_and_nothing_older_than_is_kept_is_written() -> None:
    now, old = released_at(2950) + 400 * DAY, released_at(2949)
    lines = "".join(
        open_metrics([(old, [cell(2949)]), (released_at(2950), [cell(2950)])], {}, since=now - DAY, until=now)
    )
    found = re.findall(re.escape(SERIES) + r" (\S+) (\d+)", lines)
    assert [value for value, _ in found] == ["2950", "2950"]
    assert min(int(at) for _, at in found) == now - DAY


@pytest.mark.skipif(not installed(), reason="Prometheus is not installed (Debian package prometheus)")
@pytest.mark.parametrize("weekday", range(WEEK_DAYS), ids=WEEKDAYS)
async def test_prometheus_is_given_each_week_from_its_release_on(weekday: int, tmp_path: Path) -> None:
    company = int((MONDAYS[0] + timedelta(days=weekday, hours=12)).timestamp())
    last = last_due_week(last_closed_week(company), company)
    weeks = range(last - 3, last + 1)
    database = open_database(sqlite_url(tmp_path / "store.db"))
    try:
        await upgrade(database)
        async with database.write() as connection:
            releases = [
                Release(cell(week), week, 0, week_end(week), NO_PANEL, leaders=True, exact=False) for week in weeks
            ]
            await ReleaseStore(database.engine.dialect).add(connection, releases)
        behind = int(time.time()) - company
        await prometheus.fill_in_past(prometheus.installed(), database, tmp_path, behind_seconds=behind)
    finally:
        await database.close()
    samples = held(tmp_path / "data")
    first = {value: min(at for at, each in samples.items() if each == value) for value in samples.values()}
    assert first == {float(week): released_at(week) + behind for week in weeks}
    assert int(time.time()) - max(samples) < DAY
    assert week_of(company) - max(first) == (2 if weekday == 0 else 1)
