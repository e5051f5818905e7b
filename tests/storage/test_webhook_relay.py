"""Webhooks from the week to the receiver: who is told, when, how often, under which id, and of nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest
from prometheus_client import generate_latest
from sqlalchemy import insert, update

from shared import topics
from shared.domain.alerts.notification_week import SENT_AFTER_SECONDS, Notify, sending_instant
from shared.domain.alerts.subscription_events import SubscriptionEvent
from shared.domain.alerts.webhook_retry import SCHEDULE_SECONDS
from shared.domain.week import DAY, HOUR
from shared.storage.alerts.endpoints import Owner, add_subscription, enable, list_endpoints, remove, replace_secret
from shared.storage.alerts.subscription_events import import_finished
from shared.storage.directory.delegations import record_delegation
from shared.storage.engine.bulk import table_of
from shared.storage.log.event_log import outbox
from shared.storage.tables.access import CaseRow
from shared.storage.tables.directory import PersonRow
from shared.storage.tables.facts import ContactRow
from shared.storage.tables.releases import ReleaseRow
from shared.storage.tables.webhooks import WebhookMessageRow
from shared.transport.webhook_signing import signing_keys
from shared.transport.webhooks import WebhookSender
from tests.api.alerting import raise_alerts
from tests.api.company import HOLDER, LEADER, LINES, MEMBERS, NOW, PARTNER, SKIP, TOP, chains, releases
from tests.storage.webhook_house import CONSOLE, House, opened
from tests.transport.receiver import OK, Heard, receiving, status

FORM = {"type": "list.changed", "data": {"text": "Your list has changed. Sign in to see it.", "link": CONSOLE}}


@pytest.fixture
async def house(sqlite_url: str) -> AsyncIterator[House]:
    async with opened(sqlite_url) as made:
        yield made


@pytest.fixture
async def any_house(database_url: str) -> AsyncIterator[House]:
    """On each kind of database: for what rests on the database."""
    async with opened(database_url) as made:
        yield made


async def test_a_partner_is_told_when_their_list_changed_and_in_no_other_week(any_house: House) -> None:
    async with receiving(OK) as receiver, receiving(OK) as nothing_new:
        await any_house.endpoint(receiver)
        await any_house.endpoint(nothing_new, person=TOP)  # above every chain
        await raise_alerts(any_house.database, chains()[:1])
        await any_house.settle()
        assert receiver.heard == [], "not when it happens"
        for told in (1, 1):  # and once of the same
            await any_house.next_week()
            assert len(receiver.heard) == told
        await raise_alerts(any_house.database, chains()[:3], week=2927)
        await any_house.next_week()
        assert len(receiver.heard) == 2, "one message, whatever happened"
        await raise_alerts(any_house.database, [], week=2928)  # all of them clear
        await any_house.next_week()
    assert [json.loads(each.body) for each in receiver.heard] == [FORM] * 3
    assert nothing_new.heard == []
    assert len({each.headers["webhook-id"] for each in receiver.heard}) == 3


async def test_it_goes_to_partners_whose_open_case_covers_it_and_who_may_know(any_house: House) -> None:
    people = (PARTNER, HOLDER, LEADER, MEMBERS[0], SKIP, "jana", TOP)
    of_adam = ("adam", LEADER, SKIP)
    async with any_house.database.write() as connection:
        await connection.run_sync(record_delegation, principal=LEADER, delegate=HOLDER, now=NOW)
    async with receiving(*[OK] * 20) as receiver:
        names = {(await any_house.endpoint(receiver, person=person)).id: person for person in people}
        await raise_alerts(any_house.database, [of_adam])
        await any_house.next_week()
        assert {whose(any_house, each, names) for each in receiver.heard} == {PARTNER, "jana"}
        async with any_house.database.write() as connection:
            closed = update(table_of(CaseRow)).where(table_of(CaseRow).c.partner == PARTNER)
            await connection.execute(closed.values(closed_at=int(any_house.now)))
        receiver.heard.clear()
        await raise_alerts(any_house.database, [of_adam, ("Zoe", LEADER, SKIP)], week=2927)
        await any_house.next_week()
        assert {whose(any_house, each, names) for each in receiver.heard} == {"jana"}


def whose(house: House, heard: Heard, names: dict[str, str]) -> str:
    """Whose secret signs the request."""
    found = [
        person
        for endpoint, person in names.items()
        if signing_keys(house.keys, endpoint, generation=0).sign(
            heard.headers["webhook-id"], timestamp=int(heard.headers["webhook-timestamp"]), body=heard.body
        )
        == heard.headers["webhook-signature"]
    ]
    assert len(found) == 1
    return found[0]


async def test_always_is_every_week_and_looks_the_same(house: House) -> None:
    async with receiving(OK) as quiet, receiving(OK) as busy:
        await house.endpoint(quiet, person=TOP, notify=Notify.ALWAYS)
        await house.endpoint(busy, notify=Notify.ALWAYS)
        for week in range(3):
            await raise_alerts(house.database, chains()[: 3 * week], week=2927 + week)
            await house.next_week()
    seen = [[(each.body, each.headers["webhook-timestamp"]) for each in heard] for heard in (quiet.heard, busy.heard)]
    assert seen[0] == seen[1]
    assert [datetime.fromtimestamp(int(at), UTC).strftime("%a %H:%M") for _, at in seen[0]] == ["Tue 08:01"] * 3


async def test_the_topic_has_one_record_a_week_and_it_is_the_same(any_house: House) -> None:
    await any_house.next_week()
    await raise_alerts(any_house.database)
    await any_house.next_week()
    for _ in range(3):
        await any_house.settle()
    async with any_house.database.read() as connection:
        sent = [each for _, each in await outbox(connection, limit=100) if each.topic == topics.ALERTS.name]
    records = [msgspec.json.decode(each.value) for each in sent]
    assert [set(each) for each in records] == [{"type", "at"}] * 2
    assert {each["type"] for each in records} == {"list.changed"}
    assert len({each.key for each in sent}) == 1


async def test_a_store_that_was_down_tells_once_and_a_new_one_of_no_week_before(house: House) -> None:
    async with receiving(OK) as receiver:
        await house.endpoint(receiver, notify=Notify.ALWAYS)
        await house.settle()
        assert receiver.heard == []
        house.now = float(sending_instant(int(house.now)) + 21 * DAY + 5 * HOUR)
        await house.settle()
        await house.settle()
    assert len(receiver.heard) == 1


async def test_messages_say_what_and_never_about_whom(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    everybody = {line[0] for line in LINES} | {PARTNER}
    async with receiving(status(500), OK) as receiver:
        await house.endpoint(receiver)
        await raise_alerts(house.database)
        await house.next_week()
        house.now += 400
        await house.settle()
    assert [json.loads(each.body) for each in receiver.heard] == [FORM] * 2
    logged = "\n".join(each.getMessage() for each in caplog.records if each.name.startswith("bellwether"))
    metrics = generate_latest(house.metrics.registry).decode()
    shown = logged + metrics + repr([each.headers for each in receiver.heard])
    words = {word.strip('"{}:,') for word in shown.replace('"', " ").split()}
    assert not [person for person in everybody if person in words]
    assert "bellwether_webhook_attempts_total{" not in metrics, "what partners are sent is counted nowhere"
    assert "bellwether_webhook_waiting_messages 0.0" in metrics


async def test_failures_follow_the_schedule_under_one_id_and_end(house: House) -> None:
    async with receiving(status(500)) as receiver:
        await house.endpoint(receiver, notify=Notify.ALWAYS)
        house.now = float(sending_instant(int(house.now)) + 7 * DAY)
        await house.settle()
        attempts = []
        for wait in (SENT_AFTER_SECONDS, *SCHEDULE_SECONDS[1:]):
            house.now += wait
            assert await house.relay.relay(), wait
            await house.relay.finish()
            attempts.append(int(house.now))
            house.now -= 1
            assert not await house.relay.relay(), "not before its time"
            house.now += 1
        house.now += DAY
        assert not await house.relay.relay()
    (message,) = (await house.messages()).values()
    assert message[:2] == ("given-up", 10)
    assert len({each.headers["webhook-id"] for each in receiver.heard}) == 1
    assert [int(each.headers["webhook-timestamp"]) for each in receiver.heard] == attempts
    assert attempts[-1] - attempts[0] == sum(SCHEDULE_SECONDS) > 3 * DAY


async def test_gone_ends_everything_for_its_endpoint_only_and_only_its_partner_sees_it(any_house: House) -> None:
    async with receiving(status(410)) as gone, receiving(OK) as good:
        one = await any_house.endpoint(gone, notify=Notify.ALWAYS)
        other = await any_house.endpoint(good, notify=Notify.ALWAYS)
        for _ in range(2):
            await any_house.next_week()
        async with any_house.database.read() as connection:
            found = {each.id: each for each in await connection.run_sync(list_endpoints, Owner(PARTNER))}
        assert found[one.id].disabled_because == "gone"
        assert (found[other.id].disabled_because, found[other.id].delivered_at) == (None, int(any_house.now))
        async with any_house.database.write() as connection:
            await connection.run_sync(enable, one.id, Owner(PARTNER))
        await any_house.settle()
        assert len(gone.heard) == 1, "nothing of the past"
        await any_house.next_week()
    assert len(gone.heard) == 2
    assert len(good.heard) == 3


async def test_a_receiver_that_asks_for_patience_gets_it(house: House) -> None:
    async with receiving(status(429, "Retry-After: 1000"), OK) as receiver:
        await house.endpoint(receiver, notify=Notify.ALWAYS)
        await house.next_week()
        house.now += 999
        await house.settle()
        assert len(receiver.heard) == 1
        house.now += 1
        await house.settle()
        assert len(receiver.heard) == 2


async def test_a_receiver_that_hangs_does_not_hold_up_another(sqlite_url: str) -> None:
    """Nor does the next round wait for it: when others are told says nothing about it."""

    answered = asyncio.Event()

    async def hang(_: asyncio.StreamWriter) -> None:
        await answered.wait()

    sender = WebhookSender(loopback=True, timeout_seconds=60)
    async with opened(sqlite_url, sender) as house, receiving(hang) as slow, receiving(OK) as good:
        for number in range(20):
            await house.endpoint(slow, person=(TOP, SKIP)[number % 2], notify=Notify.ALWAYS)
        await house.endpoint(good, notify=Notify.ALWAYS)
        house.now = float(sending_instant(int(house.now)) + 7 * DAY)
        await house.settle()
        house.now += SENT_AFTER_SECONDS
        assert await house.relay.relay() == 21
        async with asyncio.timeout(50):
            while not good.heard:  # noqa: ASYNC110 - it is heard by a server that has no event
                await asyncio.sleep(0.01)
        assert await house.relay.relay() == 0, "what is under way is not sent twice"
        answered.set()
        await house.relay.finish()


async def test_both_secrets_work_while_one_replaces_the_other(house: House) -> None:
    async with receiving(OK) as receiver:
        endpoint = await house.endpoint(receiver, notify=Notify.ALWAYS)
        await house.next_week()
        async with house.database.write() as connection:
            await connection.run_sync(replace_secret, endpoint.id, Owner(PARTNER))
        await house.next_week()
    signatures = [each.headers["webhook-signature"].split() for each in receiver.heard]
    assert [len(each) for each in signatures] == [2, 4]
    last = receiver.heard[1]
    said = {"timestamp": int(last.headers["webhook-timestamp"]), "body": last.body}
    for generation in (0, 1):
        alone = signing_keys(house.keys, endpoint.id, generation=generation)
        newest = alone.sign(last.headers["webhook-id"], **said).split()[0]  # type: ignore[arg-type]
        assert newest in signatures[1]


async def test_who_may_not_know_any_more_or_has_left_is_told_nothing(house: House) -> None:
    async with receiving(OK) as receiver:
        await house.endpoint(receiver, notify=Notify.ALWAYS)
        await house.endpoint(receiver, person=HOLDER)
        await raise_alerts(house.database, chains()[:1])
        async with house.database.write() as connection:
            await connection.run_sync(record_delegation, principal=LEADER, delegate=HOLDER, now=NOW)
        house.now = float(sending_instant(int(house.now)) + 7 * DAY)
        await house.settle()
        assert [outcome for outcome, *_ in (await house.messages()).values()] == ["waiting"]
        async with house.database.write() as connection:
            table = table_of(PersonRow)
            await connection.execute(update(table).where(table.c.key == PARTNER).values(active=False))
        house.now += SENT_AFTER_SECONDS
        await house.settle()
    assert receiver.heard == []


async def test_what_was_removed_is_told_nothing_and_goes(house: House) -> None:
    async with receiving(OK) as receiver:
        endpoint = await house.endpoint(receiver, notify=Notify.ALWAYS)
        house.now = float(sending_instant(int(house.now)) + 7 * DAY)
        await house.settle()
        async with house.database.write() as connection:
            await connection.run_sync(remove, endpoint.id, Owner(PARTNER), now=int(house.now))
        house.now += 2 * HOUR
        await house.settle()
    assert receiver.heard == []
    assert await house.messages() == {}


async def test_tools_are_told_of_what_the_program_did_once(any_house: House) -> None:
    async with receiving(OK) as receiver, receiving(OK) as few:
        for at, events in ((receiver, set(SubscriptionEvent)), (few, {SubscriptionEvent.RELEASE_PUBLISHED})):
            url = f"http://127.0.0.1:{at.port}/hook"
            async with any_house.database.write() as connection:
                await connection.run_sync(add_subscription, url=url, events=events, by="tests", now=NOW)
        heard: list[bytes] = []
        contact = {"sender": 1, "recipient": 2, "channel": 0, "thread": 0, "others": "", "locator": 1, "marks": 0}
        now = int(any_house.now)
        async with any_house.database.write() as connection:
            await connection.run_sync(import_finished, "mail", now=now)
            await connection.execute(insert(table_of(ContactRow)).values(**contact, at=now - 5 * DAY))
        await raise_alerts(any_house.database)
        for _ in range(3):
            any_house.now += 2 * HOUR
            await any_house.settle()
        async with any_house.database.write() as connection:
            await connection.execute(insert(table_of(ReleaseRow)), [releases()[0] | {"week": 2928}])
        for _ in range(3):
            any_house.now += 2 * HOUR
            await any_house.settle()
        heard = [each.body for each in receiver.heard]
    told = sorted((each["type"], each["data"]) for each in map(json.loads, heard))
    assert told == [
        ("import.finished", {"kind": "mail"}),
        ("release.published", {"week": "2026-W07"}),
        ("source.silent", {"kind": "chat"}),
    ]
    assert {json.loads(each.body)["type"] for each in few.heard} == {"release.published"}
    shown = generate_latest(any_house.metrics.registry).decode()
    assert 'bellwether_webhook_attempts_total{outcome="delivered"} 4.0' in shown
    outcomes = [outcome for outcome, *_ in (await any_house.messages()).values()]
    assert outcomes == ["delivered"] * 4
    assert "alert" not in table_of(WebhookMessageRow).c
