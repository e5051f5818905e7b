"""How much of what sources send is about people who are known: measured in the log, and told coarsely."""

import pytest
from prometheus_client import CollectorRegistry

from services.signals.upkeep.source_shares import SourceShares
from shared.domain.week import DAY, HOUR
from shared.schemas.envelope import utc
from shared.schemas.interaction import Contact
from shared.storage.log.published_shares import PublishedShare, coarse, published
from shared.storage.log.source_shares import SourceShare, account_shares, sampled
from shared.telemetry.metrics import Metrics
from tests.storage.company import Store, link, opened, person

PEOPLE = [f"p{number}" for number in range(12)]
START = 1_780_000_000


def contact(
    number: int, *, source: str = "chat", to: str = "mail:p1@x.test", sender: str = "mail:p0@x.test"
) -> Contact:
    entity = f"{source}:message:{number}"
    return Contact(
        id=entity, entity=entity, at=utc(START + number), channel="mail", actor=sender, recipients=(to,), audience=1
    )


async def company(store: Store) -> None:
    await store.take([each for name in PEOPLE for each in (person(name), link(f"mail:{name}@x.test", name))])


def known(number: int, source: str) -> Contact:
    sender, to = (f"mail:p{(number + step) % 12}@x.test" for step in (0, 1))
    return contact(number, source=source, sender=sender, to=to)


async def test_events_about_people_who_are_known_are_told_from_others(database_url: str) -> None:
    async with opened(database_url) as store:
        await company(store)
        log = [known(number, "chat") for number in range(150)]
        log += [contact(number, to="mail:out@y.test") for number in range(150, 200)]
        log += [known(number, "ana_mailbox") for number in range(120)]
        log += [contact(number, source="jira") for number in range(300)]  # by two people
        await store.take(log)
        async with store.database.read() as connection:
            sample = await sampled(connection, since=0)
            late = await sampled(connection, since=START + 190)
            accounts = await account_shares(connection)
        chat = sample.by_source["chat"]
        assert (chat.events, chat.counting, len(chat.accounts)) == (200, 150, 13)
        assert sample.of_nobody == {"mail:out@y.test": 50}
        assert late.by_source["chat"].events == 10
        assert [(each.namespace, each.accounts, each.of_nobody) for each in accounts] == [("mail", 13, 1)]
        # What a source calls itself may name somebody; of two accounts nothing is told.
        assert coarse(sample.by_source) == {"chat": 75, "other": 100}


@pytest.mark.parametrize(
    ("events", "counting", "accounts", "told"),
    [(99, 99, 50, {}), (100, 100, 9, {}), (100, 79, 10, {"mail": 75}), (1_000, 999, 99, {"mail": 95})],
)
def test_a_share_is_told_of_many_and_in_steps(events: int, counting: int, accounts: int, told: dict[str, int]) -> None:
    share = SourceShare(events, counting, {f"mail:{number}" for number in range(accounts)})
    assert coarse({"mail": share}) == told


async def test_it_is_measured_once_a_day_and_shown(database_url: str) -> None:
    now = [float(START // DAY * DAY)]
    metrics = Metrics(CollectorRegistry(), clock=lambda: now[0])
    async with opened(database_url) as store:
        await company(store)
        shares = SourceShares(database=store.database, metrics=metrics, clock=lambda: now[0])

        async def after(hours: int) -> list[PublishedShare]:
            now[0] += hours * HOUR
            await shares.measure()
            async with store.database.read() as connection:
                return await connection.run_sync(published)

        assert await after(0) == []
        metrics.exposition.settle()
        assert await shares._round() <= 60, "it is looked for again soon"
        await store.take([known(number, "chat") for number in range(100)])
        assert await after(1) == [PublishedShare("chat", 100, int(now[0]))], "a new system need not wait for a day"
        assert await shares._round() >= HOUR
        metrics.exposition.settle()
        shown = metrics.exposition.text(everything=True).decode()
        assert 'source_known_percent{source="chat"} 100' in shown, "nor is it shown tomorrow only"
        measured = int(now[0])
        await store.take([contact(number, to="mail:out@y.test") for number in range(100, 200)])
        assert await after(1) == [PublishedShare("chat", 100, measured)], "single events do not move it"
        assert await after(24) == [PublishedShare("chat", 50, int(now[0]))]
        assert metrics.registry.get_sample_value("bellwether_source_known_percent", {"source": "chat"}) == 50
