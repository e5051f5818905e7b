"""Chat events as they may arrive from behind the edge: without text, and with names that are looked up.

To look a name up verifies more than its pattern does, and takes less than a tenth of the time.
"""

from typing import Annotated

import msgspec

from shared.schemas.chat import (
    Deletion,
    Message,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageReacted,
    Reaction,
)


class _Message(Message, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    sender: str
    recipients: Annotated[tuple[str, ...], msgspec.Meta(max_length=64)]
    in_reply_to: str | None = None
    text: None = None


class _Deletion(Deletion, frozen=True, kw_only=True, gc=False):
    sender: str


class _Reaction(Reaction, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    sender: str
    author: str


class _Posted(MessagePosted, frozen=True, kw_only=True, tag="bellwether.chat.posted.v1", gc=False):
    data: _Message


class _Edited(MessageEdited, frozen=True, kw_only=True, tag="bellwether.chat.edited.v1", gc=False):
    data: _Message


class _Deleted(MessageDeleted, frozen=True, kw_only=True, tag="bellwether.chat.deleted.v1", gc=False):
    data: _Deletion


class _Reacted(MessageReacted, frozen=True, kw_only=True, tag="bellwether.chat.reacted.v1", gc=False):
    data: _Reaction


ArrivingChatEvent = _Posted | _Edited | _Deleted | _Reacted
