"""What a Slack export says about a channel: in files beside the folders that hold the messages."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from shared.schemas.chat import ChannelKind
from shared.sources import Channel, Options

_FILES: Final[dict[str, ChannelKind]] = {
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


def chat_options(path: Path, options: Options) -> Options:
    """Options for a file of messages: `channel` by its folder, kind and members by the export's lists.

    What the caller gave stays. Outside an export the options are returned as they are. Raises OSError.
    """
    if options.channel:
        return options
    folders = _folders(path.parent.parent)
    if not folders:
        return options
    channel_id, channel = folders.get(path.parent.name, (path.parent.name, Channel()))
    known = {channel_id: channel, **options.channels}
    return replace(options, channel=channel_id, channels=known)


@lru_cache(maxsize=4)
def _folders(root: Path) -> dict[str, tuple[str, Channel]]:
    """Folder name to id and description of its channel; empty where `root` is no export."""
    found: dict[str, tuple[str, Channel]] = {}
    for name, kind in _FILES.items():
        file = root / name
        if not file.is_file():
            continue
        try:
            listed = _DECODER.decode(file.read_bytes())
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        for channel in listed:
            found[channel.name or channel.id] = (channel.id, Channel(kind=kind, members=channel.members))
    return found
