"""What happens in an excluded place: no interaction, no reading, no label, only a count."""

import asyncio
import random
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer
from prometheus_client import CollectorRegistry

from services.calendar.app import build as build_calendar
from services.calendar.settings import CalendarSettings
from services.chat.app import build as build_chat
from services.chat.settings import ChatSettings
from services.signals.scoring.compute import chain_history
from services.tickets.app import build as build_tickets
from services.tickets.settings import TicketsSettings
from shared import topics
from shared.domain.escalation.labels import label_events
from shared.domain.organisation.hierarchy import Chain
from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.calendar import Attendee, Meeting, MeetingCreated
from shared.schemas.chat import Deletion, Markers, Message, MessageDeleted, MessagePosted, MessageReacted, Reaction
from shared.schemas.envelope import utc
from shared.schemas.interaction import AnyInteraction, Retracted
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketCommented, TicketHandedToGroup, TicketStep
from shared.sources.places import place_under
from shared.storage.directory.directory import load_organisation
from shared.storage.facts.load import load_histories
from shared.telemetry import names
from shared.telemetry.metrics import Metrics
from shared.transport.producer import Outbound, RecordProducer
from shared.transport.topics import create_topics
from tests.names import CHECKS, PSEUDONYMS, behind_edge
from tests.storage.company import AnyRecord, Store, line, link, opened, person
from tests.transport.raw import raw

DAY = 86_400
START = 1_699_833_600  # a Monday
ANN, BOB, CYD, OFFICE = (f"mail:{name}@x.io" for name in ("ann", "bob", "cyd", "office"))
PLACES = frozenset({"channel:council", "list:Office@x.io", "calendar:council", "series:planned", "queue:HR"})
DIRECTORY: list[AnyRecord] = [
    *(person(name, "works") for name in ("ann", "bob", "cyd")),
    *(link(f"mail:{name}@x.io", name) for name in ("ann", "bob", "cyd")),
    line("ann", "bob"),
    line("bob", "cyd"),
    line("cyd", None),
]


def wrote(day: float, to: Sequence[str], *, channel: str | None = None, kind: Any = "mail") -> MessagePosted:
    return MessagePosted(
        id=f"s:message:{day}:{channel}", source="s", time=utc(START + day * DAY),
        data=Message(
            sender=ANN, recipients=tuple(to), channel_kind=kind, audience=len(to), channel=channel, markers=Markers()
        ),
    )  # fmt: skip


def hidden(event: Any) -> Any:
    """As the store knows it."""
    return pseudonymise(event, PSEUDONYMS)[0]


def met(day: int, host: str, other: str, **where: Any) -> MeetingCreated:
    at = utc(START + day * DAY)
    data = Meeting(organiser=host, attendees=(Attendee(identity=other),), start=at, end=at, **where)
    return MeetingCreated(id=f"s:meeting:{day}", source="s", time=at, data=data)


def stepped(day: int, **where: Any) -> TicketCommented:
    data = TicketStep(ticket=f"t-{day}", actor=ANN, reporter=BOB, assignee=CYD, **where)
    return TicketCommented(id=f"s:step:{day}", source="s", time=utc(START + day * DAY), data=data)


ORDINARY: list[CanonicalEvent] = [
    *(wrote(day, [BOB], channel="team") for day in range(70)),
    wrote(70, [BOB]),
    met(3, BOB, ANN, series="weekly", calendar="team"),
    stepped(4, queue="OPS", group="desk"),
    # That a message is gone names no place: what it takes back may be from before.
    MessageDeleted(id="s:message:old:9", source="s", time=utc(START), revision=9, data=Deletion(sender=ANN)),
]
# What would be a bypass, and an onset, and ticket steps, and reactions, each in a place that does not count.
EXCLUDED: dict[str, list[CanonicalEvent]] = {
    "chat": [
        wrote(33.5, [CYD], channel="council", kind="direct"),
        wrote(64.5, [CYD, OFFICE]),
        MessageReacted(
            id="s:reaction:1", source="s", time=utc(START + DAY),
            data=Reaction(sender=ANN, author=BOB, channel_kind="group", channel="council"),
        ),
    ],
    "calendar": [met(66, ANN, CYD, calendar="council"), met(67, CYD, ANN, series="planned"), met(68, OFFICE, ANN)],
    "tickets": [
        stepped(6, queue="HR"),
        stepped(7, group="HR"),
        TicketHandedToGroup(
            id="s:step:8", source="s", time=utc(START + 8 * DAY),
            data=TicketStep(ticket="t-8", actor=ANN, assignee=BOB, group="desk", previous_group="HR"),
        ),
    ],
}  # fmt: skip
EVERYTHING = [*ORDINARY, *(each for part in EXCLUDED.values() for each in part)]


async def passed(
    events: Sequence[CanonicalEvent], *, wanted: int, bootstrap: str, prefix: str, places: Collection[str]
) -> tuple[list[AnyInteraction], Metrics]:
    """What the three services make of a log; they have done with it when so many interactions are there."""
    given: dict[str, Any] = {
        "broker": bootstrap, "topic_prefix": prefix, "partitions": 1, "session_timeout_ms": 1000,
        "batch_timeout_ms": 20,
    }  # fmt: skip
    settings, metrics = ChatSettings(**given), Metrics(CollectorRegistry())
    await create_topics(settings)
    services = (
        build_chat(settings, metrics, checks=CHECKS),
        build_calendar(CalendarSettings(**given), metrics, checks=CHECKS),
        build_tickets(TicketsSettings(**given), metrics, checks=CHECKS),
    )
    for service in services:
        service.exclude_places(place_under(each, PSEUDONYMS) for each in places)
    records = [behind_edge(each, topic_prefix=prefix) for each in events]
    async with RecordProducer(settings) as producer:
        await producer.send(Outbound(each.topic, each.key, each.value) for each in records)
    tasks = [asyncio.create_task(service.run()) for service in services]
    try:
        return await interactions(bootstrap, settings.topic(topics.INTERACTIONS.name), wanted), metrics
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def interactions(bootstrap: str, topic: str, wanted: int) -> list[AnyInteraction]:
    """The first interactions, and those that come within a moment after."""
    found: list[AnyInteraction] = []
    decode = msgspec.json.Decoder(AnyInteraction).decode
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            while True:
                batch = await consumer.getmany(timeout_ms=500)
                found += [decode(each.value) for part in batch.values() for each in part]
                if len(found) >= wanted and not batch:
                    return found
    finally:
        await consumer.stop()


async def readings_and_labels(store: Store, found: Sequence[AnyInteraction]) -> tuple[list[bytes], Any]:
    await store.take([*map(hidden, DIRECTORY), *found])
    await store.scorer.settle()
    async with store.database.read() as connection:
        organisation = await load_organisation(connection)
        histories = await load_histories(connection, organisation, [PSEUDONYMS.person("ann")], since=0)
    history = chain_history(histories, organisation, Chain(*map(PSEUDONYMS.person, ("ann", "bob", "cyd"))))
    return await store.readings(), label_events(history, START + 100 * DAY)


def count(metrics: Metrics) -> dict[str, float]:
    found = next(each for each in metrics.registry.collect() if each.name == names.EXCLUDED.name)
    assert all(set(each.labels) == {"service"} for each in found.samples)
    return {each.labels["service"]: each.value for each in found.samples if each.name.endswith("_total")}


def test_a_running_service_leaves_out_what_it_is_told() -> None:
    service = build_chat(ChatSettings(), Metrics(CollectorRegistry()), checks=CHECKS)
    council, team = wrote(1, [BOB], channel="council"), wrote(2, [BOB, OFFICE], channel="team")

    def passes() -> list[bool]:
        return [service.interaction(raw(behind_edge(each).value)) is not None for each in (council, team)]

    for places, expected in (
        (["channel:council"], [False, True]),
        (["channel:team"], [True, False]),
        (["list:Office@x.io"], [True, False]),
    ):
        service.exclude_places(place_under(each, PSEUDONYMS) for each in places)
        assert passes() == expected
    service.exclude_places(())
    assert passes() == [True, True]


@pytest.mark.broker
async def test_excluded_places_leave_nothing_but_a_count_in_whatever_order_they_come(
    embedded_bootstrap: str, topic_prefix: str, tmp_path: Path
) -> None:
    shuffled = random.Random(5).sample(EVERYTHING * 2, 2 * len(EVERYTHING))
    found, metrics = await passed(
        shuffled, wanted=2 * len(ORDINARY), bootstrap=embedded_bootstrap, prefix=topic_prefix, places=PLACES
    )
    assert Counter(each.id for each in found) == Counter({hidden(each).id: 2 for each in ORDINARY})
    assert count(metrics) == {service: 2 * len(part) for service, part in EXCLUDED.items()}
    everything, _ = await passed(
        EVERYTHING, wanted=len(EVERYTHING), bootstrap=embedded_bootstrap, prefix=f"{topic_prefix}all.", places=()
    )
    expected = {hidden(each).id for each in ORDINARY}
    async with (
        opened(f"sqlite+aiosqlite:///{tmp_path / 'one.db'}") as store,
        opened(f"sqlite+aiosqlite:///{tmp_path / 'two.db'}") as clean,
        opened(f"sqlite+aiosqlite:///{tmp_path / 'all.db'}") as whole,
    ):
        got = await readings_and_labels(store, found)
        assert got == await readings_and_labels(clean, [each for each in everything if each.id in expected])
        assert not any(got[1].values())
        readings, labels = await readings_and_labels(whole, everything)
        assert readings != got[0]
        assert all(labels.values()), "without the exclusion there is every kind of label"
    assert any(isinstance(each, Retracted) for each in found)
