"""What a Slack export says about its channels, in files beside the folders that hold the messages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from shared.schemas.chat import ChannelKind
from shared.sources.chat.slack_events import NAME
from shared.sources.identities import chat_identity
from shared.sources.reader import Accepted, Channel, Item, Options, Rejection, Skipped, UnusableError
from shared.sources.recognition import Folder, OptionsFor
from shared.sources.working_times import zone_of

_LISTS: Final[dict[str, ChannelKind]] = {
    "channels.json": "public_channel",
    "groups.json": "private_channel",
    "mpims.json": "group",
    "dms.json": "direct",
}


USERS: Final = "users.json"


class _Profile(msgspec.Struct, frozen=True):
    """What somebody, or whoever made an app, says of the account."""

    email: str | None = None
    bot_id: str | None = None
    api_app_id: str | None = None


class _User(msgspec.Struct, frozen=True):
    """An account of the workspace. A stranger is a guest out of another company's."""

    id: str
    is_bot: bool | None = None
    is_workflow_bot: bool | None = None
    is_stranger: bool | None = None
    deleted: bool | None = None
    tz: str | None = None
    updated: int | None = None
    profile: _Profile = _Profile()

    @property
    def is_machine(self) -> bool:
        """Whether no person writes from it."""
        return bool(self.is_bot or self.is_workflow_bot or self.profile.bot_id or self.profile.api_app_id)


class _Listed(msgspec.Struct, frozen=True):
    """A channel in one of the files; direct messages have no name and their folder has that of their id."""

    id: str
    name: str = ""
    members: tuple[str, ...] = ()


_DECODER: Final = msgspec.json.Decoder(tuple[_Listed, ...])
_USER_DECODER: Final = msgspec.json.Decoder(tuple[_User, ...])
_REVISION_MAX: Final = 2**53
_NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def _holds_rows(name: str) -> bool:
    """Messages are one folder down, in a file a day; of the files at the top the list of users says when they work."""
    return name == USERS or (name.count("/") == 1 and name.endswith(".json"))


def _options_from(lists: Mapping[str, bytes]) -> OptionsFor:
    """The channel of a file by its folder, its kind and members by the lists. A channel that the caller named stays.

    The list of users says which accounts are machines, and the mail addresses of the others.
    """
    folders = _folders(lists)
    users = _users(lists.get(USERS, b"[]"))
    machines = frozenset(user.id for user in users if user.is_machine)
    mails = {
        user.id: user.profile.email
        for user in users
        if user.profile.email and not user.is_stranger and user.id not in machines
    }

    def options_for(name: str, options: Options) -> Options:
        options = replace(options, machines=machines | options.machines, accounts={**mails, **options.accounts})
        if options.channel or not folders:
            return options
        folder = name.partition("/")[0]
        channel_id, channel = folders.get(folder, (folder, Channel()))
        return replace(options, channel=channel_id, channels={channel_id: channel, **options.channels})

    return options_for


def _folders(lists: Mapping[str, bytes]) -> dict[str, tuple[str, Channel]]:
    """Folder name to id and description of its channel; lists that cannot be read say nothing."""
    found: dict[str, tuple[str, Channel]] = {}
    for name, kind in _LISTS.items():
        try:
            listed = _DECODER.decode(lists.get(name, b"[]"))
        except _NO_JSON:
            continue
        for channel in listed:
            found[channel.name or channel.id] = (channel.id, Channel(kind=kind, members=channel.members))
    return found


def _users(data: bytes) -> tuple[_User, ...]:
    """The accounts of a list; of one that cannot be read, none."""
    try:
        return _USER_DECODER.decode(data)
    except _NO_JSON:
        return ()


def working_times(lines: Iterable[bytes], options: Options) -> Iterator[Item]:
    """In which time zone the owner of each account of a list works. The last change of a profile is its revision."""
    try:
        users = _USER_DECODER.decode(b"".join(lines))
    except _NO_JSON:
        yield Rejection(1, "not a list of accounts")
        return
    for position, user in enumerate(users, start=1):
        if user.is_machine or user.is_stranger or user.deleted or not user.tz:
            yield Skipped(position, "an account of nobody here, or without a time zone")
            continue
        try:
            revision = min(max(user.updated or 0, 0), _REVISION_MAX)
            event = zone_of(chat_identity(user.id), user.tz, source=options.source or NAME, revision=revision)
            yield Accepted(event)
        except UnusableError as error:
            yield Rejection(position, str(error))
        except ValueError:
            yield Rejection(position, "a time zone that there is not")


FOLDER: Final = Folder(describing=frozenset({*_LISTS, USERS}), holds_rows=_holds_rows, options_from=_options_from)
