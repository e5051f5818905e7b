"""Settings of the tickets service."""

from shared.settings import ChannelSettings


class TicketsSettings(ChannelSettings):
    """Nothing beyond what every service that takes events in has."""
