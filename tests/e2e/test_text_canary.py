"""Texts of a source that opted in pass through real processes, and their words come to rest nowhere."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from shared import topics
from shared.ingest.routing import inbox_record_of
from shared.schemas.chat import ChannelKind, Message, MessageEdited, MessagePosted
from shared.schemas.envelope import utc
from shared.schemas.registry import CanonicalEvent
from tests.e2e.system import distributed, rows, wait_until
from tests.storage.company import link, person

pytestmark = pytest.mark.slow

# Of published texts, of a file that is imported, and of what cannot be read. Their stems are themselves.
PUBLISHED, IMPORTED, POISONED = "quuxotrope", "zibbledrac", "wombatronk"
ANN, BOB = "chat:U1", "chat:U2"
START = 1_699_950_000
MESSAGES = 24


def event(number: int, text: str, *, source: str = "slack", edit: bool = False) -> MessagePosted | MessageEdited:
    sender, recipient = (ANN, BOB) if number % 2 else (BOB, ANN)
    kind: ChannelKind = "direct"
    data = Message(
        sender=sender, recipients=(recipient,), channel_kind=kind, audience=1, in_reply_to=recipient, text=text
    )
    name = f"{source}:message:{number}"
    at = utc(START + number * 3_600)
    if edit:
        return MessageEdited(id=f"{name}:1", source=source, time=at, revision=1, data=data)
    return MessagePosted(id=name, source=source, time=at, data=data)


def published() -> list[MessagePosted | MessageEdited]:
    text = f"Thanks, I think the {PUBLISHED} should wait. Could you look at the {PUBLISHED} on Monday?"
    events = [event(number, text) for number in range(MESSAGES)]
    events.append(event(1, f"I agree, {PUBLISHED} it is.", edit=True))
    events.append(event(100, f"Der {PUBLISHED} ist noch nicht fertig, oder?"))
    events.append(event(101, f"> {PUBLISHED}\n`{PUBLISHED}`"))
    events.append(event(102, f"Automatic reply: {PUBLISHED}"))
    events.append(event(103, text, source="teams"))  # did not opt in
    return events


async def publish(bootstrap: str, prefix: str) -> None:
    events: list[CanonicalEvent] = [person("ann"), person("bob"), link(ANN, "ann"), link(BOB, "bob"), *published()]
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for each in events:
            record = inbox_record_of(each, topic_prefix=prefix)
            await producer.send(record.topic, record.value, record.key)
        poison = msgspec.json.encode(event(200, f"what about the {POISONED}"))
        for value in (poison[:-1], poison.replace(b'"time":"', b'"time":"x'), poison.replace(b'"1.0"', b'"9.9"')):
            await producer.send(f"{prefix}{topics.INBOX_CHAT.name}", value, b"poison")


async def on_topics(bootstrap: str, prefix: str, wanted: Sequence[topics.Topic]) -> dict[str, bytes]:
    """Everything on these topics, headers included."""
    found: dict[str, bytes] = {}
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer:
        for topic in wanted:
            part = TopicPartition(f"{prefix}{topic.name}", 0)
            consumer.assign([part])
            await consumer.seek_to_beginning(part)
            end = (await consumer.end_offsets([part]))[part]
            records: list[bytes] = []
            while await consumer.position(part) < end:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    for each in batch:
                        records += [each.key or b"", each.value or b"", *(value for _, value in each.headers)]
            found[topic.name] = b"\n".join(records)
    return found


def slack_file(path: Path) -> Path:
    texts = (f"Should we move the {IMPORTED} to Thursday?", f"Yes, the {IMPORTED} can move. Which {IMPORTED}?")
    messages = [
        {"type": "message", "user": user, "ts": f"{START + at}.000100", "thread_ts": f"{START}.000100", "text": text}
        for at, user, text in ((0, "U1", texts[0]), (60, "U2", texts[1]))
    ]
    path.write_text(json.dumps(messages), encoding="utf-8")
    return path


def leaks(directory: Path) -> list[str]:
    """Files that hold any of the words: the store with its write-ahead log, logs, and what commands left."""
    words = [word.encode() for word in (PUBLISHED, IMPORTED, POISONED)]
    return [
        f"{path.name}: {word.decode()}"
        for path in directory.rglob("*")
        if path.is_file()
        for word in words
        if word in path.read_bytes().lower()
    ]


def settled(store: Path) -> None:
    wait_until(lambda: rows(store, "dead_letter") == 3, what="the dead letters", seconds=60)
    wait_until(lambda: rows(store, "text_day") >= 4, what="the counters of texts", seconds=60)
    explored = "reading where signal = 'exploration'"
    wait_until(lambda: rows(store, explored) > 0, what="a reading of exploration", seconds=60)


def test_words_of_texts_come_to_rest_nowhere(embedded_bootstrap: str, topic_prefix: str, tmp_path: Path) -> None:
    running = tmp_path / "running"
    running.mkdir()
    store = running / "bellwether.db"
    chat = slack_file(tmp_path / "chat.json")
    with distributed(
        bootstrap=embedded_bootstrap,
        database_url=f"sqlite+aiosqlite:///{store}",
        prefix=topic_prefix,
        directory=running / "system",
        gateway=True,
        environment={"BELLWETHER_TEXT_SOURCES": '["slack"]', "BELLWETHER_LOG_LEVEL": "DEBUG"},
    ) as system:
        asyncio.run(publish(embedded_bootstrap, topic_prefix))
        said = system.run("import", "chat", chat, "--text-features", "--wait")
        settled(store)
        assert leaks(running) == []
        assert IMPORTED not in said.lower()
        kept = asyncio.run(on_topics(embedded_bootstrap, topic_prefix, topics.TOPICS))
        assert PUBLISHED.encode() in kept.pop(topics.INBOX_CHAT.name).lower()  # that is how it came
        assert b'"uptake":' in kept[topics.EVENTS_CHAT.name]
        assert len(kept[topics.INTERACTIONS.name]) > 1_000
        for name, records in kept.items():
            assert not [word for word in (PUBLISHED, IMPORTED, POISONED) if word.encode() in records.lower()], name
            assert b'"text":' not in records, name
    assert leaks(running) == []
