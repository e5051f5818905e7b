"""Whatever text reaches the system, well-formed or not, comes to rest nowhere, whether anybody opted in or not.

Every way in has a word of its own: what producers send to Kafka themselves, of chats, tickets and calendars, readable
or not, and every kind of file that is imported, with rows that are rejected.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from shared import topics
from shared.ingest.routing import inbox_record_of
from shared.schemas.chat import Deletion, MessageDeleted
from shared.schemas.registry import CanonicalEvent
from shared.sources.events.canonical import without_text
from tests.e2e.system import System, add_service, distributed, rows, wait_until
from tests.e2e.test_text_canary import ANN, BOB, START, event, on_topics
from tests.names import behind_edge
from tests.storage.company import link, person
from tests.storage.postgres import PostgresCluster
from tests.transport.test_excluded_places import met, stepped

pytestmark = pytest.mark.slow

# Stems of no word, so that no list of the product holds them. What is posted, edited, deleted and broken by producers:
POSTED, EDITED, DELETED, BROKEN = "quuxotrope", "vexilomar", "thrubbard", "wombatronk"
TICKET, MEETING, UNKNOWN = "glimpwork", "snorvable", "praxigom"
# ... and in files:
OF_CHAT, OF_MAIL, OF_TICKETS, OF_CALENDAR, OF_EVENTS, REJECTED = (
    "zibbledrac", "frumpadel", "klanquist", "dworvish", "plonketta", "brizzleton",
)  # fmt: skip
PUBLISHED = (POSTED, EDITED, DELETED, BROKEN, TICKET, MEETING, UNKNOWN)
IMPORTED = (OF_CHAT, OF_MAIL, OF_TICKETS, OF_CALENDAR, OF_EVENTS, REJECTED)
WORDS = PUBLISHED + IMPORTED
OPTED_IN = {"BELLWETHER_TEXT_SOURCES": '["slack", "teams", "chat", "mail"]'}
ON_EVENTS = {topics.EVENTS_CHAT.name, topics.EVENTS_TICKET.name, topics.EVENTS_CALENDAR.name}
INBOXES = {each.name for each in topics.INBOXES}


def said(word: str) -> str:
    return f"Thanks, I think the {word} should wait. Could you look at the {word} on Monday?"


def published() -> list[CanonicalEvent]:
    """Good events with texts, of which some are edited and deleted later."""
    gone = event(51, said(DELETED))
    taken_back = MessageDeleted(
        id=f"{gone.entity}:9", source="slack", time=gone.time, revision=9, data=Deletion(sender=BOB)
    )
    return [
        *(person(name) for name in ("ann", "bob")), link(ANN, "ann"), link(BOB, "bob"),
        *(event(number, said(POSTED)) for number in range(24)),
        event(1, said(EDITED), edit=True),
        gone, taken_back,
    ]  # fmt: skip


def with_fields(known: CanonicalEvent, **fields: Any) -> bytes:
    """A good event with fields that the wire does not know, as a producer may send them."""
    record = msgspec.json.decode(msgspec.json.encode(known))
    return msgspec.json.encode({**record, "note": said(UNKNOWN), "data": record["data"] | fields})


def broken() -> list[tuple[str, bytes]]:
    """Records that can never work, each with a text in it."""
    good = msgspec.json.encode(event(200, said(BROKEN)))
    record = msgspec.json.decode(good)
    both = record | {"data": record["data"] | {"markers": {}}}
    long = record | {"data": record["data"] | {"text": said(BROKEN) * 3_000}}
    values = [
        good[:-1],  # no JSON
        said(BROKEN).encode(),
        b"\xff\xfe" + good,
        msgspec.json.encode(record | {"specversion": "9.9"}),
        msgspec.json.encode(record | {"type": "bellwether.chat.posted.v9"}),
        msgspec.json.encode(record | {"type": said(BROKEN)}),
        msgspec.json.encode(record | {"time": said(BROKEN)}),
        msgspec.json.encode(record | {"id": said(BROKEN) * 100}),
        msgspec.json.encode(record | {"revision": said(BROKEN)}),
        msgspec.json.encode(record | {"data": said(BROKEN)}),
        msgspec.json.encode(record | {"data": [said(BROKEN)]}),
        msgspec.json.encode(record | {"data": record["data"] | {"recipients": said(BROKEN)}}),
        msgspec.json.encode(both),
        msgspec.json.encode(long),
    ]  # fmt: skip
    ticket = msgspec.json.decode(msgspec.json.encode(stepped(1)))
    urgent = ticket["data"] | {"priority": said(BROKEN)}
    return [
        *((topics.INBOX_CHAT.name, value) for value in values),
        (
            topics.INBOX_TICKET.name,
            msgspec.json.encode(ticket | {"data": urgent}),
        ),
        (topics.INBOX_TICKET.name, good),  # on the wrong topic
        (topics.INBOX_CALENDAR.name, good),
        (topics.INBOX_DIRECTORY.name, msgspec.json.encode(record | {"type": "bellwether.directory.person.v1"})),
        (topics.INTERACTIONS.name, good),
        *past_the_gateway(good),
    ]


def past_the_gateway(good: bytes) -> list[tuple[str, bytes]]:
    """Records of those who write behind the edge: names in clear, and text under pseudonyms."""
    record = msgspec.json.decode(behind_edge(without_text(event(201, ""), text_features=False)).value)
    told = {"text": said(BROKEN)} | {name: value for name, value in record["data"].items() if name != "markers"}
    somebody = msgspec.json.decode(behind_edge(person("ann")).value)
    return [
        (topics.EVENTS_CHAT.name, good),
        (topics.EVENTS_CHAT.name, msgspec.json.encode(record | {"data": told})),
        (topics.EVENTS_TICKET.name, with_fields(stepped(4), title=said(BROKEN))),
        (topics.EVENTS_CALENDAR.name, with_fields(met(5, ANN, BOB), title=said(BROKEN))),
        (topics.DIRECTORY.name, msgspec.json.encode(somebody | {"data": somebody["data"] | {"name": BROKEN}})),
    ]


def unusual() -> list[tuple[str, bytes]]:
    """Good events with a title, a summary, a description or a comment, which nothing of ours has."""
    words = {"title": said(TICKET), "summary": said(TICKET), "description": said(TICKET)}
    comment = {"comment": said(TICKET), "text": said(TICKET), "comments": [{"body": said(TICKET)}]}
    meeting = {"title": said(MEETING), "summary": said(MEETING), "description": said(MEETING), "location": MEETING}
    return [
        (topics.INBOX_TICKET.name, with_fields(stepped(2), **words, **comment)),
        (topics.INBOX_CALENDAR.name, with_fields(met(3, ANN, BOB), **meeting)),
        (topics.INBOX_CHAT.name, with_fields(event(60, said(POSTED)), subject=said(POSTED), attachments=[POSTED])),
    ]


async def publish(bootstrap: str, prefix: str) -> int:
    """Everything that producers send; how many of it can never work."""
    poison = broken()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for each in published():
            record = inbox_record_of(each, topic_prefix=prefix)
            await producer.send(record.topic, record.value, record.key)
        for topic, value in [*unusual(), *poison]:
            await producer.send(f"{prefix}{topic}", value, b"key")
    return len(poison)


def files(directory: Path) -> dict[str, Path]:
    """One file of every kind, with rows that are read and rows that are rejected."""
    messages = [
        {"type": "message", "user": "U1", "ts": f"{START}.000100", "text": said(OF_CHAT)},
        {"type": "message", "user": "U2", "ts": f"{START + 60}.0001", "text": said(OF_CHAT),
         "edited": {"user": "U2", "ts": f"{START + 90}.0001"}},
        {"type": "message", "subtype": "message_changed", "ts": f"{START + 95}.0001",
         "message": {"type": "message", "user": "U1", "ts": f"{START}.000100", "text": said(OF_CHAT)}},
        {"type": "message", "user": "U1", "ts": said(REJECTED), "text": said(REJECTED)},
        {"type": "message", "user": {"name": said(REJECTED)}, "ts": 7, "text": said(REJECTED)},
    ]  # fmt: skip
    good = msgspec.json.encode(event(300, said(OF_EVENTS), source="teams"))
    texts = {
        "chat": json.dumps(messages),
        "mail": "From,To,Date,Subject,Body\n"
        f"ann@x.io,bob@x.io,2023-11-14 10:00:00,Re: {OF_MAIL},{said(OF_MAIL)}\n"
        f"ann@x.io,bob@x.io,{REJECTED},{REJECTED},{said(REJECTED)}\n"
        f"{REJECTED},{REJECTED},2023-11-14 10:00:00,{REJECTED},{REJECTED}\n",
        "tickets": "number,incident_state,sys_mod_count,caller_id,opened_at,sys_updated_by,sys_updated_at,priority,"
        "assigned_to,short_description,description,comments,Summary\n"
        f"I1,New,0,C1,2024-03-01 08:00,U1,2024-03-01 08:05,3,R1{f',{OF_TICKETS}' * 4}\n"
        f"I1,Active,1,C1,2024-03-01 08:00,U1,2024-03-01 09:05,3,R2{f',{OF_TICKETS}' * 4}\n"
        f"I2,New,0,C1,{REJECTED},U1,{REJECTED},{REJECTED},R1{f',{REJECTED}' * 4}\n",
        "calendar": "BEGIN:VCALENDAR\nVERSION:2.0\n"
        "BEGIN:VEVENT\nUID:m1\nORGANIZER:mailto:ann@x.io\nATTENDEE:mailto:bob@x.io\nDTSTART:20231114T100000Z\n"
        f"DURATION:PT30M\nSUMMARY:{OF_CALENDAR}\nDESCRIPTION:{said(OF_CALENDAR)}\nLOCATION:{OF_CALENDAR}\n"
        f"COMMENT:{OF_CALENDAR}\nX-ALT-DESC:{OF_CALENDAR}\nCATEGORIES:{OF_CALENDAR}\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:m2\nORGANIZER:mailto:ann@x.io\nATTENDEE:mailto:bob@x.io\n"
        f"DTSTART:{REJECTED}\nSUMMARY:{REJECTED}\nDESCRIPTION:{said(REJECTED)}\nEND:VEVENT\n"
        f"{REJECTED}\nEND:VCALENDAR\n",
        "events": good.decode()
        + "\n"
        + good.decode().replace(OF_EVENTS, REJECTED).replace('"1.0"', '"9.9"')
        + f"\n{said(REJECTED)}\n",
    }
    found = {}
    for kind, text in texts.items():
        found[kind] = directory / f"{kind}-file"
        found[kind].write_text(text, encoding="utf-8")
    return found


def leaks(directory: Path) -> list[str]:
    """Files, and names of files, that hold any of the words."""
    at_rest = [(path, path.read_bytes().lower()) for path in directory.rglob("*") if path.is_file()]
    return [
        f"{path.name}: {word}"
        for path, content in at_rest
        for word in WORDS
        if word.encode() in content or word in path.name.lower()
    ]


def in_text(text: str) -> list[str]:
    return [word for word in WORDS if word in text.lower()]


@contextmanager
def served(system: System) -> Iterator[list[str]]:
    """Everything that is answered over HTTP: metrics of every process, and what the API tells an auditor and others."""
    api = add_service(system, "api")
    try:
        api.wait_until_ready()
        answers = [
            get(f"http://127.0.0.1:{service.port}/{path}")
            for service in (each for replicas in system.services.values() for each in replicas)
            for path in ("metrics", "readyz")
        ]
        for role in ("analyst", "operator", "auditor", "integration"):
            token = system.run("keys", "create", "--role", role, "--name", role).strip().splitlines()[-1]
            paths = ("teams", "people", "signals", "cases", "subscriptions", "relationships", "alerts", "own/audit")
            answers += [get(f"http://127.0.0.1:{api.port}/v1/{path}", token) for path in paths]
        yield answers
    finally:
        api.stop()
        system.services.pop("api")


def get(url: str, token: str = "") -> str:
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=10).text


def imported(system: System, directory: Path, database: Path, *options: str) -> str:
    """What the imports say. Each lists its rejected rows in a file beside the store."""
    outputs = []
    for kind, path in files(directory).items():
        rejects = database / f"rejected-{kind}.ndjson"
        outputs.append(system.run("import", kind, path, "--rejects", rejects, *options))
        outputs.append(rejects.read_text(encoding="utf-8"))
    assert len(re.findall(r"line", "".join(outputs))) >= len(files(directory)), "every kind has rejected rows"
    return "".join(outputs)


@pytest.mark.parametrize("mode", ["metadata", "markers"])
def test_no_word_comes_to_rest_anywhere(embedded_bootstrap: str, topic_prefix: str, tmp_path: Path, mode: str) -> None:
    options = () if mode == "metadata" else ("--text-features",)
    running = tmp_path / "running"
    running.mkdir()
    store = running / "bellwether.db"
    with distributed(
        bootstrap=embedded_bootstrap,
        database_url=f"sqlite+aiosqlite:///{store}",
        prefix=topic_prefix,
        directory=running / "system",
        gateway=True,
        environment={"BELLWETHER_LOG_LEVEL": "DEBUG", **({} if mode == "metadata" else OPTED_IN)},
    ) as system:
        poison = asyncio.run(publish(embedded_bootstrap, topic_prefix))
        assert in_text(imported(system, tmp_path, running, *options)) == []
        wait_until(lambda: rows(store, "dead_letter") >= poison, what="the dead letters", seconds=60)
        wait_until(lambda: rows(store, "contact") > 10, what="the contacts", seconds=60)
        wait_until(lambda: rows(store, "ticket_step") >= 2, what="the ticket steps", seconds=60)
        wait_until(lambda: rows(store, "meeting") >= 2, what="the meetings", seconds=60)
        assert rows(store, "dead_letter") == poison
        assert (rows(store, "text_day") > 0) is (mode == "markers")
        assert {path.name for path in running.glob("bellwether.db*")} > {store.name}, "looked at while it is written"
        assert leaks(running) == []
        with served(system) as answers:
            assert len(answers) > 40
            assert [word for answer in answers for word in in_text(answer)] == []
        for what in ("readings", "facts", "alerts"):
            assert in_text(system.run("export", what, "--purpose", "evaluation")) == []
        kept = asyncio.run(on_topics(embedded_bootstrap, topic_prefix, topics.TOPICS))
        for name, records in kept.items():
            # What producers put on a topic is theirs, and is there until its retention is over; what we put, is not.
            broken_too = ON_EVENTS | {topics.DIRECTORY.name, topics.INTERACTIONS.name}
            words = IMPORTED if name in INBOXES else set(WORDS) - {BROKEN, UNKNOWN} if name in broken_too else WORDS
            assert not [word for word in words if word.encode() in records.lower()], name
        assert POSTED.encode() in kept[topics.INBOX_CHAT.name]  # it did come that way
        made = [each for each in kept[topics.INTERACTIONS.name].split(b"\n") if BROKEN.encode() not in each]
        assert len(made) > 50
        assert not [word for word in WORDS for each in made if word.encode() in each.lower()]
    assert leaks(running) == []


@pytest.mark.postgres
def test_nor_in_any_file_of_a_server(
    embedded_bootstrap: str, topic_prefix: str, tmp_path: Path, postgres: PostgresCluster, postgres_url: str
) -> None:
    """Tables, log and write-ahead log of PostgreSQL, as they lie on the disk."""
    running = tmp_path / "running"
    running.mkdir()
    with distributed(
        bootstrap=embedded_bootstrap,
        database_url=postgres_url,
        prefix=topic_prefix,
        directory=running / "system",
        gateway=True,
    ) as system:
        asyncio.run(publish(embedded_bootstrap, topic_prefix))
        said_by = imported(system, tmp_path, running)
        facts = ""
        for _ in range(60):
            facts = system.run("export", "facts", "--purpose", "evaluation")
            if '"messages"' in facts:
                break
        assert '"messages"' in facts
        assert in_text(said_by) == in_text(facts) == []
        assert leaks(running) == []
    assert leaks(postgres.directory) == []
