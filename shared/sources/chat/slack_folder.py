"""What a Slack export says about its channels, in files beside the folders that hold the messages."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec

from shared.schemas.chat import ChannelKind
from shared.sources.reader import Channel, Options
from shared.sources.recognition import Folder, OptionsFor

_LISTS: Final[dict[str, ChannelKind]] = {
    "channels.json": "public_channel",
    "groups.json": "private_channel",
    "mpims.json": "group",
    "dms.json": "direct",
}


class _Listed(msgspec.Struct, frozen=True):
    """A channel in one of the files; direct messages have no name and their folder has that of their id."""

    id: str
    name: str = ""
    members: tuple[str, ...] = ()


_DECODER: Final = msgspec.json.Decoder(tuple[_Listed, ...])


def _holds_rows(name: str) -> bool:
    """Messages are one folder down, in a file a day; the files at the top describe users and channels."""
    return name.count("/") == 1 and name.endswith(".json")


def _options_from(lists: Mapping[str, bytes]) -> OptionsFor:
    """The channel of a file by its folder, its kind and members by the lists. A channel that the caller named stays."""
    folders = _folders(lists)

    def options_for(name: str, options: Options) -> Options:
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
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        for channel in listed:
            found[channel.name or channel.id] = (channel.id, Channel(kind=kind, members=channel.members))
    return found


FOLDER: Final = Folder(describing=frozenset(_LISTS), holds_rows=_holds_rows, options_from=_options_from)
