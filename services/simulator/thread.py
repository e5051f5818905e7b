"""One conversation, written message by message. The history and the live events are both made of conversations."""

import random
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from services.simulator.company import Member
from services.simulator.timeline import HOUR
from shared.schemas.chat import (
    ChannelKind,
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
from shared.schemas.envelope import event_id, utc

ASKS_AS_QUESTION: Final = 0.7
REACTS: Final = 0.08
EDITS: Final = 0.02
DELETES: Final = 0.004
METADATA: Final = Markers()
# What is ordinary, in hundredths of a standard deviation of human ratings, as in the exploration signal.
RECEPTIVENESS, UPTAKE = -38, -39
# How much kinder wording than usual shows in both.
USUAL_COURTESY: Final = 0.5
RATING_BY_COURTESY: Final = 40


@dataclass(slots=True)
class Thread:
    """One conversation, written message by message into `events`. Mail shows who and when unless it is read."""

    native_id: str
    rng: random.Random
    people: tuple[Member, ...]  # everybody who is addressed, the speaker of the moment among them
    channel: ChannelKind
    lively: bool = True  # whether messages are edited, deleted and reacted to
    readers: int = 0  # audience of a channel; without one, those addressed
    mail_read: bool = False  # whether mail has markers as well
    events: list[ChatEvent] = field(default_factory=list)
    _messages: int = 0

    def say(self, at: int, speaker: Member, *, markers: Markers, reply_to: Member | None = None) -> None:
        """Post a message; in a lively chat it may be edited, deleted or reacted to."""
        mail = self.channel == "mail"
        recipients = tuple(_account(person, mail=mail) for person in self.people if person is not speaker)
        self._messages += 1
        native = f"{self.native_id}.{self._messages}"
        source = "sim_mail" if mail else "sim_chat"
        message = Message(
            sender=_account(speaker, mail=mail),
            recipients=recipients,
            channel_kind=self.channel,
            audience=self.readers or len(recipients),
            thread=self.native_id,
            in_reply_to=_account(reply_to, mail=mail) if reply_to else None,
            markers=METADATA if mail and not self.mail_read else markers,
        )
        identifier = event_id(source=source, kind="message", native_id=native)
        self.events.append(MessagePosted(id=identifier, source=source, time=utc(at), data=message))
        if self.lively and not mail:
            self._touch(at, native, message)

    def _touch(self, at: int, native: str, message: Message) -> None:
        fate = self.rng.random()
        if fate < EDITS:
            self._edit(at, native, message)
        elif fate < EDITS + DELETES:
            self._delete(at, native, message)
        elif fate < EDITS + DELETES + REACTS and message.recipients:
            self._react(at, native, message)

    def _edit(self, at: int, native: str, message: Message) -> None:
        old = message.markers or METADATA
        data = replace(message, markers=replace(old, words=old.words + self.rng.randrange(1, 9)))
        identifier = event_id(source="sim_chat", kind="message", native_id=native, revision=1)
        self.events.append(MessageEdited(id=identifier, source="sim_chat", time=utc(at), revision=1, data=data))

    def _delete(self, at: int, native: str, message: Message) -> None:
        later = at + self.rng.randrange(20, HOUR)
        identifier = event_id(source="sim_chat", kind="message", native_id=native, revision=1)
        data = Deletion(sender=message.sender)
        self.events.append(MessageDeleted(id=identifier, source="sim_chat", time=utc(later), revision=1, data=data))

    def _react(self, at: int, native: str, message: Message) -> None:
        reactor = self.rng.choice(message.recipients)
        identifier = event_id(source="sim_chat", kind="reaction", native_id=f"{native}.{reactor.partition(':')[2]}")
        data = Reaction(sender=reactor, author=message.sender, channel_kind=message.channel_kind, thread=message.thread)
        later = at + self.rng.randrange(20, HOUR)
        self.events.append(MessageReacted(id=identifier, source="sim_chat", time=utc(later), data=data))


def ask_markers(rng: random.Random) -> Markers:
    """Markers of a message that asks."""
    question = rng.random() < ASKS_AS_QUESTION
    words = rng.randrange(8, 40)
    return Markers(
        basis="text",
        words=words,
        questions=int(question),
        requests=int(not question),
        advocacy=words // 25,
        inquiry=int(question),
    )


def answer_markers(rng: random.Random, *, courtesy: float, ask: bool, defers: bool = False) -> Markers:
    """Markers of an answer; `courtesy` is the chance that it opens by acknowledging, and shows in its wording."""
    words = rng.randrange(6, 60)
    # Without a draw of its own, so that worlds stay as they are: from one message to the next it looks like chance.
    noise = words * 37 % 61 - 30
    return Markers(
        basis="text",
        words=words,
        questions=int(ask),
        acknowledges=rng.random() < courtesy,
        defers=defers,
        hedges=words // 20,
        reasons=words // 25,
        advocacy=words // 15,
        inquiry=int(ask) + words // 30,
        receptiveness=_rating(RECEPTIVENESS, courtesy, noise),
        uptake=_rating(UPTAKE, courtesy, noise),
        follow_ups=int(ask and noise % 3 == 0),
    )


def _rating(usual: int, courtesy: float, noise: int) -> int:
    return usual + round(RATING_BY_COURTESY * (courtesy - USUAL_COURTESY)) + noise


def remark_markers(rng: random.Random) -> Markers:
    """Markers of a message that tells and asks nothing."""
    words = rng.randrange(5, 50)
    return Markers(basis="text", words=words, advocacy=words // 15, reasons=words // 25)


def _account(person: Member, *, mail: bool) -> str:
    return person.mail if mail else person.chat
