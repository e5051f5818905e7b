"""In the mode `aggregate` nothing about a chain or a pair leaves scoring but into releases, also after a way down."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.engine import make_url

from services.cli.errors import UsageError
from services.cli.operator_account import OPERATOR_FILE, system_user
from services.signals.scoring.reading_outbox import TOMBSTONE
from services.signals.settings import SignalsSettings
from services.signals.upkeep.mode_change import change_mode
from shared import topics
from shared.domain.alerts.subscription_events import LIST_CHANGED
from shared.domain.privacy.cases import CaseSubjectKind
from shared.domain.privacy.roles import Mode
from shared.domain.release.schedule import first_needed_week
from shared.domain.week import DAY, LIVE_WEEK
from shared.keyring import KEYS_DIRECTORY
from shared.storage import export
from shared.storage.access.audit import ADMINISTRATION
from shared.storage.access.cases import list_cases
from shared.storage.access.modes import DeploymentMode
from shared.storage.engine.bulk import table_of
from shared.storage.releases.ledger import release_state
from shared.storage.tables import every_table
from shared.storage.tables.alerts import AlertEventRow, AlertRow, AlertWeekRow
from shared.storage.tables.declarations import About, privacy_of
from shared.storage.tables.log import OutboxRow
from shared.storage.tables.mode import DeploymentModeRow
from shared.storage.tables.readings import ReadingRow
from shared.storage.tables.webhooks import WebhookEndpointRow, WebhookMessageRow
from tests.api.asking import BY_ID, ask
from tests.api.company import NOW, PARTNER, Api, open_approved, running_api
from tests.api.reader_session import reader_session
from tests.storage import test_alerts, test_releases, test_scoring
from tests.storage.company import AnyRecord, Store, opened
from tests.storage.templates import CASE_MODE
from tests.unit.cli.program import SMALL, bellwether, chat_and_directory, fill

AGGREGATE = DeploymentMode()
OF_ALERTS = (AlertRow, AlertEventRow, AlertWeekRow)
LONG_WEEKS = 24


def long_traffic() -> list[AnyRecord]:
    """A few messages a week in a ring of people, for longer than anything has to be kept: few pairs, soon scored."""
    ring = test_releases.MEMBERS[:8]
    return [
        test_releases.wrote(
            week * 100 + number,
            ring[number % 8],
            ring[(number + 1) % 8],
            at=test_releases.START + week * 7 * DAY + number * DAY // 5,
        )
        for week in range(LONG_WEEKS)
        for number in range(24)
    ]


async def counted(store: Store, table: Any, *where: Any) -> int:
    async with store.database.read() as connection:
        found: int = (
            await connection.execute(select(func.count()).select_from(table_of(table)).where(*where))
        ).scalar_one()
        return found


async def sent(store: Store) -> list[tuple[str, bytes, bytes]]:
    outbox = table_of(OutboxRow).c
    async with store.database.read() as connection:
        rows = await connection.execute(select(outbox.topic, outbox.key, outbox.value).order_by(outbox.id))
        return [(topic, bytes(key), bytes(value)) for topic, key, value in rows]


async def on_topic(store: Store) -> dict[bytes, bytes]:
    """What a compacted topic keeps of the readings that were sent."""
    kept = {key: value for topic, key, value in await sent(store) if topic == topics.READINGS.name}
    return {key: value for key, value in kept.items() if value != TOMBSTONE}


async def told_of_nobody(store: Store) -> None:
    for table in OF_ALERTS:
        assert await counted(store, table) == 0, table
    assert await on_topic(store) == {}
    assert await counted(store, ReadingRow, table_of(ReadingRow).c.week == LIVE_WEEK) == 0


async def settled(store: Store, *steps: Sequence[AnyRecord]) -> None:
    for records in steps:
        await test_alerts.touchy(store).take(records)
        await store.scorer.settle()


async def aggregates(store: Store) -> list[bytes]:
    async with store.database.read() as connection:
        return [line async for line in export.aggregates(connection)]


async def set_mode(store: Store, mode: DeploymentMode) -> None:
    async with store.database.write() as connection:
        await change_mode(connection, mode, settings=SignalsSettings(), by="cli:tests", now=NOW)


async def test_scoring_tells_of_nobody(database_url: str) -> None:
    async with opened(database_url, mode=AGGREGATE) as store:
        await settled(store, test_scoring.PEOPLE, test_scoring.TRAFFIC, test_scoring.LATE)
        assert await counted(store, ReadingRow) > 0  # which releases are made from
        await told_of_nobody(store)
    # In another mode there is something to tell.
    async with opened(database_url, mode=CASE_MODE) as store:
        await set_mode(store, AGGREGATE)
        await set_mode(store, CASE_MODE)
        await settled(store, [])
        assert await counted(store, AlertRow) > 2


async def test_figures_about_groups_are_those_of_every_mode_and_the_rest_goes_with_time(
    sqlite_url: str, tmp_path: Path
) -> None:
    traffic = long_traffic()
    late = [each for number, each in enumerate(traffic) if number % 97 == 5]
    traffic = [each for number, each in enumerate(traffic) if number % 97 != 5]
    part = len(traffic) - 40
    # What is late reaches down to weeks that nothing is kept of.
    steps = [[*test_releases.PEOPLE, *traffic[:part]], [*traffic[part:], *late]]
    found = {}
    for mode in (AGGREGATE, CASE_MODE):
        async with opened(f"sqlite+aiosqlite:///{tmp_path / mode.mode}.db", mode=mode) as store:
            for records in steps:
                await store.take(records)
                await store.scorer.settle()
            found[mode.mode] = await aggregates(store)
            async with store.database.read() as connection:
                released = (await release_state(connection)).released_week
                oldest = (await connection.execute(select(func.min(table_of(ReadingRow).c.week)))).scalar_one()
            if mode is AGGREGATE:
                assert oldest == first_needed_week(released)
                await told_of_nobody(store)
            else:
                assert oldest < first_needed_week(released)
    assert found[Mode.AGGREGATE] == found[Mode.CASE]
    assert len(test_releases.shown(found[Mode.AGGREGATE])) > 20


async def test_on_the_way_down_everything_goes_and_on_the_way_up_it_is_as_if_it_had_been_so(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url) as store:
        await settled(store, test_scoring.PEOPLE, test_scoring.TRAFFIC)
        await notified(store)
        told = await on_topic(store)
        assert told
        await published(store, *told)
        await set_mode(store, AGGREGATE)
        await told_of_nobody(store)
        assert {key for topic, key, _ in await sent(store) if topic == topics.READINGS.name} >= told.keys()
        async with store.database.read() as connection:
            assert not any(case.open(NOW) for case in await connection.run_sync(list_cases))
            left = (await connection.execute(select(table_of(WebhookMessageRow).c.kind))).scalars().all()
            lists = (await connection.execute(select(table_of(WebhookEndpointRow).c.told))).scalars().all()
        assert (left, set(lists)) == (["release"], {""})  # tools hear of releases in every mode
        await settled(store, test_scoring.LATE)
        await told_of_nobody(store)

        await set_mode(store, replace(CASE_MODE, since=NOW))
        await settled(store, [])
        again = await test_alerts.alerts(store), await store.readings(), await on_topic(store)
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'always.db'}") as store:
        await settled(store, [*test_scoring.PEOPLE, *test_scoring.TRAFFIC, *test_scoring.LATE])
        assert again == (await test_alerts.alerts(store), await store.readings(), await on_topic(store))


async def test_where_everybody_reads_about_themselves_no_more_is_told(sqlite_url: str) -> None:
    own = replace(CASE_MODE, mode=Mode.SELF)
    async with opened(sqlite_url) as store:
        await settled(store, test_scoring.PEOPLE, test_scoring.TRAFFIC)
        told = await on_topic(store)
        await published(store, *told)
        await set_mode(store, own)
        live = await counted(store, ReadingRow, table_of(ReadingRow).c.week == LIVE_WEEK)
        await settled(store, test_scoring.LATE)
        assert live > 0  # one's own, on PostgreSQL by its policies
        assert (await on_topic(store), await counted(store, AlertRow)) == ({}, 0)
        await set_mode(store, CASE_MODE)
        await settled(store, [])
        assert (await on_topic(store)).keys() >= told.keys()


async def notified(store: Store) -> None:
    """A partner with an open case and a list, a message that waits for them, and one for a tool."""
    async with store.database.write() as connection:
        about: Any = {"kind": CaseSubjectKind.PERSON, "subject": "ann"}
        await connection.run_sync(lambda sync: open_approved(sync, partner="bob", **about))
        made = {"url": "https://a.example", "generation": 0, "created_by": "x", "created_at": 1, "paused_until": 0}
        partners = made | {"id": "wh", "person": "bob", "notify": "changes", "events": "", "told": "digest"}
        tools = made | {"id": "tool", "person": "", "notify": "", "events": "release", "told": ""}
        await connection.execute(insert(table_of(WebhookEndpointRow)).values([partners, tools]))
        waits = {"detail": "", "outcome": "waiting", "attempts": 0, "next_attempt_at": 0}
        messages = [
            waits | {"id": "m", "endpoint": "wh", "kind": LIST_CHANGED},
            waits | {"id": "n", "endpoint": "tool", "kind": "release"},
        ]
        await connection.execute(insert(table_of(WebhookMessageRow)).values(messages))


async def published(store: Store, *keys: bytes) -> None:
    """What waited in the outbox is on the topic."""
    async with store.database.write() as connection:
        await connection.execute(delete(table_of(OutboxRow)).where(table_of(OutboxRow).c.key.in_(keys)))


async def test_a_pass_under_way_writes_nothing_once_the_mode_has_changed(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await test_alerts.touchy(store).take([*test_scoring.PEOPLE, *test_scoring.TRAFFIC])
        plan = await store.scorer._planner.plan(full=True)
        assert plan is not None
        await set_mode(store, AGGREGATE)
        store.scorer._planner.plan = lambda **_: _given(plan)  # type: ignore[method-assign]
        assert await store.scorer.score() is False
        await told_of_nobody(store)


async def test_a_pass_planned_as_the_mode_changes_is_planned_anew(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await test_alerts.touchy(store).take([*test_scoring.PEOPLE, *test_scoring.TRAFFIC])
        planner = store.scorer._planner
        due = planner._due

        async def changed_behind(*given: Any, **more: Any) -> Any:
            found = await due(*given, **more)
            planner._due = due  # type: ignore[method-assign]
            await set_mode(store, AGGREGATE)
            return found

        planner._due = changed_behind  # type: ignore[method-assign]
        await store.scorer.settle()
        assert await counted(store, ReadingRow) > 0
        await told_of_nobody(store)


async def test_nothing_live_is_written_on_the_way(sqlite_url: str) -> None:
    async with opened(sqlite_url, mode=AGGREGATE) as store:
        await store.take([*test_scoring.PEOPLE, *test_scoring.TRAFFIC])
        plan = await store.scorer._planner.plan(full=True)
        assert plan is not None
        plan = (await store.scorer._baselines.learn(plan)).plan
        await store.scorer._people.score(plan, plan.organisation.people)
        assert await counted(store, ReadingRow) > 0
        assert await counted(store, ReadingRow, table_of(ReadingRow).c.week == LIVE_WEEK) == 0


async def test_what_an_earlier_version_left_goes_with_the_first_word_on_the_mode(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await settled(store, test_scoring.PEOPLE, test_scoring.TRAFFIC)
        async with store.database.write() as connection:
            await connection.execute(delete(table_of(DeploymentModeRow)))
        await settled(store, test_scoring.LATE)
        assert await counted(store, ReadingRow, table_of(ReadingRow).c.week == LIVE_WEEK) == 0
        await set_mode(store, AGGREGATE)
        await told_of_nobody(store)


async def _given(plan: Any) -> Any:
    return plan


# --- the API


async def test_the_mode_of_the_store_counts_at_once(database_url: str) -> None:
    async with running_api(database_url) as api:
        assert (await ask(api, BY_ID["listRelationships"], "hr_partner")).status_code == 200
        await put(api, AGGREGATE)
        answer = await ask(api, BY_ID["listRelationships"], "hr_partner")  # although it is remembered for a second
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:bellwether:problem:case-mode-off")


async def put(api: Api, mode: DeploymentMode) -> None:
    async with api.database.write() as connection:
        await change_mode(connection, mode, settings=SignalsSettings(), by="cli:tests", now=NOW)


@pytest.mark.postgres
@pytest.mark.parametrize("mode", Mode)
async def test_what_the_mode_does_not_allow_the_role_of_the_api_does_not_find(postgres_url: str, mode: Mode) -> None:
    of_readings = [table.name for table in every_table() if privacy_of(table).about is About.READINGS]
    async with running_api(postgres_url, mode=mode) as api, reader_session(api) as session:

        async def found(caller: str, purpose: str) -> bool:
            transaction = session.connection.transaction()
            await transaction.start()
            await session.declare(tenant="default", caller=caller, purpose=purpose)
            counts = [len(await session.rows(name)) for name in of_readings]
            await transaction.rollback()
            return any(counts)

        assert await found(PARTNER, "relationship-support") is (mode is Mode.CASE)
        assert await found("adam", "own-data") is (mode is not Mode.AGGREGATE)
        assert await session.refuses("UPDATE deployment_mode SET mode = 'case'")


# --- commands


@pytest.fixture
def filled(sqlite_url: str, tmp_path: Path) -> tuple[str, ...]:
    fill(sqlite_url, chat_and_directory(SMALL), scored=True)
    return ("--database", sqlite_url, "--data", str(tmp_path))


def test_commands_tell_of_nobody(filled: tuple[str, ...]) -> None:
    purpose = ("--purpose", "evaluation")
    asked = [("signals", *purpose), *(("export", what, *purpose) for what in ("readings", "facts", "alerts"))]
    for command in asked:
        assert bellwether(*command, *filled).exit_code == 0
    assert bellwether("mode", "set", "aggregate", *filled).stdout == "aggregate, before case\n"
    for command in asked:
        refused = bellwether(*command, *filled)
        assert isinstance(refused.exception, UsageError), command
        assert refused.stdout == ""
    opened_case = bellwether(
        "cases", "open", "--partner", "p1", "--person", "p2", "--purpose", "escalation-prevention", *filled
    )
    assert isinstance(opened_case.exception, UsageError)
    with sqlite3.connect(make_url(filled[1]).database or "") as store:
        last = store.execute("SELECT operation, purpose FROM audit_entry ORDER BY sequence DESC LIMIT 4").fetchall()
    assert last == [(f"{each} case-mode-off", "refused") for each in
                    ("export alerts", "export facts", "export readings", "signals")]  # fmt: skip
    assert bellwether("export", "aggregates", *filled).exit_code == 0
    assert bellwether("replay", *filled).exit_code == 0


def test_a_change_needs_its_references_and_is_written_down(filled: tuple[str, ...], tmp_path: Path) -> None:
    assert bellwether("mode", "set", "aggregate", *filled).exit_code == 0
    for references in (
        (),
        ("--dpia", "DPIA 7"),
        ("--agreement", "works council 3"),
        ("--dpia", " ", "--agreement", "x"),
    ):
        for mode in ("self", "case"):
            assert isinstance(bellwether("mode", "set", mode, *references, *filled).exception, UsageError)
    assert bellwether("mode", "show", *filled).stdout.startswith("aggregate")
    allowed = ("--dpia", "DPIA 7", "--agreement", "works council 3")
    assert bellwether("mode", "set", "case", *allowed, *filled).exit_code == 0
    shown = bellwether("mode", "show", *filled).stdout
    assert shown.startswith("case since ")
    assert "DPIA 7" in shown
    assert "works council 3" in shown
    with sqlite3.connect(make_url(filled[1]).database or "") as store:
        acts = store.execute("SELECT operation, purpose, key_id FROM audit_entry ORDER BY sequence").fetchall()
    account = (tmp_path / KEYS_DIRECTORY / OPERATOR_FILE).read_text().strip().removeprefix("bw_").rpartition("_")[0]
    doer = f"{account} ({system_user()})"
    assert acts == [(f"mode set {mode}", ADMINISTRATION, doer) for mode in ("aggregate", "case")]


@pytest.mark.parametrize("command", [("up", "--bare"), ("run", "api"), ("run", "signals")])
def test_a_mode_of_the_environment_is_refused(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_MODE", "case")
    refused = bellwether(*command)
    assert isinstance(refused.exception, UsageError)
    assert "mode set" in str(refused.exception)


def test_a_new_store_goes_no_further_than_groups(empty_sqlite_url: str) -> None:
    where = ("--database", empty_sqlite_url)
    assert bellwether("db", "upgrade", *where).exit_code == 0
    assert bellwether("mode", "show", *where).stdout == "aggregate\n"
