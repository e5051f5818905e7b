"""How long an event takes to be seen in a reading, while a small company writes at a steady pace.

Chat and signals run in one process as `bellwether up` has them, on a store with four weeks behind it. Every tenth event
is watched: its time ends when the live reading of its two people is as of the event or later.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import select

from services.chat.app import build as build_chat
from services.chat.handle import interaction
from services.chat.settings import ChatSettings
from services.cli.process import Service
from services.signals.app import build as build_signals
from services.signals.intake.apply import Applier, Candidate, Work, directory_candidate, interaction_candidate
from services.signals.scoring.scorer import Scorer
from services.signals.settings import SignalsSettings
from shared.domain.week import LIVE_WEEK
from shared.schemas.chat import ChatEvent, Markers, Message, MessagePosted
from shared.schemas.envelope import event_id, utc
from shared.storage.engine import bulk
from shared.storage.engine.database import Database
from shared.storage.log.offsets import OffsetStore, Position
from shared.storage.tables.readings import ReadingRow
from shared.telemetry.metrics import Metrics
from shared.topics import EVENTS_CHAT
from shared.transport.producer import Outbound, RecordProducer
from shared.transport.task_group import run_until_first
from tests.bench.events import SECONDS, START, chat_events, directory_events, identity, passed
from tests.names import ANY_NAMES, CHECKS, PSEUDONYMS, behind_edge

PEOPLE: Final = 120
PAST_EVENTS: Final = 40_000  # of the whole company, of which these people have some hundreds
EVENTS_PER_SECOND: Final = 10
WATCHED_EVERY: Final = 10
WARM_SECONDS, SECONDS_MEASURED = 10, 60
POLL_SECONDS: Final = 0.02


async def fill(database: Database, settings: SignalsSettings, metrics: Metrics) -> None:
    """The directory and four weeks of these people, scored."""
    members = {identity(number) for number in range(PEOPLE)}
    known = {f"p{number}" for number in range(PEOPLE)}
    candidates: list[Candidate] = [
        directory_candidate(each, msgspec.json.encode(each))
        for each in map(passed, (each for each in directory_events() if getattr(each.data, "person", "p0") in known))
    ]
    newest = 0
    for event in chat_events(PAST_EVENTS):
        if _people(event) <= members:
            made = interaction(passed(event), ANY_NAMES)
            candidates.append(interaction_candidate(made, msgspec.json.encode(made)))
            newest = candidates[-1].at
    offsets = OffsetStore("past", database.engine.dialect)
    past = Position("past", 0, "past", 0)
    async with database.write() as connection:
        await Applier(database.engine.dialect).apply(connection, Work(candidates=candidates))
        await offsets.begin(connection, past)
        await offsets.advance(connection, past, to=1, watermark=newest)
    await Scorer(database=database, settings=settings, metrics=metrics).settle()


async def delays(database: Database, settings: dict[str, Any], metrics: Metrics) -> tuple[list[float], float]:
    """Seconds from sending to seeing, of every event watched after a warm-up, and the share of a core that was used."""
    chat, signals = ChatSettings(**settings), SignalsSettings(**settings, embedded=True)
    await fill(database, signals, metrics)
    services: list[Service] = [
        build_chat(chat, metrics, checks=CHECKS),
        build_signals(signals, metrics, database, checks=CHECKS),
    ]
    found: list[float] = []
    used: list[float] = []

    async def send() -> None:
        while any(service.unready() for service in services):  # noqa: ASYNC110 - services tell when they are asked
            await asyncio.sleep(POLL_SECONDS)
        topic = chat.topic(EVENTS_CHAT.name)
        async with RecordProducer(chat) as producer, asyncio.TaskGroup() as watching:
            started = time.monotonic()
            for number, event in enumerate(_live()):
                if number == EVENTS_PER_SECOND * WARM_SECONDS:
                    used.append(time.process_time())
                await asyncio.sleep(max(0.0, started + number / EVENTS_PER_SECOND - time.monotonic()))
                sent = time.monotonic()
                record = behind_edge(event)
                await producer.send([Outbound(topic, record.key, record.value)])
                if number % WATCHED_EVERY == 0 and sent - started > WARM_SECONDS:
                    watching.create_task(watch(event, sent))
            used.append(time.process_time())

    async def watch(event: MessagePosted, sent: float) -> None:
        await _seen(database, event)
        found.append(time.monotonic() - sent)

    await run_until_first([send(), *(service.run() for service in services)])
    return found, (used[1] - used[0]) / SECONDS_MEASURED


def _live() -> Iterator[MessagePosted]:
    """Messages between neighbours after the past, one tenth of a second apart."""
    for number in range(EVENTS_PER_SECOND * (WARM_SECONDS + SECONDS_MEASURED)):
        at = START + SECONDS + number // EVENTS_PER_SECOND
        one = number * 7 % (PEOPLE - 8)
        message = Message(
            sender=identity(one),
            recipients=(identity(one + 1 + number % 8),),
            channel_kind="direct",
            audience=1,
            markers=Markers(),
        )
        name = event_id(source="chat", kind="message", native_id=f"live{number}")
        yield MessagePosted(id=name, source="chat", time=utc(at), data=message)


def _people(event: ChatEvent) -> set[str]:
    found = {event.data.sender}
    for name in ("recipients", "author"):
        value = getattr(event.data, name, ())
        found.update((value,) if isinstance(value, str) else value)
    return found


async def _seen(database: Database, event: MessagePosted) -> None:
    people = (f"p{int(each[6:], 16)}" for each in (event.data.sender, event.data.recipients[0]))
    first, second = sorted(map(PSEUDONYMS.person, people))
    table = bulk.table_of(ReadingRow).c
    query = select(table.as_of).where(
        table.signal == "cadence", table.first == first, table.second == second, table.week == LIVE_WEEK
    )
    while True:
        async with database.read() as connection:
            as_of = (await connection.execute(query)).scalar_one_or_none()
        if as_of is not None and as_of >= event.time.timestamp():
            return
        await asyncio.sleep(POLL_SECONDS)
