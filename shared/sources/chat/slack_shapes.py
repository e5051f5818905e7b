"""The parts of Slack's JSON that are read. Everything else in it is ignored."""

from typing import Final

import msgspec

NOTHING: Final = msgspec.Raw()
"""The value of a member that is missing."""


class Edited(msgspec.Struct, frozen=True):
    """That a message was edited, and when."""

    ts: str = ""


class ReactionShape(msgspec.Struct, frozen=True):
    """Who reacted with one emoji; the emoji is not read."""

    users: tuple[str, ...] = ()


class ItemShape(msgspec.Struct, frozen=True):
    """The message that was reacted to."""

    type: str = ""
    channel: str = ""
    ts: str = ""


class ChannelShape(msgspec.Struct, frozen=True):
    """A channel as `{"channel": ...}` beside messages describes it."""

    id: str
    kind: str = "public_channel"
    members: tuple[str, ...] = ()


class Outer(msgspec.Struct, frozen=True):
    """What a JSON object is: a payload with an event, an export with messages, or a message itself."""

    type: str | None = None
    subtype: str | None = None
    event: msgspec.Raw = NOTHING
    messages: msgspec.Raw = NOTHING


class ExportShape(msgspec.Struct, frozen=True):
    """Messages with the channel they are in."""

    messages: tuple[msgspec.Raw, ...]
    channel: ChannelShape | None = None


class RoomShape(msgspec.Struct, frozen=True):
    """A huddle: who began it, who was in it, and from when to when (Unix seconds, 0 while it goes on)."""

    id: str
    created_by: str = ""
    participant_history: tuple[str, ...] = ()
    date_start: int = 0
    date_end: int = 0


class SlackMessage(msgspec.Struct, frozen=True):
    """A message or what happened to one."""

    type: str = "message"
    subtype: str | None = None
    channel: str | None = None
    channel_type: str | None = None
    user: str | None = None
    bot_id: str | None = None
    ts: str | None = None
    event_ts: str | None = None
    deleted_ts: str | None = None
    thread_ts: str | None = None
    parent_user_id: str | None = None
    text: str | None = None
    edited: Edited | None = None
    reactions: tuple[ReactionShape, ...] = ()
    message: "SlackMessage | None" = None
    previous_message: "SlackMessage | None" = None
    item: ItemShape | None = None
    item_user: str | None = None
    room: RoomShape | None = None


OUTER: Final = msgspec.json.Decoder(Outer)
EXPORT: Final = msgspec.json.Decoder(ExportShape)
MESSAGE: Final = msgspec.json.Decoder(SlackMessage)
ARRAY: Final = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
ANY: Final = msgspec.json.Decoder(msgspec.Raw)
