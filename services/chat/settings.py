"""Settings of the chat service."""

from shared.settings import ChannelSettings


class ChatSettings(ChannelSettings):
    """Nothing beyond what every service that takes events in has."""
