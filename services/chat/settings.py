"""Settings of the chat service."""

from shared.settings import ArrivalSettings


class ChatSettings(ArrivalSettings):
    """Nothing beyond what every service behind the edge has."""
