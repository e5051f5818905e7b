"""Alerts in the store: the same for the same log, whatever arrived when, and told of without a name."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from prometheus_client import generate_latest
from sqlalchemy import delete, insert, select, update

from services.signals.scoring.raise_alerts import AlertRaiser
from shared import topics
from shared.domain.alerts.rule import AlertRule
from shared.domain.week import DAY
from shared.storage import export
from shared.storage.access.visibility import CHAIN_SIGNALS
from shared.storage.alerts.gauges import show_alert_gauges
from shared.storage.engine.bulk import table_of
from shared.storage.log.event_log import outbox
from shared.storage.tables.alerts import AlertEventRow, AlertRow, AlertWeekRow
from tests.api.alerting import raise_alerts
from tests.storage.company import AnyRecord, Store, opened, person
from tests.storage.released import release_risk_over
from tests.storage.test_scoring import ARRIVALS, LATE, MERGED, NAMES, PEOPLE, REORGANISED, REVERSED, TRAFFIC

# Low enough that these few people, who are under no strain, cross it up and down; two alerts a week at most.
RULE = AlertRule(floor=0.0075, clear_ratio=0.99, budget_per_100_people=40, refractory_seconds=21 * DAY)


def touchy(store: Store) -> Store:
    """The store, with a rule that these few people come up against."""
    store.scorer._alerts = AlertRaiser(rule=RULE)
    return store


async def alerts(store: Store) -> list[bytes]:
    async with store.database.read() as connection:
        return [line async for line in export.alerts(connection)]


async def settled(store: Store, *steps: Sequence[AnyRecord]) -> list[bytes]:
    """Take in records step by step, scoring after each."""
    for records in steps:
        await store.take(records)
        await store.scorer.settle()
    return await alerts(store)


async def scratch(directory: Path, records: Sequence[AnyRecord]) -> list[bytes]:
    async with opened(f"sqlite+aiosqlite:///{directory / 'scratch.db'}") as store:
        return await settled(touchy(store), records)


@pytest.mark.parametrize("steps", ARRIVALS.values(), ids=ARRIVALS)
async def test_alerts_are_those_of_the_same_log_scored_once(
    sqlite_url: str, tmp_path: Path, steps: list[Sequence[AnyRecord]]
) -> None:
    wanted = await scratch(tmp_path, [each for records in steps for each in records])
    async with opened(sqlite_url) as store:
        assert await settled(touchy(store), *steps) == wanted


async def test_many_small_steps_raise_the_same_alerts(database_url: str, tmp_path: Path) -> None:
    week = len(TRAFFIC) // 8
    steps = [PEOPLE, *(TRAFFIC[start : start + week] for start in range(0, len(TRAFFIC), week))]
    steps += [LATE, REORGANISED, MERGED, REVERSED]
    wanted = await scratch(tmp_path, [each for records in steps for each in records])
    async with opened(database_url) as store:
        assert await settled(touchy(store), *steps) == wanted
        duplicated = [*TRAFFIC, *LATE, *TRAFFIC]
        assert await settled(store, duplicated) == wanted


async def test_late_data_and_corrections_change_alerts(tmp_path: Path) -> None:
    """The comparisons above can fail."""
    plain = await scratch(tmp_path, [*PEOPLE, *TRAFFIC])
    assert len(plain) > 2, "the floor of the rule no longer lies among these risks"
    for number, more in enumerate((LATE, REORGANISED, MERGED)):
        directory = tmp_path / str(number)
        directory.mkdir()
        assert await scratch(directory, [*PEOPLE, *TRAFFIC, *more]) != plain


async def test_what_people_did_outlives_what_the_rule_takes_back(database_url: str) -> None:
    table = table_of(AlertRow)
    async with opened(database_url) as store:
        before = await settled(touchy(store), PEOPLE, TRAFFIC)
        async with store.database.write() as connection:
            await connection.execute(update(table).values(handling="acknowledged", verdict="helpful"))
        assert await settled(store, MERGED) != before
        assert await settled(store, REVERSED) == before
        async with store.database.read() as connection:
            rows = (await connection.execute(select(table).where(table.c.ended.is_distinct_from("withdrawn")))).all()
            kinds = set((await connection.execute(select(table_of(AlertEventRow).c.kind))).scalars())
    assert {row.handling for row in rows} == {"acknowledged"}
    assert {row.state for row in rows} <= {"acknowledged", "resolved", "suppressed"}
    assert {"raised", "cleared", "withdrawn", "restored"} <= kinds


async def test_alerts_about_people_who_left_are_withdrawn(database_url: str) -> None:
    async with opened(database_url) as store:
        assert any(b"dan" in each for each in await settled(touchy(store), PEOPLE, TRAFFIC))
        left = await settled(store, [person("dan", "works", active=False, revision=1)])
        assert not any(b"dan" in each for each in left)


async def test_a_pass_that_fails_tells_of_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(database_url) as store:
        await touchy(store).take([*PEOPLE, *TRAFFIC])

        async def fail(*_: object, **__: object) -> None:
            raise OSError("the disk is full")

        monkeypatch.setattr(store.scorer._store, "finish_pass", fail)
        with pytest.raises(OSError, match="disk"):
            await store.scorer.score()
        assert await alerts(store) == []
        monkeypatch.undo()
        await store.scorer.settle()
        assert await alerts(store)


async def test_nothing_is_told_when_an_alert_is_raised_and_ids_tell_nothing(database_url: str, tmp_path: Path) -> None:
    """Partners are told once a week (`test_webhook_relay`): no topic has anything at any other time."""
    async with opened(database_url) as store:
        found = [msgspec.json.decode(line) for line in await settled(touchy(store), PEOPLE, TRAFFIC)]
        assert any(each["raised_week"] is not None and each["ended_week"] is None for each in found)
        async with store.database.read() as connection:
            sent = await outbox(connection, limit=10_000)
        assert not [each for _, each in sent if each.topic == topics.ALERTS.name]
        told = b"".join(each.key + each.value for _, each in sent)
        assert not [signal for signal in CHAIN_SIGNALS if signal.encode() in told], "nor is a reading of a chain"
        assert b"relationship_health" in told
        # An id must not be something that a list of colleagues can be run against.
        async with store.database.read() as connection:
            ids = set((await connection.execute(select(table_of(AlertRow).c.id))).scalars())
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}") as other:
        await settled(touchy(other), PEOPLE, TRAFFIC)
        async with other.database.read() as connection:
            others = set((await connection.execute(select(table_of(AlertRow).c.id))).scalars())
    assert not ids & others


async def watched(store: Store, *, chains: int, leaders: int, people: Sequence[str] = NAMES) -> str:
    """What the metrics say once so many chains of so many leaders are watched, and the risk of these is released."""
    async with store.database.write() as connection:
        values = {"watched": chains, "leaders": leaders}
        await connection.execute(update(table_of(AlertWeekRow)).values(values))
        await release_risk_over(connection, people, week=2926)
    await show_alert_gauges(store.writer, store.metrics, k=5)
    return generate_latest(store.metrics.registry).decode()


async def test_counts_are_shown_only_where_they_cannot_tell_whose_report(database_url: str) -> None:
    async with opened(database_url) as store:
        found = await settled(touchy(store), PEOPLE, TRAFFIC)
        async with store.database.write() as connection:
            await connection.execute(update(table_of(AlertRow)).values(verdict="helpful"))
        for chains, leaders in ((50, 5), (50, 4), (4, 4)):
            shown = await watched(store, chains=chains, leaders=leaders)
            if leaders < 5:
                assert "bellwether_alerts{" not in shown
                assert "bellwether_alert_verdicts{" not in shown
            else:
                assert 'bellwether_alerts{state="open"}' in shown
                assert f'bellwether_alert_verdicts{{verdict="helpful"}} {len(found)}.0' in shown
                assert 'bellwether_alert_verdicts{verdict="not-a-concern"} 0.0' in shown
        async with store.database.read() as connection:
            weeks = (await connection.execute(select(table_of(AlertWeekRow)))).all()
    assert len(weeks) == 7


async def test_alerts_are_counted_over_the_people_of_a_release(database_url: str) -> None:
    """Who joined since does not count; who left since still does, and as what was made of their alert."""
    async with opened(database_url) as store:
        await settled(touchy(store), PEOPLE, TRAFFIC)
        alert = table_of(AlertRow)
        standing = {"raised_week": 2926, "ended": None, "ended_week": None, "state": "open", "handling": "new"}
        async with store.database.write() as connection:
            one = (await connection.execute(select(alert).limit(1))).one()._asdict() | standing
            await connection.execute(delete(alert))
            await connection.execute(
                insert(alert), [one | {"id": f"{name}{place}", "first": name} for name in NAMES for place in range(5)]
            )
        everybody, without_ann, nobody = [
            await watched(store, chains=50, leaders=5, people=people) for people in (NAMES, NAMES[1:], ())
        ]
        assert 'bellwether_alerts{state="open"} 25.0' in everybody
        assert 'bellwether_alerts{state="open"} 20.0' in without_ann
        async with store.database.write() as connection:
            await connection.execute(delete(alert).where(alert.c.id == "ann0"))
        assert 'bellwether_alerts{state="open"} 20.0' in await watched(store, chains=50, leaders=5), "24, by fives"
        async with store.database.write() as connection:
            await connection.execute(insert(alert), [one | {"id": "ann0", "first": "ann"}])
        assert "bellwether_alerts{" not in nobody
        left = update(alert).where(alert.c.first == "dan").values(ended="withdrawn", state="resolved")
        async with store.database.write() as connection:
            await connection.execute(left)
        assert 'bellwether_alerts{state="resolved"} 5.0' in await watched(store, chains=50, leaders=5)
        await store.take([person("dan", "works", active=False, revision=1)])
        assert alert_lines(await watched(store, chains=50, leaders=5)) == alert_lines(everybody)


def alert_lines(exposed: str) -> list[str]:
    return [each for each in exposed.splitlines() if each.startswith("bellwether_alert")]


async def test_what_is_left_of_the_budget_is_remembered_from_week_to_week(database_url: str) -> None:
    """Twelve people get an alert every third week, also where each week is decided by itself."""
    people = [(f"p{number}", "lena", "vera") for number in range(12)]
    async with opened(database_url) as store:
        for week in range(2926, 2932):
            await raise_alerts(store.writer, people, week=week, rule=AlertRule())
        table = table_of(AlertRow).c
        async with store.database.read() as connection:
            raised = select(table.raised_week).where(table.raised_week.is_not(None)).order_by(table.raised_week)
            assert (await connection.execute(raised)).scalars().all() == [2928, 2931]


async def test_a_week_decided_anew_forgets_what_it_had_decided(database_url: str) -> None:
    """An episode that was withheld when the week began is not raised because it was the first time."""
    chain = ("adam", "lena", "vera")
    rule = AlertRule(budget_per_100_people=100, refractory_seconds=21 * DAY)
    async with opened(database_url) as store:

        async def decided(
            week: int, people: Sequence[tuple[str, str, str]]
        ) -> list[tuple[str, str | None, str | None]]:
            await raise_alerts(store.writer, people, week=week, rule=rule)
            found = [msgspec.json.decode(line) for line in await alerts(store)]
            return [(each["first_week"], each["raised_week"], each["ended_week"]) for each in found]

        # As an export writes the weeks 2926 to 2929.
        one, two, three, four = ("2026-W05", "2026-W06", "2026-W07", "2026-W08")
        first = (one, one, two)
        assert await decided(2926, [chain]) == [(one, one, None)]
        assert await decided(2927, []) == [first]
        assert await decided(2928, [chain]) == [first, (three, None, None)], "too soon after the first"
        assert await decided(2929, [chain]) == [first, (three, four, None)]
        assert await decided(2929, []) == [first, (three, None, four)]
        assert await decided(2929, [chain]) == [first, (three, four, None)]
