"""Makes chat events of Slack messages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.schemas.calendar import Attendee, Meeting, MeetingCreated
from shared.schemas.chat import (
    ChannelKind,
    Deletion,
    Message,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReacted,
    Reaction,
)
from shared.schemas.envelope import event_id
from shared.sources.chat.slack_shapes import RoomShape, SlackMessage
from shared.sources.conversations import Conversations, answered_by, talkers
from shared.sources.identities import chat_identity, native_id
from shared.sources.instants import in_range
from shared.sources.reader import Channel, Options, UnusableError

NAME: Final = "chat"
RECIPIENTS_MAX: Final = 64  # the wire's limit; above it nobody in particular is addressed
_TS: Final = re.compile(r"(\d{9,11})(?:\.(\d{1,6}))?")
_MENTION: Final = re.compile(r"<@([A-Za-z0-9._\-]{1,64})(?:\|[^<>]*)?>")
_FEWEST_WHO_MEET: Final = 2
_ATTENDEES_MAX: Final = 1000  # the wire's limit
_DIRECT: Final = frozenset({"direct", "group"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message is."""

    channel: str
    about: Channel
    members: frozenset[str] = frozenset()
    """Who is in the channel, as far as `about` says."""

    @property
    def kind(self) -> ChannelKind:
        """Kind of the channel."""
        return self.about.kind


def micros(ts: str | None) -> int:
    """A time stamp of Slack in microseconds. It is also the id of a message in its channel. Raises UnusableError."""
    found = _TS.fullmatch(ts or "")
    if found is None:
        raise UnusableError("unreadable time stamp ts")
    return int(found.group(1)) * 1_000_000 + int((found.group(2) or "").ljust(6, "0"))


def at(ts: str | None) -> datetime:
    """The instant of a time stamp. Raises UnusableError."""
    return in_range(_EPOCH + timedelta(microseconds=micros(ts)))


def posted(
    message: SlackMessage,
    place: Place,
    *,
    answered: str,
    revision_ts: str,
    options: Options,
    conversations: Conversations,
) -> MessagePosted | MessageEdited:
    """Make the event of a message, which is edited if there is a `revision_ts`.

    `answered` is the native id of the author of the thread, empty when there is none.
    """
    sender = chat_identity(message.user or "")
    revision = micros(revision_ts) if revision_ts else 0
    recipients = _recipients(message, place, sender, options.machines)
    others = len(place.members) - (sender in place.members)
    audience = others or max(len(recipients), int(place.kind == "direct"))
    author = chat_identity(answered) if answered.strip() else None
    in_reply_to = author if author != sender else None
    native, posted_at = _native(place.channel, message.ts), at(message.ts)
    thread = _native(place.channel, message.thread_ts) if message.thread_ts else None
    source = options.source or NAME
    event = MessageEdited if revision else MessagePosted
    return event(
        id=event_id(source=source, kind="message", native_id=native, revision=revision),
        source=source,
        time=posted_at,
        revision=revision,
        data=Message(
            sender=sender,
            recipients=recipients if len(recipients) <= RECIPIENTS_MAX else (),
            channel_kind=place.kind,
            audience=audience,
            thread=thread,
            channel=native_id(place.channel),
            in_reply_to=in_reply_to,
            markers=conversations.markers(
                message.text,
                at=int(posted_at.timestamp()),
                sender=sender,
                answered=answered_by(in_reply_to, recipients),
                place=thread or talkers(sender, recipients),
                opens=native,
            ),
        ),
    )


def reactions_of(message: SlackMessage, place: Place, options: Options) -> Iterator[MessageReacted]:
    """Make events of the reactions that an export lists with a message: one for each person, at the message's time."""
    users = dict.fromkeys(user for reaction in message.reactions for user in reaction.users)
    for user in users:
        if user.strip() and user != message.user:
            yield reacted(
                user, author=message.user or "", ts=message.ts, time_ts=message.ts, place=place, options=options
            )


def reacted(
    user: str, *, author: str, ts: str | None, time_ts: str | None, place: Place, options: Options
) -> MessageReacted:
    """Make the event of a person's reaction to the message `ts`."""
    source = options.source or NAME
    native = native_id(f"{_native(place.channel, ts)}:{user.strip()}")
    return MessageReacted(
        id=event_id(source=source, kind="reaction", native_id=native),
        source=source,
        time=at(time_ts),
        data=Reaction(
            sender=chat_identity(user),
            author=chat_identity(author),
            channel_kind=place.kind,
            channel=native_id(place.channel),
        ),
    )


def deleted(ts: str | None, *, user: str, time_ts: str | None, place: Place, options: Options) -> MessageDeleted:
    """Make the event that the message `ts` was deleted; its revision is the time of the deletion."""
    source = options.source or NAME
    revision = micros(time_ts)
    return MessageDeleted(
        id=event_id(source=source, kind="message", native_id=_native(place.channel, ts), revision=revision),
        source=source,
        time=at(time_ts),
        revision=revision,
        data=Deletion(sender=chat_identity(user)),
    )


def met(room: RoomShape, place: Place, *, machines: frozenset[str], options: Options) -> MeetingCreated | None:
    """Make the event of a huddle; None while it goes on, and for fewer than two people."""
    people = tuple(dict.fromkeys(chat_identity(each) for each in room.participant_history if each not in machines))
    if len(people) < _FEWEST_WHO_MEET or room.date_end <= room.date_start or not room.date_start:
        return None
    began = chat_identity(room.created_by) if room.created_by.strip() else ""
    organiser = began if began in people else people[0]
    source, start = options.source or NAME, at(str(room.date_start))
    return MeetingCreated(
        id=event_id(source=source, kind="meeting", native_id=native_id(f"{place.channel}:{room.id}")),
        source=source,
        time=start,
        data=Meeting(
            organiser=organiser,
            attendees=tuple(
                Attendee(identity=each, response="accepted") for each in people[:_ATTENDEES_MAX] if each != organiser
            ),
            start=start,
            end=at(str(room.date_end)),
            channel=native_id(place.channel),
        ),
    )


def _native(channel: str, ts: str | None) -> str:
    micros(ts)
    return native_id(f"{channel}:{ts}")


def _recipients(message: SlackMessage, place: Place, sender: str, machines: frozenset[str]) -> tuple[str, ...]:
    if place.kind in _DIRECT and place.members:
        # No more are addressed than the wire takes, so a crowd need not be sorted for each message.
        return tuple(sorted(place.members - {sender})) if len(place.members) <= RECIPIENTS_MAX + 1 else ()
    named = set(_MENTION.findall(message.text or "")) - machines
    return tuple(sorted({chat_identity(native) for native in named} - {sender}))
