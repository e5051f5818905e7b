"""Chat messages as JSON of Microsoft Teams (Graph), Mattermost (bulk export) and Google Chat (Takeout).

A row is a message. In direct and group messages everybody else whom the file knows in the chat is a recipient; in
channels those who are mentioned. Texts are read for nothing, not even for markers. Accounts whose mail address the
file gives are known by that. Applications and notices of the system are skipped.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from shared.schemas.chat import ChannelKind, Markers, Message, MessagePosted
from shared.schemas.envelope import event_id
from shared.schemas.names import renamed
from shared.sources.chat.accounts import ByMail
from shared.sources.identities import chat_identity, mail_identity, native_id
from shared.sources.instants import instant
from shared.sources.json_document import NotJsonError, Object, begins_as_json, documents, objects, text
from shared.sources.reader import Accepted, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source

NAME: Final = "chat"
RECIPIENTS_MAX: Final = 64  # the wire's limit; above it nobody in particular is addressed
_MENTION: Final = re.compile(r"(?<![\w@])@([a-z0-9][a-z0-9._\-]{0,63})", re.IGNORECASE)
_TO_ALL: Final = frozenset({"here", "all", "channel", "everyone"})
# What Mattermost writes beside the messages.
_BESIDE: Final = frozenset({
    "version", "team", "channel", "user", "emoji", "direct_channel", "role", "scheme", "bot", "channel_member",
})  # fmt: skip
# Google writes "Tuesday, March 3, 2026 at 10:00:00 AM UTC", with a narrow space.
_NARROW: Final = str.maketrans({"\u202f": " ", "\u00a0": " "})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A message, whatever program wrote it. People are identities."""

    native: str
    time: str
    sender: str
    channel: str
    kind: ChannelKind
    named: tuple[str, ...] = ()
    thread: str = ""
    answers: str = ""


class _SkipError(Exception):
    """The message is in order and yields nothing; the text is the reason."""


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield messages in file order; a rejection has the position of the message, counted from 1."""
    try:
        found = documents(lines)
    except NotJsonError as error:
        yield Rejection(1, str(error))
        return
    said: list[tuple[int, _Said]] = []
    for position, message in enumerate(_messages(found), start=1):
        try:
            said.append((position, _said(message)))
        except _SkipError as reason:
            yield Skipped(position, str(reason))
        except UnusableError as error:
            yield Rejection(position, str(error))
    present: dict[str, set[str]] = {}
    authors: dict[str, str] = {}
    for _, each in said:
        present.setdefault(each.channel, set()).update({each.sender, *each.named})
        authors[each.native] = each.sender
    names = ByMail(_mails(found))
    for position, each in said:
        try:
            yield Accepted(renamed(_posted(each, present[each.channel], authors, options), names))
        except UnusableError as error:
            yield Rejection(position, str(error))


def _mails(found: list[Any]) -> dict[str, str]:
    """Mail address by user name, as Mattermost lists them."""
    users = (each.get("user") for each in found if isinstance(each, dict) and each.get("type") == "user")
    return {text(user, "username"): text(user, "email") for user in users}


def _messages(found: list[Any]) -> Iterator[Object]:
    for document in found:
        for message in objects(document, "value", "messages"):
            if text(message, "type") in {
                "version",
                "team",
                "channel",
                "user",
                "emoji",
                "direct_channel",
                "role",
                "scheme",
            }:
                continue  # of Mattermost, beside the messages
            yield message
            for name in ("post", "direct_post"):
                own = message.get(name)
                if isinstance(own, dict) and isinstance(own.get("replies"), list):
                    yield from ({"reply": reply, name: own} for reply in objects(own["replies"]))
            replies = message.get("replies")
            if isinstance(replies, list):
                yield from objects(replies)


def _said(message: Object) -> _Said:
    if isinstance(message.get("post"), dict) or isinstance(message.get("direct_post"), dict):
        return _mattermost(message)
    if "createdDateTime" in message:
        return _teams(message)
    if "created_date" in message or "createTime" in message:
        return _google(message)
    raise UnusableError("a message of no known chat")


def _teams(message: Object) -> _Said:
    if text(message, "messageType") not in {"", "message"}:
        raise _SkipError("a notice about the chat")
    if message.get("deletedDateTime"):
        raise _SkipError("a deleted message")
    sender = message.get("from")
    user = sender.get("user") if isinstance(sender, dict) else None
    if not isinstance(user, dict):
        raise _SkipError("written by a bot")
    team = text(message, "channelIdentity", "channelId")
    chat = text(message, "chatId")
    # Chats of two have the ids of both in their own; those of more are threads.
    kind: ChannelKind = "public_channel" if team else "direct" if "@unq.gbl.spaces" in chat else "group"
    mentions = objects(message.get("mentions")) if isinstance(message.get("mentions"), list) else ()
    named = [each["mentioned"]["user"] for each in mentions if text(each, "mentioned", "user", "id")]
    answers = text(message, "replyToId")
    return _Said(
        native=text(message, "id"), time=text(message, "createdDateTime"), sender=_account(user), channel=team or chat,
        kind=kind, named=tuple(_account(each) for each in named),
        thread=answers or (text(message, "id") if team else ""), answers=answers,
    )  # fmt: skip


def _mattermost(message: Object) -> _Said:
    post: Object = message.get("post") or message.get("direct_post") or {}
    own: Object = message.get("reply") or post
    if text(own, "type").startswith("system_") or text(own, "props", "from_bot") or text(own, "props", "from_webhook"):
        raise _SkipError("a notice about the chat, or written by a bot")
    members = post.get("channel_members")
    people = [each for each in members if isinstance(each, str)] if isinstance(members, list) else []
    mentioned = [each for each in _MENTION.findall(text(own, "message")) if each.lower() not in _TO_ALL]
    channel = f"{text(post, 'team')}/{text(post, 'channel')}" if "post" in message else " ".join(sorted(people))
    kind: ChannelKind = "public_channel" if "post" in message else "direct" if len(people) <= len("ab") else "group"
    root = f"{channel}:{text(post, 'create_at')}"
    is_reply = "reply" in message
    return _Said(
        native=f"{channel}:{text(own, 'user')}:{text(own, 'create_at')}", time=text(own, "create_at"),
        sender=chat_identity(text(own, "user")), channel=channel, kind=kind,
        named=tuple(chat_identity(each.rstrip(".")) for each in (people or mentioned)),
        thread=root if is_reply or post.get("replies") else "",
        answers=f"{channel}:{text(post, 'user')}:{text(post, 'create_at')}" if is_reply else "",
    )  # fmt: skip


def _google(message: Object) -> _Said:
    creator = message.get("creator") or message.get("sender")
    if not isinstance(creator, dict) or text(creator, "user_type").lower() in {"bot", "app"}:
        raise _SkipError("written by a bot")
    native = text(message, "message_id") or text(message, "name")
    # `space/topic/message`: the space is the channel.
    channel = native.split("/")[0] if native.count("/") > 1 and not native.startswith("spaces/") else ""
    channel = channel or "/".join(native.split("/")[:2]) or "space"
    mentions = objects(message.get("annotations")) if isinstance(message.get("annotations"), list) else ()
    named = [each["user_mention"]["user"] for each in mentions if text(each, "user_mention", "user", "email")]
    time = (text(message, "created_date") or text(message, "createTime")).translate(_NARROW)
    return _Said(
        native=native, time=time, sender=_account(creator), channel=channel, kind="private_channel",
        named=tuple(_account(each) for each in named), thread=text(message, "topic_id"),
    )  # fmt: skip


def _account(user: Object) -> str:
    mail = text(user, "email") or text(user, "mail") or text(user, "userPrincipalName")
    return mail_identity(mail) if "@" in mail else chat_identity(text(user, "id") or text(user, "name"))


def _posted(said: _Said, present: set[str], authors: dict[str, str], options: Options) -> MessagePosted:
    others = sorted(present - {said.sender})
    recipients = others if said.kind in {"direct", "group"} else sorted({*said.named} - {said.sender})
    author = authors.get(said.answers)
    source = options.source or NAME
    return MessagePosted(
        id=event_id(source=source, kind="message", native_id=native_id(f"{said.channel}:{said.native}")),
        source=source,
        time=instant(said.time, zone=options.zone),
        data=Message(
            sender=said.sender,
            recipients=tuple(recipients) if len(recipients) <= RECIPIENTS_MAX else (),
            channel_kind=said.kind,
            audience=max(len(others), len(recipients), int(said.kind == "direct")),
            thread=native_id(said.thread) if said.thread else None,
            channel=native_id(said.channel),
            in_reply_to=author if author != said.sender else None,
            markers=Markers(),
        ),
    )


_SHAPES: Final = (
    (b'"createdDateTime"', b'"from"', "Microsoft Teams"), (b'"created_date"', b'"creator"', "Google Chat"),
    (b'"create_at"', b'"post"', "Mattermost"), (b'"create_at"', b'"direct_post"', "Mattermost"),
)  # fmt: skip


def recognise(sample: Sample) -> Match:
    """Certain when JSON has the members of a program's messages."""
    if not begins_as_json(sample.head):
        return Match(Certainty.NO, "it is not JSON")
    for one, other, name in _SHAPES:
        if one in sample.head and other in sample.head:
            return Match(Certainty.CERTAIN, f"it has messages of {name}")
    return Match(Certainty.NO, "it has no messages of Teams, Mattermost or Google Chat")


SOURCE: Final = Source(
    format="chat-json",
    kind="chat",
    description="Messages of Microsoft Teams (Graph), Mattermost (bulk export) and Google Chat (Takeout) as JSON",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "zone"}),
    example=(
        '{"value":[{"id":"1","createdDateTime":"2024-03-04T09:00:00Z","chatId":"19:a_b@unq.gbl.spaces",\n'
        '  "from":{"user":{"id":"ana"}},"body":{"content":"' + FREE_TEXT + '"}},\n'
        ' {"id":"2","createdDateTime":"2024-03-04T09:05:00Z","chatId":"19:a_b@unq.gbl.spaces",\n'
        '  "from":{"user":{"id":"ben"}},"body":{"content":"' + FREE_TEXT + '"}}]}\n'
    ),
)
