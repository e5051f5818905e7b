"""Producers of the organisation that write to Kafka themselves: whatever they send, nobody is named behind the edge."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from services.gateway.handle import InboxProcessor
from shared import topics
from shared.domain.privacy.named_things import ThingKind
from shared.ingest.edge import Edge
from shared.ingest.kafka_outlet import KafkaOutlet
from shared.ingest.routing import inbox_record_of
from shared.schemas.calendar import Attendee, Meeting, MeetingCreated
from shared.schemas.chat import Markers, Message, MessagePosted, MessageReacted, Reaction
from shared.schemas.directory import LineRecorded, ReportingLine
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent
from shared.schemas.ticket import TicketAssigned, TicketStep
from shared.transport.errors import ServiceError
from tests.e2e.system import Running, rows, up, wait_until
from tests.security.pipeline import EVENTS, GATEWAY, LIMIT_SECONDS, SIGNALS, STAGES, Pipeline, as_sent, pipeline
from tests.storage.company import link, person

pytestmark = pytest.mark.broker

START = 1_699_950_000
ADA, BEN, CYD = "mail:ada.lovelace@example.com", "mail:ben.bitdiddle@example.com", "chat:U7CYDFISH"
SECRET = "quuxotrope"
WORDS = ("lovelace", "bitdiddle", "U7CYDFISH", "E-1815", "E-1816", "E-1817", SECRET)


def directory() -> list[CanonicalEvent]:
    return [
        person("E-1815"), person("E-1816"), person("E-1817"),
        link(ADA, "E-1815"), link(BEN, "E-1816"), link(CYD, "E-1817"),
        LineRecorded(
            id="hr:line:E-1815", source="hr", time=utc(START), data=ReportingLine(person="E-1815", manager="E-1816")
        ),
    ]  # fmt: skip


def message(number: int, *, text: str = "", channel: str | None = None) -> MessagePosted:
    said = f"Thanks. Could you look at the {SECRET} of ada.lovelace@example.com? {text}"
    data = Message(
        sender=ADA, recipients=(BEN, CYD), channel_kind="group", audience=2, in_reply_to=BEN,
        thread="thread of ada.lovelace@example.com", channel=channel, text=said,
    )  # fmt: skip
    return MessagePosted(
        id=f"slack:message:ada.lovelace@example.com/{number}", source="slack", time=utc(START + number), data=data
    )


def said_in(channel: str) -> MessagePosted:
    """A message without a text, in a place of its own."""
    event = message(99, channel=channel)
    return msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, text=None, markers=Markers()))


def happened(channel: str | None = None) -> list[CanonicalEvent]:
    meeting = Meeting(
        organiser=ADA, attendees=(Attendee(identity=BEN),), start=utc(START), end=utc(START + 1800), series="E-1815/1",
        calendar="ada.lovelace@example.com", changed_by=BEN,
    )  # fmt: skip
    step = TicketStep(ticket="T-1", actor=ADA, reporter=BEN, assignee=CYD, previous_assignee=BEN)
    reaction = Reaction(sender=CYD, author=ADA, channel_kind="group", channel=channel)
    return [
        *(message(number, channel=channel) for number in range(3)),
        MessageReacted(id="slack:reaction:U7CYDFISH:1", source="slack", time=utc(START), data=reaction),
        MeetingCreated(id="cal:meeting:ada.lovelace@example.com", source="cal", time=utc(START), data=meeting),
        TicketAssigned(id="jira:step:1", source="jira", time=utc(START), data=step),
    ]


async def holds_nothing_in_clear(system: Pipeline) -> None:
    assert await system.places_of(WORDS) == []
    for topic in set(topics.TOPICS) - set(topics.INBOXES):
        records = await system.on_topic(topic)
        held = [word for word in WORDS for key, value in records if word.encode() in (key or b"") + (value or b"")]
        assert held == [], topic.name


async def test_what_producers_send_passes_the_edge(
    embedded_bootstrap: str, topic_prefix: str, database_url: str, tmp_path: Path
) -> None:
    events = [*directory(), *happened()]
    broken = [
        (topics.INBOX_CHAT, msgspec.json.encode(message(9))[:-1]),
        (topics.INBOX_CHAT, b"ada.lovelace@example.com"),
        (topics.INBOX_CHAT, msgspec.json.encode(events[0])),  # of another family
        (topics.INBOX_DIRECTORY, None),
        (topics.INBOX_TICKET, as_sent(events[-1], priority=SECRET)),
    ]
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=database_url, keys=tmp_path,
        dead_letter_share=1.0,
    ) as system:  # fmt: skip
        await system.send(events)
        await system.produce(broken)
        await system.until(applied=len(events), dead=len(broken))
        await holds_nothing_in_clear(system)
        assert await system.reasons() == {
            "inbox.chat": ["not_json", "not_json", "unknown_type"],
            "inbox.directory": ["no_value"],
            "inbox.ticket": ["invalid"],
        }
        names = system.pseudonyms
        known = await system.registered()
        assert known == {
            **{names.person(each): each for each in ("E-1815", "E-1816", "E-1817")},
            **{names.identity(each): each for each in (ADA, BEN, CYD)},
            names.named(ThingKind.QUEUE, "T"): "T",  # what stands before the number of the ticket
        }


@pytest.mark.parametrize("opted_in", [False, True])
async def test_text_becomes_markers_where_the_source_opted_in(
    embedded_bootstrap: str, topic_prefix: str, sqlite_url: str, tmp_path: Path, *, opted_in: bool
) -> None:
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=sqlite_url, keys=tmp_path,
        text_sources=frozenset({"slack"} if opted_in else {"teams"}),
    ) as system:  # fmt: skip
        await system.send([message(1)])
        await system.until(applied=1)
        ((_, value),) = await system.on_topic(topics.EVENTS_CHAT)
        assert value is not None
        data = msgspec.json.decode(value)["data"]
        assert "text" not in data
        assert data["markers"].get("basis", "metadata") == ("text" if opted_in else "metadata")
        await holds_nothing_in_clear(system)


@pytest.mark.parametrize("point", [(Edge, "register"), (KafkaOutlet, "deliver"), (InboxProcessor, "process")])
async def test_a_gateway_that_is_killed_anywhere_loses_and_doubles_nothing(
    embedded_bootstrap: str, topic_prefix: str, sqlite_url: str, tmp_path: Path, point: tuple[type[Any], str]
) -> None:
    """Killed when the register is written, when Kafka has it, and before the commit: a second try has the same ids."""
    events: Sequence[CanonicalEvent] = [*directory(), *happened(), *(message(number) for number in range(10, 40))]
    async with pipeline(
        bootstrap=embedded_bootstrap, prefix=topic_prefix, database_url=sqlite_url, keys=tmp_path,
        running=(*STAGES, SIGNALS), batch_records=5,
    ) as system:  # fmt: skip
        await system.send(events)
        await killed_after(system, point, calls=0)
        if point[1] != "register":  # which is not asked for every batch
            await killed_after(system, point, calls=2)
        system.start([GATEWAY])
        await system.until(applied=len(events))
        assert len(await system.registered()) == 7  # three people, three accounts and a project
        sent = [value for topic in EVENTS for _, value in await system.on_topic(topic)]
        assert len(set(sent)) == len(events), "a second try gives the same bytes"
        assert (len(sent) > len(events)) is (point[1] != "register"), "what Kafka had was sent again"


class KilledError(Exception):
    """The process is gone."""


async def killed_after(system: Pipeline, point: tuple[type[Any], str], *, calls: int) -> None:
    """Let a gateway get past a point so many times, and die there the next time."""
    kind, name = point
    whole, done = getattr(kind, name), 0

    async def dying(*given: Any, **named: Any) -> Any:
        nonlocal done
        found = await whole(*given, **named)
        done += 1
        if done > calls:
            raise KilledError
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, name, dying)
        system.start([GATEWAY])
        with pytest.raises(ServiceError, match="KilledError"):
            await system.tasks[GATEWAY]
    await system.stop([GATEWAY])


@pytest.mark.slow
def test_up_takes_what_producers_write_to_its_broker_and_keeps_it(tmp_path: Path) -> None:
    """Also when everything is killed: what the gateway has taken is in the store, as the broker forgets."""
    events = [*directory(), *happened("C1TEAM")]
    store = tmp_path / "bellwether.db"
    with up(tmp_path) as system:
        (everything,) = system.services["up"]
        asyncio.run(produced(everything, events[: len(events) // 2]))
        wait_until(lambda: taken(store) == len(events) // 2, what="the first half", seconds=LIMIT_SECONDS)
        everything.kill()
    with up(tmp_path) as system:
        (everything,) = system.services["up"]
        asyncio.run(produced(everything, events))
        wait_until(lambda: rows(store, "applied") == len(events), what="everything", seconds=LIMIT_SECONDS)
        assert rows(store, "register") == 7
        assert rows(store, "dead_letter") == 0
    held = b"".join(path.read_bytes() for path in tmp_path.glob("bellwether.db*"))
    assert [word for word in WORDS if word.encode() in held] == []


def taken(store: Path) -> int:
    return rows(store, "accepted") + rows(store, "applied")


async def produced(everything: Running, events: Sequence[CanonicalEvent]) -> None:
    """Send events to the broker that `up` says it has."""
    address = re.compile(r"kafka +(127\.0\.0\.1:\d+)")
    wait_until(lambda: bool(address.search(everything.said())), what="an address", seconds=LIMIT_SECONDS)
    async with AIOKafkaProducer(bootstrap_servers=address.findall(everything.said())[0]) as producer:
        for record in map(inbox_record_of, events):
            await producer.send_and_wait(record.topic, record.value, record.key)
