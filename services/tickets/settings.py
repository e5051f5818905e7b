"""Settings of the tickets service."""

from shared.settings import ArrivalSettings


class TicketsSettings(ArrivalSettings):
    """Nothing beyond what every service behind the edge has."""
