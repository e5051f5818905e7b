"""The load of the benchmark: chat events as a workplace sends them, once they have passed the edge.

Every person writes to the eight people next to them, so `PEOPLE` people are `PAIRS` pairs, and over four weeks each
pair has a handful of messages. The same number of events is always the same bytes.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.ingest.pseudonymise import pseudonymise
from shared.schemas.chat import (
    ChatEvent,
    Deletion,
    Markers,
    Message,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReacted,
    Reaction,
)
from shared.schemas.directory import (
    DirectoryEvent,
    IdentityLink,
    IdentityLinked,
    LineRecorded,
    Person,
    PersonRecorded,
    ReportingLine,
    Team,
    TeamRecorded,
)
from shared.schemas.envelope import event_id, utc
from shared.schemas.registry import CanonicalEvent
from tests.names import PSEUDONYMS, behind_edge

PEOPLE, NEIGHBOURS, TEAM_SIZE = 1_250, 8, 10
PAIRS = PEOPLE * NEIGHBOURS
SECONDS = 28 * 86_400
# A Monday, safely in the past: events from the future are refused.
START = int(datetime(2025, 3, 3, tzinfo=UTC).timestamp())
SOURCE, DIRECTORY_SOURCE = "chat", "hr"


def identity(number: int) -> str:
    return f"chat:U{number % PEOPLE:08X}"


def chat_events(count: int) -> Iterator[ChatEvent]:
    """In order of time: of a hundred, 86 messages (ten of them to two people, a third replies), nine reactions, five
    edits or deletions of earlier messages.
    """
    chance = random.Random(20_250_303)
    posted: list[MessagePosted] = []
    for number in range(count):
        at = START + number * SECONDS // count
        kind = chance.random()
        if posted and kind < 0.09:
            yield _reaction(chance.choice(posted), number, at)
        elif posted and kind < 0.14:
            yield _revision(posted.pop(chance.randrange(len(posted))), number, deleted=kind < 0.11)
        else:
            message = _message(chance, number=number, at=at)
            posted.append(message)
            yield message


def _message(chance: random.Random, *, number: int, at: int) -> MessagePosted:
    one = chance.randrange(PEOPLE)
    other = one + chance.randint(1, NEIGHBOURS)
    sender, recipient = chance.choice(((one, other), (other, one)))
    together = [recipient, one + other - recipient + NEIGHBOURS + 1] if chance.random() < 0.12 else [recipient]
    return MessagePosted(
        id=event_id(source=SOURCE, kind="message", native_id=f"D{one:06X}{other:06X}:{at}.{number:06}"),
        source=SOURCE,
        time=utc(at),
        data=Message(
            sender=identity(sender),
            recipients=tuple(identity(each) for each in together),
            channel_kind="direct" if len(together) == 1 else "group",
            audience=len(together),
            thread=f"D{one:06X}{other:06X}:{at - at % 86_400}",
            in_reply_to=identity(recipient) if chance.random() < 0.34 else None,
            markers=Markers(),
        ),
    )


def _reaction(message: MessagePosted, number: int, at: int) -> MessageReacted:
    return MessageReacted(
        id=event_id(source=SOURCE, kind="reaction", native_id=f"R{number}"),
        source=SOURCE,
        time=utc(at),
        data=Reaction(sender=message.data.recipients[0], author=message.data.sender, channel_kind="direct"),
    )


def _revision(message: MessagePosted, number: int, *, deleted: bool) -> MessageDeleted | MessageEdited:
    revised = f"{message.id}:{number}"
    if deleted:
        gone = Deletion(sender=message.data.sender)
        return MessageDeleted(id=revised, source=SOURCE, time=message.time, revision=number, data=gone)
    return MessageEdited(id=revised, source=SOURCE, time=message.time, revision=number, data=message.data)


def directory_events() -> Iterator[DirectoryEvent]:
    """Teams of ten, each led by somebody of a team further up."""
    at = utc(START)
    for team in range(PEOPLE // TEAM_SIZE):
        yield TeamRecorded(id=_directory("team", team), source=DIRECTORY_SOURCE, time=at, data=Team(team=f"t{team}"))
    for number in range(PEOPLE):
        key = f"p{number}"
        person = Person(person=key, team=f"t{number // TEAM_SIZE}")
        link = IdentityLink(person=key, identity=identity(number))
        line = ReportingLine(person=key, manager=f"p{number // TEAM_SIZE}" if number else None)
        yield PersonRecorded(id=_directory("person", number), source=DIRECTORY_SOURCE, time=at, data=person)
        yield IdentityLinked(id=_directory("identity", number), source=DIRECTORY_SOURCE, time=at, data=link)
        yield LineRecorded(id=_directory("line", number), source=DIRECTORY_SOURCE, time=at, data=line)


def encoded(events: Iterator[CanonicalEvent]) -> Sequence[tuple[bytes, bytes]]:
    """Key and value of each record behind the edge."""
    return [(record.key, record.value) for record in map(behind_edge, events)]


def passed(event: CanonicalEvent) -> Any:
    """An event as the store knows it."""
    return pseudonymise(event, PSEUDONYMS)[0]


def _directory(kind: str, number: int) -> str:
    return event_id(source=DIRECTORY_SOURCE, kind=kind, native_id=str(number))
