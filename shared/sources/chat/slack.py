"""Slack messages as JSON: files of an export, and payloads of the Events API.

Takes an array of messages (a file of an export), an object `{"channel": {"id", "kind", "members"}, "messages": [...]}`,
an Events API payload, an array of payloads, or any of these objects one a line. Messages of an export do not say which
channel they are in: that comes from `Options.channel`; kind and members come from `Options.channels`.

* In direct and group messages everybody else in the channel is a recipient; in channels only those who are mentioned.
* The list of accounts (`users.json`) of an export says in which time zones their owners work.
* Accounts whose mail address `users.json` gives are known by that, so they are their owners' without another table.
* A huddle is a meeting of those who were in it.
* Bots, apps and messages about the channel itself (joined, renamed) are skipped.
* Text is read for whom it mentions, and with `text_features` for markers. It is never carried. A reply is compared with
  what it answers if both are in the file.
* The emoji of a reaction is not kept, so all reactions of a person to one message are one.
* A reaction in an export has no time. It gets the time of the message.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final, get_args

import msgspec

from shared.schemas.chat import ChannelKind, MessageEdited, MessagePosted
from shared.schemas.names import renamed
from shared.sources.chat.accounts import ByMail
from shared.sources.chat.slack_events import Place, deleted, met, posted, reacted, reactions_of
from shared.sources.chat.slack_folder import FOLDER, USERS, working_times
from shared.sources.chat.slack_shapes import ANY, ARRAY, EXPORT, MESSAGE, OUTER, ChannelShape, SlackMessage
from shared.sources.conversations import Conversations
from shared.sources.events.canonical import reason_of
from shared.sources.identities import chat_identity
from shared.sources.reader import Accepted, Channel, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Certainty, Match, Sample
from shared.sources.source import FREE_TEXT, Source

_BOM: Final = b"\xef\xbb\xbf"
_POSTS: Final = frozenset({None, "", "thread_broadcast", "me_message", "file_share"})
_OF_BOTS: Final = frozenset({"bot_message", "tombstone"})
_SLACKBOT: Final = "USLACKBOT"
_KINDS: Final[dict[str, ChannelKind]] = {
    "im": "direct", "mpim": "group", "group": "private_channel", "channel": "public_channel",
}  # fmt: skip
_JSON_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_TIME_STAMP: Final = re.compile(rb'_?ts"\s*:\s*"\d{9,11}(\.\d{1,6})?"')
_NO_MESSAGES: Final = re.compile(rb'^\W*$|"messages"\s*:\s*\[\s*\]')
_BEFORE_JSON: Final = _BOM + b" \t"
# A file is one channel and one day, some kilobytes; as a whole it takes a few times its size in memory.
_BYTES_MAX: Final = 256 << 20
# Ids of channels have eleven characters, names at most eighty.
_CHANNEL_MAX: Final = 255
# Of an export whose channel nobody named.
_UNNAMED: Final = "export"


def read(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """Yield messages and their reactions in file order.

    A row is a message or a payload. In a JSON array `line` is its position, counted from 1.
    """
    names = ByMail(options.accounts) if options.accounts else None
    for item in working_times(lines, options) if options.file_name == USERS else _messages(lines, options):
        if names is not None and isinstance(item, Accepted):
            yield replace(item, event=renamed(item.event, names))
        else:
            yield item


def _messages(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    reader = _Reader(options)
    for line, found in _objects(lines):
        if isinstance(found, Rejection):
            yield found
        else:
            yield from reader.items(line, found)


def _objects(lines: Iterable[bytes]) -> Iterator[tuple[int, msgspec.Raw | Rejection]]:
    """The JSON objects of a document: lines, members of an array, or the one object it is."""
    numbered = enumerate(lines, start=1)
    skipped: list[bytes] = []
    for number, raw in numbered:
        first = raw.removeprefix(_BOM) if number == 1 else raw
        if not first.strip():
            skipped.append(first)
            continue
        if first.lstrip().startswith(b"{") and _is_json(first):
            yield from _by_line(chain([(number, first)], numbered))
            return
        rest = _rest(numbered, _BYTES_MAX - len(first))
        if rest is None:
            yield 1, Rejection(1, f"larger than {_BYTES_MAX >> 20} MB, and not one object a line")
            return
        yield from _document(b"".join([first, *rest]), [*skipped, first, *rest])
        return


def _rest(numbered: Iterable[tuple[int, bytes]], bytes_max: int) -> list[bytes] | None:
    """The lines that are left, or None when they are too many bytes to read as one document."""
    rest: list[bytes] = []
    for _, line in numbered:
        bytes_max -= len(line)
        if bytes_max < 0:
            return None
        rest.append(line)
    return rest


def _document(data: bytes, lines: list[bytes]) -> Iterator[tuple[int, msgspec.Raw | Rejection]]:
    if data.lstrip().startswith(b"["):
        try:
            members = ARRAY.decode(data)
        except _JSON_ERRORS:
            yield 1, Rejection(1, "not a JSON array")
            return
        yield from enumerate(members, start=1)
    elif _is_json(data):
        yield 1, msgspec.Raw(data)
    else:
        yield from _by_line(enumerate(lines, start=1))


def _by_line(numbered: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, msgspec.Raw | Rejection]]:
    for number, line in numbered:
        if line.strip():
            yield number, msgspec.Raw(line) if _is_json(line) else Rejection(number, "not a JSON object")


def _is_json(data: bytes) -> bool:
    try:
        ANY.decode(data)
    except _JSON_ERRORS:
        return False
    return True


class _Reader:
    """Turns objects into items, and remembers who wrote what, to know whom a reply answers."""

    def __init__(self, options: Options) -> None:
        self._options: Final = options
        self._conversations: Final = Conversations(text_features=options.text_features)
        self._authors: Final[dict[tuple[str, str], str]] = {}
        self._described: Channel | None = None
        self._members: Final[dict[str, tuple[Channel, frozenset[str] | UnusableError]]] = {}
        self._channel = options.channel or _UNNAMED
        self._machines: Final = options.machines | {_SLACKBOT}

    def items(self, line: int, raw: msgspec.Raw) -> Iterator[Item]:
        try:
            outer = OUTER.decode(raw)
            if _given(outer.messages):
                yield from self._export(raw)
                return
            found = self._item(line, outer.event if _given(outer.event) else raw)
        except msgspec.ValidationError as error:
            yield Rejection(line, reason_of(error))
        except UnusableError as error:
            yield Rejection(line, str(error))
        except _JSON_ERRORS:
            yield Rejection(line, "not a JSON object")
        else:
            yield from found

    def _export(self, raw: msgspec.Raw) -> Iterator[Item]:
        export = EXPORT.decode(raw)
        if export.channel is not None:
            self._channel = export.channel.id
            self._described = _channel(export.channel)
        for position, message in enumerate(export.messages, start=1):
            try:
                found = self._item(position, message)
            except msgspec.ValidationError as error:
                yield Rejection(position, reason_of(error))
            except UnusableError as error:
                yield Rejection(position, str(error))
            else:
                yield from found

    def _item(self, line: int, raw: msgspec.Raw) -> list[Item]:
        # Other events have other shapes, so the type comes first.
        head = OUTER.decode(raw)
        if head.type == "reaction_added":
            return [self._reaction(line, MESSAGE.decode(raw))]
        if head.type == "app_mention":
            return [Skipped(line, "a second record of a message")]
        if head.type not in {None, "message"}:
            return [Skipped(line, "an event that is not about a message")]
        message = MESSAGE.decode(raw)
        if message.subtype == "message_changed":
            return [self._changed(line, message)]
        if message.subtype == "message_deleted":
            return [self._deleted(line, message)]
        if message.room is not None:
            return [self._huddle(line, message)]
        if self._is_bot(message):
            return [Skipped(line, "written by a bot")]
        if message.subtype not in _POSTS:
            return [Skipped(line, "a notice about the channel")]
        place = self._place(message.channel, message.channel_type)
        if place.kind == "direct" and not self._machines.isdisjoint(place.about.members):
            return [Skipped(line, "written to a bot")]
        edited = message.edited.ts if message.edited is not None else ""
        event = self._posted(message, place, edited)
        reactions = reactions_of(message, place, self._options)
        by_people = (each for each in reactions if each.data.sender.removeprefix("chat:") not in self._machines)
        return [Accepted(event), *(Accepted(reaction, rows=0) for reaction in by_people)]

    def _huddle(self, line: int, message: SlackMessage) -> Item:
        place = self._place(message.channel, message.channel_type)
        room = message.room
        event = None if room is None else met(room, place, machines=self._machines, options=self._options)
        return Accepted(event) if event is not None else Skipped(line, "a huddle of one person, or one that goes on")

    def _posted(self, message: SlackMessage, place: Place, revision_ts: str) -> MessagePosted | MessageEdited:
        answered = ""
        if message.thread_ts and message.thread_ts != message.ts:
            # The root of a thread that was deleted is said to be Slackbot's.
            answered = message.parent_user_id or self._authors.get((place.channel, message.thread_ts), "")
        if answered in self._machines:
            answered = ""
        if message.ts and message.user:
            self._authors[place.channel, message.ts] = message.user
        return posted(
            message,
            place,
            answered=answered,
            revision_ts=revision_ts,
            options=self._options,
            conversations=self._conversations,
        )

    def _changed(self, line: int, change: SlackMessage) -> Item:
        message = change.message
        if message is None:
            return Rejection(line, "a change without the message")
        if self._is_bot(message):
            return Skipped(line, "written by a bot")
        if message.edited is None:
            # Link previews and thread counters change messages too.
            return Skipped(line, "not an edit by a person")
        return Accepted(self._posted(message, self._place(change.channel, change.channel_type), message.edited.ts))

    def _deleted(self, line: int, change: SlackMessage) -> Item:
        before = change.previous_message
        if before is None:
            return Rejection(line, "a deletion without the message")
        if self._is_bot(before):
            return Skipped(line, "written by a bot")
        place = self._place(change.channel, change.channel_type)
        time_ts = change.event_ts or change.ts
        event = deleted(
            change.deleted_ts or before.ts, user=before.user or "", time_ts=time_ts, place=place, options=self._options
        )
        return Accepted(event)

    def _is_bot(self, message: SlackMessage) -> bool:
        return bool(message.bot_id) or message.subtype in _OF_BOTS or message.user in self._machines

    def _reaction(self, line: int, reaction: SlackMessage) -> Item:
        item = reaction.item
        if item is None or item.type != "message" or not reaction.item_user:
            return Skipped(line, "a reaction to something else than a message")
        if self._machines & {reaction.user, reaction.item_user}:
            return Skipped(line, "a reaction by a bot, or to what one wrote")
        if reaction.user == reaction.item_user:
            return Skipped(line, "a reaction to one's own message")
        event = reacted(
            reaction.user or "",
            author=reaction.item_user,
            ts=item.ts,
            time_ts=reaction.event_ts,
            place=self._place(item.channel, None),
            options=self._options,
        )
        return Accepted(event)

    def _place(self, channel: str | None, channel_type: str | None) -> Place:
        name = channel or self._channel
        if len(name) > _CHANNEL_MAX:
            raise UnusableError("the channel id is too long")
        about = self._options.channels.get(name)
        if about is None and name == self._channel:
            about = self._described
        if about is None:
            # A channel id says whether it is a direct message; beyond that the payload has to say it.
            kind = _KINDS.get(channel_type or "", "direct" if name.startswith("D") else "public_channel")
            about = Channel(kind=kind)
        return Place(channel=name, about=about, members=self._members_of(name, about))

    def _members_of(self, name: str, about: Channel) -> frozenset[str]:
        """Once for each channel: for each message it would take its length times that of the channel."""
        if not about.members:
            return frozenset()
        known = self._members.get(name)
        if known is None or known[0] is not about:
            people = (member for member in about.members if member.strip() not in self._machines)
            known = self._members[name] = (about, _identities(people))
        if isinstance(known[1], UnusableError):
            raise UnusableError(str(known[1]))
        return known[1]


def _given(raw: msgspec.Raw) -> bool:
    return bytes(raw) not in {b"", b"null"}


def _identities(members: Iterable[str]) -> frozenset[str] | UnusableError:
    try:
        return frozenset(chat_identity(member) for member in members if member.strip())
    except UnusableError as error:
        return error


def _channel(shape: ChannelShape) -> Channel:
    for kind in get_args(ChannelKind):
        if shape.kind == kind:
            return Channel(kind=kind, members=shape.members)
    return Channel(kind=_KINDS.get(shape.kind, "public_channel"), members=shape.members)


def recognise(sample: Sample) -> Match:
    """Certain when JSON has a time stamp as only Slack writes it, possible when it is an export without messages."""
    if b"\0" in sample.head or not any(line.lstrip(_BEFORE_JSON).startswith((b"[", b"{")) for line in sample.lines):
        return Match(Certainty.NO, "it is not JSON")
    if _TIME_STAMP.search(sample.head):
        return Match(Certainty.CERTAIN, "it has Slack's time stamps")
    if _NO_MESSAGES.search(sample.head):
        return Match(Certainty.POSSIBLE, "it has no messages")
    return Match(Certainty.NO, "no time stamp of Slack in it")


SOURCE: Final = Source(
    format="slack",
    kind="chat",
    description="Slack: the folder of an export, files of one, or payloads of the Events API",
    read=read,
    recognise=recognise,
    takes=frozenset({"source", "text_features", "channel", "channels", "accounts", "machines", "file_name"}),
    folder=FOLDER,
    example=(
        f'[{{"type":"message","user":"U1","ts":"1709542800.000100","text":"<@U2> {FREE_TEXT}"}},\n'
        f' {{"type":"message","user":"U2","ts":"1709543100.000200","text":"{FREE_TEXT}",'
        '"thread_ts":"1709542800.000100"}]\n'
    ),
)
