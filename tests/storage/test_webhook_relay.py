"""Webhooks from the change to the receiver: to whom, how often, under which id, and nothing of what was undone."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from sqlalchemy import update
from standardwebhooks import Webhook, WebhookVerificationError

from shared.domain.alerts.webhook_retry import SCHEDULE_SECONDS
from shared.domain.week import DAY
from shared.storage.alerts.notifications import AlertChange, notify
from shared.storage.alerts.webhook_outbox import list_endpoints, switch_endpoint
from shared.storage.directory.delegations import record_delegation
from shared.storage.engine.bulk import table_of
from shared.storage.log.event_log import outbox
from shared.storage.tables.alerts import AlertWeekRow
from shared.storage.tables.directory import PersonRow
from shared.transport.webhook_signing import make_secret
from shared.transport.webhooks import WebhookSender
from tests.api.alerting import TOPIC, raise_alerts
from tests.api.company import HOLDER, LEADER, LINES, MEMBERS, NOW, OTHER_LEADER, PARTNER, SKIP, TOP, chains
from tests.storage.webhook_house import House, opened
from tests.transport.receiver import OK, Heard, receiving, status


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(sqlite_url, tmp_path / "secrets") as made:
        yield made


@pytest.fixture
async def any_house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """On each kind of database: for what rests on the database."""
    async with opened(database_url, tmp_path / "secrets") as made:
        yield made


def told_of(heard: list[Heard]) -> list[str]:
    return [json.loads(each.body)["data"]["id"] for each in heard]


IVOS, JANAS = ("ivo", HOLDER, TOP), ("jana", OTHER_LEADER, SKIP)


async def test_a_partner_is_told_of_what_they_may_read_and_of_nothing_else(any_house: House) -> None:
    """The leader concerned, the person, whoever is above or below in between, and delegates are told nothing of it."""
    async with any_house.database.write() as connection:
        await connection.run_sync(record_delegation, principal=LEADER, delegate="jana", now=NOW)
    everything = set(chains())
    wanted = {
        PARTNER: everything,
        HOLDER: everything - {IVOS, JANAS},
        LEADER: {IVOS, JANAS},
        MEMBERS[0]: {IVOS, JANAS},
        SKIP: {IVOS},
        "jana": set(),  # acts for the leader, and once reported to ivo
        TOP: set(),
    }
    async with receiving(OK) as receiver:
        endpoints = {person: await any_house.endpoint(receiver, person=person) for person in wanted}
        ids = await raise_alerts(any_house.database)
        waiting = await any_house.waiting()
        await any_house.settle()
    people = {alert: chain for chain, alert in ids.items()}
    secrets = {person: (any_house.secrets / endpoint.id).read_text().strip() for person, endpoint in endpoints.items()}
    heard: dict[str, set[tuple[str, str, str]]] = {person: set() for person in wanted}
    for each in receiver.heard:
        (person,) = accepted_by(each, secrets)
        heard[person].add(people[json.loads(each.body)["data"]["id"]])
    assert heard == wanted
    # What a partner may not know does not even wait for them.
    assert waiting == Counter({endpoints[person].id: len(chains) for person, chains in wanted.items() if chains})


def accepted_by(heard: Heard, secrets: Mapping[str, str]) -> list[str]:
    """Whose secret the official library accepts the request by."""
    found = []
    for name, secret in secrets.items():
        with suppress(WebhookVerificationError):
            Webhook(secret).verify(heard.body.decode(), heard.headers)
            found.append(name)
    return found


async def test_messages_say_what_and_never_about_whom(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    everybody = {line[0] for line in LINES} | {PARTNER}
    async with receiving(status(500), OK) as receiver:
        await house.endpoint(receiver)
        await raise_alerts(house.database)
        async with house.database.write() as connection:
            await connection.execute(update(table_of(AlertWeekRow)).values(leaders=5))  # or nothing is counted
        await house.settle()
        house.now += 400
        await house.settle()
        secret = next(house.secrets.iterdir()).read_text().strip()
    assert receiver.heard
    for each in receiver.heard:
        document = json.loads(each.body)
        assert set(document) == {"type", "data"}
        assert set(document["data"]) == {"id"}
        assert len(each.body) < 100
    async with house.database.read() as connection:
        topic = [record.value for _, record in await outbox(connection, limit=1000)]
    everything = b"".join([each.body + repr(each.headers).encode() for each in receiver.heard] + topic)
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bellwether"))
    shown = everything.decode() + logged + generate_latest(house.metrics.registry).decode()
    words = {word.strip('"{}:,') for word in shown.replace('"', " ").split()}
    assert not [person for person in everybody if person in words]
    assert secret not in shown
    sent = house.metrics.registry.get_sample_value("bellwether_webhook_attempts_total", {"outcome": "delivered"})
    assert sent == len(chains()) == 15  # by fives


async def test_failures_follow_the_schedule_under_one_id_and_end(house: House) -> None:
    async with receiving(status(500)) as receiver:
        await house.endpoint(receiver)
        await raise_alerts(house.database, chains()[:1])
        attempts = []
        for wait in SCHEDULE_SECONDS:
            house.now += wait
            assert await house.relay.relay(), wait
            attempts.append(int(house.now))
            house.now -= 1
            assert not await house.relay.relay(), "not before its time"
            house.now += 1
        house.now += 30 * DAY
        assert not await house.relay.relay()
    (message,) = (await house.messages()).values()
    assert message[:2] == ("given-up", 10)
    assert len({each.headers["webhook-id"] for each in receiver.heard}) == 1
    assert [int(each.headers["webhook-timestamp"]) for each in receiver.heard] == attempts
    assert attempts[-1] - attempts[0] == sum(SCHEDULE_SECONDS) > 3 * DAY


async def test_gone_ends_everything_for_its_endpoint_only(any_house: House) -> None:
    async with receiving(status(410)) as gone, receiving(OK) as good:
        one, other = await any_house.endpoint(gone), await any_house.endpoint(good)
        await raise_alerts(any_house.database, chains()[:9])
        await any_house.settle()
        later = await raise_alerts(any_house.database, chains()[:11], week=2927)
        await any_house.settle()
    async with any_house.database.read() as connection:
        disabled = {each.id: each.disabled_because for each in await connection.run_sync(list_endpoints)}
    assert disabled == {one.id: "gone", other.id: None}
    assert len(gone.heard) <= 4, "those under way together"
    assert set(told_of(good.heard)) == set(later.values())
    assert {outcome for outcome, *_ in (await any_house.messages()).values()} == {"delivered", "not-sent"}


async def test_a_receiver_that_asks_for_patience_gets_it_for_all_its_messages(house: House) -> None:
    async with receiving(status(429, "Retry-After: 1000"), OK) as receiver:
        await house.endpoint(receiver)
        await raise_alerts(house.database, chains()[:1])
        await house.settle()
        await raise_alerts(house.database, chains()[:3], week=2927)
        house.now += 999
        await house.settle()
        assert len(receiver.heard) == 1
        house.now += 1
        await house.settle()
        assert len(receiver.heard) == 4


async def test_a_receiver_that_hangs_does_not_hold_up_another(sqlite_url: str, tmp_path: Path) -> None:
    async def hang(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    sender = WebhookSender(loopback=True, timeout_seconds=2)
    async with (
        opened(sqlite_url, tmp_path / "secrets", sender) as house,
        receiving(hang) as slow,
        receiving(OK) as good,
    ):
        await house.endpoint(slow)
        await house.endpoint(good)
        ids = await raise_alerts(house.database)
        await house.settle()
    assert set(told_of(good.heard)) == set(ids.values())
    assert len(slow.heard) <= 4, "and is left alone for a while"


async def test_without_a_secret_nothing_is_sent_and_nothing_is_lost(house: House) -> None:
    async with receiving(OK) as receiver:
        endpoint = await house.endpoint(receiver)
        (house.secrets / endpoint.id).unlink()
        await raise_alerts(house.database, chains()[:1])
        await house.settle()
        assert receiver.heard == []
        make_secret(house.secrets, endpoint.id)
        house.now += 5
        await house.settle()
    assert len(receiver.heard) == 1


async def test_secrets_are_read_anew_and_both_work_while_one_replaces_the_other(house: House) -> None:
    async with receiving(OK) as receiver:
        endpoint = await house.endpoint(receiver)
        path = house.secrets / endpoint.id
        (old,) = path.read_text().split()
        await raise_alerts(house.database, chains()[:1])
        await house.settle()
        make_secret(house.secrets, endpoint.id)
        new, _ = path.read_text().split()
        await raise_alerts(house.database, chains()[:2], week=2927)
        await house.settle()
        path.write_text(new)
        await raise_alerts(house.database, chains()[:3], week=2928)
        await house.settle()
    accepted = [accepted_by(each, {"old": old, "new": new}) for each in receiver.heard]
    assert accepted == [["old"], ["old", "new"], ["new"]]


async def test_who_may_not_know_any_more_is_not_told_at_the_next_attempt(house: House) -> None:
    async with receiving(status(500), OK) as receiver:
        await house.endpoint(receiver)
        await raise_alerts(house.database, chains()[:1])
        await house.settle()
        async with house.database.write() as connection:
            await connection.run_sync(record_delegation, principal=LEADER, delegate=PARTNER, now=NOW)
        house.now += 10
        await house.settle()
    assert len(receiver.heard) == 1
    assert [outcome for outcome, *_ in (await house.messages()).values()] == ["not-sent"]


async def test_a_partner_who_has_left_is_told_nothing(house: House) -> None:
    async with receiving(OK) as receiver:
        await house.endpoint(receiver)
        async with house.database.write() as connection:
            table = table_of(PersonRow)
            await connection.execute(update(table).where(table.c.key == PARTNER).values(active=False))
        await raise_alerts(house.database)
        await house.settle()
    assert receiver.heard == []


async def test_an_endpoint_that_is_switched_off_is_not_told_of_the_past_when_it_is_back(any_house: House) -> None:
    async with receiving(OK) as receiver:
        endpoint = await any_house.endpoint(receiver)
        await raise_alerts(any_house.database, chains()[:2])
        for on in (False, False, True, True):
            async with any_house.database.write() as connection:
                await connection.run_sync(switch_endpoint, endpoint.id, on=on, now=NOW)
        await any_house.settle()
        assert receiver.heard == []
        ids = await raise_alerts(any_house.database, chains()[:3], week=2927)
        await any_house.settle()
    assert told_of(receiver.heard) == [ids[chains()[2]]]


async def test_nobody_is_told_of_what_was_rolled_back(house: House) -> None:
    async with receiving(OK) as receiver:
        await house.endpoint(receiver)
        ids = await raise_alerts(house.database, chains()[:1])
        await house.settle()

        async def change(kind: str, *, fail: bool) -> None:
            async with house.database.write() as connection:
                changes = [AlertChange(next(iter(ids.values())), kind, NOW)]
                await connection.run_sync(notify, changes, topic=TOPIC)
                if fail:
                    raise OSError("the disk is full")

        with pytest.raises(OSError, match="disk"):
            await change("cleared", fail=True)
        await change("woke", fail=False)
        await house.settle()
    assert [json.loads(each.body)["type"] for each in receiver.heard] == ["alert.raised", "alert.woke"]
