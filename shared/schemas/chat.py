"""Chat and mail events: a message was posted, edited, deleted or reacted to."""

from typing import Annotated, Literal

import msgspec

from shared.domain.text.measure import Basis
from shared.schemas.envelope import Event, Identity, NativeId

ChannelKind = Literal["direct", "group", "private_channel", "public_channel", "mail"]
# In hundredths of a standard deviation of human ratings.
Rating = Annotated[int, msgspec.Meta(ge=-300, le=300)] | None
# Days of them are summed in the store, whose integers end somewhere; no text comes near.
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Markers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a text. The edge counts it once; `shared.domain.text.markers` is the closed list.

    There is no sentiment and no emotion here, and none may be added. Unless `basis` is `text`, every count is zero and
    means "not known": no text was looked at (`metadata`), it is in another language than English, it holds no words of
    the author's own, or a machine wrote it.
    """

    basis: Basis = "metadata"
    words: Count = 0
    questions: Annotated[Count, msgspec.Meta(description="Sentences that ask.")] = 0
    requests: Annotated[Count, msgspec.Meta(description="Sentences that ask for something to be done.")] = 0
    acknowledges: Annotated[bool, msgspec.Meta(description="Opens by acknowledging or agreeing.")] = False
    defers: Annotated[bool, msgspec.Meta(description="Promises an answer later instead of giving one.")] = False
    hedges: Annotated[Count, msgspec.Meta(description="Words that leave room.")] = 0
    reasons: Annotated[Count, msgspec.Meta(description="Reasons, conclusions and examples.")] = 0
    advocacy: Annotated[Count, msgspec.Meta(description="Own views, certainty and obligation.")] = 0
    inquiry: Annotated[Count, msgspec.Meta(description="Questions, invitations to explain, concessions.")] = 0
    receptiveness: Annotated[Rating, msgspec.Meta(description="Expected rating; absent of few words.")] = None
    uptake: Annotated[Rating, msgspec.Meta(description="Expected rating; absent without the message answered.")] = None
    follow_ups: Annotated[
        Count | None, msgspec.Meta(description="Questions about what was said; absent without the message answered.")
    ] = None


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message, with either its markers or, on the short way to the chat service, its text."""

    sender: Identity
    recipients: Annotated[
        tuple[Identity, ...],
        msgspec.Meta(max_length=64, description="Addressees other than the sender; empty in a large channel."),
    ]
    channel_kind: ChannelKind
    audience: Annotated[int, msgspec.Meta(ge=0, description="People who can read it, the sender not counted.")]
    thread: NativeId | None = None
    channel: Annotated[NativeId | None, msgspec.Meta(description="Where it was posted, by the source's id.")] = None
    in_reply_to: Annotated[Identity, msgspec.Meta(description="Author of the message replied to.")] | None = None
    text: Annotated[str, msgspec.Meta(max_length=100_000)] | None = None
    markers: Markers | None = None

    def __post_init__(self) -> None:
        """Refuse a message with both text and markers, or with neither."""
        if (self.text is None) == (self.markers is None):
            raise ValueError("exactly one of text and markers")


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """A message was deleted. What it counted for is taken back."""

    sender: Identity


class Reaction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody reacted to a message. The emoji itself is not kept."""

    sender: Identity
    author: Annotated[Identity, msgspec.Meta(description="Author of the message reacted to.")]
    channel_kind: ChannelKind
    thread: NativeId | None = None
    channel: NativeId | None = None


class MessagePosted(Event, frozen=True, kw_only=True, tag="bellwether.chat.posted.v1"):
    """A message was posted or a mail was sent."""

    data: Message


class MessageEdited(Event, frozen=True, kw_only=True, tag="bellwether.chat.edited.v1"):
    """A message was edited: same entity, higher revision, the whole message again. `time` stays the posting time."""

    data: Message


class MessageDeleted(Event, frozen=True, kw_only=True, tag="bellwether.chat.deleted.v1"):
    """A message was deleted: same entity, higher revision."""

    data: Deletion


class MessageReacted(Event, frozen=True, kw_only=True, tag="bellwether.chat.reacted.v1"):
    """A reaction was added to a message."""

    data: Reaction


ChatEvent = MessagePosted | MessageEdited | MessageDeleted | MessageReacted
